package session

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"acopio/server/auth"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// lateNews hears of a revocation only when it asks for the device again.
type lateNews struct{ accounts }

func (lateNews) DevicePrincipal(context.Context, string) (auth.Principal, error) {
	return auth.Principal{}, fault.New(fault.DeviceRevoked)
}

// noise makes texts that do not compress.
func noise(size int) func() string {
	rng := rand.New(rand.NewPCG(3, 4))
	return func() string {
		b := make([]byte, size)
		for i := range b {
			b[i] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."[rng.IntN(64)]
		}
		return string(b)
	}
}

func TestAnEditReachesTheOthers(t *testing.T) {
	h := newHouse(t)
	a, _ := h.greeted(h.staff("a@pe.example"))
	b, w := h.greeted(h.staff("b@pe.example"))
	m := organization("Norte")
	v := a.push(m)[0]
	if v.Status != record.Applied || v.Version != 1 || v.Seq != 2 {
		t.Errorf("%+v", v)
	}
	// b is told without asking: by a page, or by a poke if it joined only just before.
	kind, payload, err := b.hear()
	h.check(err)
	switch kind {
	case protocol.TypePage:
		p, err := protocol.Decode[protocol.Page](payload)
		if err != nil || p.From != w.Grants[0].Head || len(p.Records) != 1 || !p.Last {
			t.Errorf("%+v %v", p, err)
		}
	case protocol.TypePoke:
	default:
		t.Fatalf("frame %d", kind)
	}
	p := b.pull("PE", 1)
	r, _, err := p.Records[0].Record(schema.Registry(), "PE")
	if err != nil || r.Fields[10] != "Norte" || len(p.Entries) != 1 || p.Entries[0].User != "a@pe.example" {
		t.Errorf("%+v %v", p, err)
	}
	if again := a.push(m)[0]; again.Seq != v.Seq || again.Version != v.Version {
		t.Errorf("sent again: %+v, before %+v", again, v)
	}
}

func TestOneUnreadableMutationDoesNotHoldUpOthers(t *testing.T) {
	h := newHouse(t)
	c, _ := h.greeted(h.staff("a@pe.example"))
	good := func() protocol.Mutation { return protocol.FromMutation(schema.Registry(), organization("A")) }
	garbled, newer, halfGroup := good(), good(), good()
	garbled.Changes = []byte{0xff}
	newer.Collection = 999
	halfGroup.Group, halfGroup.Size = []byte{1}, 2
	c.tell(protocol.TypePush, protocol.Push{Mutations: []protocol.Mutation{good(), garbled, good(), newer, halfGroup, good()}})
	got := expect[protocol.Ack](c, protocol.TypeAck).Verdicts
	if len(got) != 6 {
		t.Fatalf("%+v", got)
	}
	for i, want := range []record.Status{record.Applied, record.Rejected, record.Applied, record.Rejected, record.Rejected, record.Applied} {
		if got[i].Status != want {
			t.Errorf("%d: %+v", i, got[i])
		}
	}
	if got[3].Code != fault.UnknownCollection {
		t.Errorf("%+v", got[3])
	}
}

func TestReportsAreForTheOffice(t *testing.T) {
	h := newHouse(t)
	p := h.staff("a@pe.example")
	c, _ := h.greeted(p) // its hello says 3
	pending := func() int64 {
		devices, err := h.auth.Devices(t.Context())
		h.check(err)
		for _, d := range devices {
			if d.ID == p.device.ID {
				return d.Pending
			}
		}
		return -1
	}
	h.await("the hello's number", 5*time.Second, func() bool { return pending() == 3 })
	c.tell(protocol.TypeReport, protocol.Report{Pending: 41})
	h.await("the report's number", 5*time.Second, func() bool { return pending() == 41 })
}

func TestHistoryOnRequest(t *testing.T) {
	h := newHouse(t)
	c, _ := h.greeted(h.staff("a@pe.example"))
	m := organization("A")
	c.push(m)
	ask := func(q uint32, network string, id record.ID) protocol.History {
		c.tell(protocol.TypeAskHistory, protocol.AskHistory{Query: q, Network: network, Collection: m.Key.Collection, ID: id})
		return expect[protocol.History](c, protocol.TypeHistory)
	}
	if got := ask(7, "PE", m.Key.ID); got.Query != 7 || len(got.Entries) != 1 {
		t.Errorf("%+v", got)
	}
	if got := ask(8, "PE", record.NewID()); got.Query != 8 || len(got.Entries) != 0 {
		t.Errorf("of nothing: %+v", got)
	}
	if got := ask(9, "BO", m.Key.ID); got.Query != 9 || len(got.Entries) != 0 {
		t.Errorf("of a network that is not granted: %+v", got)
	}
}

