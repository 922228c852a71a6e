package sim

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"acopio/server/apply"
	"acopio/server/auth"
	"acopio/server/feed"
	"acopio/server/hub"
	"acopio/server/session"
	"acopio/server/store"
	"acopio/server/store/sqlite"
	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// office is the real server without its sockets: store, accounts, judge, feed, fan and conversations.
type office struct {
	w     *world
	cast  *cast
	home  *premises // where it began
	at    *premises // where it is
	board uint32
	lives int // how often it was restored

	up      bool
	life    int // of the process: what an earlier one had planned does not happen
	store   *sqlite.Store
	auth    *auth.Auth
	judge   *apply.Judge
	feed    *feed.Feed
	fan     *hub.Fan
	ground  *session.Ground
	wires   []*wire
	audited uint64
	due     map[string]bool // networks to broadcast

	fuse    int  // commits until it dies; 0 for never
	fuseEnd bool // after the commit, not before
	backups []string
	extra   *apply.Request // shares the next transaction
}

func newOffice(w *world, c *cast) *office {
	o := &office{w: w, cast: c, home: w.ground.rent(c), board: c.board}
	o.at = o.home
	o.open()
	w.ledger.begin(o)
	return o
}

// open starts the server's process on its files.
func (o *office) open() {
	s := registers()[current]
	var err error
	o.store, err = sqlite.Open(o.at.dir, s, sqlite.WithMachine(o.w, o.w.chance), sqlite.AtCommit(o.atCommit), sqlite.Over(o.at.files))
	o.w.must(err)
	o.auth, err = auth.Open(o.at.accounts, o.w, auth.WithHashCost(8, 1), auth.WithChance(o.w.chance))
	o.w.must(err)
	o.judge = apply.NewJudge(o.store, s, o.w, zerolog.Nop())
	o.judge.OnCommit(o.moved)
	if o.w.script.purges() {
		o.judge.MostDeletions = func() int { return mostDeletions }
	}
	o.feed = feed.New(o.store, s)
	o.judge.OnChanges(o.feed.Note)
	o.fan = hub.NewFan(o.feed)
	o.ground = &session.Ground{Accounts: o.auth, Engine: o, Feed: o.feed, Hub: o.fan, Schema: s, Clock: o.w, Alone: o.alone}
	o.audited, err = o.auth.AuditHead(o.w.ctx)
	o.w.must(err)
	o.due = map[string]bool{}
	o.up = true
	o.life++
}

// close ends the process, in order or not: what it had not committed is gone either way.
func (o *office) close() {
	if !o.up {
		return
	}
	o.up, o.fuse = false, 0
	for _, c := range slices.Clone(o.wires) {
		c.serverGone()
	}
	o.wires = nil
	o.w.must(o.store.Close())
}

// leave closes it for good.
func (o *office) leave() {
	o.close()
	if o.at != o.home {
		o.w.must(o.at.close())
	}
	o.w.ground.leave(o.cast, o.home)
}

func (o *office) die() {
	o.w.note("server dies")
	o.close()
	o.w.after(o.w.some(20*time.Second), o.rise)
}

func (o *office) rise() {
	if !o.up {
		o.w.note("server rises")
		o.open()
	}
}

func (o *office) atCommit(done bool) {
	if done {
		o.w.ledger.committed()
	}
	if o.fuse == 0 || done != o.fuseEnd {
		return
	}
	if o.fuse--; o.fuse == 0 {
		panic(death{o.die})
	}
}

// Submit implements session.Engine. Now and then somebody at a console shares the transaction.
func (o *office) Submit(_ context.Context, author apply.Author, ms []record.Mutation) ([]record.Verdict, error) {
	r := &apply.Request{Author: author, Mutations: ms}
	batch := []*apply.Request{r}
	if o.extra != nil {
		batch = append([]*apply.Request{o.extra}, r)
		o.extra = nil
	}
	o.w.ledger.submit(batch)
	err := o.judge.Commit(batch)
	o.w.ledger.judged(batch, err)
	return r.Verdicts, err
}

// Propose implements session.Engine.
func (o *office) Propose(_ context.Context, author apply.Author, h *apply.Handover, ms []record.Mutation) error {
	return o.judge.Commit([]*apply.Request{{Author: author, Mutations: ms, Handover: h}})
}

// alone ends a device's earlier conversations before a new one begins, as the listener does.
func (o *office) alone(t *session.Talk) error {
	var device string
	for _, c := range o.wires {
		if c.talk == t {
			device = c.who.Device.ID
		}
	}
	for _, c := range slices.Clone(o.wires) {
		if c.talk != t && c.who.Device.ID == device {
			c.sendAway(fault.New(fault.ServerBusy))
		}
	}
	return nil
}

