package sim

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"acopio/desktop/device"
	"acopio/desktop/outbox"
	"acopio/desktop/syncer"
	"acopio/server/auth"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/replica"
)

// machine is the real laptop without its line and its window: replica, outbox, syncer.
type machine struct {
	w     *world
	name  string
	owner person
	build int
	skew  time.Duration
	way   way

	disk     *drive
	state    device.State // durable
	token    string
	sync     *syncer.Syncer
	wire     *wire // nil while there is none
	began    time.Time
	tries    int  // what an earlier attempt had planned does not happen
	off      bool // the program is closed
	older    *snapshot
	jumped   time.Time // when its clock last did
	changed  time.Time // when its person's rights last did
	meddled  bool      // with its files: it was cloned from, or went back
	damages  int       // of its files, those of copies included
	compared int       // bytes that traveled to find out where it differs
	ids      *record.Source
}

// snapshot is a copy of a machine's files, taken earlier.
type snapshot struct {
	file  string
	state device.State
	token string
	build int
	at    time.Time
}

// Now makes the machine a clock, which may be years off.
func (m *machine) Now() time.Time { return m.w.now.Add(m.skew) }

func newMachine(w *world, c *cast, i int) *machine {
	p := c.people[i]
	m := &machine{
		w: w, name: fmt.Sprint("m", i), owner: p, build: p.build, state: stateOf(p.enrolled), token: p.enrolled.Token,
		way: way{queue: 64, delay: 20 * time.Millisecond},
	}
	m.ids = record.NewSource(m, w.chance)
	m.disk = w.ground.take(m)
	m.start()
	return m
}

// start is the program's start.
func (m *machine) start() {
	m.off = false
	m.sync = syncer.New(syncer.Config{
		Replica: m.disk.rep, Outbox: m.disk.out, Token: m.token, Clock: m, Log: zerolog.Nop(), Changed: func() {},
		Device: func() device.State { return m.state },
		Update: func(change func(*device.State)) error {
			change(&m.state)
			m.state.Key = nil // errands have stories of their own: here, what is refused stays in the outbox
			return nil
		},
		PutToken: func(token string) error {
			m.token = token
			return nil
		},
		Jitter: m.w.some,
	})
	m.plan(m.w.some(500 * time.Millisecond))
}

// plan connects after a while.
func (m *machine) plan(pause time.Duration) {
	m.tries++
	try := m.tries
	m.w.after(pause, func() {
		if !m.off && m.wire == nil && m.tries == try {
			m.connect()
		}
	})
}

func (m *machine) connect() {
	m.began = m.w.now
	o := m.w.office
	if m.way.down || !o.up {
		m.over(nil, fault.New(fault.ServerUnreachable))
		return
	}
	p, err := o.auth.Authenticate(m.w.ctx, m.token)
	if err != nil {
		m.over(nil, err)
		return
	}
	c := &wire{w: m.w, m: m, lingering: -1, who: p}
	m.wire = c
	c.talk = o.ground.Talk(m.w.ctx, p, c)
	o.wires = append(o.wires, c)
	c.conv = m.sync.Converse(m.w.ctx, c.toServer)
	m.w.note("%s connects", m.name)
	m.w.must(c.conv.Open())
}

// work goes on after a frame, or an edit.
func (m *machine) work(err error) {
	c := m.wire
	if c == nil || c.conv == nil {
		return
	}
	if err == nil {
		_, err = c.conv.Work()
	}
	if err == nil {
		return
	}
	if f := fault.Of(err); f.Code == fault.Internal || f.Code == fault.BadFrame || f.Code == fault.ReplicaCorrupt {
		m.w.fail("%s: the conversation failed: %v", m.name, err)
	}
	m.w.note("%s ends: %v", m.name, err)
	c.conv = nil
	c.lingering = 0
	m.over(c, err)
	m.w.after(m.w.some(time.Second), c.forget)
}

// over plans the next attempt after a connection ended, or did not come about.
func (m *machine) over(c *wire, cause error) {
	if c != nil && m.wire != c {
		return
	}
	m.wire = nil
	if m.off {
		return
	}
	pause := m.sync.Failed(cause, m.w.now.Sub(m.began))
	switch {
	case fault.Is(cause, fault.DeviceCopied):
		pause = 0 // it is another from now on
		if !m.meddled {
			m.w.fail("%s: taken for a copy, though nobody touched its files", m.name)
		}
	case fault.Is(cause, fault.DeviceUnknown) && m.w.office.up:
		m.w.after(0, m.enrollAgain) // a copy whose identity is younger than the backup: somebody gets it a code
	}
	m.plan(pause)
}

// kick is what the window does after an edit, and when the network comes back.
func (m *machine) kick() {
	switch {
	case m.off:
	case m.wire == nil:
		m.sync.Hurry()
		m.plan(0)
	default:
		m.work(nil)
	}
}

