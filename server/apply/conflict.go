package apply

import (
	"encoding/json"
	"fmt"

	"acopio/server/store"
	"acopio/shared/clock"
	"acopio/shared/merge"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// keepLoser records the losing side of a conflict where people see it. Edits that a device makes one after the other
// against the same change of another update one conflict record instead of piling up.
func (j *sitting) keepLoser(c *schema.Collection, author Author, head *store.Head, m record.Mutation, l merge.Loser) error {
	cc, err := j.schema.Collection("conflict")
	if err != nil {
		return err
	}
	met := l.KeptBy
	if met.Device == author.Device {
		met = l.LostBy
	}
	id := record.DerivedID("conflict", m.Key.Network, c.Name, m.Key.ID.String(), l.Field,
		fmt.Sprint(author.Device), fmt.Sprint(met.Device), fmt.Sprint(met.Version))
	key := record.Key{Network: m.Key.Network, Collection: cc.Number, ID: id}
	have, err := j.book.Record(key)
	if err != nil {
		return err
	}
	values, err := j.conflictValues(c, author, m, l)
	if err != nil {
		return err
	}
	next := &record.Record{Key: key, Fields: map[uint16]schema.Value{}, Stamps: map[uint16]record.Stamp{}}
	if have != nil {
		next = have.Clone()
	}
	next.Version = max(next.Version+1, j.store.Floor())
	stamp := record.Stamp{Version: next.Version, Device: Server, Edited: j.now}
	kind := record.Create
	if have != nil {
		kind = record.Update
	}
	e := record.Entry{Op: record.OpID(record.DerivedID("entry", id.String(), m.Op.String())), Kind: kind, Status: record.Applied, Edited: j.now}
	for i := range cc.Fields {
		f := &cc.Fields[i]
		v, given := values[f.Name]
		if !given || schema.Equal(next.Fields[f.Number], v) {
			continue
		}
		e.Changes = append(e.Changes, record.Change{Field: f.Number, Old: next.Fields[f.Number], New: v})
		next.Set(f.Number, v)
		next.Stamps[f.Number] = stamp
	}
	if len(e.Changes) == 0 {
		return nil
	}
	j.put(cc, Author{Device: Server}, head, have, next, e)
	return nil
}

func (j *sitting) conflictValues(c *schema.Collection, author Author, m record.Mutation, l merge.Loser) (map[string]schema.Value, error) {
	kind := "edit"
	if l.Deletion {
		kind = "delete"
	}
	keptBy, err := j.nameOf(author, m.Key, l.KeptBy)
	if err != nil {
		return nil, err
	}
	lostBy, err := j.nameOf(author, m.Key, l.LostBy)
	if err != nil {
		return nil, err
	}
	return map[string]schema.Value{
		"created_at": int64(j.now), "collection": c.Name, "record": m.Key.ID.String(), "field": l.Field, "kind": kind,
		"base_value": jsonOf(c, l, l.Base), "kept_value": jsonOf(c, l, l.Kept), "lost_value": jsonOf(c, l, l.Lost),
		"kept_device": int64(l.KeptBy.Device), "lost_device": int64(l.LostBy.Device), "kept_by": keptBy, "lost_by": lostBy,
		"kept_at": millis(l.KeptBy.Edited), "lost_at": millis(l.LostBy.Edited),
		"must_review": l.MustReview, "status": "open", "resolution": nil, "resolved_value": nil,
	}, nil
}

func millis(m clock.Millis) int64 { return int64(m) }

// jsonOf is a side's value: bare for a field, an object by name for a group and for {"deleted":…}.
func jsonOf(c *schema.Collection, l merge.Loser, values map[string]schema.Value) schema.Value {
	var v any = values
	if _, isField := c.Field(l.Field); isField {
		v = values[l.Field]
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // canonical values always have a JSON form
	}
	return string(b)
}

// nameOf says who made a change: the author now, or whoever the log names for that version.
func (j *sitting) nameOf(author Author, key record.Key, s record.Stamp) (schema.Value, error) {
	user, device := author.UserName, author.DeviceName
	if s.Device != author.Device {
		entries, err := j.book.History(key)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Version == s.Version {
				user, device = e.User, e.Name
			}
		}
	}
	switch {
	case user == "" && device == "":
		return nil, nil
	case user == "":
		return device, nil
	case device == "":
		return user, nil
	default:
		return user + " · " + device, nil
	}
}
