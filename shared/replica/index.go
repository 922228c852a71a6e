package replica

import "sort"

// maxPendingDocs bounds how many documents wait in memory for the search index.
const maxPendingDocs = 8192

// The search index must be written in the order of rows: each step back makes it close a segment, and merging many small
// ones is what costs. So a transaction gathers what it does to documents and writes it sorted.
type pendingDocs struct {
	ops map[int64]docOp
}

type docOp struct {
	text   string // empty: no document
	inside bool   // the index may hold an older document of the row
}

// putDoc notes the document of a row; an empty text takes it out of the index. known says that the row was there before.
func (tx *Tx) putDoc(t *table, row int64, text string, known bool) error {
	p := tx.pending[t]
	if p == nil {
		p = &pendingDocs{ops: map[int64]docOp{}}
		tx.pending[t] = p
	}
	if earlier, ok := p.ops[row]; ok {
		known = earlier.inside
	}
	p.ops[row] = docOp{text: text, inside: known}
	if len(p.ops) < maxPendingDocs {
		return nil
	}
	return tx.flushTable(t, p)
}

func (tx *Tx) flushDocs() error {
	for t, p := range tx.pending {
		if err := tx.flushTable(t, p); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) flushTable(t *table, p *pendingDocs) error {
	rows := make([]int64, 0, len(p.ops))
	for row := range p.ops {
		rows = append(rows, row)
	}
	sort.Slice(rows, func(i, j int) bool { return rows[i] < rows[j] })
	remove := "DELETE FROM " + t.search + " WHERE rowid = ?"
	insert := "INSERT INTO " + t.search + " (rowid, text) VALUES (?, ?)"
	for _, row := range rows {
		op := p.ops[row]
		if op.inside {
			if err := tx.run(remove, row); err != nil {
				return err
			}
		}
		if op.text != "" {
			if err := tx.run(insert, row, op.text); err != nil {
				return err
			}
		}
	}
	tx.documents += len(p.ops)
	clear(p.ops)
	return nil
}
