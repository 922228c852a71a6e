package e2e

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"acopio/desktop/device"
	"acopio/shared/clock"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// caller is a device's line to a server without any of a device's own sense. What a broken line left unanswered it asks
// again.
type caller struct {
	url    string
	token  string
	number uint32 // of the device
	conn   *websocket.Conn
}

// caller enrolls a device.
func (s *server) caller(email, through string) *caller {
	s.t.Helper()
	state, token, err := device.Enroll(context.Background(), s.url, s.code(email), "Portátil de "+email, "", clock.System{})
	if err != nil {
		s.t.Fatal(err)
	}
	return &caller{url: strings.Replace(through, "http", "ws", 1) + protocol.Path, token: token, number: state.Number}
}

// answerTimeout is how long a caller waits before it takes the line for dead.
const answerTimeout = 3 * time.Second

func (c *caller) connect() error {
	if c.conn != nil {
		return nil
	}
	dialer := websocket.Dialer{HandshakeTimeout: answerTimeout}
	conn, res, err := dialer.Dial(c.url, http.Header{"Authorization": {"Bearer " + c.token}})
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	c.conn = conn
	if err := c.tell(protocol.TypeHello, protocol.Hello{Protocol: protocol.Version, App: "test", Platform: "test"}); err != nil {
		return err
	}
	_, err = hear[protocol.Welcome](c, protocol.TypeWelcome, nil)
	return err
}

func (c *caller) drop() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

func (c *caller) tell(t protocol.Type, payload any) error {
	_ = c.conn.SetWriteDeadline(time.Now().Add(answerTimeout))
	return c.conn.WriteMessage(websocket.BinaryMessage, protocol.Encode(t, payload))
}

// hear waits for a frame of a type that is the one meant; what the server sends on its own is passed over.
func hear[T any](c *caller, want protocol.Type, meant func(T) bool) (T, error) {
	var none T
	_ = c.conn.SetReadDeadline(time.Now().Add(answerTimeout))
	for {
		_, frame, err := c.conn.ReadMessage()
		if err != nil {
			return none, err
		}
		t, payload, err := protocol.Split(frame)
		if err != nil {
			return none, err
		}
		if t == protocol.TypeGoodbye {
			return none, errors.New("goodbye")
		}
		if t != want {
			continue
		}
		v, err := protocol.Decode[T](payload)
		if err != nil || meant == nil || meant(v) {
			return v, err
		}
	}
}

// insist does something over lines that break until it is done once.
func (c *caller) insist(once func() error) error {
	var err error
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if err = c.connect(); err == nil {
			err = once()
		}
		if err == nil {
			return nil
		}
		c.drop()
	}
	return err
}

// push sends a mutation until it is answered.
func (c *caller) push(m record.Mutation) (v protocol.Verdict, err error) {
	p := protocol.Push{Mutations: []protocol.Mutation{protocol.FromMutation(schema.Registry(), m)}}
	err = c.insist(func() error {
		if err := c.tell(protocol.TypePush, p); err != nil {
			return err
		}
		ack, err := hear(c, protocol.TypeAck, func(a protocol.Ack) bool { return len(a.Verdicts) == 1 && a.Verdicts[0].Op == m.Op })
		if err == nil {
			v = ack.Verdicts[0]
		}
		return err
	})
	return v, err
}

// read takes all living records of a network, as they are at one moment.
func (c *caller) read(network string) (page protocol.Page, err error) {
	const all = 1 << 40 // no history, as for a replica that is being filled
	err = c.insist(func() error {
		if err := c.tell(protocol.TypePull, protocol.Pull{Network: network, First: all, MaxBytes: 1 << 20}); err != nil {
			return err
		}
		page, err = hear(c, protocol.TypePage, func(p protocol.Page) bool { return p.From == 0 })
		return err
	})
	if err == nil && !page.Last {
		err = errors.New("the network no longer fits into one page: reads are not of one moment")
	}
	return page, err
}

// newMutation makes a mutation of an organization in PE.
func newMutation(t testing.TB, kind record.Kind, id record.ID, base uint64, changes map[string][2]schema.Value) record.Mutation {
	t.Helper()
	c, err := schema.Registry().Collection("organization")
	if err != nil {
		t.Fatal(err)
	}
	m := record.Mutation{
		Op: record.NewOpID(), Kind: kind, Base: base, Edited: clock.MillisOf(time.Now()),
		Key: record.Key{Network: "PE", Collection: c.Number, ID: id},
	}
	for name, fromTo := range changes {
		f, ok := c.Field(name)
		if !ok {
			t.Fatal(name)
		}
		m.Changes = append(m.Changes, record.Change{Field: f.Number, Old: fromTo[0], New: fromTo[1]})
	}
	return m
}