// stop is the program's end, however it comes.
func (m *machine) stop() {
	m.off = true
	m.disk.fuse = 0
	if c := m.wire; c != nil {
		m.wire, c.conv = nil, nil
		c.lingering = m.w.rng.IntN(3)
		m.w.after(m.w.some(90*time.Second), c.forget)
	}
}

func (m *machine) die() {
	m.w.note("%s dies", m.name)
	m.stop()
	m.w.after(m.w.some(30*time.Second), m.restart)
}

func (m *machine) restart() {
	if !m.off {
		return
	}
	if m.w.chances(8) {
		m.reopen(m.disk.path, m.build)
	}
	m.start()
}

// edit saves what a person did.
func (m *machine) edit(batch record.ID, edits ...draft.Edit) (res draft.Result, err error) {
	who := draft.Author{Role: m.state.Role, May: anyNetwork, Offset: m.state.Offset}
	before := m.refusedTexts()
	res, err = m.disk.out.Edit(who, draft.Intent{Edits: edits, Batch: batch, Bulk: !batch.IsZero()})
	if err == nil {
		m.w.ledger.shows(m, res)
		if len(before) > 0 { // a new edit takes the place of those that were refused, as the person saw
			after := strings.Join(m.refusedTexts(), "")
			for text := range m.w.words {
				if strings.Contains(strings.Join(before, ""), text) && !strings.Contains(after, text) {
					delete(m.w.words, text)
				}
			}
		}
		m.kick()
	}
	return res, err
}

// refusedTexts is what the edits say that were refused.
func (m *machine) refusedTexts() (texts []string) {
	counts, err := m.disk.out.Counts(m.w.ctx)
	m.w.must(err)
	if counts.Rejected == 0 {
		return nil
	}
	items, err := m.disk.out.List(m.w.ctx)
	m.w.must(err)
	for _, it := range items {
		for _, ch := range it.Mutation.Changes {
			if it.Reason != nil {
				texts = append(texts, fmt.Sprintln(ch.New))
			}
		}
	}
	return texts
}

// enrollAgain is what the office and a person do about a laptop that was sent away.
func (m *machine) enrollAgain() {
	o := m.w.office
	code, _, err := o.auth.DeviceCode(m.w.ctx, auth.CommandLine, m.owner.email, 0)
	if fault.Is(err, fault.UserUnknown) {
		return
	}
	m.w.must(err)
	e, err := o.auth.Enroll(m.w.ctx, auth.Enrollment{Code: code, Name: m.name, Address: m.name})
	if fault.Is(err, fault.TooManyAttempts) {
		return
	}
	m.w.must(err)
	before := m.state
	m.stop()
	m.state, m.token, m.changed = stateOf(e), e.Token, m.w.now
	m.state.Epoch, m.state.Examined, m.state.Unproven = before.Epoch, before.Examined, before.Unproven
	m.start()
}

// drive is an open replica with its outbox. It is used again by another machine after it was emptied.
type drive struct {
	*machine
	path    string
	build   int
	rep     *replica.Replica
	out     *outbox.Outbox
	fuse    int
	fuseEnd bool
	tables  []tableName
	look    string // which of them have rows
	folder  *alone
	ids     *record.Source
}

// Now and Read make the drive the clock and chance of whoever has it.
func (d *drive) Now() time.Time {
	if d.machine == nil {
		return birth
	}
	return d.machine.Now()
}

func (d *drive) Read(b []byte) (int, error) { return d.w.chance.Read(b) }

func (d *drive) atCommit(done bool) {
	if d.fuse == 0 || done != d.fuseEnd {
		return
	}
	if d.fuse--; d.fuse == 0 {
		panic(death{d.machine.die})
	}
}

// openDrive opens a replica's file as the program does.
func openDrive(path string, build int) *drive {
	d := &drive{path: path, build: build}
	d.ids = record.NewSource(d, d)
	var err error
	if d.folder, err = openAlone("file:" + path + "?mode=rwc"); err != nil {
		panic(err)
	}
	d.rep, err = replica.Open(path, replica.Options{Schema: registers()[build], Clock: d, IDs: d.ids, AtCommit: d.atCommit})
	if err == nil {
		d.out, err = outbox.Open(d.rep)
	}
	if err != nil {
		panic(fmt.Errorf("%s: %w", path, err))
	}
	return d
}

