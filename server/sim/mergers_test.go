package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"acopio/desktop/outbox"
	"acopio/shared/fault"
	"acopio/shared/merging"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// TestMergersAtRandom has three people merge, edit, add to, take back and merge again a handful of organizations, each on a
// laptop whose line comes and goes, and holds the register to what is promised of merging. MERGERS is how many such
// histories are lived; each has its number as its seed.
func TestMergersAtRandom(t *testing.T) {
	n, first := 12, 1
	if v, err := strconv.Atoi(os.Getenv("MERGERS")); err == nil {
		n = v
	}
	if v, err := strconv.Atoi(os.Getenv("MERGERS_SEED")); err == nil {
		first = v
	}
	for seed := first; seed < first+n; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			onStage(t, func(t *testing.T, s *stage) { newMergers(t, s, uint64(seed)).live() })
		})
	}
}

// mergers is one such history.
type mergers struct {
	*stage
	t     *testing.T
	rng   *rand.Rand
	all   []*laptop
	orgs  []record.ID
	forms map[*laptop]map[record.ID]uint64 // forms that are open: the version they were opened at
	done  map[*laptop][]record.ID          // mergers that can be taken back
	texts map[string]record.ID             // what people were told is saved, and of which organization it was said
	kids  map[record.ID]string             // records of organizations, and their collection
	steps []string
}

func newMergers(t *testing.T, s *stage, seed uint64) *mergers {
	m := &mergers{
		stage: s, t: t, rng: rand.New(rand.NewPCG(seed, 7)), forms: map[*laptop]map[record.ID]uint64{}, done: map[*laptop][]record.ID{},
		texts: map[string]record.ID{}, kids: map[record.ID]string{},
	}
	for _, name := range []string{"ana", "bea", "carla"} {
		d := s.laptop(name, schema.Coordinator, network)
		m.all = append(m.all, d)
		m.forms[d] = map[record.ID]uint64{}
	}
	m.orgs = append(m.orgs, s.first(m.all[0], m.all[1]))
	for i := range 4 {
		m.orgs = append(m.orgs, m.all[0].organization(fmt.Sprint("Org ", i)))
	}
	s.settle(m.all...)
	return m
}

const mergerSteps = 40

func (m *mergers) live() {
	acts := []func(*laptop){m.merge, m.merge, m.edit, m.edit, m.edit, m.open, m.addChild, m.addChild, m.takeBack, m.toggle, m.toggle, m.wait}
	for range mergerSteps {
		d := m.all[m.rng.IntN(len(m.all))]
		acts[m.rng.IntN(len(acts))](d)
		m.shownAtOnce()
		if m.t.Failed() {
			m.t.Fatal(strings.Join(m.steps, "\n"))
		}
	}
	for _, d := range m.all {
		d.line.set(true, 0, -1)
		d.sync.Kick()
	}
	m.settle(m.all...)
	m.shownAtOnce()
	m.nothingPointsAway()
	m.nothingLost()
	if m.t.Failed() {
		m.t.Fatal(strings.Join(m.steps, "\n"))
	}
}

func (m *mergers) note(d *laptop, format string, args ...any) {
	m.steps = append(m.steps, fmt.Sprintf("%s: ", d.name)+fmt.Sprintf(format, args...))
}

func (m *mergers) name(id record.ID) string { return fmt.Sprint("#", slices.Index(m.orgs, id)) }

// living are the organizations that a laptop shows.
func (m *mergers) living(d *laptop) (out []record.ID) {
	for _, id := range m.orgs {
		if d.has(id, "name") != nil {
			out = append(out, id)
		}
	}
	return out
}

func (m *mergers) pick(ids []record.ID) record.ID { return ids[m.rng.IntN(len(ids))] }

// refused notes a refusal that is a person's affair, and fails on any other.
func (m *mergers) refused(d *laptop, what string, err error) bool {
	if err == nil {
		m.note(d, "%s", what)
		return false
	}
	m.note(d, "%s: %v", what, err)
	if k := fault.KindOf(err); k == fault.Broken || k == fault.Busy {
		m.t.Errorf("%s: %s: %v", d.name, what, err)
	}
	return true
}

func (m *mergers) merge(d *laptop) {
	ids := m.living(d)
	if len(ids) < 2 {
		return
	}
	loser, survivor := m.pick(ids), m.pick(ids)
	if loser == survivor {
		return
	}
	before := d.kidsOf(m.kids, loser)
	o := merging.Order{Collection: "organization", Survivor: survivor, Loser: loser}
	if m.rng.IntN(2) == 0 {
		o.Take = map[string]string{"acronym": merging.Loser}
	}
	_, id, err := merging.Run(context.Background(), d.rep, d.editor(), o)
	if m.refused(d, fmt.Sprintf("merge %s into %s", m.name(loser), m.name(survivor)), err) {
		return
	}
	d.sync.Kick()
	m.done[d] = append(m.done[d], id)
	for _, id := range d.kidsOf(m.kids, loser) {
		if slices.Contains(before, id) { // others may arrive while it merges: the server moves those
			m.t.Errorf("%s: a %s still belongs to the one that was retired", d.name, m.kids[id])
		}
	}
}

