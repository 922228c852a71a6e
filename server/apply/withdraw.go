package apply

import (
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Who gives up an edit that the office was asked about takes the question back. It is the one thing that people below the
// office do to a proposal, to their own alone, and only while nobody has decided.

// withdraws reports whether a mutation takes a proposal back, and does nothing else.
func (j *sitting) withdraws(m record.Mutation) bool {
	pc, err := j.schema.Collection(proposals)
	if err != nil || m.Key.Collection != pc.Number || m.Kind != record.Update || len(m.Changes) != 1 {
		return false
	}
	f, _ := pc.Field("status")
	return m.Changes[0].Field == f.Number && m.Changes[0].New == withdrawn
}

// least is the role that a mutation takes.
func (j *sitting) least(author Author, c *schema.Collection, m record.Mutation) (schema.Role, error) {
	if m.Kind == record.Delete {
		return c.Delete, nil
	}
	if !j.withdraws(m) {
		return c.Write, nil
	}
	p, err := j.book.Record(m.Key)
	if err != nil {
		return c.Write, err
	}
	if p == nil {
		return schema.Viewer, nil // there is nothing to take back
	}
	v := p.Named(c)
	// A copy of a laptop has another number, and is the same person's. Proposals of earlier builds do not say whose they are.
	if v["device"] == int64(author.Device) || author.User != "" && v["person"] == author.User {
		return schema.Viewer, nil
	}
	return c.Write, nil
}

// late reports whether a mutation takes a proposal back that was decided, or that a restored server was never asked.
func (j *sitting) late(m record.Mutation) (version uint64, late bool, err error) {
	if !j.withdraws(m) {
		return 0, false, nil
	}
	p, err := j.book.Record(m.Key)
	if err != nil || p == nil {
		return 0, err == nil, err
	}
	c, _ := j.schema.CollectionByNumber(m.Key.Collection)
	return p.Version, p.Named(c)["status"] != open, nil
}
