package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"acopio/server/auth"
	"acopio/server/store"
	"acopio/server/store/sqlite"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/inbox"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

const network = "PE"

// history is one random life of a server and its laptops.
type history struct {
	t       *testing.T
	rng     *rand.Rand
	server  *server
	laptops []*laptop
	// said holds a token for every text that a laptop saved: each must be found somewhere at the end.
	said   map[string]string // token → who and what
	backup string            // file of the server's backup, once there is one
	// restored says that the server went back to it.
	restored bool
	words    int
	trace    []string
}

func newHistory(t *testing.T, seed uint64) *history {
	h := &history{t: t, rng: rand.New(rand.NewPCG(seed, 0)), said: map[string]string{}}
	h.server = &server{t: t, dir: t.TempDir(), at: &exchange{}}
	h.server.start()
	ctx := context.Background()
	if err := h.server.core.CreateNetwork(ctx, "sim", network, "Red simulada", nil); err != nil {
		t.Fatal(err)
	}
	for i := range 2 + h.rng.IntN(2) {
		email := fmt.Sprintf("p%d@sim.example", i)
		_, err := h.server.core.Auth.AddUser(ctx, auth.CommandLine, auth.NewUser{Email: email, Role: schema.Coordinator, Networks: []string{network}, Password: "una clave larga"})
		if err != nil {
			t.Fatal(err)
		}
		skew := []time.Duration{0, 0, 10 * 365 * 24 * time.Hour, -10 * 365 * 24 * time.Hour}[h.rng.IntN(4)]
		l := h.server.enroll(fmt.Sprintf("laptop-%d", i), email, newLine(h.server.at, seed+uint64(i)), skew)
		h.laptops = append(h.laptops, l)
		l.start()
	}
	return h
}

func (h *history) log(format string, args ...any) {
	h.trace = append(h.trace, fmt.Sprintf(format, args...))
}

// word is a text that occurs nowhere else.
func (h *history) word(d *laptop, what string) string {
	h.words++
	w := fmt.Sprintf("w%dz", h.words)
	h.said[w] = d.name + " " + what
	return w
}

// live runs steps of what people and machines do.
func (h *history) live(steps int) {
	for range steps {
		d := h.laptops[h.rng.IntN(len(h.laptops))]
		switch n := h.rng.IntN(100); {
		case n < 12:
			h.create(d)
		case n < 55:
			h.edit(d)
		case n < 60:
			h.remove(d)
		case n < 64:
			h.resolve(d)
		case n < 76:
			up := h.rng.IntN(3) > 0
			delay := time.Duration(h.rng.IntN(3)) * 200 * time.Millisecond
			h.log("%s line up=%v delay=%v", d.name, up, delay)
			d.line.set(up, delay, -1)
		case n < 84:
			budget := h.rng.IntN(3000)
			h.log("%s line cut after %d bytes", d.name, budget)
			d.line.set(true, 0, budget)
		case n < 86:
			h.rollBack()
		case n < 88:
			h.log("server restarts")
			h.server.stop()
			time.Sleep(time.Duration(h.rng.IntN(5)) * time.Second)
			h.server.start()
		case n < 91:
			h.log("%s restarts", d.name)
			d.stop()
			d.start()
		default:
			pause := time.Duration(h.rng.IntN(8000)) * time.Millisecond
			h.log("pause %v", pause)
			time.Sleep(pause)
		}
	}
}

// rollBack takes a backup, or restores the one that was taken: the server forgets what came after it.
func (h *history) rollBack() {
	ctx := context.Background()
	if h.backup == "" {
		h.log("backup")
		h.backup = filepath.Join(h.t.TempDir(), "backup.db")
		if err := sqlite.Backup(ctx, h.server.dir, h.backup); err != nil {
			h.t.Fatal(err)
		}
		return
	}
	h.log("server restored from its backup")
	h.restored = true
	h.server.stop()
	h.server.dir = h.t.TempDir()
	if err := sqlite.Restore(ctx, h.backup, h.server.dir); err != nil {
		h.t.Fatal(err)
	}
	h.server.start()
}

