package e2e

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/klauspost/compress/zstd"

	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// What one hostile message, or flood of them, may cost the server's process before it is refused.
const (
	mostBytes = 32 << 20
	mostTime  = 100 * time.Millisecond
)

// cpu is the time that a process has spent computing, over all its threads.
func (s *server) cpu() time.Duration {
	s.t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", s.cmd.Process.Pid))
	if err != nil || len(files) == 0 {
		s.t.Fatal("no threads", err)
	}
	var sum time.Duration
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			continue // a thread that is gone
		}
		var ns int64
		if _, err := fmt.Sscan(string(b), &ns); err != nil {
			s.t.Fatal(err)
		}
		sum += time.Duration(ns)
	}
	return sum
}

// memory is a line of the process's status, in bytes: VmRSS is what it has now, VmHWM what it had at most since fresh.
func (s *server) memory(what string) int {
	s.t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), what+":")
	var kb int
	if _, err := fmt.Sscan(rest, &kb); err != nil {
		s.t.Fatal(what, err)
	}
	return kb << 10
}

// fresh forgets the most memory that the process had so far.
func (s *server) fresh() {
	s.t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.cmd.Process.Pid), []byte("5"), 0); err != nil {
		s.t.Fatal(err)
	}
}

// part is a websocket frame as it travels; its mask is zero, which leaves what it carries as it is.
func part(final bool, opcode byte, size uint64, payload ...byte) []byte {
	if final {
		opcode |= 0x80
	}
	head := []byte{opcode, 0x80 | byte(size)}
	switch {
	case size > math.MaxUint16:
		head = binary.BigEndian.AppendUint64([]byte{opcode, 0x80 | 127}, size)
	case size > 125:
		head = binary.BigEndian.AppendUint16([]byte{opcode, 0x80 | 126}, uint16(size))
	}
	return slices.Concat(head, make([]byte, 4), payload)
}

func whole(opcode byte, payload ...byte) []byte {
	return part(true, opcode, uint64(len(payload)), payload...)
}

// claim is the head of a CBOR item of a major type that says it has n parts.
func claim(major byte, n uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{major<<5 | 27}, n)
}