// moved plans to tell the audience.
func (o *office) moved(networks []string) {
	for _, n := range networks {
		if o.due[n] {
			continue
		}
		o.due[n] = true
		o.plan(o.w.some(50*time.Millisecond), func() {
			delete(o.due, n)
			o.w.must(o.fan.Broadcast(o.w.ctx, n))
		})
	}
}

// plan is after, as long as the process lives.
func (o *office) plan(d time.Duration, do func()) {
	life := o.life
	o.w.after(d, func() {
		if o.up && o.life == life {
			do()
		}
	})
}

// heed sends away whom changes of accounts concern, as the server does within a second.
func (o *office) heed() {
	o.plan(o.w.some(time.Second), func() {
		changes, last, err := o.auth.ChangesAfter(o.w.ctx, o.audited)
		o.w.must(err)
		o.audited = last
		for _, ch := range changes {
			for _, c := range slices.Clone(o.wires) {
				if cause := c.talk.Heed(o.w.ctx, ch); cause != nil {
					c.sendAway(cause)
				}
			}
		}
	})
}

// edit is what somebody at the console does.
func (o *office) edit(share bool, edits ...draft.Edit) error {
	who := draft.Author{Role: schema.Office, May: anyNetwork, Now: clock.MillisOf(o.w.now), IDs: record.NewSource(o.w, o.w.chance)}
	var steps []draft.Step
	err := o.store.View(o.w.ctx, func(r store.Reader) (err error) {
		steps, err = draft.Build(registers()[current], shelf{r}, who, draft.Intent{Edits: edits})
		return err
	})
	if err != nil || len(steps) == 0 {
		return err
	}
	var ms []record.Mutation
	for _, s := range steps {
		ms = append(ms, s.Mutation)
	}
	author := apply.Author{Device: o.board, DeviceName: "Consola", UserName: "office", Role: schema.Office, May: anyNetwork}
	if share {
		o.extra = &apply.Request{Author: author, Mutations: ms}
		return nil
	}
	verdicts, err := o.Submit(o.w.ctx, author, ms)
	if err != nil {
		return err
	}
	for _, v := range verdicts {
		if f := v.Fault(); f != nil {
			return f
		}
	}
	return nil
}

func anyNetwork(string) bool { return true }

// shelf is the store as draft.Build reads it.
type shelf struct{ store.Reader }

func (s shelf) Find(uint16, record.ID) (*record.Record, error) { return nil, nil }

func (s shelf) HasNetwork(code string) (bool, error) {
	_, ok, err := s.Head(code)
	return ok, err
}

// backUp takes a backup; goBack restores one, and the server forgets what came after it.
func (o *office) backUp() {
	file := filepath.Join(o.w.dir, fmt.Sprint("backup", len(o.backups)))
	o.w.must(sqlite.Backup(o.w.ctx, o.at.dir, file))
	o.backups = append(o.backups, file)
}

func (o *office) goBack(file string) {
	o.close()
	o.lives++
	dir := filepath.Join(o.w.dir, fmt.Sprint("server", o.lives))
	o.w.must(sqlite.Restore(o.w.ctx, file, dir, sqlite.WithMachine(o.w, o.w.chance)))
	if o.at != o.home {
		o.w.must(o.at.close())
	}
	var err error
	o.at, err = openPremises(dir)
	o.w.must(err)
	o.open()
	o.w.ledger.restored()
	for _, m := range o.w.machines { // people's rights went back too
		u, err := o.auth.UserByEmail(o.w.ctx, m.owner.email)
		o.w.must(err)
		m.owner.networks, m.owner.role = u.Networks, u.Role
	}
}

// stands reports whether a record lives, and neither it nor what it refers to was ever forgotten.
func (o *office) stands(key record.Key) (stands bool) {
	c, ok := registers()[current].CollectionByNumber(key.Collection)
	if !ok {
		return false
	}
	o.w.must(o.store.View(o.w.ctx, func(r store.Reader) error {
		have, err := r.Record(key)
		stands = have != nil && !have.Deleted && !o.w.ledger.forgotten[key]
		for i := range c.Fields {
			if f := &c.Fields[i]; stands && f.Type == schema.Reference && have.Fields[f.Number] != nil {
				target, err := registers()[current].Collection(f.Target)
				o.w.must(err)
				id, err := record.ParseID(record.Text(have.Fields[f.Number]))
				o.w.must(err)
				stands = !o.w.ledger.forgotten[record.Key{Network: key.Network, Collection: target.Number, ID: id}]
			}
		}
		return err
	}))
	return stands
}
