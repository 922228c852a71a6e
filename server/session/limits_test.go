package session

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
)

// part is a websocket frame as it travels; its mask is zero, which leaves what it carries as it is.
func part(final bool, opcode byte, payload ...byte) []byte {
	if final {
		opcode |= 0x80
	}
	head := []byte{opcode, 0x80 | byte(len(payload))}
	if len(payload) > 125 {
		head = binary.BigEndian.AppendUint16([]byte{opcode, 0x80 | 126}, uint16(len(payload)))
	}
	return slices.Concat(head, make([]byte, 4), payload)
}

// flood writes the bytes again and again, up to some megabytes, until the server has enough, and says what it took and why it ended.
func (c *client) flood(first, again []byte) (sent int, why fault.Code) {
	c.t.Helper()
	ended := make(chan fault.Code, 1)
	go func() {
		code, _ := c.farewell()
		ended <- code
	}()
	_ = c.NetConn().SetWriteDeadline(time.Now().Add(5 * time.Second))
	n, err := c.NetConn().Write(first)
	chunk := bytes.Repeat(again, 1+1000/len(again))
	for sent = n; err == nil && sent < 32<<20; sent += n {
		n, err = c.NetConn().Write(chunk)
	}
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		c.t.Errorf("%d KB of it are taken", sent>>10)
		_ = c.Close()
	}
	return sent, <-ended
}

// What carries nothing is not taken for ever, before hello or after.
func TestFloodsEndTheConnection(t *testing.T) {
	h := newHouse(t)
	p := h.staff("a@pe.example")
	begun := part(false, websocket.BinaryMessage, byte(protocol.TypePush))
	for name, f := range map[string]struct{ first, again []byte }{
		"pings":                       {nil, part(true, websocket.PingMessage)},
		"long pings":                  {nil, part(true, websocket.PingMessage, make([]byte, 125)...)},
		"pongs":                       {nil, part(true, websocket.PongMessage)},
		"empty fragments":             {begun, part(false, 0)},
		"fragments of a byte":         {begun, part(false, 0, 1)},
		"pings in a message":          {begun, part(true, websocket.PingMessage)},
		"a message without an end":    {begun, part(false, 0, make([]byte, 1<<10)...)},
		"messages with empty endings": {nil, slices.Concat(part(false, websocket.BinaryMessage), bytes.Repeat(part(false, 0), 20), part(true, 0))},
	} {
		t.Run(name, func(t *testing.T) {
			for _, greeted := range []bool{true, false} {
				c := h.connect(p)
				if greeted {
					c.greet()
				}
				_, why := c.flood(f.first, f.again)
				if why != "" && why != fault.BadFrame { // a farewell may be lost with what was not read
					t.Errorf("greeted %v: %s", greeted, why)
				}
			}
		})
	}
	h.serves(p)
	h.await("sessions are left", 5*time.Second, func() bool { return h.Count() == 0 })
}

// What was counted as carrying nothing is a small part of what honest laptops send, in whatever pieces it comes.
func TestTheMeterLeavesRoom(t *testing.T) {
	h := newHouse(t)
	c, _ := h.greeted(h.staff("a@pe.example"))
	report := protocol.Encode(protocol.TypeReport, protocol.Report{Pending: 1})
	for range 1500 {
		h.check(c.WriteMessage(websocket.BinaryMessage, report))
	}
	text := noise(19_000)
	for range 20 { // in fragments of 4 KB
		var ms []record.Mutation
		for range 20 {
			m := organization("A")
			m.Changes = append(m.Changes, record.Change{Field: 26, New: text()})
			ms = append(ms, m)
		}
		c.push(ms...)
	}
	for range 20 {
		h.check(c.WriteControl(websocket.PingMessage, []byte("x"), time.Now().Add(time.Second)))
	}
	if v := c.push(organization("B"))[0]; v.Status != record.Applied {
		t.Errorf("%+v", v)
	}
}

func TestPongsAreNoHello(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, h *house, dial func(person) *client) {
		c := dial(h.staff("a@pe.example"))
		began := time.Now()
		gone := make(chan time.Duration, 1)
		go func() {
			_ = c.SetReadDeadline(time.Time{})
			_, _, _ = c.ReadMessage()
			gone <- time.Since(began)
		}()
		for range 20 {
			time.Sleep(5 * time.Second)
			if c.WriteControl(websocket.PongMessage, nil, time.Now().Add(time.Second)) != nil {
				break
			}
		}
		_ = c.Close()
		if took := <-gone; took > 30*time.Second {
			t.Errorf("it was let go after %v", took)
		}
	})
}

// Messages that come faster than anybody has use for are answered all the same, at a pace that leaves the server to others.
func TestMessagesAreAnsweredAtAPace(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, h *house, dial func(person) *client) {
		c := dial(h.staff("a@pe.example"))
		c.greet()
		began := time.Now()
		report := protocol.Encode(protocol.TypeReport, protocol.Report{Pending: 1})
		for range messagesAtOnce + 5*messageRate {
			h.check(c.WriteMessage(websocket.BinaryMessage, report))
		}
		c.tell(protocol.TypeAskHistory, protocol.AskHistory{Query: 1, Network: "PE", Collection: 2, ID: record.NewID()})
		expect[protocol.History](c, protocol.TypeHistory)
		if took := time.Since(began); took < 4*time.Second || took > 8*time.Second {
			t.Errorf("the last was answered after %v", took)
		}
	})
}