// save makes an edit on a laptop, as its window does.
func (h *history) save(d *laptop, edits ...draft.Edit) error {
	d.mu.Lock()
	who := draft.Author{Role: d.state.Role, May: func(string) bool { return true }, Offset: d.state.Offset}
	d.mu.Unlock()
	_, err := d.out.Edit(who, draft.Intent{Edits: edits})
	d.sync.Kick()
	return err
}

func (h *history) ready(d *laptop) bool {
	n, err := d.rep.Networks(context.Background())
	if err != nil {
		h.t.Fatal(err)
	}
	return len(n) > 0
}

func (h *history) create(d *laptop) {
	if !h.ready(d) {
		return
	}
	w := h.word(d, "create")
	e := draft.Edit{Kind: draft.Create, Collection: "organization", Network: network, ID: record.NewID().String(), Fields: map[string]any{"name": w}}
	contact := h.word(d, "create contact")
	child := draft.Edit{Kind: draft.Create, Collection: "contact", Network: network, Fields: map[string]any{"organization": e.ID, "name": contact}}
	h.log("%s creates %s", d.name, w)
	if err := h.save(d, e, child); err != nil {
		h.t.Fatalf("create: %v", err)
	}
}

// pick finds some organization that the laptop shows.
func (h *history) pick(d *laptop) *record.Record {
	res, err := d.rep.Query(context.Background(), replica.Query{Collection: "organization", Limit: 50, Sort: []replica.Order{{Field: "name"}}})
	if err != nil {
		h.t.Fatal(err)
	}
	if len(res.Rows) == 0 {
		return nil
	}
	return res.Rows[h.rng.IntN(len(res.Rows))].Record
}

func (h *history) edit(d *laptop) {
	r := h.pick(d)
	if r == nil {
		return
	}
	fields := map[string]any{}
	switch h.rng.IntN(6) {
	case 0:
		fields["name"] = h.word(d, "name")
	case 1:
		fields["website"] = "https://" + h.word(d, "website") + ".example"
	case 2:
		f, _ := h.collection("organization").Field("notes")
		old, _ := r.Fields[f.Number].(string)
		fields["notes"] = strings.TrimSpace(old + " " + h.word(d, "notes"))
	case 3:
		fields["admin1"], fields["locality"] = h.word(d, "admin1"), h.word(d, "locality")
	case 4:
		fields["tags"] = []any{h.word(d, "tag")}
	default:
		fields["acronym"], fields["address"] = h.word(d, "acronym"), h.word(d, "address")
	}
	h.log("%s edits %s: %v", d.name, r.ID, fields)
	err := h.save(d, draft.Edit{Kind: draft.Update, Collection: "organization", Network: network, ID: r.ID.String(), Base: &r.Version, Fields: fields})
	if err != nil {
		h.vanished(err, fields)
	}
}

// vanished lets an edit fail on a record that went while the person typed, because a restored server does not have it.
// Nothing was saved, and the person saw so.
func (h *history) vanished(err error, fields map[string]any) {
	if h.backup == "" || !fault.Is(err, fault.NotFound) {
		h.t.Fatalf("edit: %v", err)
	}
	said := fmt.Sprint(fields)
	for w := range h.said {
		if strings.Contains(said, w) {
			delete(h.said, w)
		}
	}
}

func (h *history) remove(d *laptop) {
	if r := h.pick(d); r != nil {
		h.log("%s deletes %s", d.name, r.ID)
		if err := h.save(d, draft.Edit{Kind: draft.Delete, Collection: "organization", Network: network, ID: r.ID.String(), Base: &r.Version}); err != nil {
			h.vanished(err, nil)
		}
	}
}

