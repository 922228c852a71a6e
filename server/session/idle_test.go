package session

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"acopio/server/pipes"
	"acopio/shared/protocol"
)

// The codec makes its channels with the first large frame: not in a bubble of virtual time, out of which they could not be used.
func init() {
	frame := protocol.Encode(protocol.TypeHello, protocol.Hello{App: strings.Repeat("a", 1000)})
	if _, _, err := protocol.Split(frame); err != nil {
		panic(err)
	}
}

// inVirtualTime runs a test in a house whose clock jumps ahead whenever everybody waits.
func inVirtualTime(t *testing.T, test func(t *testing.T, h *house, dial func(person) *client)) {
	synctest.Test(t, func(t *testing.T) {
		h := &house{t: t, dir: t.TempDir()}
		stop := h.open()
		network := pipes.New()
		server := &http.Server{Handler: h.Listener}
		var wg sync.WaitGroup
		wg.Go(func() { _ = server.Serve(network) })
		test(t, h, func(p person) *client {
			d := websocket.Dialer{NetDialContext: network.Dial}
			conn, _, err := d.Dial("ws://acopio.example"+protocol.Path, http.Header{"Authorization": {"Bearer " + p.token}})
			h.check(err)
			t.Cleanup(func() { _ = conn.Close() })
			return &client{Conn: conn, t: t}
		})
		_ = server.Close()
		stop()
		wg.Wait()
	})
}

func (c *client) greet() {
	c.t.Helper()
	c.tell(protocol.TypeHello, protocol.Hello{Protocol: 1})
	expect[protocol.Welcome](c, protocol.TypeWelcome)
}

func TestALaptopThatAnswersPingsMayBeSilentForHours(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, h *house, dial func(person) *client) {
		c := dial(h.staff("a@pe.example"))
		c.greet()
		_ = c.SetReadDeadline(time.Time{})
		ended := make(chan error, 1)
		go func() {
			_, _, err := c.ReadMessage() // answers pings
			ended <- err
		}()
		select {
		case err := <-ended:
			t.Errorf("it ended: %v", err)
		case <-time.After(5 * time.Hour):
		}
		_ = c.Close()
		<-ended
	})
}

// A laptop whose lid was closed answers nothing: the server lets go of it.
func TestALaptopThatAnswersNothingIsLetGo(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, h *house, dial func(person) *client) {
		p := h.staff("a@pe.example")
		c := dial(p)
		c.greet()
		c.SetPingHandler(func(string) error { return nil })
		go func() {
			for {
				if _, _, err := c.ReadMessage(); err != nil {
					return
				}
			}
		}()
		time.Sleep(80 * time.Second)
		if !h.Online(p.device.ID) {
			t.Error("it was let go too early")
		}
		time.Sleep(20 * time.Second)
		if h.Online(p.device.ID) {
			t.Error("it still counts as online")
		}
	})
}

func TestWhoSaysNoHelloIsLetGo(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, h *house, dial func(person) *client) {
		c := dial(h.staff("a@pe.example"))
		began := time.Now()
		_ = c.SetReadDeadline(time.Time{})
		if _, _, err := c.ReadMessage(); err == nil {
			t.Error("it said something")
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("after %v", took)
		}
	})
}