// unasked reports whether a frame tells of a commit, and is no answer to a pull.
func unasked(t *testing.T, frame []byte, ask protocol.Pull) bool {
	t.Helper()
	kind, payload, err := protocol.Split(frame)
	if err != nil || kind == protocol.TypePoke {
		return err == nil
	}
	if kind != protocol.TypePage {
		return false
	}
	page, err := protocol.Decode[protocol.Page](payload)
	if err != nil {
		t.Fatal(err)
	}
	return page.From != ask.After
}

// What a line brought of a page before it broke is not sent again, unless the page has become another one.
func TestTheRestOfAPage(t *testing.T) {
	h := newHouse(t)
	a, _ := h.greeted(h.staff("a@pe.example"))
	text := noise(500)
	for range 60 {
		a.push(organization(text()))
	}
	b, w := h.greeted(h.staff("b@pe.example"))
	ask := protocol.Pull{Network: "PE", First: w.Grants[0].Head, MaxBytes: 16 << 10, Packed: true}
	answer := func(ask protocol.Pull) []byte {
		b.tell(protocol.TypePull, ask)
		for {
			_, frame, err := b.ReadMessage()
			h.check(err)
			if !unasked(t, frame, ask) {
				return frame
			}
		}
	}
	page := answer(ask)
	for _, held := range []int{1, 2, 1000, len(page) - 1} {
		rest := answer(ask.Hold(page[:held]))
		if len(rest) != 2+len(page)-held || protocol.Type(rest[0]) != protocol.TypeRest || !bytes.Equal(protocol.Continue(page[:held], rest), page) {
			t.Fatalf("after %d of %d bytes, %d came: %x …", held, len(page), len(rest), rest[:min(20, len(rest))])
		}
	}
	wrong := bytes.Clone(page[:1000])
	wrong[999]++
	for _, ask := range []protocol.Pull{ask.Hold(wrong), ask.Hold(page), ask.Hold(append(bytes.Clone(page), 0)), ask.Hold(nil)} {
		if got := answer(ask); !bytes.Equal(got, page) {
			t.Errorf("of another page it was sent a part: %x …", got[:20])
		}
	}
	a.push(organization("Norte"))
	_, _, err := b.hear() // of it
	h.check(err)
	now, got := answer(ask), answer(ask.Hold(page[:1000]))
	if protocol.Type(got[0]) == protocol.TypeRest {
		got = protocol.Continue(page[:1000], got)
	}
	if !bytes.Equal(got, now) || bytes.Equal(now, page) {
		t.Error("the rest of a page that is another now")
	}
}

func TestNetworksThatAreNotGranted(t *testing.T) {
	h := newHouse(t)
	secret := record.NewID()
	h.write("organization", "BO", secret, map[string]any{"name": "canary"})
	p := h.staff("a@pe.example")
	c, _ := h.greeted(p)
	m := mutation("organization", "BO", secret, map[string]any{"name": "B"})
	m.Kind, m.Base = record.Update, 1
	if v := c.push(m)[0]; v.Code != fault.UnknownNetwork {
		t.Errorf("%+v", v)
	}
	c.tell(protocol.TypePull, protocol.Pull{Network: "BO"})
	if why, _ := c.farewell(); why != fault.UnknownNetwork {
		t.Errorf("%s", why)
	}
	if bytes.Contains(c.heard.Bytes(), []byte("canary")) {
		t.Error("something of the other network came")
	}
	h.serves(p)
}

