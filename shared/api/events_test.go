package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"acopio/shared/api"
	"acopio/shared/fault"
	"acopio/shared/replica"
)

// listen opens the stream of events and hands out what comes.
func (c *client) listen() <-chan string {
	c.t.Helper()
	ctx, cancel := context.WithCancel(c.t.Context())
	c.t.Cleanup(cancel)
	resp, err := http.DefaultClient.Do(c.request(http.MethodGet, "/api/events", nil).WithContext(ctx))
	if err != nil {
		c.t.Fatal(err)
	}
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || got != "text/event-stream" {
		c.t.Fatalf("got %d %s", resp.StatusCode, got)
	}
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		defer func() { _ = resp.Body.Close() }()
		scanner := bufio.NewScanner(resp.Body)
		for scanner.Scan() {
			if scanner.Text() != "" {
				lines <- scanner.Text()
			}
		}
	}()
	return lines
}

func next(t *testing.T, lines <-chan string) string {
	t.Helper()
	select {
	case line := <-lines:
		return line
	case <-time.After(5 * time.Second):
		t.Fatal("no event came")
		return ""
	}
}

func TestEventsTellWhatChangedWhereOneMayLook(t *testing.T) {
	g := newRegister(t)
	admin := serve(t, g.office)
	all, some, viewer := admin.listen(), admin.as("coord").listen(), admin.as("viewer").listen()
	g.put("contact", "BO", map[string]any{"name": "x"})
	if line := next(t, all) + next(t, all); line != `event: changeddata: {"network":"BO","collections":["contact"]}` {
		t.Errorf("got %s", line)
	}
	g.put("contact", "PE", map[string]any{"name": "x"})
	if line := next(t, some) + next(t, some); line != `event: changeddata: {"network":"PE","collections":["contact"]}` {
		t.Errorf("got %s", line)
	}
	g.put("tag", "PE", map[string]any{"name": "x"})
	if line := next(t, viewer) + next(t, viewer); line != `event: changeddata: {"network":"PE","collections":["tag"]}` {
		t.Errorf("got %s", line)
	}
}

func TestEventsAreGathered(t *testing.T) {
	g := newRegister(t)
	var bursts atomic.Int64
	seen := make(chan api.Changed, 1000)
	stop := api.Watch(configOf(t, g.office), func(_ string, data any) {
		bursts.Add(1)
		seen <- data.(api.Changed)
	})
	begin := time.Now()
	for range 50 {
		g.put("tag", "PE", map[string]any{"name": strings.Repeat("x", int(bursts.Load())+1)})
	}
	took := time.Since(begin)
	time.Sleep(250 * time.Millisecond)
	stop()
	stop() // twice is as once
	if most := int64(took/(100*time.Millisecond)) + 3; bursts.Load() == 0 || bursts.Load() > most {
		t.Errorf("got %d events in %s", bursts.Load(), took)
	}
	if ch := <-seen; ch.Network != "PE" || ch.Collections[0] != "tag" {
		t.Errorf("got %+v", ch)
	}
}

func TestTheStatusIsAnEventInTheLanguageOfTheHost(t *testing.T) {
	g := newRegister(t)
	cfg := configOf(t, g.office)
	cfg.Lang = func() string { return "en" }
	report := make(chan func(api.Status), 1)
	cfg.OnStatus = func(fn func(api.Status)) func() { report <- fn; return func() {} }
	got := make(chan string, 1)
	defer api.Watch(cfg, func(name string, data any) {
		b, _ := json.Marshal(data)
		got <- name + " " + string(b)
	})()
	(<-report)(api.Status{State: api.SyncOffline, LastError: api.ReasonOf(fault.New(fault.ServerRefused))})
	text := next(t, got)
	if !strings.HasPrefix(text, "status ") || !strings.Contains(text, "not accepting connections") || !strings.Contains(text, `"networks":[]`) {
		t.Errorf("got %s", text)
	}
}

// A stream must not outlive the right to listen.
func TestAStreamEndsWithTheSession(t *testing.T) {
	api.SetKeepAlive(t, 20*time.Millisecond)
	g := newRegister(t)
	c := serve(t, g.office)
	lines := c.as("coord").listen()
	if line := next(t, lines); line != ": alive" {
		t.Errorf("got %s", line)
	}
	g.change(func() { delete(g.people, "coord") })
	deadline := time.After(5 * time.Second)
	for {
		select {
		case _, open := <-lines:
			if !open {
				return
			}
		case <-deadline:
			t.Fatal("the stream goes on")
		}
	}
}

// Right after it was enrolled, a laptop does not know its networks: the stream its page opened then must not go on
// without them.
func TestAStreamEndsWhenANetworkAppears(t *testing.T) {
	g := newRegister(t)
	c := serve(t, g.office)
	lines := c.as("coord").listen()
	g.addNetworks("TG")
	select {
	case line, open := <-lines:
		if open {
			t.Errorf("got %s", line)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the stream goes on")
	}
}

func TestAReplicaThatTakesAnothersPlaceIsAChangeOfEverything(t *testing.T) {
	api.SetReplicaCheck(t, 10*time.Millisecond)
	g, other := newRegister(t), newOffice(t)
	var current atomic.Pointer[replica.Replica]
	current.Store(g.rep)
	cfg := configOf(t, g.office)
	cfg.Replica = current.Load
	seen := make(chan api.Changed, 10)
	defer api.Watch(cfg, func(_ string, data any) { seen <- data.(api.Changed) })()
	current.Store(other.rep)
	if ch := <-seen; ch.Network != "" || len(ch.Collections) < 10 {
		t.Errorf("got %+v", ch)
	}
	other.addNetworks("TG")
	if ch := <-seen; ch.Network != "TG" {
		t.Errorf("got %+v", ch)
	}
}
