package exchange

import (
	"context"
	"strings"

	"acopio/shared/record"
	"acopio/shared/schema"
)

// references finds records by what people write for them: their id, FLO ID, or name when only one has it.
type references struct {
	byID   map[string]bool
	byWord map[string]string // "" where several have it
}

// loadReferences learns the records that columns of the file may refer to.
func (p *planner) loadReferences(ctx context.Context) error {
	loaded := map[string]*references{}
	for _, c := range p.layout.columns {
		if c.reader == nil || c.reader.field.Type != schema.Reference {
			continue
		}
		target := c.reader.field.Target
		if loaded[target] == nil {
			refs, err := p.referencesTo(ctx, target)
			if err != nil {
				return err
			}
			loaded[target] = refs
		}
		c.reader.resolve = func(target, text string) (string, bool) { return loaded[target].find(text) }
	}
	return nil
}

func (p *planner) referencesTo(ctx context.Context, collection string) (*references, error) {
	c, err := p.req.Schema.Collection(collection)
	if err != nil {
		return nil, err
	}
	title, _ := c.Field(c.Title)
	flo, hasFLO := c.Field("flo_id")
	refs := &references{byID: map[string]bool{}, byWord: map[string]string{}}
	for r, err := range p.req.Lookup.Live(ctx, collection, p.req.Network) {
		if err != nil {
			return nil, err
		}
		id := r.ID.String()
		refs.byID[id] = true
		refs.put(fold(record.Text(r.Fields[title.Number])), id)
		if hasFLO {
			refs.put(record.Text(r.Fields[flo.Number]), id)
		}
	}
	return refs, nil
}

func (r *references) put(word, id string) {
	if word == "" {
		return
	}
	if _, taken := r.byWord[word]; taken {
		id = ""
	}
	r.byWord[word] = id
}

func (r *references) find(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if id := strings.ToLower(text); schema.IsUUID(id) {
		return id, r.byID[id]
	}
	id := r.byWord[fold(text)]
	if id == "" {
		id = r.byWord[floNumber(text)]
	}
	return id, id != ""
}
