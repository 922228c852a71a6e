package replica

import (
	"context"
	"database/sql/driver"

	"acopio/shared/record"
	"acopio/shared/survey"
)

// The sums of a network are kept by what is written through this package. What changes in the file behind its back (a
// disk that forgets, a person with a tool) does not move them, so now and then every row is held against what is said of
// it: that is an Audit. Admit then has the sums say what is really there, so that the next comparison with the server
// shows the damage, and Repair writes what the server has.

// An Audit is what was found by reading every row.
type Audit struct {
	rows      []suspect
	dirty     []suspect // rows with edits of this device: the server's state of them is elsewhere
	strangers []record.Key
	off       map[string]bool // networks that are not what is said of them
	adrift    []*table        // whose search index, or upkeep, is of other rows than the table's
}

// suspect is a row that is not what its digest says, or has no place in its table.
type suspect struct {
	t   *table
	row int64
}

// Sound reports whether nothing was found. Rows with edits of this device are not looked at before Admit.
func (a *Audit) Sound() bool {
	return len(a.rows)+len(a.strangers)+len(a.off)+len(a.adrift) == 0
}

// Edited is how many rows are said to have edits of this device.
func (a *Audit) Edited() int { return len(a.dirty) }

// tallied is what the rows of a network come to.
type tallied struct {
	ordinal int64
	sums    record.Digest
	records int
	tallies map[*table]tally
}

func (n *tallied) add(digest driver.Value) {
	if b, ok := digest.([]byte); ok {
		n.sums, n.records = n.sums.Add(loadDigest(b)), n.records+1
	}
}

// Audit reads every row of the replica. It takes about a second for 100,000; others read and write meanwhile.
func (r *Replica) Audit(ctx context.Context) (*Audit, error) {
	a := &Audit{off: map[string]bool{}}
	err := r.view(ctx, func(rd *reader) error {
		networks, err := rd.knownNetworks()
		if err != nil {
			return err
		}
		l := r.layout()
		for _, t := range l.tables {
			if err := a.table(rd, l, t, networks); err != nil {
				return err
			}
		}
		if err := a.ofStrangers(rd, networks); err != nil {
			return err
		}
		return a.claims(rd, l, networks)
	})
	return a, r.suspect(err)
}

func (rd *reader) knownNetworks() (map[string]*tallied, error) {
	out := map[string]*tallied{}
	return out, rd.each("SELECT code, ordinal FROM network_state", nil, func(row []driver.Value) error {
		out[row[0].(string)] = &tallied{ordinal: row[1].(int64), tallies: map[*table]tally{}}
		return nil
	})
}

// table reads the rows of a table.
func (a *Audit) table(rd *reader, l *layout, t *table, networks map[string]*tallied) error {
	err := rd.each(t.selectAll, nil, func(row []driver.Value) error {
		number, img := row[0].(int64), row[1:]
		n := t.placed(number, img, networks)
		if n == nil {
			a.rows = append(a.rows, suspect{t, number})
			return nil
		}
		by := n.tallies[t]
		if img[colDeleted] != int64(0) {
			by.deleted++
		} else {
			by.live++
		}
		n.tallies[t] = by
		n.add(img[colDigest])
		if stateOf(img) != Clean {
			a.dirty = append(a.dirty, suspect{t, number})
			return nil
		}
		if digest, ok := t.digestOf(img); !ok || !sameValue(digest, img[colDigest]) {
			a.rows = append(a.rows, suspect{t, number})
		}
		return nil
	})
	if err != nil {
		return err
	}
	astray, err := t.astray(rd, l)
	if astray {
		a.adrift = append(a.adrift, t)
	}
	return err
}

// astray reports whether the search index, or the upkeep, is of other rows than those that are there.
func (t *table) astray(rd *reader, l *layout) (bool, error) {
	found, err := rd.integer("SELECT EXISTS (" + t.adriftDocs() + ")")
	if err == nil && found == 0 && len(t.documented) > 0 {
		err = rd.each(t.undocumented(), nil, func(row []driver.Value) error {
			if found == 0 && t.document(row[1:]) != "" {
				found = 1
			}
			return nil
		})
	}
	if err == nil && found == 0 && l.upkeep != nil && l.upkeep.organization == t {
		found, err = rd.integer("SELECT EXISTS (" + t.adriftUpkeep() + ")")
	}
	return found != 0, err
}

// adriftDocs is the SQL that lists documents in the search index of rows that are not there.
func (t *table) adriftDocs() string {
	return "SELECT d.id FROM " + t.search + "_docsize d LEFT JOIN " + t.name + " r ON r.row = d.id WHERE r.row IS NULL OR r.deleted <> 0"
}

// undocumented is the SQL that lists living rows without a document in the search index; those that have no words need none.
func (t *table) undocumented() string {
	return t.selectAll + " r WHERE deleted = 0 AND NOT EXISTS (SELECT 1 FROM " + t.search + "_docsize d WHERE d.id = r.row)"
}

// adriftUpkeep is the SQL that lists the upkeep of organizations that are not there.
func (t *table) adriftUpkeep() string {
	return "SELECT u.row FROM upkeep u LEFT JOIN " + t.name + " r ON r.row = u.row WHERE r.row IS NULL"
}

