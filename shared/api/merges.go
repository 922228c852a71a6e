package api

import (
	"context"
	"net/http"

	"acopio/shared/fault"
	"acopio/shared/intake"
	"acopio/shared/merging"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

type mergePreviewInput struct {
	Collection string `query:"collection" required:"true"`
	Survivor   string `query:"survivor" required:"true" doc:"id of the record that stays"`
	Loser      string `query:"loser" required:"true" doc:"id of the record that is retired"`
}

type mergeInput struct {
	Body struct {
		Collection string            `json:"collection"`
		Survivor   string            `json:"survivor" doc:"id of the record that stays"`
		Loser      string            `json:"loser" doc:"id of the record that is retired"`
		Take       map[string]string `json:"take,omitempty" doc:"by field: survivor, loser, or for a set both; fields of a group go together"`
		Values     map[string]any    `json:"values,omitempty" doc:"by field: a value that is neither's"`
	} `nameHint:"MergeRequest"`
}

// MergePreview is what merging two records would do.
type MergePreview struct {
	Survivor    Row               `json:"survivor"`
	Loser       Row               `json:"loser"`
	Differences []MergeDifference `json:"differences"`
	Moves       []MergeCount      `json:"moves"`
}

// MergeDifference is a field of which the two records say different things.
type MergeDifference struct {
	Field    string `json:"field"`
	Survivor any    `json:"survivor"`
	Loser    any    `json:"loser"`
	Default  string `json:"default" enum:"survivor,loser,both" doc:"what is taken when nothing is said"`
}

// MergeCount is how many records of a collection go over to the survivor.
type MergeCount struct {
	Collection string `json:"collection"`
	Moved      int    `json:"moved"`
	Joined     int    `json:"joined" doc:"of them: joined with one that the survivor has of the same fact, as a census of the same year"`
}

// Merged is what a merge did.
type Merged struct {
	Merge    string       `json:"merge" doc:"by which it can be undone on this machine"`
	Survivor Row          `json:"survivor"`
	Moves    []MergeCount `json:"moves"`
}

type mergeIDInput struct {
	ID string `path:"id"`
}

func (s *service) mergeRoutes() {
	handle(s, route{http.MethodGet, "/api/merges/preview", "previewMerge", "What merging two records would do; changes nothing", false}, previewMerge)
	handle(s, route{http.MethodPost, "/api/merges", "mergeRecords", "Make one record of two: all or nothing", false}, mergeRecords)
	handle(s, route{http.MethodPost, "/api/merges/{id}/undo", "undoMerge", "Take a merge back", false}, undoMerge)
}

// mergeOrder reads the order of a merge, refusing people who may not make it.
func (v *visit) mergeOrder(collection, survivor, loser string) (merging.Order, error) {
	c, err := v.sight.collection(collection)
	if err != nil {
		return merging.Order{}, err
	}
	o := merging.Order{Collection: c.Name}
	if o.Survivor, err = record.ParseID(survivor); err != nil {
		return o, err
	}
	if o.Loser, err = record.ParseID(loser); err != nil {
		return o, err
	}
	if c.Mergeable() && !v.actor.Role.AtLeast(c.Delete) {
		return o, fault.New(fault.NotAllowed, "what", "merge "+c.Name)
	}
	return o, nil
}

// mergeSeen refuses records that are out of the person's reach as though they were not there.
func (v *visit) mergeSeen(p merging.Plan) (survivor, loser Row, err error) {
	for _, side := range []struct {
		row *replica.Row
		out *Row
	}{{p.Survivor, &survivor}, {p.Loser, &loser}} {
		seen, ok := v.sight.row(*side.row)
		if !ok {
			return survivor, loser, fault.New(fault.NotFound, "what", side.row.Record.ID.String())
		}
		*side.out = seen
	}
	return survivor, loser, nil
}

func previewMerge(ctx context.Context, v *visit, in *mergePreviewInput) (MergePreview, error) {
	o, err := v.mergeOrder(in.Collection, in.Survivor, in.Loser)
	if err != nil {
		return MergePreview{}, err
	}
	plan, err := merging.Make(ctx, v.rep, o)
	if err != nil {
		return MergePreview{}, err
	}
	out := MergePreview{Moves: mergeCounts(plan, v.rep.Schema()), Differences: make([]MergeDifference, 0, len(plan.Differences))}
	if out.Survivor, out.Loser, err = v.mergeSeen(plan); err != nil {
		return MergePreview{}, err
	}
	c, _ := v.rep.Schema().Collection(o.Collection)
	for _, d := range plan.Differences {
		if f, _ := c.Field(d.Field); v.sight.sensitive || !c.IsSensitive(f.Number) {
			out.Differences = append(out.Differences, MergeDifference{Field: d.Field, Survivor: d.Survivor, Loser: d.Loser, Default: d.Default})
		}
	}
	return out, nil
}

func mergeCounts(p merging.Plan, s *schema.Schema) []MergeCount {
	out := []MergeCount{}
	for _, c := range p.Counts(s) {
		out = append(out, MergeCount(c))
	}
	return out
}

func mergeRecords(ctx context.Context, v *visit, in *mergeInput) (Merged, error) {
	b := in.Body
	o, err := v.mergeOrder(b.Collection, b.Survivor, b.Loser)
	if err != nil {
		return Merged{}, err
	}
	seen, err := merging.Make(ctx, v.rep, o)
	if err != nil {
		return Merged{}, err
	}
	if _, _, err := v.mergeSeen(seen); err != nil {
		return Merged{}, err
	}
	o.Take, o.Values = b.Take, b.Values
	plan, id, err := merging.Run(ctx, v.rep, v.editor(), o)
	if err != nil {
		return Merged{}, err
	}
	out := Merged{Merge: id.String(), Moves: mergeCounts(plan, v.rep.Schema())}
	out.Survivor, _ = v.sight.row(v.standing(context.WithoutCancel(ctx), plan.Survivor.Record))
	return out, nil
}

func undoMerge(ctx context.Context, v *visit, in *mergeIDInput) (intake.Undone, error) {
	id, err := record.ParseID(in.ID)
	if err != nil {
		return intake.Undone{}, err
	}
	done, err := v.rep.BatchChanges(ctx, id)
	if err != nil {
		return intake.Undone{}, err
	}
	for _, ch := range done {
		if !v.sight.reaches(ch.Key.Network) {
			return intake.Undone{}, fault.New(fault.MergeUnknown)
		}
	}
	kept, n, err := merging.Undo(ctx, v.rep, v.editor(), id)
	if err != nil {
		return intake.Undone{}, err
	}
	return intake.UndoneOf(n, kept, v.lang), nil
}