func zeros(t *testing.T, size int, options ...zstd.EOption) []byte {
	t.Helper()
	var b bytes.Buffer
	e, err := zstd.NewWriter(&b, options...)
	if err != nil {
		t.Fatal(err)
	}
	for range size >> 20 {
		_, _ = e.Write(make([]byte, 1<<20))
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sized(t *testing.T, size int) []byte {
	t.Helper()
	e, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return e.EncodeAll(make([]byte, size), nil)
}

// attack is what a device sends once it is let in and greeted: first, and then the same again and again, as long as it is
// taken, for a second at most.
type attack struct {
	first, again []byte
	stays        bool // nothing of it ends the connection
	deaf         bool // it takes nothing off the line
}

func frame(kind protocol.Type, flags byte, payload ...byte) []byte {
	return whole(websocket.BinaryMessage, slices.Concat([]byte{byte(kind), flags}, payload)...)
}

func attacks(t *testing.T) map[string]attack {
	const push, zipped = protocol.TypePush, 1
	huge := uint64(1) << 63
	pull := protocol.Encode(protocol.TypePull, protocol.Pull{Network: "PE", MaxBytes: 4 << 20})
	report := protocol.Encode(protocol.TypeReport, protocol.Report{Pending: 1})
	compare := protocol.Encode(protocol.TypeCompare, protocol.Compare{Network: "PE", Seq: 101})
	begun := part(false, websocket.BinaryMessage, 2, byte(push), 0)
	once := func(first []byte) attack { return attack{first: first} }
	return map[string]attack{
		"64 MB in a few KB":                  once(frame(push, zipped, sized(t, 64<<20)...)),
		"64 MB that do not say so":           once(frame(push, zipped, zeros(t, 64<<20)...)),
		"1 GB that does not say so":          once(frame(push, zipped, zeros(t, 1<<30, zstd.WithWindowSize(8<<20))...)),
		"the most that is decompressed":      once(frame(push, zipped, sized(t, protocol.MaxDecodedBytes)...)),
		"many zstd frames in one":            once(frame(push, zipped, bytes.Repeat(sized(t, 4<<20), 16)...)),
		"lists in lists":                     once(frame(push, 0, bytes.Repeat([]byte{0x81}, 3<<20)...)),
		"lists in lists, compressed":         once(whole(websocket.BinaryMessage, protocol.Encode(push, bytes.Repeat([]byte{0x81}, 7<<20))...)),
		"tags on tags":                       once(frame(push, 0, bytes.Repeat([]byte{0xc1}, 3<<20)...)),
		"2^63 mutations":                     once(frame(push, 0, append([]byte{0x81}, claim(4, huge)...)...)),
		"2^63 bytes":                         once(frame(push, 0, append([]byte{0x81}, claim(2, huge)...)...)),
		"2^63 letters":                       once(frame(protocol.TypePull, 0, append([]byte{0x82}, claim(3, huge)...)...)),
		"as many empty mutations as it goes": once(frame(push, 0, slices.Concat([]byte{0x81}, claim(4, protocol.MaxListLength), bytes.Repeat([]byte{0x80}, protocol.MaxListLength))...)),
		"a second hello":                     once(frame(protocol.TypeHello, 0, 0x81, 1)),
		"a message of 2^63-1 bytes":          once(part(true, websocket.BinaryMessage, huge-1)),
		"a message of 2^63 bytes":            once(part(true, websocket.BinaryMessage, huge)),
		"fragments that add up to 2^64":      once(slices.Concat(begun, part(false, 0, huge-1))),
		"a long ping":                        once(part(true, websocket.PingMessage, 1<<16+1)),
		"a ping flood":                       {again: whole(websocket.PingMessage)},
		"a flood of long pings":              {again: whole(websocket.PingMessage, make([]byte, 125)...)},
		"a ping flood that hears nothing":    {again: whole(websocket.PingMessage, make([]byte, 125)...), deaf: true},
		"a pong flood":                       {again: whole(websocket.PongMessage)},
		"empty fragments":                    {first: begun, again: part(false, 0, 0)},
		"fragments of a byte":                {first: begun, again: part(false, 0, 1, 0)},
		"a message without an end":           {first: begun, again: part(false, 0, 60_000, make([]byte, 60_000)...)},
		"empty messages":                     {again: whole(websocket.BinaryMessage)},
		"texts":                              {again: whole(websocket.TextMessage, '{', '}')},
		"no mask":                            once([]byte{0x82, 3, byte(push), 0, 0x80}),
		"reserved bits":                      once([]byte{0xf2, 0x80, 0, 0, 0, 0}),
		"tiny messages":                      {again: whole(websocket.BinaryMessage, report...), stays: true},
		"tiny questions":                     {again: whole(websocket.BinaryMessage, compare...), stays: true},
		"pages that nobody takes":            {again: whole(websocket.BinaryMessage, pull...), stays: true, deaf: true},
	}
}

// raid carries an attack out, for a second at most, and reports whether the server ended the connection.
func (c *caller) raid(a attack) (ended bool) {
	conn, line, over := c.conn, c.conn.NetConn(), time.Now().Add(time.Second)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if a.deaf {
			time.Sleep(time.Until(over))
		}
		for {
			if _, _, err := conn.ReadMessage(); err != nil { // not c.conn: c may have been dropped meanwhile
				return
			}
		}
	}()
	_ = line.SetWriteDeadline(over)
	_, err := line.Write(a.first)
	if len(a.again) > 0 {
		chunk := bytes.Repeat(a.again, 1+(64<<10)/len(a.again))
		for err == nil && time.Now().Before(over) {
			_, err = line.Write(chunk)
		}
	}
	wait := time.Until(over)
	if !a.stays {
		wait += 5 * time.Second
	}
	select {
	case <-gone:
		return true
	case <-time.After(wait):
		return false
	}
}

// suffer carries an attack out over a new connection, and says which of its limits did not hold.
func (c *caller) suffer(s *server, name string, a attack) (broken string) {
	s.t.Helper()
	if err := c.connect(); err != nil {
		s.t.Fatalf("before %s: %v", name, err)
	}
	s.fresh()
	memory, cpu := s.memory("VmRSS"), s.cpu()
	ended := c.raid(a)
	cost, took := s.memory("VmHWM")-memory, s.cpu()-cpu
	c.drop()
	limit := mostTime
	if a.stays { // these are many messages, and answered
		limit = 2 * mostTime
	}
	s.t.Logf("%-36s %6d KB %10v", name, cost>>10, took.Round(10*time.Microsecond))
	switch {
	case ended == a.stays:
		return fmt.Sprintf("%s: ended: %v", name, ended)
	case cost > mostBytes || took > limit:
		return fmt.Sprintf("%s cost %d KB and %v", name, cost>>10, took)
	}
	return ""
}

// witness asks like an honest laptop, all the time, and notes how long it waited at most.
type witness struct {
	*caller
	mu    sync.Mutex
	worst time.Duration
	asked int
}

func (w *witness) watch(t *testing.T, over <-chan struct{}) {
	for {
		select {
		case <-over:
			return
		case <-time.After(100 * time.Millisecond):
		}
		began := time.Now()
		err := w.tell(protocol.TypeAskHistory, protocol.AskHistory{Query: 1, Network: "PE", Collection: 2, ID: record.NewID()})
		if err == nil {
			_, err = hear[protocol.History](w.caller, protocol.TypeHistory, nil)
		}
		if err != nil {
			t.Errorf("an honest laptop is not answered: %v", err)
			return
		}
		w.mu.Lock()
		w.worst, w.asked = max(w.worst, time.Since(began)), w.asked+1
		w.mu.Unlock()
	}
}

// TestHostileMessages: whatever a device that is let in sends to the server's process, it costs little memory and time, and
// others are answered meanwhile.
func TestHostileMessages(t *testing.T) {
	s := newServer(t)
	s.network("PE")
	s.user("ana@red.example", "field", "PE")
	s.user("eva@red.example", "field", "PE")
	honest, hostile := &witness{caller: s.caller("ana@red.example", s.url)}, s.caller("eva@red.example", s.url)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 100 { // something to be asked for, and everything that is made only once
		notes := make([]byte, 19_000)
		for i := range notes {
			notes[i] = byte('a' + random.IntN(26))
		}
		changes := map[string][2]schema.Value{"name": {nil, fmt.Sprint("Cooperativa ", i)}, "notes": {nil, string(notes)}}
		v, err := honest.push(newMutation(t, record.Create, record.NewID(), 0, changes))
		if err != nil || v.Status != record.Applied {
			t.Fatalf("%+v %v", v, err)
		}
	}
	for range 5 { // both of what compresses, on two cores
		var asking sync.WaitGroup
		for _, c := range []*caller{honest.caller, hostile} {
			asking.Go(func() {
				_, _ = c.read("PE") // a part of it is enough
			})
		}
		asking.Wait()
	}
	over := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { honest.watch(t, over) })
	start, most := s.memory("VmRSS"), 0
	for name, a := range attacks(t) {
		// What a machine does beside it is counted too: a limit is broken when three raids say so.
		var broken string
		for range 3 {
			if broken = hostile.suffer(s, name, a); broken == "" {
				break
			}
			t.Log(broken)
		}
		if broken != "" {
			t.Error(broken)
		}
		most = max(most, s.memory("VmHWM")-start)
	}
	close(over)
	watching.Wait()
	if honest.worst > time.Second {
		t.Errorf("an honest laptop waited %v", honest.worst)
	}
	t.Logf("all of it %d KB at most; an honest laptop asked %d times and waited %v at most", most>>10, honest.asked, honest.worst)
}

