package gate

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"acopio/server/pipes"
)

// house is a server behind a gate: /known recognizes who asks, /hold answers when it is told to, anything else at once.
type house struct {
	*Gate
	t       *testing.T
	address string
	held    chan struct{}
	arrived chan struct{}
}

func newHouse(t *testing.T, behindProxy bool) *house {
	t.Helper()
	h := &house{Gate: New(behindProxy), t: t, held: make(chan struct{}), arrived: make(chan struct{}, 100)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.address = l.Addr().String()
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/known") {
			Admit(r.Context())
		}
		if strings.HasSuffix(r.URL.Path, "/hold") {
			h.arrived <- struct{}{}
			<-h.held
		}
	})}
	h.Guard(server)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return h
}

// socket is one connection from an address of this machine.
type socket struct {
	net.Conn
	t  *testing.T
	in *bufio.Reader
}

func (h *house) from(address string) *socket {
	h.t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	conn, err := d.Dial("tcp", h.address)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = conn.Close() })
	return &socket{conn, h.t, bufio.NewReader(conn)}
}

func (s *socket) send(path string, header ...string) {
	_, _ = fmt.Fprintf(s, "GET %s HTTP/1.1\r\nHost: acopio.example\r\n%s\r\n", path, strings.Join(append(header, ""), "\r\n"))
}

// answer is nil where the socket was closed without one.
func (s *socket) answer() *http.Response {
	s.t.Helper()
	_ = s.SetReadDeadline(time.Now().Add(10 * time.Second))
	res, err := http.ReadResponse(s.in, nil)
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			s.t.Fatal("no answer, and not closed")
		}
		return nil
	}
	return res
}

// served demands that a request is answered as it is without a gate.
func (s *socket) served(path string, header ...string) {
	s.t.Helper()
	s.send(path, header...)
	if res := s.answer(); res == nil || res.StatusCode != http.StatusOK {
		s.t.Fatalf("%s was not served: %+v", path, res)
	}
}

// refused demands that a request is told to come later.
func (s *socket) refused(path string, header ...string) {
	s.t.Helper()
	s.send(path, header...)
	res := s.answer()
	if res == nil {
		s.t.Fatal("closed without a word")
	}
	var body struct {
		Code string
		Args map[string]string
	}
	b, _ := io.ReadAll(res.Body)
	if json.Unmarshal(b, &body) != nil || res.StatusCode != http.StatusTooManyRequests || body.Code != "too_many_attempts" || res.Header.Get("Retry-After") != "5" {
		s.t.Fatalf("%s %v %s", res.Status, res.Header, b)
	}
	if res.Header.Get("Acopio-Protocol") == "" || !res.Close {
		s.t.Error("a laptop could not tell whose answer it is, or the socket stays open")
	}
}

func (h *house) await(what string, done func() bool) {
	h.t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			h.t.Fatal(what)
		}
	}
}

// silent opens so many sockets on which nothing is said.
func (h *house) silent(n int, address string) (all []*socket) {
	h.t.Helper()
	before := h.Strangers(address)
	for range n {
		all = append(all, h.from(address))
	}
	h.await("the sockets are not counted", func() bool { return h.Strangers(address) == min(before+n, mostTold) })
	return all
}

func TestTwentyStrangersPerAddress(t *testing.T) {
	h := newHouse(t, false)
	h.from("127.0.0.1").served("/known") // before the others came; it stays
	all := h.silent(Most, "127.0.0.1")
	all[Most-1].served("/") // the twentieth is
	h.from("127.0.0.2").served("/")
	all[Most-1].send("/hold")
	<-h.arrived
	for range 3 {
		h.from("127.0.0.1").refused("/")
		h.from("127.0.0.1").refused("/known") // who it would be is not even looked at
	}
	h.await("refused sockets stay", func() bool { return h.Strangers("127.0.0.1") == Most })
	all = append(all, h.silent(mostTold-Most, "127.0.0.1")...)
	beyond := h.from("127.0.0.1")
	beyond.send("/")
	if res := beyond.answer(); res != nil {
		t.Errorf("one of hundreds is told %s", res.Status)
	}
	h.from("127.0.0.2").served("/")
	close(h.held)
	for _, s := range all {
		_ = s.Close()
	}
	h.await("closed sockets count", func() bool { return h.Strangers("127.0.0.1") == 0 })
	h.from("127.0.0.1").served("/")
}

