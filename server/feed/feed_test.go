package feed

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"acopio/server/apply"
	"acopio/server/store/sqlite"
	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// rig is a feed over a real store, filled through a real engine.
type rig struct {
	*Feed
	t      *testing.T
	engine *apply.Engine
}

func newRig(t *testing.T) *rig {
	t.Helper()
	st, err := sqlite.Open(t.TempDir(), schema.Registry())
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{Feed: New(st, schema.Registry()), t: t, engine: apply.New(st, schema.Registry(), clock.System{}, zerolog.Nop())}
	t.Cleanup(func() {
		r.engine.Close()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, code := range []string{"PE", "BO"} {
		r.write("network", code, draft.NetworkID(code), record.Create, map[string]any{"code": code, "name": code})
	}
	return r
}

// write makes the server itself write fields of a record.
func (r *rig) write(collection, network string, id record.ID, kind record.Kind, fields map[string]any) {
	r.t.Helper()
	c, err := schema.Registry().Collection(collection)
	if err != nil {
		r.t.Fatal(err)
	}
	m := record.Mutation{
		Op: record.NewOpID(), Kind: kind, Base: 1 << 40, Edited: clock.MillisOf(clock.System{}.Now()),
		Key: record.Key{Network: network, Collection: c.Number, ID: id},
	}
	if kind == record.Create {
		m.Base = 0
	}
	for i := range c.Fields {
		if raw, given := fields[c.Fields[i].Name]; given {
			v, err := c.Fields[i].Normalize(raw)
			if err != nil {
				r.t.Fatal(err)
			}
			m.Changes = append(m.Changes, record.Change{Field: c.Fields[i].Number, New: v})
		}
	}
	verdicts, err := r.engine.Submit(context.Background(), apply.Author{Device: apply.Server, UserName: "Ana", DeviceName: "office"}, []record.Mutation{m})
	if err != nil || verdicts[0].Status == record.Rejected {
		r.t.Fatalf("%v %+v", err, verdicts)
	}
}

func (r *rig) organization(name string) record.ID {
	r.t.Helper()
	id := record.NewID()
	r.write("organization", "PE", id, record.Create, map[string]any{"name": name})
	return id
}

func (r *rig) page(ask Ask) protocol.Page {
	r.t.Helper()
	ask.Network = "PE"
	p, err := r.Page(context.Background(), ask)
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

// reader is a peer's replica, as far as checksums go: the latest body of each record, in the order pages came.
type reader struct {
	t    *testing.T
	ask  Ask
	held map[record.ID]*record.Record
	last protocol.Page
	// pages and entries are how many came.
	pages, entries int
}

func (r *rig) reader(class record.Class, first bool) *reader {
	r.t.Helper()
	ask := Ask{Class: class}
	if first {
		head, _, err := r.Head(context.Background(), "PE")
		if err != nil {
			r.t.Fatal(err)
		}
		ask.First = head.Seq
	}
	return &reader{t: r.t, ask: ask, held: map[record.ID]*record.Record{}}
}

// take puts a page on what is held; false once it ended in a checkpoint.
func (rd *reader) take(p protocol.Page) bool {
	rd.t.Helper()
	if p.From != rd.ask.After || p.To < p.From || (p.To == p.From && !p.Last) {
		rd.t.Fatalf("asked after %d, the page goes from %d to %d", rd.ask.After, p.From, p.To)
	}
	at := p.From
	for _, w := range p.Records {
		if w.Seq <= at || w.Seq > p.To {
			rd.t.Errorf("record at %d in the page from %d to %d, after %d", w.Seq, p.From, p.To, at)
		}
		at = w.Seq
		rec, _, err := w.Record(schema.Registry(), "PE")
		if err != nil {
			rd.t.Fatal(err)
		}
		rd.held[w.ID] = rec
	}
	for _, e := range p.Entries {
		if e.Seq <= p.From || e.Seq > p.To {
			rd.t.Errorf("entry at %d in the page from %d to %d", e.Seq, p.From, p.To)
		}
	}
	rd.pages, rd.entries = rd.pages+1, rd.entries+len(p.Entries)
	rd.ask.After, rd.last = p.To, p
	return !p.Last
}

// atCheckpoint demands that what is held is what the server had at the checkpoint.
func (rd *reader) atCheckpoint() {
	rd.t.Helper()
	var sums record.Digest
	var n uint64
	for _, rec := range rd.held {
		c, _ := schema.Registry().CollectionByNumber(rec.Collection)
		sums = sums.Add(record.DigestOf(c, rec))
		if !rec.Deleted {
			n++
		}
	}
	if !rd.last.Last || !bytes.Equal(sums.Of(record.Everything).Bytes(), rd.last.Checksum) || n != rd.last.Count || rd.last.To != rd.last.Head {
		rd.t.Errorf("at %d of %d: held %s of %d, the checkpoint says %x of %d", rd.last.To, rd.last.Head, sums.Of(record.Everything), n, rd.last.Checksum, rd.last.Count)
	}
}

// Rows move to the end of the feed while a peer pages through it: in the end it has each as it last was, and proves it.
func TestPagingWhileRowsMove(t *testing.T) {
	for _, class := range []record.Class{record.Everything, record.PublicOnly} {
		for _, first := range []bool{true, false} {
			t.Run(fmt.Sprint("class ", class, " first ", first), func(t *testing.T) {
				r := newRig(t)
				rng := rand.New(rand.NewPCG(uint64(class), 7))
				var ids []record.ID
				for i := range 30 {
					ids = append(ids, r.organization(fmt.Sprint(i)))
					r.write("contact", "PE", record.NewID(), record.Create, map[string]any{"name": fmt.Sprint("contact ", i), "organization": ids[i].String()})
				}
				rd := r.reader(class, first)
				for range 1000 {
					rd.ask.MaxBytes = 1 // as little as there is
					p := r.page(rd.ask)
					if !rd.take(trim(p, rng)) {
						break
					}
					for range rng.IntN(3) {
						r.move(rng, ids)
					}
					if rd.pages > 40 {
						ids = ids[:0] // nobody edits any more
					}
				}
				rd.atCheckpoint()
				if rd.pages < 5 {
					t.Errorf("only %d pages: nothing could move", rd.pages)
				}
				r.move(rng, []record.ID{r.organization("one more")})
				for rd.take(r.page(rd.ask)) {
				}
				rd.atCheckpoint()
			})
		}
	}
}

// trim makes a page short, as a page of a large network is: it ends after a few of its records, without a checkpoint.
func trim(p protocol.Page, rng *rand.Rand) protocol.Page {
	n := 1 + rng.IntN(4)
	if len(p.Records) <= n {
		return p
	}
	p.Records = p.Records[:n]
	p.To, p.Last = p.Records[n-1].Seq, false
	var entries []protocol.Entry
	for _, e := range p.Entries {
		if e.Seq <= p.To {
			entries = append(entries, e)
		}
	}
	p.Entries = entries
	return p
}

func (r *rig) move(rng *rand.Rand, ids []record.ID) {
	r.t.Helper()
	if len(ids) == 0 {
		return
	}
	id := ids[rng.IntN(len(ids))]
	switch rng.IntN(4) {
	case 0:
		r.write("organization", "PE", id, record.Delete, nil)
	default:
		r.write("organization", "PE", id, record.Update, map[string]any{"acronym": fmt.Sprint(rng.IntN(1000)), "tags": []string{"x"}})
	}
}

// The feed's own pages are short where its records are large.
func TestPagesAreCutBySize(t *testing.T) {
	r := newRig(t)
	notes := strings.Repeat("texto ", 1500)
	for i := range 20 {
		id := r.organization(fmt.Sprint(i))
		r.write("organization", "PE", id, record.Update, map[string]any{"notes": notes})
	}
	rd := r.reader(record.Everything, true)
	for rd.take(r.page(rd.ask)) {
		if n := len(rd.last.Records); n > 3 {
			t.Errorf("%d records of 9 KB in a page of %d KB", n, MinBytes>>10)
		}
		hash := rd.last.Hash
		if agrees, err := r.Agrees(context.Background(), protocol.Cursor{Network: "PE", Seq: rd.last.To, Hash: hash}); err != nil || !agrees {
			t.Errorf("the hash at %d is not the log's (%v)", rd.last.To, err)
		}
		if rd.last.Remaining == 0 {
			t.Error("it says that nothing remains")
		}
	}
	rd.atCheckpoint()
	big := r.page(Ask{Class: record.Everything, First: 1 << 63, MaxBytes: 1 << 30})
	if !big.Last || len(big.Records) != 21 {
		t.Errorf("%d records, last %v", len(big.Records), big.Last)
	}
}

func TestFirstPagesLeaveOutWhatANewReplicaDoesNotNeed(t *testing.T) {
	r := newRig(t)
	id := r.organization("gone")
	r.organization("stays")
	r.write("organization", "PE", id, record.Delete, nil)
	first := r.page(Ask{Class: record.Everything, First: 1 << 63})
	if len(first.Records) != 2 || len(first.Entries) != 0 || len(first.Authors) != 1 || !first.Last {
		t.Errorf("%d records, %d entries, %d authors, last %v", len(first.Records), len(first.Entries), len(first.Authors), first.Last)
	}
	if want := (protocol.Author{Number: apply.Server, Device: "office", User: "Ana"}); first.Authors[0] != want {
		t.Errorf("%+v", first.Authors[0])
	}
	later := r.page(Ask{Class: record.Everything, First: 4, After: 2})
	if len(later.Authors) != 0 {
		t.Error("authors came twice")
	}
	all := r.page(Ask{Class: record.Everything})
	if len(all.Records) != 3 || len(all.Entries) != 4 {
		t.Errorf("%d records, %d entries", len(all.Records), len(all.Entries))
	}
}

func TestNothingNewIsACheckpointToo(t *testing.T) {
	r := newRig(t)
	r.organization("A")
	p := r.page(Ask{Class: record.Everything, After: 2})
	if !p.Last || p.From != 2 || p.To != 2 || len(p.Records)+len(p.Entries) != 0 || p.Count != 2 {
		t.Errorf("%+v", p)
	}
	if _, err := r.Page(context.Background(), Ask{Network: "XX", Class: record.Everything}); !fault.Is(err, fault.UnknownNetwork) {
		t.Errorf("%v", err)
	}
}

func TestAgrees(t *testing.T) {
	r := newRig(t)
	r.organization("A")
	head, _, err := r.Head(context.Background(), "PE")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cursor protocol.Cursor
		want   bool
	}{
		{protocol.Cursor{Network: "PE", Seq: 2, Hash: head.Hash}, true},
		{protocol.Cursor{Network: "PE", Seq: 1, Hash: head.Hash}, false},
		{protocol.Cursor{Network: "PE", Seq: 2, Hash: []byte("x")}, false},
		{protocol.Cursor{Network: "PE", Seq: 3, Hash: head.Hash}, false}, // the server was restored
		{protocol.Cursor{Network: "PE", Seq: 3}, false},
		{protocol.Cursor{Network: "BO", Seq: 2, Hash: head.Hash}, false},
	} {
		if got, err := r.Agrees(context.Background(), c.cursor); err != nil || got != c.want {
			t.Errorf("%+v: %v, %v", c.cursor, got, err)
		}
	}
}

// A record edited hundreds of times has a history larger than a frame: pages and answers stay within a frame all the same.
func TestALongHistoryFitsIntoFrames(t *testing.T) {
	r := newRig(t)
	id := r.organization("A")
	rng := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		r.write("organization", "PE", id, record.Update, map[string]any{"notes": noise(rng, 19_000)})
	}
	fits := func(what string, kind protocol.Type, payload any) {
		t.Helper()
		frame := protocol.Encode(kind, payload)
		if len(frame) > protocol.MaxFrameBytes {
			t.Errorf("%s is a frame of %d KB", what, len(frame)>>10)
		} else if _, _, err := protocol.Split(frame); err != nil {
			t.Errorf("%s cannot be read: %v", what, err)
		}
	}
	rd := r.reader(record.Everything, false)
	rd.ask.MaxBytes = MaxBytes
	for {
		p := r.page(rd.ask)
		fits("a page", protocol.TypePage, p)
		if !rd.take(p) {
			break
		}
	}
	rd.atCheckpoint()
	c, _ := schema.Registry().Collection("organization")
	entries, err := r.History(context.Background(), record.Key{Network: "PE", Collection: c.Number, ID: id}, record.Everything)
	if err != nil {
		t.Fatal(err)
	}
	fits("a history", protocol.TypeHistory, protocol.History{Entries: entries})
	if n := len(entries); n < 10 || entries[n-1].Version != 501 || !ascending(entries) {
		t.Errorf("%d entries of it, to version %d: the newest, in order", n, entries[n-1].Version)
	}
}

func ascending(entries []protocol.Entry) bool {
	for i := 1; i < len(entries); i++ {
		if entries[i].Seq <= entries[i-1].Seq {
			return false
		}
	}
	return true
}

// noise is text that does not compress.
func noise(rng *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ."[rng.IntN(64)]
	}
	return string(b)
}