// Who takes nothing off the line is dropped, and has not had much of the server meanwhile; the others are told in time.
func TestASlowReaderIsDropped(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, h *house, dial func(person) *client) {
		idle, slow, quick := h.staff("i@pe.example"), h.staff("s@pe.example"), dial(h.staff("q@pe.example"))
		quick.greet()
		text := noise(19_000)
		for range 50 {
			m := organization("A")
			m.Changes = append(m.Changes, record.Change{Field: 26, New: text()})
			quick.push(m)
		}
		stuck := dial(idle) // it does not even ask
		stuck.greet()
		s := dial(slow)
		s.greet()
		go func() {
			for range 200 { // of a megabyte each
				if s.WriteMessage(websocket.BinaryMessage, protocol.Encode(protocol.TypePull, protocol.Pull{Network: "PE", MaxBytes: 2 << 20})) != nil {
					return
				}
			}
		}()
		began, most := time.Now(), 0
		for time.Since(began) < 100*time.Second {
			time.Sleep(time.Second)
			sent := time.Now()
			if v := quick.push(organization("B"))[0]; v.Status != record.Applied || time.Since(sent) > time.Second {
				t.Errorf("after %v an edit beside it took %v: %+v", time.Since(began), time.Since(sent), v)
			}
			h.mu.Lock()
			for _, own := range h.sessions {
				own[0].queue.mu.Lock()
				most = max(most, own[0].queue.bytes)
				own[0].queue.mu.Unlock()
			}
			h.mu.Unlock()
			if time.Since(began) < 55*time.Second && !h.Online(slow.device.ID) {
				t.Fatalf("it was dropped after %v", time.Since(began))
			}
		}
		if h.Online(slow.device.ID) || h.Online(idle.device.ID) {
			t.Error("who takes nothing is still there")
		}
		if most > queueBytes || most < queueBytes/2 {
			t.Errorf("%d KB waited for one laptop", most>>10)
		}
	})
}

func TestTheQueueIsBounded(t *testing.T) {
	q := newQueue()
	large := make([]byte, queueBytes+1)
	if !q.add(large) || q.add([]byte{1}) {
		t.Error("a large frame goes alone")
	}
	if frame, _ := q.take(); len(frame) != len(large) {
		t.Error("another frame")
	}
	if frame, _ := q.take(); frame != nil {
		t.Error("a frame of nothing")
	}
	for i := range queueFrames {
		if !q.add([]byte{byte(i)}) {
			t.Fatal(i)
		}
	}
	if q.add(nil) {
		t.Error("one more was taken")
	}
	for i := range queueFrames {
		if frame, _ := q.take(); frame[0] != byte(i) {
			t.Fatalf("%d: %v", i, frame)
		}
	}
	for i := range 2 {
		if !q.add(make([]byte, queueBytes/2)) {
			t.Error("no room for half", i)
		}
	}
	if q.add([]byte{1}) {
		t.Error("bytes are not counted")
	}
}

// What was offered in vain is owned up to once, after all that was taken; waiting for room misses nothing.
func TestTheQueueOwnsUpToWhatItMissed(t *testing.T) {
	q := newQueue()
	for range queueFrames {
		q.add([]byte{1})
	}
	for _, offered := range []bool{false, true, false} {
		if offered && q.offer(nil) || !offered && q.add(nil) {
			t.Fatal("one more was taken")
		}
		for i := range queueFrames {
			if _, missed := q.take(); missed != (offered && i == queueFrames-1) {
				t.Errorf("offered %v, frame %d: missed %v", offered, i, missed)
			}
		}
		for range queueFrames {
			q.offer([]byte{1})
		}
	}
}

// A device that connects again and again has its oldest connections ended, also one that has not said hello.
func TestADeviceHasFewConnections(t *testing.T) {
	h := newHouse(t)
	p, other := h.staff("a@pe.example"), h.staff("b@pe.example")
	bystander, _ := h.greeted(other)
	var all []*client
	var newest *session
	for range 3 * mostSessions {
		all = append(all, h.connect(p))
		// The answer to an upgrade is out before the connection is counted: without waiting they would count in another order.
		h.await("a connection that counts", 5*time.Second, func() bool {
			h.Listener.mu.Lock()
			defer h.Listener.mu.Unlock()
			own := h.sessions[p.device.ID]
			if len(own) == 0 || own[len(own)-1] == newest {
				return false
			}
			newest = own[len(own)-1]
			return true
		})
	}
	for _, c := range all[:2*mostSessions] {
		if why, err := c.farewell(); why != fault.ServerBusy {
			t.Errorf("%s, %v", why, err)
		}
	}
	h.await("too many are left", 5*time.Second, func() bool { return h.Count() == 1+mostSessions })
	for _, c := range append(all[2*mostSessions:], bystander) {
		if c != bystander {
			c.greet()
		}
		if v := c.push(organization("A"))[0]; v.Status != record.Applied {
			t.Errorf("%+v", v)
		}
	}
}
