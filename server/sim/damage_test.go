package sim

import (
	"math/rand/v2"

	"acopio/shared/protocol"
	"acopio/shared/replica"
)

// comparedMost bounds the bytes that a repair may take in these small worlds.
const comparedMost = 20_000

// withDamage puts damage into about one history in three, and leaves the others as they are.
func (s *script) withDamage() {
	rng := rand.New(rand.NewPCG(s.seed, 3))
	if rng.IntN(3) > 0 {
		return
	}
	for range 1 + rng.IntN(3) {
		at := rng.IntN(len(s.steps) + 1)
		st := step{"damage", rng.IntN(s.size + 1), rng.Uint64N(1 << 32)}
		s.steps = append(s.steps[:at:at], append([]step{st}, s.steps[at:]...)...)
	}
}

// damages are what a failing disk, or a person with a tool, does to a file: what it may hit, and what becomes of that. Of
// rows with edits nothing is changed that the edits are about to say; what a tombstone still holds is proven by nothing.
var damages = []struct{ find, do string }{
	{"SELECT row FROM r2 WHERE deleted = 0 ORDER BY row", "UPDATE r2 SET f10 = 'dañado' WHERE row = ?1"},
	{"SELECT row FROM r2 WHERE deleted = 0 AND state = 0 ORDER BY row", "UPDATE r2 SET f10 = 'dañado', digest = NULL WHERE row = ?1"},
	{"SELECT row FROM r2 ORDER BY row", "DELETE FROM r2 WHERE row = ?1"},
	{"SELECT row FROM r8 ORDER BY row", "DELETE FROM r8 WHERE row = ?1"},
	{"SELECT row FROM r2 WHERE state = 0 ORDER BY row", `INSERT INTO r2 (row, id, network, seq, version, deleted, state, digest, stamps, updated_at, updated_by, f10)
		SELECT (SELECT max(row) + 1 FROM r2 o WHERE o.network = r2.network), ?2, network, seq, version, 0, 0, digest, stamps, updated_at, updated_by, 'de más' FROM r2 WHERE row = ?1`},
	{"SELECT row FROM r2 WHERE deleted = 1 AND state = 0 ORDER BY row", "UPDATE r2 SET deleted = 0 WHERE row = ?1"},
	{"SELECT row FROM r2 WHERE deleted = 0 AND state = 0 ORDER BY row", "UPDATE r2 SET deleted = 1 WHERE row = ?1"},
	{"SELECT row FROM r2 WHERE state = 0 ORDER BY row", "UPDATE r2 SET digest = ?2 || ?2 WHERE row = ?1"},
	{"SELECT row FROM r2 WHERE deleted = 0 AND state = 0 ORDER BY row", "UPDATE r2 SET stamps = NULL WHERE row = ?1"},
	{"SELECT code FROM network_state ORDER BY code", "UPDATE network_state SET sensitive = ?2 WHERE code = ?1"},
	{"SELECT network FROM tally ORDER BY network", "UPDATE tally SET live = live + 1 WHERE network = ?1"},
	{"SELECT id FROM stranger ORDER BY id", "DELETE FROM stranger WHERE id = ?1"},
}

// damage changes a machine's file behind the product's back.
func (w *world) damage(m *machine) {
	d := damages[w.rng.IntN(len(damages))]
	id := make([]byte, 16)
	for i := range id {
		id[i] = byte(w.rng.Uint32())
	}
	fuse := m.disk.fuse
	m.disk.fuse = 0
	hit := int64(0)
	w.must(m.disk.rep.Write(func(tx *replica.Tx) error {
		keys, err := scanned(tx, d.find)
		if err != nil || len(keys) == 0 {
			return err
		}
		res, err := tx.Exec(d.do, keys[w.rng.IntN(len(keys))], id)
		if err == nil {
			hit, err = res.RowsAffected()
		}
		return err
	}))
	m.disk.fuse = fuse
	if hit > 0 {
		w.note("%s: %s", m.name, d.do)
		m.damages++
	}
}

// scanned reads a query's only column.
func scanned(tx *replica.Tx, query string) (out []any, err error) {
	rows, err := tx.Query(query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var v any
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// counted counts what travels to find out where a machine differs.
func (m *machine) counted(frame []byte) {
	switch protocol.Type(frame[0]) {
	case protocol.TypeCompare, protocol.TypeDiffer:
		m.compared += len(frame)
	}
}

// checkRepairs demands that nothing is repaired that was not damaged, and that a repair costs little.
func (m *machine) checkRepairs() {
	if m.damages == 0 && m.compared+len(m.state.Repairs) > 0 {
		m.w.fail("%s differed from the server, and nobody had touched its files: %+v", m.name, m.state.Repairs)
	}
	if m.compared > comparedMost*m.damages {
		m.w.fail("%s: %d bytes traveled to repair %d damages", m.name, m.compared, m.damages)
	}
	for _, r := range m.state.Repairs {
		if r.Whole {
			m.w.fail("%s fetched %s anew, and could have repaired it", m.name, r.Network)
		}
	}
}
