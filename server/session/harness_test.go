package session

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"

	"acopio/server/apply"
	"acopio/server/auth"
	"acopio/server/feed"
	"acopio/server/hub"
	"acopio/server/store/sqlite"
	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// house is a server's sync part with real people, devices, store and engine, and the networks PE and BO.
type house struct {
	*Listener
	t    testing.TB
	dir  string
	auth *auth.Auth
	url  string // of the websocket
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir()}
	stop := h.open()
	server := httptest.NewServer(h.Listener)
	h.url = "ws" + strings.TrimPrefix(server.URL, "http") + protocol.Path
	t.Cleanup(func() {
		server.Close()
		stop()
	})
	return h
}

// open opens everything but the network.
func (h *house) open() (stop func()) {
	h.t.Helper()
	s := schema.Registry()
	st, err := sqlite.Open(h.dir, s)
	h.check(err)
	db := h.accountsDB()
	h.auth, err = auth.Open(db, clock.System{}, auth.WithHashCost(8, 1))
	h.check(err)
	engine := apply.New(st, s, clock.System{}, zerolog.Nop())
	f := feed.New(st, s)
	fan := hub.New(f, st, zerolog.Nop())
	engine.OnChanges(f.Note)
	engine.OnCommit(fan.Publish)
	h.Listener = NewListener(h.auth, engine, f, fan, s, clock.System{}, zerolog.Nop())
	for _, code := range []string{"PE", "BO"} {
		h.write("network", code, draft.NetworkID(code), map[string]any{"code": code, "name": code})
	}
	return func() {
		h.Close()
		fan.Close()
		engine.Close()
		h.check(errors.Join(db.Close(), st.Close()))
	}
}

func (h *house) accountsDB() *sql.DB {
	h.t.Helper()
	db, err := sql.Open("sqlite3", sqlite.DSN(filepath.Join(h.dir, sqlite.FileName)))
	h.check(err)
	return db
}

