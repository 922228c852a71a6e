package office

import (
	"context"
	"net/http"

	"acopio/server/admin"
	"acopio/server/apply"
	"acopio/server/auth"
	"acopio/shared/api"
	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
)

// Host is the office as the API sees it: people of the console, whose edits go straight to the engine.
type Host struct {
	Office *Office
	Engine *apply.Engine
	Auth   *auth.Auth
	Deps   admin.Deps
	Clock  clock.Clock
}

var _ api.Host = Host{}

// Session implements api.Host. What is asked is answered as of now.
func (h Host) Session(r *http.Request) (api.Session, error) {
	s, err := admin.Session(h.Auth, h.Deps, r)
	if err == nil {
		h.Office.Current(r.Context())
	}
	return s, err
}

// History implements api.Host: the log is here.
func (h Host) History(ctx context.Context, collection string, id record.ID) (complete bool, older []record.Entry, err error) {
	row, err := h.Office.Replica().Get(ctx, collection, id)
	if err != nil {
		return false, nil, err
	}
	wire, err := h.Office.feed.History(ctx, row.Record.Key, record.Everything)
	if err != nil {
		return false, nil, err
	}
	for _, w := range wire {
		e, known, err := w.Entry(h.Office.schema, row.Record.Network)
		if err != nil {
			return false, nil, err
		}
		if known {
			older = append(older, e)
		}
	}
	return true, older, nil
}

// Edit implements api.Host: all of an intent is applied, or none, and the records are as the office replica has them
// once it has seen the change. One of which nobody knows how much it is, an import, is applied in parts.
func (h Host) Edit(ctx context.Context, who api.Actor, intent draft.Intent) (draft.Result, error) {
	e := editing{h, who, intent.Keep()}
	author := draft.Author{Role: who.Role, May: mayOf(who), Now: clock.MillisOf(h.Clock.Now())}
	if intent.More != nil {
		return draft.Result{}, e.inParts(ctx, author, intent)
	}
	intent.Bulk = false
	steps, err := draft.Build(h.Office.schema, h.Office.Replica().Seen(ctx), author, intent)
	if err != nil || len(steps) == 0 {
		return draft.Result{}, err
	}
	seqs, err := e.submit(ctx, steps)
	if err != nil {
		return draft.Result{}, err
	}
	if err := h.Office.await(ctx, seqs); err != nil {
		return draft.Result{}, err
	}
	return h.result(ctx, steps)
}

// editing is somebody's editing.
type editing struct {
	Host
	who  api.Actor
	keep record.ID // under which what changes is kept
}

// submit applies steps, which are one group, keeps what they change, and says up to where the log of each network goes then.
func (e editing) submit(ctx context.Context, steps []draft.Step) (seqs map[string]uint64, err error) {
	mutations := make([]record.Mutation, len(steps))
	for i, s := range steps {
		mutations[i] = s.Mutation
	}
	verdicts, err := e.Engine.Submit(ctx, apply.Author{
		Device: e.who.Device, DeviceName: consoleName, UserName: e.who.Name, Role: e.who.Role, May: mayOf(e.who),
	}, mutations)
	if err != nil {
		return nil, err
	}
	if err := rejection(verdicts); err != nil {
		return nil, err
	}
	seqs = map[string]uint64{}
	for i, v := range verdicts {
		network := mutations[i].Key.Network
		seqs[network] = max(seqs[network], v.Seq)
	}
	if e.keep.IsZero() {
		return seqs, nil
	}
	return seqs, e.keepBatch(e.keep, steps)
}

// consoleName stands for the device in the history of what people edit in their browser.
const consoleName = "Consola"

func mayOf(who api.Actor) func(string) bool {
	granted := map[string]bool{}
	for _, n := range who.Networks {
		granted[n] = true
	}
	all := who.Networks == nil && who.Role.AllNetworks()
	return func(network string) bool { return all || granted[network] }
}

// rejection is the reason why a group was not applied; nil when it was. The reason of the others is that one.
func rejection(verdicts []record.Verdict) error {
	var first *fault.Error
	for _, v := range verdicts {
		f := v.Fault()
		if f != nil && (first == nil || first.Code == fault.GroupFailed) {
			first = f
		}
	}
	if first == nil {
		return nil
	}
	return first
}

func (h Host) keepBatch(batch record.ID, steps []draft.Step) error {
	return h.Office.Replica().Write(func(tx *replica.Tx) error {
		for _, s := range steps {
			if err := tx.AddBatchChanges(batch, s.After.Key, s.Mutation.Kind == record.Create, s.Mutation.Changes); err != nil {
				return err
			}
		}
		return nil
	})
}

func (h Host) result(ctx context.Context, steps []draft.Step) (draft.Result, error) {
	res := draft.Result{Group: steps[0].Mutation.Group.ID}
	for _, s := range steps {
		r, err := h.Office.Replica().Seen(ctx).Find(s.After.Collection, s.After.ID)
		if err != nil {
			return res, err
		}
		if r == nil {
			r = s.After
		}
		res.Records = append(res.Records, r)
	}
	return res, nil
}
