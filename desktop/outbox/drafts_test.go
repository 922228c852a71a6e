package outbox

import (
	"strings"
	"testing"

	"acopio/shared/fault"
)

func TestDraftsOutliveARestart(t *testing.T) {
	l := newLaptop(t)
	l.check(l.PutDraft("draft.a", `{"text":"a medio escribir"}`))
	l.check(l.PutDraft("draft.b", `{"text":"otro"}`))
	l.check(l.PutDraft("draft.b", ""))
	l.restart()
	kept, err := l.Drafts(t.Context())
	if err != nil || len(kept) != 1 || kept["draft.a"] != `{"text":"a medio escribir"}` {
		t.Errorf("kept %v, %v", kept, err)
	}
	if err := l.PutDraft("draft.c", strings.Repeat("x", maxDraftBytes)); !fault.Is(err, fault.TooLong) {
		t.Errorf("one that is too long: %v", err)
	}
}

func TestConfirmedEditsAreListed(t *testing.T) {
	l := newLaptop(t)
	l.create("Uno")
	l.send()
	l.pull()
	l.create("Dos") // still to be sent
	sent, err := l.Confirmed(t.Context(), 10)
	if err != nil || len(sent) != 1 {
		t.Errorf("%d confirmed, %v", len(sent), err)
	}
}