// TestStrangersAtTheDoor: twenty silent sockets of an address are all it gets; who is in stays in, and the next laptop is told
// to come again, and does.
func TestStrangersAtTheDoor(t *testing.T) {
	s := newServer(t)
	s.network("PE")
	s.user("ana@red.example", "field", "PE")
	inside := s.caller("ana@red.example", s.url)
	ana := s.laptop("ana@red.example", "Ana")
	if err := inside.connect(); err != nil {
		t.Fatal(err)
	}
	var silent []net.Conn
	for range 20 {
		conn, err := net.Dial("tcp", s.listen)
		if err != nil {
			t.Fatal(err)
		}
		silent = append(silent, conn)
	}
	eventually(t, "the twenty-first socket is refused", func() bool {
		conn, err := net.Dial("tcp", s.listen)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		_, _ = fmt.Fprintf(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		b := make([]byte, 64)
		n, _ := conn.Read(b)
		return bytes.Contains(b[:n], []byte("429 Too Many Requests"))
	})
	ana.fails(1, "Wait 5 seconds", "sync", "--timeout", "1s")
	if v, err := inside.push(newMutation(t, record.Create, record.NewID(), 0, map[string][2]schema.Value{"name": {nil, "A"}})); err != nil || v.Status != record.Applied {
		t.Errorf("who was in before: %+v %v", v, err)
	}
	for _, conn := range silent {
		_ = conn.Close()
	}
	ana.sync()
}

// TestHostileRequests: the same frames, and JSON of the same kind, over HTTP.
func TestHostileRequests(t *testing.T) {
	s := newServer(t)
	s.network("PE")
	s.user("ana@red.example", "coordinator", "PE")
	c, device := s.console("ana@red.example"), s.caller("ana@red.example", s.url)
	nested := strings.Repeat(`{"edits":[`, 100_000)
	for name, r := range map[string]struct{ path, body string }{
		"lists in an edit":         {"/api/edits", `{"edits":` + strings.Repeat("[", 900_000)},
		"objects in objects":       {"/api/edits", nested},
		"a number of a megabyte":   {"/api/edits", `{"edits":[{"version":` + strings.Repeat("9", 900_000) + `}]}`},
		"a million edits":          {"/api/edits", `{"edits":[` + strings.Repeat("{},", 1_000_000) + `{}]}`},
		"a million empty texts":    {"/api/edits", `{"edits":[{"changes":{"name":[` + strings.Repeat(`"",`, 1_000_000) + `""]}}]}`},
		"lists where one signs in": {"/api/sign-in", `{"Email":` + strings.Repeat("[", 900_000)},
		"a bomb as an errand":      {protocol.ErrandPath, string(append([]byte{byte(protocol.TypeErrand), 1}, sized(t, 64<<20)...))},
		"lists as an errand":       {protocol.ErrandPath, string(append([]byte{byte(protocol.TypeErrand), 0}, bytes.Repeat([]byte{0x81}, 3<<20)...))},
	} {
		s.fresh()
		memory, cpu := s.memory("VmRSS"), s.cpu()
		req, err := http.NewRequest(http.MethodPost, s.url+r.path, strings.NewReader(r.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Acopio", "1")
		req.Header.Set("Content-Type", "application/json")
		req.AddCookie(c.cookie)
		if r.path == protocol.ErrandPath {
			req.Header.Set("Authorization", "Bearer "+device.token)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_ = res.Body.Close()
		cost, took := s.memory("VmHWM")-memory, s.cpu()-cpu
		if res.StatusCode < 400 || res.StatusCode > 499 {
			t.Errorf("%s: %s", name, res.Status)
		}
		if cost > mostBytes || took > mostTime {
			t.Errorf("%s cost %d KB and %v", name, cost>>10, took)
		}
		t.Logf("%-26s %s %6d KB %10v", name, res.Status, cost>>10, took.Round(10*time.Microsecond))
	}
}
