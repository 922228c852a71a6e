package apply

import (
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// authorize decides whether the author may make the mutation at all. It trusts nothing of what a device sent.
func (j *sitting) authorize(author Author, m *record.Mutation) (*schema.Collection, error) {
	c, ok := j.schema.CollectionByNumber(m.Key.Collection)
	if !ok || c.Unsynced {
		return nil, fault.New(fault.UnknownCollection, "collection", "?")
	}
	if m.Key.Network == "" || m.Key.ID.IsZero() || m.Op.IsZero() || m.Kind < record.Create || m.Kind > record.Delete {
		return nil, fault.New(fault.BadRequest, "detail", "an edit of nothing, or of no kind")
	}
	if author.Device == Server {
		return c, nil
	}
	if !author.May(m.Key.Network) {
		return nil, fault.New(fault.UnknownNetwork, "network", m.Key.Network)
	}
	if h, err := j.book.Head(m.Key.Network); err != nil || h == nil {
		return nil, orFault(err, fault.New(fault.UnknownNetwork, "network", m.Key.Network))
	}
	least, err := j.least(author, c, *m)
	if err != nil {
		return nil, err
	}
	if !author.Role.AtLeast(least) {
		return nil, fault.New(fault.NotAllowed, "what", m.Kind.String()+" "+c.Name)
	}
	if c.ServerOwned {
		return c, editableOnly(c, m)
	}
	return c, nil
}

func editableOnly(c *schema.Collection, m *record.Mutation) error {
	if m.Kind != record.Update {
		return fault.New(fault.ReadOnly, "collection", c.Name)
	}
	for _, ch := range m.Changes {
		if f, ok := c.FieldByNumber(ch.Field); !ok || !c.MayEdit(f.Name) {
			return fault.New(fault.ReadOnly, "collection", c.Name)
		}
	}
	return nil
}

func orFault(err error, f *fault.Error) error {
	if err != nil {
		return err
	}
	return f
}

// check holds a mutation's values against the schema. Values that a field would normalize differently were not made by
// this product's own checks and are refused.
func (j *sitting) check(c *schema.Collection, m record.Mutation, have *record.Record) error {
	for _, ch := range m.Changes {
		if ch.Field == record.DeletedField {
			continue
		}
		f, ok := c.FieldByNumber(ch.Field)
		if !ok || !f.Of(m.Key.Network) {
			return fault.New(fault.UnknownField, "collection", c.Name, "field", "?")
		}
		v, err := f.Normalize(ch.New)
		if err != nil {
			return err
		}
		if !schema.Equal(v, ch.New) {
			return fault.New(fault.WrongType, "field", f.Name, "want", string(f.Type), "got", record.Text(ch.New))
		}
		if f.Type == schema.Reference && v != nil && (have == nil || !schema.Equal(have.Fields[f.Number], v)) {
			if err := j.refers(f, m.Key.Network, v.(string)); err != nil {
				return err
			}
		}
	}
	return nil
}

// refers demands that a reference's target is, or once was, a record of the same network.
func (j *sitting) refers(f *schema.Field, network, target string) error {
	id, err := record.ParseID(target)
	if err != nil {
		return err
	}
	c, err := j.schema.Collection(f.Target)
	if err != nil {
		return err
	}
	key := record.Key{Network: network, Collection: c.Number, ID: id}
	r, err := j.book.Record(key)
	if err != nil {
		return err
	}
	if r != nil {
		return nil
	}
	if _, buried, err := j.book.Buried(key); err != nil || buried {
		return orFault(err, fault.New(fault.DeletedLongAgo, "field", f.Name, "what", c.Name+" "+target))
	}
	return fault.New(fault.BrokenReference, "field", f.Name, "got", target)
}

// sound holds a record as it would become against the schema's rules over the whole record.
func (j *sitting) sound(c *schema.Collection, r *record.Record) error {
	if r.Deleted {
		return nil
	}
	return c.CheckRecord(r.Named(c))
}