// Every byte that a viewer's laptop receives is searched, of pages it asked for and of those it was sent.
func TestAViewersSocketCarriesNothingSensitive(t *testing.T) {
	h := newHouse(t)
	org := organization("public name")
	h.write("organization", "PE", org.Key.ID, map[string]any{"name": "public name"})
	viewer, _ := h.greeted(h.person("v@pe.example", schema.Viewer, "PE"))
	staff, _ := h.greeted(h.staff("a@pe.example"))
	var keys []record.Key
	for _, m := range []record.Mutation{
		mutation("contact", "PE", record.NewID(), map[string]any{"name": "canary", "phones": []string{"+51987654321"}, "notes": "canary"}),
		mutation("interaction", "PE", record.NewID(), map[string]any{"kind": "visit", "date": "2026-01-01", "participants": []string{"canary"}}),
		mutation("census", "PE", record.NewID(), map[string]any{"organization": org.Key.ID.String(), "year": 2025, "source": "network", "members_total": 7, "declared_by": "canary"}),
	} {
		if v := staff.push(m)[0]; v.Status != record.Applied {
			t.Fatalf("%+v", v)
		}
		keys = append(keys, m.Key)
	}
	// A conflict about a contact, whose values are in the conflict record.
	rename := mutation("contact", "PE", keys[0].ID, map[string]any{"name": "canary two"})
	rename.Kind, rename.Base = record.Update, 1
	staff.push(rename)
	third, _ := h.greeted(h.staff("b@pe.example"))
	clash := mutation("contact", "PE", keys[0].ID, map[string]any{"name": "canary three"})
	clash.Kind, clash.Base = record.Update, 1
	if v := third.push(clash)[0]; v.Status != record.Conflict {
		t.Fatalf("%+v", v)
	}
	for after := uint64(0); ; {
		p := viewer.pull("PE", after)
		if after = p.To; p.Last {
			break
		}
	}
	for i, k := range keys {
		viewer.tell(protocol.TypeAskHistory, protocol.AskHistory{Query: uint32(i), Network: "PE", Collection: k.Collection, ID: k.ID})
		expect[protocol.History](viewer, protocol.TypeHistory)
	}
	for _, word := range []string{"canary", "987654321"} {
		if i := bytes.Index(viewer.heard.Bytes(), []byte(word)); i >= 0 {
			t.Errorf("%q", viewer.heard.Bytes()[max(0, i-50):i+20])
		}
	}
	if !bytes.Contains(viewer.heard.Bytes(), []byte("public name")) {
		t.Error("nothing came at all")
	}
}

// Whatever nonsense comes, the connection ends and the server goes on.
func TestNonsenseEndsTheConnection(t *testing.T) {
	h := newHouse(t)
	p := h.staff("a@pe.example")
	frame := func(b ...byte) func(*client) error {
		return func(c *client) error { return c.WriteMessage(websocket.BinaryMessage, b) }
	}
	for name, speak := range map[string]func(*client) error{
		"garbage":          frame(0xde, 0xad, 0xbe, 0xef),
		"an empty frame":   frame(),
		"an unknown frame": frame(99, 0, 0x80),
		"a server's frame": frame(byte(protocol.TypeWelcome), 0, 0x80),
		"a cut frame":      frame(byte(protocol.TypePush), 0, 0x81, 0x9b),
		"a second hello":   func(c *client) error { c.tell(protocol.TypeHello, protocol.Hello{Protocol: 1}); return nil },
		"text":             func(c *client) error { return c.WriteMessage(websocket.TextMessage, []byte(`{"type":"push"}`)) },
		"more than it takes": func(c *client) error {
			return c.WriteMessage(websocket.BinaryMessage, make([]byte, protocol.MaxFrameBytes+1))
		},
		"a bomb":             func(c *client) error { return c.WriteMessage(websocket.BinaryMessage, bomb()) },
		"too many mutations": func(c *client) error { return c.WriteMessage(websocket.BinaryMessage, crowd()) },
		"a control frame lied": func(c *client) error {
			_, err := c.NetConn().Write([]byte{0x89, 0xff, 0, 0, 0, 0, 0, 0, 1, 0})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, greeted := range []bool{true, false} {
				if !greeted && name == "a second hello" {
					continue
				}
				c := h.connect(p)
				if greeted {
					c.tell(protocol.TypeHello, protocol.Hello{Protocol: 1})
					expect[protocol.Welcome](c, protocol.TypeWelcome)
				}
				_ = speak(c) // the server may end it before all is said
				if why, _ := c.farewell(); why != "" && why != fault.BadFrame {
					t.Errorf("greeted %v: %s", greeted, why)
				}
			}
			h.serves(p)
		})
	}
	h.await("sessions are left", 5*time.Second, func() bool { return h.Count() == 0 })
}

// bomb is a frame of zeros that says it is larger than what is decompressed.
func bomb() []byte {
	return append([]byte{byte(protocol.TypePush), 1}, bytes.Repeat([]byte{0x28}, 1<<20)...)
}