func (h *history) resolve(d *laptop) {
	ctx := context.Background()
	open, err := inbox.List(ctx, d.rep, d.number(), inbox.Filter{Status: inbox.Open})
	if err != nil || len(open) == 0 {
		return
	}
	it := open[h.rng.IntN(len(open))]
	keep := []string{inbox.KeepMine, inbox.KeepTheirs}[h.rng.IntN(2)]
	id, err := record.ParseID(it.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	edits, err := inbox.Resolve(ctx, d.rep, d.number(), id, inbox.Decision{Keep: keep})
	if err != nil {
		return // its record is gone
	}
	h.log("%s resolves %s: %s", d.name, it.Field, keep)
	if err := h.save(d, edits...); err != nil {
		h.vanished(err, nil)
	}
}

func (h *history) collection(name string) *schema.Collection {
	c, err := schema.Registry().Collection(name)
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

// patience bounds how long everything may take to arrive once every line is up.
const patience = 10 * time.Minute

// heal gives everybody a line and waits until all is delivered.
func (h *history) heal() {
	for _, d := range h.laptops {
		d.line.set(true, 0, -1)
		d.sync.Kick()
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Second) {
		if h.settled() {
			return
		}
	}
	for _, d := range h.laptops {
		c, err := d.out.Counts(context.Background())
		h.fail("not settled in %v: %s: outbox %+v %v, progress %+v", patience, d, c, err, d.sync.Progress())
	}
}

func (h *history) settled() bool {
	head, _, err := h.server.core.Feed.Head(context.Background(), network)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, d := range h.laptops {
		c, err := d.out.Counts(context.Background())
		if err != nil || c.Waiting > 0 || !d.sync.Progress().Settled {
			return false
		}
		states, err := d.rep.Networks(context.Background())
		if err != nil || len(states) != 1 || states[0].Seq != head.Seq {
			return false
		}
	}
	return true
}

func (h *history) fail(format string, args ...any) {
	h.t.Helper()
	h.t.Errorf(format, args...)
}

// check holds the end against the promises.
func (h *history) check() {
	ctx := context.Background()
	head, _, err := h.server.core.Feed.Head(ctx, network)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, d := range h.laptops {
		states, err := d.rep.Networks(ctx)
		if err != nil || len(states) != 1 {
			h.fail("%s: networks %v %v", d, states, err)
			continue
		}
		if states[0].Sums.Of(record.Everything) != head.Checksum(record.Everything) || uint64(states[0].Records) != head.Records {
			h.fail("%s does not hold what the server holds: %s of %d, server %s of %d", d, states[0].Sums.Of(record.Everything), states[0].Records, head.Checksum(record.Everything), head.Records)
		}
		c, err := d.out.Counts(ctx)
		if err != nil || c.Waiting != 0 {
			h.fail("%s: outbox %+v %v", d, c, err)
		}
		sums, n, err := d.rep.Recompute(ctx, network)
		if err != nil || (c.Rejected == 0 && (sums != states[0].Sums || n != states[0].Records)) {
			h.fail("%s: its rows are not what its checksum says (%d, %d rows) %v", d, states[0].Records, n, err)
		}
	}
	h.checkNothingLost(ctx)
	h.checkChain(ctx)
}

// checkNothingLost looks for every word ever saved: in the log, in a conflict, or in a list of rejected edits.
func (h *history) checkNothingLost(ctx context.Context) {
	var kept strings.Builder
	err := h.server.core.Store.View(ctx, func(r store.Reader) error {
		entries, err := r.Log(network, 0, 1<<60, 1<<30)
		for _, e := range entries {
			for _, ch := range e.Changes {
				b, err := json.Marshal(ch.New)
				if err != nil {
					return err
				}
				kept.Write(b)
			}
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, d := range h.laptops {
		items, err := d.out.List(ctx)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, it := range items {
			for _, ch := range it.Mutation.Changes {
				fmt.Fprint(&kept, ch.New)
			}
		}
	}
	for w, who := range h.said {
		if !strings.Contains(kept.String(), w) {
			h.fail("lost: %s (%s)", w, who)
		}
	}
}

// checkChain recomputes the log's hashes.
func (h *history) checkChain(ctx context.Context) {
	err := h.server.core.Store.View(ctx, func(r store.Reader) error {
		entries, err := r.Log(network, 0, 1<<60, 1<<30)
		if err != nil {
			return err
		}
		hash := []byte{}
		for i, e := range entries {
			if e.Seq != uint64(i+1) {
				return fmt.Errorf("seq %d at position %d: the feed has a gap", e.Seq, i+1)
			}
			hash = store.Chain(schema.Registry(), hash, e)
		}
		want, err := r.HashAt(network, uint64(len(entries)))
		if string(want) != string(hash) {
			return errors.Join(err, errors.New("the log's hashes do not chain"))
		}
		return err
	})
	if err != nil {
		h.fail("%v", err)
	}
}

func (h *history) stop() {
	for _, d := range h.laptops {
		d.stop()
	}
	h.server.stop()
}
