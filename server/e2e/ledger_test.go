package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"acopio/shared/protocol"
	"acopio/shared/record"
)

// savedEdit is an edit that a laptop reported as saved. Its token is found in no other edit.
type savedEdit struct {
	Laptop     int    `json:"laptop"`
	Collection string `json:"collection"`
	Record     string `json:"record"`
	Token      string `json:"token"` // empty: a deletion
}

// ledger is what was promised, kept outside of the programs that promised it: each line is on disk before the next
// thing happens.
type ledger struct {
	t    *testing.T
	mu   sync.Mutex
	file *os.File

	saved []savedEdit
	acked map[record.OpID]protocol.Verdict
}

func newLedger(t *testing.T) *ledger {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "ledger.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return &ledger{t: t, file: f, acked: map[record.OpID]protocol.Verdict{}}
}

func (l *ledger) write(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		l.t.Error(err)
		return
	}
	if _, err := l.file.Write(append(b, '\n')); err != nil {
		l.t.Error(err)
	}
	if err := l.file.Sync(); err != nil {
		l.t.Error(err)
	}
}

func (l *ledger) save(edits ...savedEdit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write(map[string]any{"saved": edits})
	l.saved = append(l.saved, edits...)
}

// ack notes verdicts that left the server. The same op always gets the same verdict.
func (l *ledger) ack(verdicts []protocol.Verdict) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write(map[string]any{"acked": verdicts})
	for _, v := range verdicts {
		if v.Code == "op_reused" {
			continue // not stored: the other device's verdict is
		}
		if before, ok := l.acked[v.Op]; ok && (before.Status != v.Status || before.Seq != v.Seq || before.Version != v.Version) {
			l.t.Errorf("op %v was %v at %d, and is %v at %d when sent again", v.Op, before.Status, before.Seq, v.Status, v.Seq)
		}
		l.acked[v.Op] = v
	}
}

func (l *ledger) counts() (saved, acked int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.saved), len(l.acked)
}