// placed finds the network whose row an image is; nil for one that this package cannot have written where it is.
func (t *table) placed(row int64, img []driver.Value, networks map[string]*tallied) *tallied {
	code, _ := img[colNetwork].(string)
	n := networks[code]
	if n == nil || row < firstRow(n.ordinal) || row > lastRow(n.ordinal) {
		return nil
	}
	if id, ok := img[colID].([]byte); !ok || len(id) != len(record.ID{}) {
		return nil
	}
	for _, at := range []int{colSeq, colVersion, colDeleted, colState, colUpdatedAt, colUpdatedBy} {
		if _, ok := img[at].(int64); !ok {
			return nil
		}
	}
	if img[colDeleted] != int64(0) && img[colDeleted] != int64(1) || stateOf(img) > Rejected {
		return nil
	}
	if digest, ok := img[colDigest].([]byte); img[colDigest] != nil && (!ok || len(digest) != 32) {
		return nil
	}
	return n
}

// digestOf makes a clean row's digest again; ok is false for a row that cannot be read.
func (t *table) digestOf(img []driver.Value) (digest driver.Value, ok bool) {
	rec, err := t.record(img)
	if err != nil {
		return nil, false
	}
	return storeDigest(t, rec), true
}

func (a *Audit) ofStrangers(rd *reader, networks map[string]*tallied) error {
	return rd.each("SELECT id, collection, network, body, digest FROM stranger", nil, func(row []driver.Value) error {
		key, digest := strangerOf(row)
		n := networks[key.Network]
		if n != nil {
			n.add(row[4])
		}
		if n == nil || !sameValue(digest, row[4]) {
			a.strangers = append(a.strangers, key)
		}
		return nil
	})
}

// strangerOf reads a row of the strangers, with its digest made again; that of a body that cannot be read is none.
func strangerOf(row []driver.Value) (key record.Key, digest driver.Value) {
	id, _ := row[0].([]byte)
	copy(key.ID[:], id)
	collection, _ := row[1].(int64)
	key.Collection = uint16(collection) //nolint:gosec // what does not fit is nobody's
	key.Network, _ = row[2].(string)
	body, _ := row[3].([]byte)
	if d, err := record.DigestOfBody(key, body); err == nil && d != (record.Digest{}) {
		digest = encodeDigest(d)
	}
	return key, digest
}

// claims holds what is said of the networks against their rows.
func (a *Audit) claims(rd *reader, l *layout, networks map[string]*tallied) error {
	err := rd.each("SELECT code, records, public, sensitive FROM network_state", nil, func(row []driver.Value) error {
		n, code := networks[row[0].(string)], row[0].(string)
		records, _ := row[1].(int64)
		public, _ := row[2].([]byte)
		sensitive, _ := row[3].([]byte)
		if n.records != int(records) || n.sums != (record.Digest{Public: record.SumOf(public), Sensitive: record.SumOf(sensitive)}) {
			a.off[code] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = rd.each("SELECT network, collection, live, deleted FROM tally", nil, func(row []driver.Value) error {
		code, _ := row[0].(string)
		number, _ := row[1].(int64)
		t, n := l.byNumber[uint16(number)], networks[code] //nolint:gosec // as above
		if t == nil || n == nil {
			return nil // of a network, or a build, that was here once
		}
		if row[2] != int64(n.tallies[t].live) || row[3] != int64(n.tallies[t].deleted) {
			a.off[code] = true
		}
		delete(n.tallies, t)
		return nil
	})
	for code, n := range networks {
		for _, by := range n.tallies {
			if by != (tally{}) {
				a.off[code] = true // rows that nobody counted
			}
		}
	}
	return err
}

// Survey lays out what the replica takes the server to have of a network. Of a row whose digest is damaged it is nothing
// that the server has; one whose id is damaged is no record.
func (r *Replica) Survey(ctx context.Context, network string) (*survey.Survey, error) {
	var points []survey.Point
	err := r.view(ctx, func(rd *reader) error {
		ordinal, err := rd.integer("SELECT ordinal FROM network_state WHERE code = ?", network)
		if err != nil {
			return err
		}
		add := func(collection uint16, row []driver.Value) {
			id, _ := row[0].([]byte)
			digest, _ := row[1].([]byte)
			if len(id) == len(record.ID{}) {
				points = append(points, survey.At(collection, record.ID(id), loadDigest(digest).Of(record.Everything)))
			}
		}
		for _, t := range r.layout().tables {
			err := rd.each("SELECT id, digest FROM "+t.name+" WHERE row BETWEEN ? AND ? AND digest IS NOT NULL",
				[]driver.Value{firstRow(int64(ordinal)), lastRow(int64(ordinal))}, func(row []driver.Value) error {
					add(t.c.Number, row)
					return nil
				})
			if err != nil {
				return err
			}
		}
		return rd.each("SELECT id, digest, collection FROM stranger WHERE network = ? AND digest IS NOT NULL", []driver.Value{network},
			func(row []driver.Value) error {
				collection, _ := row[2].(int64)
				add(uint16(collection), row) //nolint:gosec // what does not fit is nobody's
				return nil
			})
	})
	return survey.New(points), err
}
