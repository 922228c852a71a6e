package draft

import (
	"errors"
	"maps"
	"strconv"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Reader is what building needs of the replica. Records are the ones people see, deleted ones too; nil if there is none.
type Reader interface {
	Record(key record.Key) (*record.Record, error)
	Find(collection uint16, id record.ID) (*record.Record, error)
	HasNetwork(code string) (bool, error)
}

// Author is who edits, and when.
type Author struct {
	Role   schema.Role
	May    func(network string) bool
	Now    clock.Millis
	Offset clock.Millis
	IDs    *record.Source // nil: the machine's
}

// Step is one record's part of an intent.
type Step struct {
	Collection *schema.Collection
	Mutation   record.Mutation
	Before     *record.Record // as people saw it; nil for a new record
	After      *record.Record // as people see it from now on
}

// Build turns an intent into its steps, or refuses all of it: fault.UnknownCollection, UnknownNetwork, UnknownField and
// the faults of values, NotAllowed, ReadOnly, Immutable, AppendOnly, NotFound, AlreadyExists, BrokenReference. Edits that
// change nothing make no step.
func Build(s *schema.Schema, r Reader, who Author, intent Intent) ([]Step, error) {
	var steps []Step
	so := NewDrafted(r)
	err := Stream(s, so, who, intent, func(s Step) error {
		so.Note(s)
		steps = append(steps, s)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !intent.Bulk && len(steps) > 1 {
		Group(steps, who.IDs.Op())
	}
	return steps, nil
}

// Group makes one group of steps: the server applies all or none.
func Group(steps []Step, id record.OpID) {
	for i := range steps {
		steps[i].Mutation.Group = record.Group{ID: id, Index: uint32(i), Size: uint32(len(steps))}
	}
}

// Stream is Build for bulk intents, of which it holds one step at a time: it gives each to save, after which r must show
// what the step did. Where it fails, what was saved is the caller's to take back; errors of save are returned unchanged.
func Stream(s *schema.Schema, r Reader, who Author, intent Intent, save func(Step) error) error {
	b := &builder{schema: s, reader: r, who: who, batch: intent.Batch, save: save, networks: map[string]bool{}}
	if err := b.each(intent, b.edit); err != nil {
		return err
	}
	if b.deletions > max(AskAbove, intent.Confirmed) {
		return fault.New(fault.ManyDeletions, "count", strconv.Itoa(b.deletions))
	}
	return nil
}

const (
	// AskAbove is how many records are deleted at once without asking the person.
	AskAbove = 20
	// DeletionsADay is how many records of others may be deleted from one computer within a day before the office is asked,
	// unless it sets something else.
	DeletionsADay = 50
)

type builder struct {
	schema *schema.Schema
	reader Reader
	who    Author
	batch  record.ID
	save   func(Step) error
	// networks are those that are known to be here.
	networks map[string]bool
	// deletions counts the records that go, those apart for which another stands from then on.
	deletions int
}

// edit makes the steps of an edit. What is wrong with a field is said of its collection: several have a field of a name.
func (b *builder) edit(e asked) error {
	err := b.steps(e)
	var wrong *fault.Error
	if !errors.As(err, &wrong) || wrong.Field == "" || e.of == nil {
		return err
	}
	said := *wrong
	said.Args = map[string]string{"collection": e.of.Name}
	maps.Copy(said.Args, wrong.Args)
	return &said
}

func (b *builder) steps(e asked) error {
	c := e.of
	if e.wrong != nil {
		return e.wrong
	}
	if c.Unsynced || (c.ServerOwned && e.Kind != Update) {
		return fault.New(fault.ReadOnly, "collection", c.Name)
	}
	if e.Kind == Create {
		return b.create(c, e)
	}
	have, err := b.target(c, e.Edit)
	if err != nil {
		return err
	}
	least := c.Write
	if e.Kind == Delete || e.Kind == Restore || e.Kind == Retire {
		least = c.Delete
	}
	if err := b.allowed(c, have.Network, least, string(e.Kind)); err != nil {
		return err
	}
	switch e.Kind {
	case Delete:
		return b.delete(c, e.Edit, have)
	case Retire:
		return b.retire(c, e.Edit, have)
	case Restore, Update:
		return b.update(c, e, have)
	default:
		return fault.New(fault.BadRequest, "detail", string(e.Kind))
	}
}

func (b *builder) allowed(c *schema.Collection, network string, least schema.Role, what string) error {
	if !b.networks[network] {
		known, err := b.reader.HasNetwork(network)
		if err != nil {
			return err
		}
		b.networks[network] = known
	}
	if !b.networks[network] || !b.who.May(network) {
		return fault.New(fault.UnknownNetwork, "network", network)
	}
	if !b.who.Role.AtLeast(least) {
		return fault.New(fault.NotAllowed, "what", what+" "+c.Name)
	}
	return nil
}

// target finds the record an edit is about.
func (b *builder) target(c *schema.Collection, e Edit) (*record.Record, error) {
	id, err := record.ParseID(e.ID)
	if err != nil {
		return nil, err
	}
	var have *record.Record
	if e.Network != "" {
		have, err = b.reader.Record(record.Key{Network: e.Network, Collection: c.Number, ID: id})
	} else {
		have, err = b.reader.Find(c.Number, id)
	}
	if err != nil {
		return nil, err
	}
	into, merged := mergedInto(have)
	unseen := have != nil && (unseenDeletion(e, have) || merged && unseenMerge(e, have))
	if merged && e.Kind == Update && !unseen {
		return nil, fault.New(fault.RecordMerged, "what", c.Name+" "+e.ID, "into", into.ID.String())
	}
	if have == nil || (have.Deleted && e.Kind == Update && !unseen) {
		return nil, fault.New(fault.NotFound, "what", c.Name+" "+e.ID)
	}
	return have, nil
}

func mergedInto(r *record.Record) (record.Key, bool) {
	if r == nil {
		return record.Key{}, false
	}
	return r.MergedInto()
}

// unseenDeletion reports whether somebody else deleted the record while the person was typing: the edit then stands, and
// the server brings the record back, marked.
func unseenDeletion(e Edit, have *record.Record) bool {
	return e.Base != nil && have.Stamps[record.DeletedField].Version > *e.Base
}

// unseenMerge reports whether the record was merged into another on this machine while the person was typing, by a merge
// that the server does not know yet: the edit then stands, and lands on the other.
func unseenMerge(e Edit, have *record.Record) bool {
	return e.Base != nil && have.Stamps[record.DeletedField].Version == 0
}

func (b *builder) add(c *schema.Collection, e Edit, kind record.Kind, before, after *record.Record, changes []record.Change) error {
	m := record.Mutation{Op: b.who.IDs.Op(), Key: after.Key, Kind: kind, Changes: changes, Edited: b.when(e), Offset: b.who.Offset, Apart: e.Was != nil}
	if before != nil {
		m.Base = before.Version
		if e.Base != nil && *e.Base < m.Base {
			m.Base = *e.Base
		}
	}
	if _, retires := m.Retires(); kind == record.Delete && !retires {
		b.deletions++
	}
	return b.save(Step{Collection: c, Mutation: m, Before: before, After: after})
}

// when is the time of an edit.
func (b *builder) when(e Edit) clock.Millis {
	if e.At != 0 {
		return e.At
	}
	return b.who.Now
}

func (b *builder) delete(c *schema.Collection, e Edit, have *record.Record) error {
	if have.Deleted {
		return nil
	}
	after := have.Clone()
	after.Deleted = true
	return b.add(c, e, record.Delete, have, after, nil)
}

// retire deletes a record with a pointer to the one that stands for it.
func (b *builder) retire(c *schema.Collection, e Edit, have *record.Record) error {
	if have.Deleted {
		return fault.New(fault.NotFound, "what", c.Name+" "+e.ID)
	}
	f, _ := c.FieldByNumber(schema.MergedInto)
	if err := b.refers(f, have.Network, e.Into); err != nil {
		return err
	}
	after := have.Clone()
	after.Deleted = true
	after.Set(schema.MergedInto, e.Into)
	return b.add(c, e, record.Delete, have, after, []record.Change{{Field: schema.MergedInto, New: e.Into}})
}

func (b *builder) update(c *schema.Collection, e asked, have *record.Record) error {
	after := have.Clone()
	if _, merged := mergedInto(have); !merged || e.Kind == Restore {
		after.Deleted = false
	}
	var changes []record.Change
	if e.Kind == Restore && have.Deleted {
		changes = append(changes, record.Change{Field: record.DeletedField, Old: true, New: false})
		if _, merged := have.MergedInto(); merged {
			changes = append(changes, record.Change{Field: schema.MergedInto, Old: have.Fields[schema.MergedInto]})
			after.Set(schema.MergedInto, nil)
		}
	}
	edited, err := b.changes(c, e, have, after)
	if err != nil {
		return err
	}
	if changes = append(changes, edited...); len(changes) == 0 {
		return nil
	}
	if err := c.CheckRecord(after.Named(c)); err != nil {
		return err
	}
	return b.add(c, e.Edit, record.Update, have, after, changes)
}

func (b *builder) create(c *schema.Collection, e asked) error {
	if err := b.allowed(c, e.Network, c.Write, string(e.Kind)); err != nil {
		return err
	}
	after := &record.Record{
		Key:    record.Key{Network: e.Network, Collection: c.Number},
		Fields: make(map[uint16]schema.Value, len(e.given)+1), Stamps: map[uint16]record.Stamp{},
	}
	if err := b.withCountry(&e); err != nil {
		return err
	}
	changes, err := b.changes(c, e, nil, after)
	if err != nil {
		return err
	}
	if err := c.CheckRecord(after.Named(c)); err != nil {
		return err
	}
	if after.ID, err = b.identify(c, e.Edit, after); err != nil {
		return err
	}
	have, err := b.reader.Record(after.Key)
	if err != nil {
		return err
	}
	if have != nil && !have.Deleted {
		return fault.New(fault.AlreadyExists, "what", c.Name+" "+after.ID.String())
	}
	if have != nil { // the same fact, deleted before, stated anew
		after.Version, after.Stamps = have.Version, have.Clone().Stamps
	}
	return b.add(c, e.Edit, record.Create, have, after, changes)
}

// identify gives a new record its id: the one asked for, the one its identity makes, or a fresh one.
func (b *builder) identify(c *schema.Collection, e Edit, after *record.Record) (record.ID, error) {
	if e.ID != "" {
		return record.ParseID(e.ID)
	}
	if id, ok := record.IdentityOf(c, e.Network, after.Fields); ok {
		return id, nil
	}
	return b.who.IDs.ID(), nil
}
