package office

import (
	"context"

	"acopio/shared/draft"
	"acopio/shared/record"
)

// An import is applied in parts, each of them one group. As one it would be a transaction of many seconds, for which every laptop
// that sends something waits, and it would be held in memory as a whole. What makes it one is its batch: by that it is taken back.

const (
	// partSize is how many steps are applied at once.
	partSize = 500
	// partsAhead is how many parts the office replica may not show yet.
	partsAhead = 4
)

// parts are the steps of an intent, on their way.
type parts struct {
	editing
	ctx    context.Context //nolint:containedctx // of one call
	seen   draft.Drafted
	steps  []draft.Step // to be applied
	behind []part       // applied, and not known to be shown
}

type part struct {
	steps []draft.Step
	seqs  map[string]uint64
}

// inParts applies an intent in parts. When it fails, those before have been applied, and are shown.
func (e editing) inParts(ctx context.Context, author draft.Author, intent draft.Intent) error {
	p := &parts{editing: e, ctx: ctx, seen: draft.NewDrafted(e.Office.Replica().Seen(ctx))}
	err := draft.Stream(e.Office.schema, p.seen, author, intent, p.save)
	if err == nil {
		err = p.apply()
	}
	if waiting := p.catchUp(0); err == nil {
		err = waiting
	}
	return err
}

func (p *parts) save(s draft.Step) error {
	p.seen.Note(s)
	if p.steps = append(p.steps, s); len(p.steps) < partSize {
		return nil
	}
	if err := p.apply(); err != nil {
		return err
	}
	return p.catchUp(partsAhead)
}

// apply applies what has gathered, as one group.
func (p *parts) apply() error {
	if len(p.steps) == 0 {
		return nil
	}
	draft.Group(p.steps, record.NewOpID())
	seqs, err := p.submit(p.ctx, p.steps)
	if err != nil {
		return err
	}
	p.behind = append(p.behind, part{p.steps, seqs})
	p.steps = nil
	return nil
}

// catchUp waits until at most so many parts are not shown, and leaves those that are to the replica.
func (p *parts) catchUp(most int) error {
	for ; len(p.behind) > most; p.behind = p.behind[1:] {
		if err := p.Office.await(p.ctx, p.behind[0].seqs); err != nil {
			return err
		}
		for _, s := range p.behind[0].steps {
			p.seen.Shown(s)
		}
	}
	return nil
}
