package api

import (
	"context"
	"net/http"
	"strconv"

	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// maxEdits bounds the edits of one call.
const maxEdits = 5000

// EditRequest is one change to one record.
type EditRequest struct {
	Kind       draft.Kind     `json:"kind" enum:"create,update,delete,restore"`
	Collection string         `json:"collection"`
	Network    string         `json:"network"`
	ID         string         `json:"id,omitempty" doc:"of the record; may be given for a new one"`
	Base       *uint64        `json:"base,omitempty" doc:"the version the person saw; the desktop knows its own"`
	Fields     map[string]any `json:"fields,omitempty" doc:"what changes, by field name; null empties a field"`
}

type editInput struct {
	Body struct {
		Edits     []EditRequest `json:"edits" minItems:"1" maxItems:"5000"`
		Confirmed int           `json:"confirmed,omitempty" doc:"how many deletions the person was told of and wants; more than twenty are refused without (many_deletions)"`
	} `nameHint:"EditsRequest"`
}

// Saved are the records as they stand after an edit.
type Saved struct {
	Records []Row  `json:"records"`
	Group   string `json:"group"`
}

func (s *service) editRoutes() {
	handle(s, route{http.MethodPost, "/api/edits", "edit", "Changes that belong together: all or none", false}, edit)
	handle(s, route{http.MethodPost, "/api/edits/check", "checkEdits", "What would be refused of some changes; nothing is saved", false}, checkEdits)
}

func edit(ctx context.Context, v *visit, in *editInput) (Saved, error) {
	edits, err := editsOf(in.Body.Edits)
	if err != nil {
		return Saved{}, err
	}
	for _, e := range edits {
		if err := v.mayEdit(e); err != nil {
			return Saved{}, err
		}
	}
	return v.save(ctx, draft.Intent{Edits: edits, Confirmed: in.Body.Confirmed})
}

// editsOf are the edits of a request, within bounds.
func editsOf(asked []EditRequest) ([]draft.Edit, error) {
	if len(asked) == 0 || len(asked) > maxEdits {
		return nil, fault.New(fault.BadRequest, "detail", "edits: 1 – "+strconv.Itoa(maxEdits))
	}
	edits := make([]draft.Edit, 0, len(asked))
	for _, a := range asked {
		edits = append(edits, draft.Edit{Kind: a.Kind, Collection: a.Collection, Network: a.Network, ID: a.ID, Base: a.Base, Fields: a.Fields})
	}
	return edits, nil
}

// save hands an intent to the host and shows the records as they now stand. What was saved is not undone when the
// person goes away meanwhile.
func (v *visit) save(ctx context.Context, intent draft.Intent) (Saved, error) {
	ctx = context.WithoutCancel(ctx)
	result, err := v.cfg.Host.Edit(ctx, v.actor, intent)
	if err != nil {
		return Saved{}, err
	}
	out := Saved{Records: make([]Row, 0, len(result.Records)), Group: result.Group.String()}
	for _, rec := range result.Records {
		if row, ok := v.sight.row(v.standing(ctx, rec)); ok {
			out.Records = append(out.Records, row)
		}
	}
	return out, nil
}

// standing is the replica's row of a record just saved; the record alone where the row cannot be read.
func (v *visit) standing(ctx context.Context, rec *record.Record) replica.Row {
	if c, ok := v.sight.schema.CollectionByNumber(rec.Collection); ok {
		if row, err := v.rep.Get(ctx, c.Name, rec.ID); err == nil && row != nil && row.Record.Key == rec.Key {
			return *row
		}
	}
	return replica.Row{Record: rec}
}

// mayEdit answers early what the host would refuse: unknown words, networks out of reach, and what the role does not
// allow.
func (v *visit) mayEdit(e draft.Edit) error {
	c, err := v.sight.collection(e.Collection)
	if err != nil {
		return err
	}
	if e.Network == "" {
		return fault.New(fault.MissingField, "field", "network")
	}
	if !v.sight.reaches(e.Network) {
		return fault.New(fault.UnknownNetwork, "network", e.Network)
	}
	if e.ID != "" || e.Kind != draft.Create {
		if _, err := record.ParseID(e.ID); err != nil {
			return err
		}
	}
	least := c.Write
	switch e.Kind {
	case draft.Create, draft.Update:
	case draft.Delete, draft.Restore:
		least = c.Delete
	default:
		return fault.New(fault.BadRequest, "detail", "kind: create, update, delete, restore")
	}
	if c.ServerOwned {
		if err := serverOwned(c, e); err != nil {
			return err
		}
	}
	if !v.actor.Role.AtLeast(least) {
		return fault.New(fault.NotAllowed, "what", string(e.Kind)+" "+c.Name)
	}
	for name := range e.Fields {
		f, ok := c.Field(name)
		if !ok {
			return fault.New(fault.UnknownField, "collection", c.Name, "field", name)
		}
		if f.System {
			return fault.New(fault.ReadOnly, "collection", c.Name+"."+name, "field", name)
		}
	}
	return nil
}

// serverOwned refuses what people may not do to a record of the server's.
func serverOwned(c *schema.Collection, e draft.Edit) error {
	if e.Kind != draft.Update {
		return fault.New(fault.ReadOnly, "collection", c.Name)
	}
	for name := range e.Fields {
		if !c.MayEdit(name) {
			return fault.New(fault.ReadOnly, "collection", c.Name)
		}
	}
	return nil
}
