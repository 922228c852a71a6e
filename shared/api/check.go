package api

import (
	"context"

	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/fault"
)

// EditProblems say which fields of some changes would be refused.
type EditProblems struct {
	Problems []EditProblem `json:"problems" doc:"none: all of the changes can be saved as they are"`
}

// EditProblem is one refusal. Without a field it is about the whole edit.
type EditProblem struct {
	Edit    int    `json:"edit" doc:"position in the request, from 0"`
	Field   string `json:"field,omitempty"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// checkEdits says everything that is wrong with some changes, where saving them would stop at the first. Nothing is
// saved. Each edit is judged by itself.
func checkEdits(ctx context.Context, v *visit, in *editInput) (EditProblems, error) {
	out := EditProblems{Problems: []EditProblem{}}
	edits, err := editsOf(in.Body.Edits)
	if err != nil {
		return out, err
	}
	who := draft.Author{Role: v.actor.Role, May: v.sight.reaches, Now: clock.MillisOf(v.cfg.Clock.Now())}
	for i, e := range edits {
		for {
			wrong := v.wrongWith(ctx, who, e)
			if wrong == nil {
				break
			}
			if wrong.Code.Kind() == fault.Broken {
				return out, wrong
			}
			body := bodyOf(wrong, v.lang)
			out.Problems = append(out.Problems, EditProblem{Edit: i, Field: body.Field, Code: body.Code, Message: body.Message})
			if _, named := e.Fields[body.Field]; !named {
				break // what remains cannot be told apart
			}
			e.Fields = without(e.Fields, body.Field)
		}
	}
	return out, nil
}

func (v *visit) wrongWith(ctx context.Context, who draft.Author, e draft.Edit) *fault.Error {
	if err := v.mayEdit(e); err != nil {
		return fault.Of(err)
	}
	if len(e.Fields) == 0 && e.Kind == draft.Update {
		return nil // each of its fields was refused already
	}
	_, err := draft.Build(v.rep.Schema(), v.rep.Seen(ctx), who, draft.Intent{Edits: []draft.Edit{e}})
	return fault.Of(err)
}

func without(fields map[string]any, name string) map[string]any {
	out := make(map[string]any, len(fields))
	for k, value := range fields {
		if k != name {
			out[k] = value
		}
	}
	return out
}