// kidsOf are the living ones of some records that belong to an organization, on a laptop.
func (d *laptop) kidsOf(kids map[record.ID]string, org record.ID) (out []record.ID) {
	for id, collection := range kids {
		row, err := d.rep.Get(context.Background(), collection, id)
		if err != nil || row.Record.Deleted {
			continue
		}
		c, _ := d.rep.Schema().Collection(collection)
		if row.Record.Named(c)["organization"] == org.String() {
			out = append(out, id)
		}
	}
	return out
}

// open opens a form, which will send what is typed as of now.
func (m *mergers) open(d *laptop) {
	ids := m.living(d)
	if len(ids) == 0 { // mergers that were refused may hide them all, until somebody gives those up
		return
	}
	id := m.pick(ids)
	row, err := d.rep.Get(context.Background(), "organization", id)
	m.check(err)
	m.forms[d][id] = row.Record.Version
	m.note(d, "open a form of %s", m.name(id))
}

var said = []string{"acronym", "tax_id"}

func (m *mergers) edit(d *laptop) {
	ids := m.living(d)
	if len(ids) == 0 {
		return
	}
	id := m.pick(ids)
	var base *uint64
	if len(m.forms[d]) > 0 && m.rng.IntN(2) == 0 {
		for _, open := range m.orgs { // in an order that the seed alone decides
			if version, is := m.forms[d][open]; is {
				id, base = open, &version
				delete(m.forms[d], open)
				break
			}
		}
	}
	field, text := said[m.rng.IntN(len(said))], fmt.Sprintf("T%d", len(m.texts))
	e := updating(id, fields{field: text})
	e.Base = base
	_, err := d.try(e)
	if !m.refused(d, fmt.Sprintf("%s of %s becomes %s (form: %v)", field, m.name(id), text, base != nil), err) {
		m.texts[text] = id
	}
}

func (m *mergers) addChild(d *laptop) {
	ids := m.living(d)
	if len(ids) == 0 {
		return
	}
	org := m.pick(ids)
	e := creating("site", fields{"organization": org.String(), "kind": "office"})
	switch m.rng.IntN(3) {
	case 0:
		e = creating("contact", fields{"organization": org.String(), "name": "Rosa"})
	case 1:
		e = creating("census", fields{"organization": org.String(), "year": 2020 + m.rng.IntN(2), "source": "network", "members_total": 10 + m.rng.IntN(3)})
	}
	res, err := d.try(e)
	if !m.refused(d, fmt.Sprintf("a %s of %s", e.Collection, m.name(org)), err) {
		m.kids[res.Records[0].ID] = e.Collection
	}
}

func (m *mergers) takeBack(d *laptop) {
	if len(m.done[d]) == 0 {
		return
	}
	id := m.done[d][len(m.done[d])-1]
	m.done[d] = m.done[d][:len(m.done[d])-1]
	_, _, err := merging.Undo(context.Background(), d.rep, d.editor(), id)
	m.refused(d, "take the last merge back", err)
	d.sync.Kick()
}

func (m *mergers) toggle(d *laptop) {
	up := m.rng.IntN(2) == 0
	d.line.set(up, time.Duration(m.rng.IntN(3000))*time.Millisecond, -1)
	m.note(d, "line up: %v", up)
}

func (m *mergers) wait(d *laptop) {
	pause := time.Duration(m.rng.IntN(20_000)) * time.Millisecond
	m.note(d, "%v pass", pause)
	time.Sleep(pause)
}

// shownAtOnce demands of each laptop that what it saved and has not sent is shown on the record that stands for its own,
// unless something that was saved later says otherwise.
func (m *mergers) shownAtOnce() {
	m.t.Helper()
	for _, d := range m.all {
		for {
			before, wrong := m.waiting(d), m.hidden(d)
			if before == m.waiting(d) { // nothing was sent or fetched meanwhile
				for _, w := range wrong {
					m.t.Error(w)
				}
				break
			}
		}
	}
}

// waiting tells apart any two states of a laptop's outbox and replica.
func (m *mergers) waiting(d *laptop) string {
	items, err := d.out.List(context.Background())
	m.check(err)
	_, states := d.networks()
	b := strings.Builder{}
	for _, it := range items {
		fmt.Fprint(&b, it.Mutation.Op, it.State)
	}
	return fmt.Sprint(b.String(), states[network].Seq)
}