// take gives a machine an empty replica.
func (g *ground) take(m *machine) *drive {
	if list := g.idle[m.build]; len(list) > 0 {
		d := list[len(list)-1]
		g.idle[m.build] = list[:len(list)-1]
		*d.ids = *record.NewSource(d, d)
		d.machine = m
		return d
	}
	blank := g.blank[m.build]
	if blank == "" {
		blank = filepath.Join(g.dir, fmt.Sprint("blank", m.build, ".db"))
		if err := openDrive(blank, m.build).rep.Close(); err != nil {
			panic(err)
		}
		g.blank[m.build] = blank
	}
	path := filepath.Join(g.dir, fmt.Sprint("drive", g.worlds, m.name, ".db"))
	copyFile(blank, path)
	d := openDrive(path, m.build)
	d.machine = m
	return d
}

// putAway empties a machine's replica for the next to use.
func (m *machine) putAway() {
	m.off = true
	d := m.disk
	d.fuse = 0
	if d.build != m.owner.build || len(m.w.ground.idle[d.build]) > 8 {
		d.close()
		_ = os.Remove(d.path)
		return
	}
	d.empty()
	d.fold()
	d.machine = nil
	m.w.ground.idle[d.build] = append(m.w.ground.idle[d.build], d)
}

// empty takes every row out of the file, the ones that say what its tables are excepted.
func (d *drive) empty() {
	err := d.rep.Write(func(tx *replica.Tx) error {
		if d.tables == nil {
			if err := d.findTables(tx); err != nil {
				return err
			}
		}
		full, err := tx.Row(d.look)
		if err != nil {
			return err
		}
		full = slices.Clone(full)
		for i, t := range d.tables {
			if full[i] != int64(0) {
				err = errors.Join(err, tx.Run("DELETE FROM "+t.name))
				if t.search != "" {
					err = errors.Join(err, tx.Run("INSERT INTO "+t.search+" ("+t.search+") VALUES ('delete-all')"))
				}
			}
		}
		return errors.Join(err, tx.Run("DELETE FROM sqlite_sequence"))
	})
	if err != nil {
		panic(err)
	}
}

// fold has the write-ahead log begin anew: copies are made of what it holds.
func (d *drive) fold() {
	if row, err := d.folder.Row("PRAGMA wal_checkpoint(RESTART)"); err != nil || row[0] != int64(0) {
		panic(fmt.Errorf("%s: %v: %w", d.path, row, err))
	}
}

// close closes the file as the program does.
func (d *drive) close() {
	d.w.must(errors.Join(d.rep.Close(), d.folder.close()))
}

// tableName is a table of a replica, with its search index.
type tableName struct{ name, search string }

func (d *drive) findTables(tx *replica.Tx) error {
	rows, err := tx.Query(`SELECT name, COALESCE((SELECT name FROM sqlite_schema s WHERE s.name = 's' || substr(t.name, 2) AND t.name GLOB 'r[0-9]*'), '')
		FROM sqlite_schema t WHERE type = 'table' AND (name NOT LIKE 's%' OR name IN ('shadow', 'stranger')) AND name <> 'replica_meta'`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	d.look = "SELECT 1"
	for rows.Next() {
		var t tableName
		if err := rows.Scan(&t.name, &t.search); err != nil {
			return err
		}
		d.tables = append(d.tables, t)
		d.look += ", EXISTS (SELECT 1 FROM " + t.name + ")"
	}
	d.look = strings.Replace(d.look, "SELECT 1, ", "SELECT ", 1)
	return rows.Err()
}

// reopen closes a machine's replica and opens a file in its place, perhaps with another build.
func (m *machine) reopen(path string, build int) {
	d := m.disk
	d.close()
	if path != d.path {
		copyFile(path, d.path)
		copyLog(path+"-wal", d.path+"-wal")
	}
	m.disk = openDrive(d.path, build)
	m.disk.machine, m.build = m, build
}

// snap copies the machine's files aside, as a program that copies disks does: with the log that SQLite has not folded in.
func (m *machine) snap(name string) *snapshot {
	s := &snapshot{file: filepath.Join(m.w.dir, name), state: m.state, token: m.token, build: m.build, at: m.w.now}
	copyFile(m.disk.path, s.file)
	copyLog(m.disk.path+"-wal", s.file+"-wal")
	return s
}

// copyLog copies what SQLite would read of a write-ahead log. The rest, often megabytes, is of earlier rounds, which the salt
// of its frames tells.
func copyLog(from, to string) {
	const header, frame = 32, 24 + 4096
	f, err := os.Open(from)
	if err != nil {
		return // there is none
	}
	defer func() { _ = f.Close() }()
	log := make([]byte, header)
	if _, err := io.ReadFull(f, log); err != nil {
		return
	}
	next := make([]byte, frame)
	for {
		if _, err := io.ReadFull(f, next); err != nil || !bytes.Equal(next[8:16], log[16:24]) {
			break
		}
		log = append(log, next...)
	}
	if err := os.WriteFile(to, log, 0o600); err != nil {
		panic(err)
	}
}