// Every sensitive field of the registry holds a canary; no byte that a viewer is sent may have one.
func TestViewersGetNoSensitiveByte(t *testing.T) {
	r := newRig(t)
	org := r.organization("public name")
	seen := r.plantCanaries(org)
	var sent bytes.Buffer
	for _, first := range []bool{true, false} {
		rd := r.reader(record.PublicOnly, first)
		for {
			p := r.page(rd.ask)
			sent.Write(protocol.Canonical(p))
			if !rd.take(p) {
				break
			}
		}
		rd.atCheckpoint()
	}
	for key := range seen {
		entries, err := r.History(context.Background(), key, record.PublicOnly)
		if err != nil {
			t.Fatal(err)
		}
		sent.Write(protocol.Canonical(entries))
	}
	if i := bytes.Index(bytes.ToLower(sent.Bytes()), []byte("canary")); i >= 0 {
		t.Errorf("a viewer is sent %q", sent.Bytes()[max(0, i-40):i+40])
	}
	if !bytes.Contains(sent.Bytes(), []byte("public name")) {
		t.Error("a viewer is sent nothing at all")
	}
	all := protocol.Canonical(r.page(Ask{Class: record.Everything, MaxBytes: MaxBytes}))
	if n := bytes.Count(bytes.ToLower(all), []byte("canary")); n < len(seen) {
		t.Errorf("staff is sent %d canaries of %d records", n, len(seen))
	}
}