// hidden lists what waits on a laptop and is not shown.
func (m *mergers) hidden(d *laptop) (wrong []string) {
	m.t.Helper()
	c, _ := schema.Registry().Collection("organization")
	items, err := d.out.List(context.Background())
	m.check(err)
	type cell struct {
		root  record.ID
		field string
	}
	last := map[cell]schema.Value{}
	for i, it := range items {
		k := it.Mutation.Key
		if k.Collection != c.Number || it.State == outbox.Rejected || it.Mutation.Kind == record.Delete || retiredLater(items[i+1:], k) {
			continue // of one that is retired later, the merge took it into account
		}
		for _, ch := range it.Mutation.Changes {
			if f, ok := c.FieldByNumber(ch.Field); ok && slices.Contains(said, f.Name) {
				last[cell{d.standing(k.ID), f.Name}] = ch.New
			}
		}
	}
	for at, want := range last {
		if got := d.has(at.root, at.field); !schema.Equal(got, want) && d.has(at.root, "name") != nil {
			wrong = append(wrong, fmt.Sprintf("%s: %s of %s is shown as %v, and what waits says %v", d.name, at.field, m.name(at.root), got, want))
		}
	}
	return wrong
}

func retiredLater(items []outbox.Item, k record.Key) bool {
	return slices.ContainsFunc(items, func(it outbox.Item) bool {
		_, retires := it.Mutation.Retires()
		return retires && it.Mutation.Key == k
	})
}

// standing follows an organization to the one that stands for it, as the laptop shows it. A merge that was refused, and may
// go round in a circle with the one that was not, is not followed.
func (d *laptop) standing(id record.ID) record.ID {
	for range 100 {
		row, err := d.rep.Get(context.Background(), "organization", id)
		if err != nil {
			return id
		}
		into, retired := row.Record.MergedInto()
		if !retired || row.State == replica.Rejected {
			return id
		}
		id = into.ID
	}
	return id // of two mergers that cross, the server has not refused one yet
}

// nothingPointsAway demands that every chain ends at a living record, that no living one refers to a retired one, and that
// what people added is still there, or joined with the same fact.
func (m *mergers) nothingPointsAway() {
	m.t.Helper()
	ctx := context.Background()
	for _, d := range m.all {
		for _, id := range m.orgs {
			if end := d.standing(id); d.has(end, "name") == nil && !d.refused(end) {
				m.t.Errorf("%s: %s ends at %s, which is not there", d.name, m.name(id), m.name(end))
			}
		}
		for _, c := range d.rep.Schema().Collections() {
			for _, f := range merging.Pointers(c, "organization") {
				m.check(d.rep.Each(ctx, replica.Query{Collection: c.Name}, func(row replica.Row) error {
					text, _ := row.Record.Fields[f.Number].(string)
					id, err := record.ParseID(text)
					if err == nil && slices.Contains(m.orgs, id) && d.standing(id) != id && row.State != replica.Rejected && !d.refused(id) {
						m.t.Errorf("%s: a living %s refers to %s, which was retired", d.name, c.Name, m.name(id))
					}
					return nil
				}))
			}
		}
	}
}

// refused reports whether a laptop shows of an organization what the server did not accept: that is a person's to mend.
func (d *laptop) refused(id record.ID) bool {
	row, err := d.rep.Get(context.Background(), "organization", id)
	return err == nil && row.State == replica.Rejected
}

// nothingLost demands that every text that a person was told is saved is in a history, in a conflict, or in a list of
// refused edits, and that what was added is alive, or stands in another for the same fact.
func (m *mergers) nothingLost() {
	m.t.Helper()
	ctx, found := context.Background(), strings.Builder{}
	for _, id := range m.orgs {
		for _, e := range m.history(id) {
			b, _ := json.Marshal(e.Changes)
			found.Write(b)
		}
	}
	m.check(m.all[0].rep.Each(ctx, replica.Query{Collection: "conflict"}, func(row replica.Row) error {
		entries, err := m.all[0].rep.History(ctx, "conflict", row.Record.ID) // one may have been overtaken by another of its device
		for _, e := range entries {
			b, _ := json.Marshal(e.Changes)
			found.WriteString(strings.ReplaceAll(string(b), `\"`, `"`))
		}
		return err
	}))
	refused := map[record.ID]bool{}
	for _, d := range m.all {
		items, err := d.out.List(ctx)
		m.check(err)
		for _, it := range items {
			b, _ := json.Marshal(it.Mutation.Changes)
			found.Write(b)
			refused[it.Mutation.Key.ID] = true
		}
	}
	for text, id := range m.texts {
		if !strings.Contains(found.String(), `"`+text+`"`) {
			m.t.Errorf("%s, said of %s, is nowhere", text, m.name(id))
		}
	}
	for id, collection := range m.kids {
		row, err := m.all[0].rep.Get(ctx, collection, id)
		if refused[id] {
			continue
		}
		if err != nil {
			m.t.Errorf("a %s is gone: %v", collection, err)
			continue
		}
		if _, joined := row.Record.MergedInto(); row.Record.Deleted && !joined && collection != "census" {
			m.t.Errorf("a %s was deleted by nobody", collection)
		}
	}
}
