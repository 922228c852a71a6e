package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// disk is one machine's, as testdata/baddisk.c plays it.
type disk struct {
	t       *testing.T
	control string
}

func newDisk(t *testing.T) *disk { return &disk{t: t, control: filepath.Join(t.TempDir(), "baddisk")} }

func (d *disk) env() []string {
	return badDiskEnv(d.t, "BADDISK_DURABLE=1", "BADDISK="+d.control)
}

// fail makes the disk fail from now on; well mends it.
func (d *disk) fail(how string) {
	d.t.Helper()
	if err := os.WriteFile(d.control, []byte(how), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *disk) well() {
	d.t.Helper()
	if err := os.Remove(d.control); err != nil {
		d.t.Fatal(err)
	}
}

// badDisks are the ways in which a disk fails, and what it is called. A number is of the calls that fail: one in so many.
var badDisks = []struct{ how, words string }{
	{"fsync", "could not read or write"},
	{"fsync 2", "could not read or write"},
	{"write", "could not read or write"},
	{"write 7", "could not read or write"},
	{"full", "disk is full"},
	{"full 9", "disk is full"},
	{"readonly", "could not read or write"},
	// SQLite does not always tell a page that cannot be read from one that is wrong; the file is looked at closely when next
	// opened. Pages that are in memory are not read, so it may not even come to it.
	{"read 5", "is damaged|could not read or write"},
}

// TestBadDisk: whatever a laptop's or the server's disk does, it is named in plain words, nothing that was saved or
// acknowledged is lost, not even when the power fails right then, and work goes on once the disk is well again.
func TestBadDisk(t *testing.T) {
	for i, bad := range badDisks {
		t.Run(strings.ReplaceAll(bad.how, " ", "-"), func(t *testing.T) {
			t.Parallel()
			b := newBadDiskStory(t, uint64(i))
			b.laptopFails(bad.how, bad.words)
			b.serverFails(bad.how)
			b.heal()
			b.check()
		})
	}
}

// badDiskStory is a crash run whose machines have disks of which the test says how they fail.
type badDiskStory struct {
	*crash
	disks  []*disk // of the laptops
	office *disk   // the server's
	random *rand.Rand
}

func newBadDiskStory(t *testing.T, seed uint64) *badDiskStory {
	b := &badDiskStory{office: newDisk(t), random: rand.New(rand.NewPCG(seed, 3))}
	b.crash = &crash{t: t, ledger: newLedger(t)}
	b.server = &server{t: t, dir: t.TempDir(), listen: "127.0.0.1:0", env: b.office.env(), stderr: io.Discard}
	b.server.start()
	t.Cleanup(b.server.kill)
	b.proxy = newProxy(t, b.server.listen, seed, ackTap(b.ledger.ack))
	b.server.network("PE")
	for i, email := range []string{"ana@red.example", "luis@red.example"} {
		b.server.user(email, "coordinator", "PE")
		d := newDisk(t)
		l := &laptop{t: t, dir: t.TempDir(), env: d.env()}
		l.ok("enroll", "--server", b.proxy.url(), "--code", b.server.code(email), "--name", "Portátil "+email)
		l.sync()
		b.disks = append(b.disks, d)
		b.laptops = append(b.laptops, &victim{crash: b.crash, laptop: l, number: i, shared: &ids{}, random: b.random})
	}
	return b
}

// laptopFails edits in one window before, while and after the disk fails, and then cuts the power.
func (b *badDiskStory) laptopFails(how, words string) {
	b.t.Helper()
	v, d := b.laptops[0], b.disks[0]
	ctx, cancel := context.WithCancel(context.Background())
	cmd, _ := v.start(ctx, "serve-ui")
	defer func() {
		cancel()
		_ = cmd.Wait()
		if err := cutPower(v.laptop.dir, b.random); err != nil {
			b.t.Error(err)
		}
	}()
	address, err := v.opened(cmd)
	if err != nil {
		b.t.Fatal(err)
	}
	if said := b.try(v, address); said != "" {
		b.t.Fatalf("before: %s", said)
	}
	d.fail(how)
	refused := 0
	for range 12 {
		if said := b.try(v, address); said != "" {
			refused++
			if !slices.ContainsFunc(strings.Split(words, "|"), func(w string) bool { return strings.Contains(said, w) }) {
				b.t.Errorf("a disk that fails was called %q", said)
			}
		}
	}
	if refused == 0 && !strings.HasPrefix(how, "read ") {
		b.t.Error("the disk did not fail")
	}
	d.well()
	if said := b.try(v, address); said != "" {
		b.t.Errorf("the disk is well again, but: %s", said)
	}
}

// try saves an edit in a window, and notes it; it returns the words of a refusal.
func (b *badDiskStory) try(v *victim, address string) (refusal string) {
	b.t.Helper()
	v.count++
	token := fmt.Sprintf("k%dn%05dx", v.number, v.count)
	e := editAsk{Kind: "create", Collection: "organization", Network: "PE", Fields: map[string]any{"name": "Cooperativa " + token}, token: token}
	body, _ := json.Marshal(map[string]any{"edits": []editAsk{e}})
	req, err := http.NewRequest(http.MethodPost, address+"/api/edits", bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("X-Acopio", "1")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Language", "en")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var said struct {
		Message string
		Records []struct{ ID string }
	}
	if err := json.NewDecoder(res.Body).Decode(&said); err != nil {
		b.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		return said.Message
	}
	v.note(e, said.Records[0].ID)
	return ""
}

// serverFails lets laptops send to a server whose disk fails, and cuts its power in the midst of it.
func (b *badDiskStory) serverFails(how string) {
	b.t.Helper()
	other := b.laptops[1]
	always := !strings.Contains(how, " ")
	b.office.fail(how)
	for range 2 {
		id := other.laptop.create("organization", "PE", "name=Cooperativa "+b.token(other))
		b.ledger.save(savedEdit{Laptop: other.number, Collection: "organization", Record: id, Token: b.last(other)})
		r := other.laptop.run("sync", "--timeout", "2s")
		if always && (r.code == 0 || !strings.Contains(r.stdout+r.stderr, "server's disk")) {
			b.t.Errorf("a server whose disk fails: exit %d, %s%s", r.code, r.stdout, r.stderr)
		}
	}
	b.server.kill()
	if err := cutPower(b.server.dir, b.random); err != nil {
		b.t.Error(err)
	}
	b.office.well()
	b.server.listen = "127.0.0.1:0"
	b.server.start()
	b.proxy.target.Store(b.server.listen)
}

func (b *badDiskStory) token(v *victim) string {
	v.count++
	return b.last(v)
}

func (b *badDiskStory) last(v *victim) string { return fmt.Sprintf("k%dn%05dx", v.number, v.count) }