func TestWhoIsKnownDoesNotCount(t *testing.T) {
	h := newHouse(t, false)
	var known *socket
	for range 3 * Most {
		known = h.from("127.0.0.1")
		known.served("/known")
	}
	if n := h.Strangers("127.0.0.1"); n != 0 {
		t.Errorf("%d count", n)
	}
	h.silent(Most, "127.0.0.1")
	h.from("127.0.0.1").refused("/")
	known.served("/") // and stays known
}

// A browser leaves sockets open between requests: they are in nobody's way.
func TestIdleSocketsMakeRoom(t *testing.T) {
	h := newHouse(t, false)
	first := h.from("127.0.0.1")
	first.served("/")
	for range Most - 1 {
		h.from("127.0.0.1").served("/")
	}
	h.await("not idle", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		n := 0
		for _, p := range h.strangers["127.0.0.1"] {
			if p.idle {
				n++
			}
		}
		return n == Most
	})
	h.from("127.0.0.1").served("/")
	if res := first.answer(); res != nil {
		t.Errorf("the oldest idle one is told %s", res.Status)
	}
	if n := h.Strangers("127.0.0.1"); n != Most {
		t.Errorf("%d count", n)
	}
}

// Behind a proxy all come from its address: what counts is whom it names.
func TestBehindAProxy(t *testing.T) {
	h := newHouse(t, true)
	const from = "X-Forwarded-For: "
	for range Most {
		h.from("127.0.0.1").send("/known/hold", from+"198.51.100.7")
		<-h.arrived
		h.from("127.0.0.1").send("/hold", from+"203.0.113.9, 198.51.100.7")
		<-h.arrived
	}
	h.from("127.0.0.1").refused("/", from+"198.51.100.7")
	h.from("127.0.0.1").refused("/", from+"192.0.2.1, 198.51.100.7") // what the stranger says of itself is hearsay
	h.from("127.0.0.1").served("/", from+"203.0.113.9")
	close(h.held)
	h.await("answered requests count", func() bool { return h.Strangers("198.51.100.7") == 0 })
	h.from("127.0.0.1").served("/", from+"198.51.100.7")
	if len(h.strangers) != 0 {
		t.Errorf("left over: %v", h.strangers)
	}
}

func TestNeighborhoods(t *testing.T) {
	for address, want := range map[string]string{
		"198.51.100.7": "198.51.100.7", "::ffff:198.51.100.7": "::ffff:198.51.100.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2::": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "pipe": "pipe", "": "",
	} {
		if got := neighborhood(address); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}

// A stranger who sends a request byte by byte is not waited for; whoever is known is.
func TestStrangersDoNotTakeTheirTime(t *testing.T) {
	for path, patient := range map[string]bool{"/": false, "/known": true} {
		synctest.Test(t, func(t *testing.T) {
			network := pipes.New()
			got := make(chan error, 1)
			server := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/known" {
					Admit(r.Context())
				}
				_, err := io.ReadAll(r.Body)
				got <- err
			})}
			New(false).Guard(server)
			go func() { _ = server.Serve(network) }()
			near, _ := network.Dial(t.Context(), "", "") // it does not fail
			go func() { _, _ = io.Copy(io.Discard, near) }()
			_, _ = fmt.Fprintf(near, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n", path)
			began := time.Now()
			for range 100 {
				time.Sleep(time.Second)
				if _, err := near.Write([]byte("a")); err != nil {
					break
				}
			}
			err, took := <-got, time.Since(began)
			if patient && (err != nil || took < 99*time.Second) || !patient && (err == nil || took > bodyTimeout+2*time.Second) {
				t.Errorf("%s: %v after %v", path, err, took)
			}
			_ = near.Close()
			_ = server.Shutdown(context.Background())
		})
	}
}