func (h *house) check(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func mutation(collection, network string, id record.ID, fields map[string]any) record.Mutation {
	c, err := schema.Registry().Collection(collection)
	if err != nil {
		panic(err)
	}
	m := record.Mutation{
		Op: record.NewOpID(), Kind: record.Create, Edited: clock.MillisOf(time.Now()),
		Key: record.Key{Network: network, Collection: c.Number, ID: id},
	}
	for i := range c.Fields {
		if raw, ok := fields[c.Fields[i].Name]; ok {
			v, err := c.Fields[i].Normalize(raw)
			if err != nil {
				panic(err)
			}
			m.Changes = append(m.Changes, record.Change{Field: c.Fields[i].Number, New: v})
		}
	}
	return m
}

// write makes the server itself create a record.
func (h *house) write(collection, network string, id record.ID, fields map[string]any) {
	h.t.Helper()
	m := mutation(collection, network, id, fields)
	verdicts, err := h.Engine.Submit(context.Background(), apply.Author{Device: apply.Server}, []record.Mutation{m})
	h.check(err)
	if verdicts[0].Status != record.Applied {
		h.t.Fatalf("%+v", verdicts[0])
	}
}

func organization(name string) record.Mutation {
	return mutation("organization", "PE", record.NewID(), map[string]any{"name": name})
}

// person is somebody with a laptop.
type person struct {
	user   auth.User
	device auth.Device
	token  string
}

func (h *house) person(email string, role schema.Role, networks ...string) person {
	h.t.Helper()
	ctx := context.Background()
	u, err := h.auth.AddUser(ctx, auth.CommandLine, auth.NewUser{Email: email, Name: email, Role: role, Networks: networks, Password: "una clave larga"})
	h.check(err)
	code, _, err := h.auth.DeviceCode(ctx, auth.CommandLine, email, 0)
	h.check(err)
	e, err := h.auth.Enroll(ctx, auth.Enrollment{Code: code, Name: "laptop", Address: "127.0.0.1"})
	h.check(err)
	return person{user: u, device: e.Device, token: e.Token}
}

func (h *house) staff(email string) person { return h.person(email, schema.Coordinator, "PE") }

// client is a laptop's end of a socket, without any of the laptop's own sense.
type client struct {
	*websocket.Conn
	t testing.TB
	// heard is every byte of payload that came.
	heard bytes.Buffer
}

func (h *house) try(p person, header http.Header) (*websocket.Conn, *http.Response, error) {
	if header == nil {
		header = http.Header{}
	}
	if p.token != "" {
		header.Set("Authorization", "Bearer "+p.token)
	}
	return websocket.DefaultDialer.Dial(h.url, header)
}

func (h *house) connect(p person) *client {
	h.t.Helper()
	conn, res, err := h.try(p, nil)
	h.check(err)
	if res.Header.Get(protocol.Header) == "" {
		h.t.Error("the answer does not name the protocol")
	}
	c := &client{Conn: conn, t: h.t}
	h.t.Cleanup(func() { _ = conn.Close() })
	return c
}

// greeted is a client after hello and welcome.
func (h *house) greeted(p person) (*client, protocol.Welcome) {
	h.t.Helper()
	c := h.connect(p)
	c.tell(protocol.TypeHello, protocol.Hello{Protocol: protocol.Version, App: "test", Platform: "test", Pending: 3})
	return c, expect[protocol.Welcome](c, protocol.TypeWelcome)
}

func (c *client) tell(t protocol.Type, payload any) {
	c.t.Helper()
	if err := c.WriteMessage(websocket.BinaryMessage, protocol.Encode(t, payload)); err != nil {
		c.t.Fatal(err)
	}
}

// hear waits for the next frame.
func (c *client) hear() (protocol.Type, []byte, error) {
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
	_, frame, err := c.ReadMessage()
	if err != nil {
		return 0, nil, err
	}
	t, payload, err := protocol.Split(frame)
	c.heard.Write(payload)
	return t, payload, err
}

// expect waits for a frame of a type, passing over what the hub sends on its own.
func expect[T any](c *client, want protocol.Type) T {
	c.t.Helper()
	for {
		t, payload, err := c.hear()
		if err != nil {
			c.t.Fatalf("instead of frame %d: %v", want, err)
		}
		if t != want && (t == protocol.TypePage || t == protocol.TypePoke) {
			continue
		}
		if t != want {
			c.t.Fatalf("frame %d instead of %d: %x", t, want, payload)
		}
		v, err := protocol.Decode[T](payload)
		if err != nil {
			c.t.Fatal(err)
		}
		return v
	}
}

// farewell reads until the connection ends, and returns the server's reason; empty if it gave none.
func (c *client) farewell() (why fault.Code, closed error) {
	c.t.Helper()
	for {
		t, payload, err := c.hear()
		if err != nil {
			if ne := (interface{ Timeout() bool })(nil); errors.As(err, &ne) && ne.Timeout() {
				c.t.Fatal("the connection stays open")
			}
			return why, err
		}
		if t == protocol.TypeGoodbye {
			g, err := protocol.Decode[protocol.Goodbye](payload)
			if err != nil {
				c.t.Fatal(err)
			}
			why = g.Code
		}
	}
}

func (c *client) push(ms ...record.Mutation) []protocol.Verdict {
	c.t.Helper()
	var p protocol.Push
	for _, m := range ms {
		p.Mutations = append(p.Mutations, protocol.FromMutation(schema.Registry(), m))
	}
	c.tell(protocol.TypePush, p)
	verdicts := expect[protocol.Ack](c, protocol.TypeAck).Verdicts
	if len(verdicts) != len(ms) {
		c.t.Fatalf("%d verdicts on %d mutations", len(verdicts), len(ms))
	}
	return verdicts
}

// pull asks for pages until one is the answer.
func (c *client) pull(network string, after uint64) protocol.Page {
	c.t.Helper()
	c.tell(protocol.TypePull, protocol.Pull{Network: network, After: after, MaxBytes: 1 << 20})
	for {
		if p := expect[protocol.Page](c, protocol.TypePage); p.Network == network && p.From == after {
			return p
		}
	}
}

// serves demands that the server still serves others.
func (h *house) serves(p person) {
	h.t.Helper()
	c, _ := h.greeted(p)
	if v := c.push(organization("still here"))[0]; v.Status != record.Applied {
		h.t.Errorf("%+v", v)
	}
	_ = c.Close()
}

// await waits for something that happens elsewhere.
func (h *house) await(what string, within time.Duration, done func() bool) {
	h.t.Helper()
	for end := time.Now().Add(within); !done(); {
		if time.Now().After(end) {
			h.t.Fatalf("after %v: %s", within, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