// crowd is a push of more mutations than one takes.
func crowd() []byte {
	return protocol.Encode(protocol.TypePush, protocol.Push{Mutations: make([]protocol.Mutation, maxPushLength+1)})
}

// A laptop on a line that hardly moves is left behind, told so, and catches up; others notice nothing.
func TestASlowReaderIsPokedAndHoldsUpNobody(t *testing.T) {
	h := newHouse(t)
	slow, w := h.greeted(h.staff("s@pe.example"))
	h.check(slow.NetConn().(*net.TCPConn).SetReadBuffer(64 << 10))
	quick, _ := h.greeted(h.staff("q@pe.example"))
	text, began := noise(19_000), time.Now()
	var head uint64
	for range 600 { // more than the queue and the line hold
		m := organization("A")
		m.Changes = append(m.Changes, record.Change{Field: 26, New: text()})
		head = quick.push(m)[0].Seq
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("pushing beside a slow reader took %v", took)
	}
	at := w.Grants[0].Head
	for poked := false; !poked; { // what fitted, then the poke, which may be about less than there is by now
		kind, payload, err := slow.hear()
		h.check(err)
		switch kind {
		case protocol.TypePage:
			p, err := protocol.Decode[protocol.Page](payload)
			h.check(err)
			if p.From == at {
				at = p.To
			}
		case protocol.TypePoke:
			poked = true
		}
	}
	for at < head {
		p := slow.pull("PE", at)
		if p.To <= at {
			t.Fatalf("%d to %d", p.From, p.To)
		}
		at = p.To
	}
}

// narrowLine has room for one frame at a time, and counts the pokes it took.
type narrowLine struct {
	deafLine
	mu    sync.Mutex
	full  bool
	pokes map[string]int
}

func (l *narrowLine) Offer(frame []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.full {
		return false
	}
	kind, payload, err := protocol.Split(frame)
	if p, e := protocol.Decode[protocol.Poke](payload); err == nil && e == nil && kind == protocol.TypePoke {
		l.pokes[p.Network]++
	}
	l.full = true
	return true
}

// On a line that holds fewer frames than there are networks some pokes are missed themselves: each network is told once,
// and again only after it moved.
func TestALineThatHoldsLittleIsToldOfEachNetworkOnce(t *testing.T) {
	h := newHouse(t)
	who, err := h.auth.Authenticate(t.Context(), h.person("a@pe.example", schema.FieldStaff, "PE", "BO").token)
	h.check(err)
	line := &narrowLine{pokes: map[string]int{}}
	talk := h.Talk(t.Context(), who, line)
	defer talk.Leave()
	h.check(talk.Take(protocol.Encode(protocol.TypeHello, protocol.Hello{Protocol: 1})))
	told := func() string {
		for range 5 {
			line.mu.Lock()
			line.full = false
			line.mu.Unlock()
			talk.PokeAll()
		}
		line.mu.Lock()
		defer line.mu.Unlock()
		return fmt.Sprint(line.pokes)
	}
	if got := told(); got != "map[BO:1 PE:1]" {
		t.Error(got)
	}
	h.write("organization", "PE", record.NewID(), map[string]any{"name": "A"})
	if got := told(); got != "map[BO:1 PE:2]" {
		t.Error("after an edit:", got)
	}
}

func TestClosingSendsEverybodyAway(t *testing.T) {
	h := newHouse(t)
	var all []*client
	for _, email := range []string{"a@pe.example", "b@pe.example"} {
		c, _ := h.greeted(h.staff(email))
		all = append(all, c)
	}
	waiting := h.connect(h.staff("c@pe.example")) // has not even said hello
	began := time.Now()
	h.Close()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	for _, c := range append(all, waiting) {
		if _, err := c.farewell(); !websocket.IsCloseError(err, websocket.CloseGoingAway) {
			t.Errorf("%v", err)
		}
	}
	if _, _, err := h.try(h.staff("d@pe.example"), nil); err == nil {
		c, _, err := h.try(h.staff("e@pe.example"), nil)
		if err == nil {
			_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
			if _, _, err := c.ReadMessage(); err == nil {
				t.Error("a closed listener talks to somebody new")
			}
		}
	}
	if h.Count() != 0 {
		t.Errorf("%d sessions", h.Count())
	}
}
