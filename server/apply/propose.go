package apply

import (
	"context"
	"encoding/json"
	"slices"

	"acopio/shared/clock"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// The collection of proposals, and what becomes of them that is of concern here.
const (
	proposals = "proposal"
	open      = "open"
	accepted  = "accepted"
	withdrawn = "withdrawn"
	// reasonDeletions is why so many deletions are proposed; the other reasons are those of laptops that are not let in.
	reasonDeletions = "deletions"
)

// Handover is how a request's mutations are handed in rather than sent: none of them is applied, each becomes a proposal
// for the office.
type Handover struct {
	Reason string // a choice of the proposal's field
	// Closed takes nothing new: only what was taken before is answered for.
	Closed bool
	// After Commit: an outcome per mutation, and how many proposals were added.
	Outcomes []protocol.Outcome
	Added    int
}

// Propose keeps mutations as proposals and fills in the handover's outcomes, once they are durable. The same mutation handed in
// again makes no second proposal, and one that was judged and not rejected makes none at all.
func (e *Engine) Propose(ctx context.Context, author Author, h *Handover, mutations []record.Mutation) error {
	return e.await(ctx, &request{Request: Request{Author: author, Mutations: mutations, Handover: h}, reply: make(chan error, 1)})
}

// handOver keeps each mutation of a request as a proposal. What cannot be kept has its reason in its outcome.
func (j *sitting) handOver(r *Request) error {
	j.whose = nil
	r.Handover.Outcomes, r.Handover.Added = r.Handover.Outcomes[:0], 0
	for _, m := range r.Mutations {
		known, err := j.propose(r.Author, r.Handover, m)
		o := protocol.Outcome{Op: m.Op, Known: known}
		if err != nil {
			f := fault.Of(err)
			if ofMachine(f) {
				return err // the machine failed, not the mutation
			}
			o.Code = f.Code
		}
		r.Handover.Outcomes = append(r.Handover.Outcomes, o)
	}
	return nil
}

func (j *sitting) propose(author Author, h *Handover, m record.Mutation) (known bool, err error) {
	judged, err := j.book.Judged(m.Op)
	if err != nil {
		return false, err
	}
	if judged != nil && judged.Verdict.Status != record.Rejected && string(judged.Payload) == string(protocol.Fingerprint(j.schema, m)) {
		return true, nil
	}
	c, ok := j.schema.CollectionByNumber(m.Key.Collection)
	if !ok || c.Unsynced || m.Op.IsZero() || m.Key.ID.IsZero() || m.Kind < record.Create || m.Kind > record.Delete {
		return false, fault.New(fault.BadRequest, "detail", "an edit of nothing, or of no kind")
	}
	if !author.May(m.Key.Network) {
		return false, fault.New(fault.UnknownNetwork, "network", m.Key.Network)
	}
	if h, err := j.book.Head(m.Key.Network); err != nil || h == nil {
		return false, orFault(err, fault.New(fault.UnknownNetwork, "network", m.Key.Network))
	}
	pc, err := j.schema.Collection(proposals)
	if err != nil {
		return false, err
	}
	key := record.Key{Network: m.Key.Network, Collection: pc.Number, ID: record.ProposalOf(m.Op)}
	have, err := j.book.Record(key)
	if err != nil || have != nil {
		return false, err
	}
	if h.Closed {
		return false, fault.New(fault.DeviceRevoked)
	}
	values, err := j.proposalValues(c, author, h, m)
	if err != nil {
		return false, err
	}
	if err := j.addProposal(pc, key, m, values); err != nil {
		return false, err
	}
	h.Added++
	return false, nil
}

func (j *sitting) addProposal(pc *schema.Collection, key record.Key, m record.Mutation, values map[string]any) error {
	next := &record.Record{
		Key: key, Version: max(1, j.store.Floor()),
		Fields: map[uint16]schema.Value{}, Stamps: map[uint16]record.Stamp{},
	}
	e := record.Entry{Op: record.OpID(record.DerivedID("entry", key.ID.String(), m.Op.String())), Kind: record.Create, Status: record.Applied, Edited: j.now}
	for i := range pc.Fields {
		f := &pc.Fields[i]
		v, err := f.Normalize(values[f.Name])
		if err != nil {
			return err
		}
		if v != nil {
			next.Set(f.Number, v)
			next.Stamps[f.Number] = record.Stamp{Version: next.Version, Device: Server, Edited: j.now}
			e.Changes = append(e.Changes, record.Change{Field: f.Number, New: v})
		}
	}
	if err := j.sound(pc, next); err != nil {
		return err
	}
	head, err := j.head(key.Network)
	if err != nil {
		return err
	}
	j.put(pc, Author{Device: Server}, head, nil, next, e)
	return nil
}

func (j *sitting) proposalValues(c *schema.Collection, author Author, h *Handover, m record.Mutation) (map[string]any, error) {
	changes, err := json.Marshal(record.ViewOfChanges(c, m.Changes))
	if err != nil {
		return nil, fault.Wrap(err, fault.BadRequest, "detail", "changes")
	}
	title, err := j.titleOf(c, m)
	if err != nil {
		return nil, err
	}
	values := map[string]any{
		"created_at": int64(j.now), "collection": c.Name, "record": m.Key.ID.String(), "title": title, "kind": m.Kind.String(),
		"changes": string(changes), "edited_at": int64(clock.Correct(m.Edited, m.Offset, j.now)),
		"person": author.User, "by": author.UserName, "by_device": author.DeviceName, "device": int64(author.Device), "reason": h.Reason, "status": open,
	}
	if m.Group.Size > 1 {
		values["group"], values["position"] = m.Group.ID.String(), int64(m.Group.Index)
	}
	return values, nil
}

// titleOf is the name of the record that a mutation is about: as it is, or as the mutation would have it.
func (j *sitting) titleOf(c *schema.Collection, m record.Mutation) (string, error) {
	f, ok := c.Field(c.Title)
	if !ok {
		return "", nil
	}
	have, err := j.book.Record(m.Key)
	if err != nil {
		return "", err
	}
	var title string
	if have != nil {
		title = record.Text(have.Fields[f.Number])
	}
	for _, ch := range m.Changes {
		if ch.Field == f.Number && title == "" {
			title = record.Text(ch.New)
		}
	}
	if r := []rune(title); len(r) > 200 {
		title = string(r[:200]) + "…"
	}
	return title, nil
}

// proposers are the people whose proposals a group accepts, and their computers, by the record that each is about: history
// says them in place of the computer at which it was decided.
func (j *sitting) proposers(ms []record.Mutation) (map[record.Key]string, error) {
	pc, err := j.schema.Collection(proposals)
	if err != nil {
		return nil, nil //nolint:nilerr // a schema without proposals
	}
	var out map[record.Key]string
	for _, m := range ms {
		if m.Key.Collection != pc.Number || !accepts(pc, m) {
			continue
		}
		p, err := j.tx.Record(m.Key)
		if err != nil {
			return nil, err
		}
		if p == nil {
			continue
		}
		v := p.Named(pc)
		about, known := j.schema.Collection(record.Text(v["collection"]))
		id, named := record.ParseID(record.Text(v["record"]))
		if known != nil || named != nil {
			continue // a proposal about nothing that there is
		}
		if out == nil {
			out = map[record.Key]string{}
		}
		out[record.Key{Network: p.Network, Collection: about.Number, ID: id}] = record.Text(v["by"]) + " · " + record.Text(v["by_device"])
	}
	return out, nil
}

// accepts reports whether a mutation accepts a proposal.
func accepts(pc *schema.Collection, m record.Mutation) bool {
	f, _ := pc.Field("status")
	return slices.ContainsFunc(m.Changes, func(ch record.Change) bool { return ch.Field == f.Number && ch.New == accepted })
}