// plantCanaries makes a record of every collection that has anything sensitive, with a canary wherever one fits.
func (r *rig) plantCanaries(org record.ID) map[record.Key]bool {
	seen := map[record.Key]bool{}
	for _, c := range schema.Registry().Collections() {
		if c.Unsynced || c.Name == "network" {
			continue
		}
		fields, planted := map[string]any{}, 0
		for i := range c.Fields {
			f := &c.Fields[i]
			switch {
			case c.IsSensitive(f.Number) && canary(f) != nil:
				fields[f.Name] = canary(f)
				planted++
			case f.Required:
				fields[f.Name] = anything(f, org)
			}
		}
		if planted == 0 {
			continue
		}
		id := record.NewID()
		r.write(c.Name, "PE", id, record.Create, fields)
		seen[record.Key{Network: "PE", Collection: c.Number, ID: id}] = true
	}
	return seen
}

func canary(f *schema.Field) any {
	switch f.Type {
	case schema.Text, schema.LongText:
		return "canary " + f.Name
	case schema.Texts:
		return []string{"canary " + f.Name}
	case schema.Emails:
		return []string{"canary." + f.Name + "@pe.example"}
	case schema.JSON:
		return `"canary"`
	default:
		return nil
	}
}

func anything(f *schema.Field, org record.ID) any {
	switch f.Type {
	case schema.Reference:
		return org.String()
	case schema.Choice:
		return f.Options[0].Code
	case schema.Integer:
		return 2000
	case schema.Date:
		return "2026-01-01"
	case schema.JSON:
		return "{}"
	default:
		return "some " + f.Name
	}
}

func TestViewersSeeEntriesWithoutValues(t *testing.T) {
	r := newRig(t)
	org := r.organization("A")
	site := record.NewID()
	r.write("site", "PE", site, record.Create, map[string]any{"organization": org.String(), "kind": "plot", "is_home": true})
	c, _ := schema.Registry().Collection("site")
	entries, err := r.History(context.Background(), record.Key{Network: "PE", Collection: c.Number, ID: site}, record.PublicOnly)
	if err != nil || len(entries) != 1 {
		t.Fatal(len(entries), err)
	}
	changes, err := record.DecodeChanges(c, entries[0].Changes)
	if err != nil {
		t.Fatal(err)
	}
	home, _ := c.Field("is_home")
	for _, ch := range changes {
		if ch.Field == home.Number {
			t.Errorf("%+v", ch)
		}
	}
	if reflect.DeepEqual(changes, []record.Change{}) {
		t.Error("nothing is left of it")
	}
}
