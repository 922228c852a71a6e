package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const guaranteeEdits = 60

// guarantee is a run in which one laptop writes a rising number into two records at once, and others look on.
type guarantee struct {
	*crash
	written atomic.Int64 // the number that the writer was last told is saved
	over    atomic.Bool  // nothing more is written
	looks   atomic.Int64
}

// TestSessionGuarantees: over lines that break, while the server and the windows of those who look on are killed, who
// writes sees what it wrote, nobody who has seen something sees anything older, and what was saved together is never seen
// apart: a replica is always a state the server had.
func TestSessionGuarantees(t *testing.T) {
	g := &guarantee{crash: &crash{t: t, server: newServer(t), ledger: newLedger(t)}}
	g.proxy = newProxy(t, g.server.listen, 11, nil)
	g.server.network("PE")
	for i, email := range []string{"ana@red.example", "luis@red.example", "eva@red.example"} {
		g.server.user(email, "field", "PE")
		l := &laptop{t: t, dir: t.TempDir()}
		l.ok("enroll", "--server", g.proxy.url(), "--code", g.server.code(email))
		l.sync()
		g.laptops = append(g.laptops, &victim{crash: g.crash, laptop: l, number: i, random: rand.New(rand.NewPCG(uint64(i), 6))})
	}
	writer := g.laptops[0]
	pair := []string{writer.laptop.create("organization", "PE", "name=Una", "acronym=00000"), writer.laptop.create("organization", "PE", "name=Otra", "acronym=00000")}
	for _, v := range g.laptops {
		v.laptop.sync()
	}
	g.proxy.faulty.Store(true)
	var looking, killing sync.WaitGroup
	for _, v := range g.laptops[1:] {
		looking.Go(func() { g.lookOn(v) })
	}
	killing.Go(g.killServerNowAndThen)
	g.write(writer, pair)
	g.over.Store(true)
	killing.Wait()
	g.proxy.faulty.Store(false)
	writer.laptop.sync()
	looking.Wait()
	t.Logf("%d edits of two records, looked at %d times", g.written.Load(), g.looks.Load())
}

func (g *guarantee) killServerNowAndThen() {
	r := rand.New(rand.NewPCG(5, 5))
	for !g.over.Load() {
		time.Sleep(time.Duration(200+r.IntN(600)) * time.Millisecond)
		g.server.kill()
		g.server.listen = "127.0.0.1:0"
		if err := g.server.await(g.server.launch()); err != nil {
			g.t.Error(err)
			return
		}
		g.proxy.target.Store(g.server.listen)
	}
}

// inWindow opens a laptop's window for as long as use takes.
func (g *guarantee) inWindow(v *victim, use func(address string)) {
	ctx, cancel := context.WithCancel(context.Background())
	cmd, errOut := v.start(ctx, "serve-ui")
	address, err := v.opened(cmd)
	if err != nil {
		g.t.Errorf("the window did not open: %v: %s", err, errOut)
	} else {
		use(address)
	}
	cancel()
	_ = cmd.Wait() // killed
}

func (g *guarantee) write(v *victim, pair []string) {
	for n := 1; n <= guaranteeEdits && !g.t.Failed(); {
		g.inWindow(v, func(address string) {
			for range 5 + v.random.IntN(15) {
				if n > guaranteeEdits {
					break
				}
				g.writeBoth(address, pair, n)
				if a, b, ok := g.look(address); !ok || a != number(n) || b != number(n) {
					g.t.Errorf("%d was saved, and then %s and %s were there", n, a, b)
					return
				}
				n++
				time.Sleep(v.within(60 * time.Millisecond))
			}
		})
	}
}

func number(n int) string { return fmt.Sprintf("%05d", n) }

func (g *guarantee) writeBoth(address string, pair []string, n int) {
	body, _ := json.Marshal(map[string]any{"edits": []editAsk{
		{Kind: "update", Collection: "organization", Network: "PE", ID: pair[0], Fields: map[string]any{"acronym": number(n)}},
		{Kind: "update", Collection: "organization", Network: "PE", ID: pair[1], Fields: map[string]any{"acronym": number(n)}},
	}})
	req, err := http.NewRequest(http.MethodPost, address+"/api/edits", bytes.NewReader(body))
	if err != nil {
		g.t.Error(err)
		return
	}
	req.Header.Set("X-Acopio", "1")
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		g.t.Error(err)
		return
	}
	text, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		g.t.Errorf("%s: %s", res.Status, text)
		return
	}
	g.written.Store(int64(n))
}

// look reads both records in one question.
func (g *guarantee) look(address string) (a, b string, ok bool) {
	res, err := http.Get(address + "/api/records/organization?sort=name")
	if err != nil {
		return "", "", false
	}
	defer func() { _ = res.Body.Close() }()
	var page struct {
		Records []struct{ Fields struct{ Acronym string } }
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return "", "", false
	}
	if err := json.Unmarshal(text, &page); err != nil || len(page.Records) != 2 {
		g.t.Errorf("%s: %v: %s", res.Status, err, strings.TrimSpace(string(text)))
		return "", "", false
	}
	g.looks.Add(1)
	return page.Records[0].Fields.Acronym, page.Records[1].Fields.Acronym, true
}

// lookOn looks again and again, in windows that are killed, until it has seen the last that was written.
func (g *guarantee) lookOn(v *victim) {
	last := number(0)
	for end := time.Now().Add(2 * time.Minute); !g.t.Failed(); {
		if g.over.Load() && last == number(int(g.written.Load())) {
			return
		}
		if time.Now().After(end) {
			g.t.Errorf("laptop %d has seen %s of %d", v.number, last, g.written.Load())
			return
		}
		g.inWindow(v, func(address string) {
			for range 20 + v.random.IntN(100) {
				a, b, ok := g.look(address)
				if !ok {
					return
				}
				if a != b || a < last {
					g.t.Errorf("laptop %d saw %s and %s after it had seen %s", v.number, a, b, last)
					return
				}
				last = a
				time.Sleep(v.within(10 * time.Millisecond))
			}
		})
	}
}
