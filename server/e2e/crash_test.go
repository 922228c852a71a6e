package e2e

import (
	"bytes"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// crashKills is how often a process is killed when nobody asks for more (make crash KILLS=…).
const crashKills = 30

// crash is a run in which laptops and the server are killed at random moments, over lines that fail.
type crash struct {
	t       *testing.T
	server  *server
	proxy   *proxy
	ledger  *ledger
	laptops []*victim
	left    atomic.Int64 // kills still to come
	cuts    atomic.Int64 // of the power, among the kills
}

// TestCrash: whatever is killed, whenever: what a laptop said was saved and what the server acknowledged is there in the
// end, the replicas are equal to the server, and every file is whole.
func TestCrash(t *testing.T) {
	kills := numberFrom(t, "CRASH_KILLS", crashKills)
	seed := uint64(numberFrom(t, "CRASH_SEED", int(time.Now().UnixNano()%1_000_000)))
	t.Logf("CRASH_SEED=%d CRASH_KILLS=%d", seed, kills)
	began := time.Now()
	c := newCrash(t, seed, kills)
	c.run(seed)
	calm := time.Now()
	c.heal()
	c.check()
	saved, acked := c.ledger.counts()
	t.Logf("%d kills, %d of them power cuts, in %v, then %v to heal and check; %d edits saved, %d ops acknowledged; %d cuts, %d swallows, %d delays, %d throttles",
		kills, c.cuts.Load(), calm.Sub(began).Round(time.Second), time.Since(calm).Round(time.Second), saved, acked,
		c.proxy.cuts.Load(), c.proxy.swallows.Load(), c.proxy.delays.Load(), c.proxy.throttles.Load())
	if saved == 0 || acked == 0 || c.proxy.cuts.Load() == 0 {
		t.Error("the run put nothing at risk")
	}
}

func numberFrom(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%s: a number above 0", name, text)
	}
	return n
}

func newCrash(t *testing.T, seed uint64, kills int) *crash {
	env := badDiskEnv(t, "BADDISK_DURABLE=1")
	log := &errorLog{t: t}
	c := &crash{t: t, server: &server{t: t, dir: t.TempDir(), listen: "127.0.0.1:0", env: env, stderr: log}, ledger: newLedger(t)}
	c.server.start()
	t.Cleanup(c.server.kill)
	c.left.Store(int64(kills))
	c.proxy = newProxy(t, c.server.listen, seed, ackTap(c.ledger.ack))
	c.server.network("PE")
	shared := &ids{}
	for i, email := range []string{"ana@red.example", "luis@red.example", "eva@red.example"} {
		c.server.user(email, "coordinator", "PE")
		l := &laptop{t: t, dir: t.TempDir(), env: env}
		l.ok("enroll", "--server", c.proxy.url(), "--code", c.server.code(email), "--name", "Portátil "+strconv.Itoa(i))
		l.sync()
		c.laptops = append(c.laptops, &victim{
			crash: c, laptop: l, number: i, shared: shared, random: rand.New(rand.NewPCG(seed, uint64(10+i))),
		})
	}
	return c
}

// errorLog is a server's log, of which errors and panics are the test's.
type errorLog struct{ t *testing.T }

func (l *errorLog) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(`"level":"error"`)) || bytes.Contains(b, []byte("panic:")) {
		l.t.Errorf("the server said: %s", b)
	}
	return len(b), nil
}

// run lets everybody work and die until the kills are used up.
func (c *crash) run(seed uint64) {
	c.proxy.faulty.Store(true)
	var wg sync.WaitGroup
	wg.Go(func() { c.killServer(rand.New(rand.NewPCG(seed, 2))) })
	for _, v := range c.laptops {
		wg.Go(v.live)
	}
	wg.Wait()
}

// spend uses up one kill; false when there are none left.
func (c *crash) spend() bool {
	return c.left.Add(-1) >= 0
}

// done reports whether the run is over: no kills are left, or something has failed.
func (c *crash) done() bool { return c.left.Load() <= 0 || c.t.Failed() }

// killServer kills the server again and again, also while it starts.
func (c *crash) killServer(r *rand.Rand) {
	for !c.done() {
		time.Sleep(time.Duration(r.IntN(1200)) * time.Millisecond)
		if !c.spend() {
			return
		}
		c.server.kill()
		c.maybeCutPower(c.server.dir, r)
		time.Sleep(time.Duration(r.IntN(200)) * time.Millisecond)
		for r.IntN(4) == 0 && c.spend() {
			c.server.launch()
			time.Sleep(time.Duration(r.IntN(60)) * time.Millisecond)
			c.server.kill()
			c.maybeCutPower(c.server.dir, r)
		}
		c.server.listen = "127.0.0.1:0" // its old port may be another's by now; the proxy knows where it is
		if err := c.server.await(c.server.launch()); err != nil {
			c.t.Errorf("the server did not come back: %v", err)
			return
		}
		c.proxy.target.Store(c.server.listen)
	}
}

// maybeCutPower lets every other death be one of the whole machine.
func (c *crash) maybeCutPower(dir string, r *rand.Rand) {
	if r.IntN(2) == 0 {
		return
	}
	c.cuts.Add(1)
	if err := cutPower(dir, r); err != nil {
		c.t.Error(err)
	}
}

// heal mends the lines and lets everybody finish.
func (c *crash) heal() {
	c.proxy.faulty.Store(false)
	c.proxy.cutAll()
	if c.t.Failed() {
		c.t.FailNow()
	}
	for range 2 { // the second time for what others sent after one's own first
		for _, v := range c.laptops {
			v.laptop.sync()
		}
	}
}
