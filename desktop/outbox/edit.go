package outbox

import (
	"errors"
	"slices"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// Edit saves an intent: visible rows, mutations and shadows in one durable transaction. When it returns without an
// error the edit is on disk. It fails with draft.Build's faults, fault.DiskFull or fault.DiskReadOnly, and has then
// changed nothing.
func (o *Outbox) Edit(who draft.Author, intent draft.Intent) (draft.Result, error) {
	var res draft.Result
	err := o.rep.Write(func(tx *replica.Tx) error {
		who.Now, who.IDs = tx.Now(), o.rep.IDs()
		res = draft.Result{}
		save := func(s draft.Step) error {
			res.Group = s.Mutation.Group.ID
			if intent.More == nil {
				res.Records = append(res.Records, s.After)
			}
			return o.save(tx, intent, s)
		}
		if intent.Bulk {
			return draft.Stream(o.schema, view{tx}, who, intent, save)
		}
		steps, err := draft.Build(o.schema, view{tx}, who, intent)
		for i := 0; i < len(steps) && err == nil; i++ {
			err = save(steps[i])
		}
		return err
	})
	return res, err
}

func (o *Outbox) save(tx *replica.Tx, intent draft.Intent, s draft.Step) error {
	key := s.After.Key
	server, hasShadow, err := o.shadow(tx, key)
	if err != nil {
		return err
	}
	if !hasShadow {
		server = s.Before
		if server != nil && server.Version == 0 {
			server = nil
		}
		if err := o.putShadow(tx, key, server); err != nil {
			return err
		}
	}
	state, err := o.replaceRejected(tx, &s)
	if err != nil {
		return err
	}
	if err := o.doubt(tx, server, &s.Mutation); err != nil {
		return err
	}
	if err := tx.PutLive(s.After, state); err != nil {
		return err
	}
	if keep := intent.Keep(); !keep.IsZero() {
		created := s.Mutation.Kind == record.Create
		if err := tx.AddBatchChanges(keep, key, created, s.Mutation.Changes); err != nil {
			return err
		}
	}
	if err := o.insert(tx, s.Mutation); err != nil {
		return err
	}
	_, was := mergedInto(s.Before)
	if _, is := mergedInto(s.After); !is && !was {
		return nil
	}
	return errors.Join(o.land(tx, key), o.landAll(tx)) // it was retired, or restored, or edited though it is
}

// doubt has an edit of a damaged row name no version: what its author saw, the server never said, and a deletion that
// the row forgot was not seen. The server then takes what fits its values, and keeps the rest for people to look at.
func (o *Outbox) doubt(tx *replica.Tx, server *record.Record, m *record.Mutation) error {
	if server == nil {
		return nil
	}
	unsure, err := o.unsure(tx, m.Key, server)
	if err != nil || unsure {
		return err
	}
	proven, err := tx.Proven(server)
	if err == nil && !proven {
		m.Base = 0
	}
	return err
}

// replaceRejected lets a new edit mend rejected ones: what the person now sees, against the server's state, becomes one
// mutation, and the rejected ones are done. So fixing a refused record is just editing it.
func (o *Outbox) replaceRejected(tx *replica.Tx, s *draft.Step) (replica.State, error) {
	items, err := o.shown(tx, s.After.Key)
	if err != nil {
		return 0, err
	}
	refused := 0
	for _, it := range items {
		if it.State == Rejected {
			refused++
		}
	}
	if refused == 0 {
		return replica.Pending, nil
	}
	if refused < len(items) {
		return replica.Rejected, nil // others are on their way: their order must not be turned around
	}
	server, _, err := o.shadow(tx, s.After.Key)
	if err != nil {
		return 0, err
	}
	for _, it := range items {
		if err := o.done(tx, it); err != nil {
			return 0, err
		}
	}
	if err := o.putShadow(tx, s.After.Key, server); err != nil { // it went with what landed here
		return 0, err
	}
	return replica.Pending, restate(s, server)
}

// done ends a rejected mutation, and the question about it where the office was asked; one that landed elsewhere is gone from its
// own record too.
func (o *Outbox) done(tx *replica.Tx, it Item) error {
	own, err := o.giveUp(tx, it.Mutation.Op)
	if err != nil || own == it.Mutation.Key {
		return err
	}
	return o.refresh(tx, own)
}

// restate makes a step's mutation say everything in which the visible record differs from the server's.
func restate(s *draft.Step, server *record.Record) error {
	m := &s.Mutation
	if m.Kind == record.Delete {
		if server == nil {
			return fault.New(fault.NotFound, "what", s.Collection.Name) // discarding it is what takes it away
		}
		m.Base = server.Version
		return nil
	}
	m.Changes, m.Kind, m.Base = nil, record.Create, 0
	old := map[uint16]schema.Value{}
	if server != nil {
		m.Kind, m.Base, old = record.Update, server.Version, server.Fields
		if server.Deleted && !s.After.Deleted {
			m.Changes = append(m.Changes, record.Change{Field: record.DeletedField, Old: true, New: false})
		}
	}
	for i := range s.Collection.Fields {
		f := &s.Collection.Fields[i]
		differs := slices.ContainsFunc(s.Collection.GroupOf(f), func(g *schema.Field) bool {
			return !schema.Equal(old[g.Number], s.After.Fields[g.Number])
		})
		if differs {
			m.Changes = append(m.Changes, record.Change{Field: f.Number, Old: old[f.Number], New: s.After.Fields[f.Number]})
		}
	}
	return nil
}

// view is the transaction as draft.Build reads it.
type view struct{ tx *replica.Tx }

func (v view) Record(key record.Key) (*record.Record, error) {
	r, _, err := v.tx.Record(key)
	return r, err
}

func (v view) Find(collection uint16, id record.ID) (*record.Record, error) {
	r, _, err := v.tx.Find(collection, id)
	return r, err
}

func (v view) HasNetwork(code string) (bool, error) {
	row, err := v.tx.Row(`SELECT 1 FROM network_state WHERE code = ?`, code)
	return row != nil, err
}
