package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"acopio/server/auth"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/inbox"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// take a step of the script, and let a little time pass.
func (w *world) take(s step) {
	w.rng = rand.New(rand.NewPCG(w.script.seed^s.n, s.n))
	m := w.machines[s.who%len(w.machines)]
	w.note("— %s %s", s.do, m.name)
	w.alive(func() { w.deed(s.do, m) })
	w.pass(w.some([]time.Duration{20 * time.Millisecond, 300 * time.Millisecond, 3 * time.Second}[w.rng.IntN(3)]))
}

func (w *world) deed(do string, m *machine) {
	if edit, ok := personal[do]; ok {
		if !m.off {
			edit(m)
		}
		return
	}
	o := w.office
	switch do {
	case "console", "share":
		w.console(do == "share")
	case "down":
		m.way.down = true
		if m.wire != nil {
			m.wire.cut()
		}
	case "up":
		m.way = way{delay: 20 * time.Millisecond, queue: 64}
		m.kick()
	case "break":
		m.way.left = 1 + w.rng.IntN(8)
	case "cut":
		if m.wire != nil {
			m.wire.cut()
		}
	case "slow":
		m.way.delay = w.some(20 * time.Second)
	case "narrow":
		m.way.queue = 1 + w.rng.IntN(3)
	case "wait":
		w.pass(w.some(3 * time.Minute))
	case "night":
		w.pass(w.some(12 * time.Hour))
	case "close", "upgrade":
		w.shut(m, do)
	case "crash":
		m.disk.fuse, m.disk.fuseEnd = 1+w.rng.IntN(4), w.chances(50)
	case "crashserver":
		o.fuse, o.fuseEnd = 1+w.rng.IntN(4), w.chances(50)
	case "bounce":
		if o.up {
			o.die()
		}
	case "backup":
		if len(o.backups) < 2 && o.up && w.later("rewind") {
			o.backUp()
		}
	case "rewind":
		if len(o.backups) > 0 {
			o.goBack(o.backups[w.rng.IntN(len(o.backups))])
		}
	case "clock":
		years := time.Duration(w.rng.IntN(21)-10) * 365 * 24 * time.Hour
		m.jumped = w.now
		m.skew = []time.Duration{0, years, w.some(time.Hour), -w.some(time.Hour)}[w.rng.IntN(4)]
	case "grant", "role", "revoke", "enroll":
		w.rights(do, m)
	case "snap", "rollback", "clone":
		w.meddle(do, m)
	case "sweep":
		w.sweep()
	case "bury":
		w.bury(m)
	case "decide":
		w.decide()
	case "look":
		if !m.off && m.damages == 0 {
			w.ledger.compare(m)
		}
	case "damage":
		w.damage(m)
	default:
		w.fail("nobody knows how to %q", do)
	}
}

// shut ends a program for a while; an upgrade then runs another build.
func (w *world) shut(m *machine, do string) {
	if m.off {
		return
	}
	m.stop()
	if do == "upgrade" && m.build == yearOld {
		m.reopen(m.disk.path, current)
	}
	w.after(w.some(time.Minute), m.restart)
}

// rights changes what a person may do.
func (w *world) rights(do string, m *machine) {
	o := w.office
	if !o.up {
		return
	}
	var patch auth.UserPatch
	switch do {
	case "grant":
		m.owner.networks = [][]string{{"PE"}, {"BO"}, codes}[w.rng.IntN(3)]
		patch.Networks = &m.owner.networks
	case "role":
		m.owner.role = []schema.Role{schema.Viewer, schema.FieldStaff, schema.Coordinator}[w.rng.IntN(3)]
		patch.Role = &m.owner.role
	case "revoke":
		err := o.auth.Revoke(w.ctx, auth.CommandLine, m.state.ID)
		if fault.Is(err, fault.NotFound) {
			return // its identity is younger than the backup that the server went back to
		}
		w.must(err)
		o.heed()
		return
	case "enroll":
		if m.state.Revoked && !m.off {
			m.enrollAgain()
		}
		return
	}
	for _, other := range w.machines { // copies have the same owner
		if other.owner.userID == m.owner.userID {
			other.owner.networks, other.owner.role = m.owner.networks, m.owner.role
			other.changed = w.now
		}
	}
	_, err := o.auth.UpdateUser(w.ctx, auth.CommandLine, m.owner.userID, patch)
	w.must(err)
	o.heed()
}

// meddle copies a machine's files, and puts older ones in their place.
func (w *world) meddle(do string, m *machine) {
	switch do {
	case "snap":
		if m.off || !w.later("rollback") {
			return
		}
		m.older = m.snap(fmt.Sprint(m.name, "-snap", w.count))
	case "rollback":
		if m.older == nil || m.off {
			return
		}
		m.stop()
		w.forgive(m, m.older.at)
		s := m.older
		m.state, m.token = s.state, s.token
		m.reopen(s.file, s.build)
		m.meddled = true
		m.start()
	case "clone":
		if m.off || len(w.machines) > 4 {
			return
		}
		s := m.snap(fmt.Sprint(m.name, "-clone", w.count))
		c := &machine{w: w, name: fmt.Sprint("m", len(w.machines)), owner: m.owner, build: s.build, state: s.state, token: s.token, way: m.way, meddled: true}
		c.changed, m.meddled, c.damages = m.changed, true, m.damages
		c.disk = w.ground.take(c)
		c.reopen(s.file, s.build)
		w.machines = append(w.machines, c)
		c.start()
	}
}

// forgive lets go of the words that only the files held that are now replaced.
func (w *world) forgive(m *machine, since time.Time) {
	if !w.office.up {
		w.office.open()
	}
	texts := w.ledger.texts(w.office)
	for text, said := range w.words {
		if said.by == m.name && !said.at.Before(since) && !strings.Contains(texts, text) {
			delete(w.words, text)
		}
	}
}

// fresh makes a text that occurs nowhere else and says of what network and class it is.
func (w *world) fresh(said *[]string, code string, secret bool) string {
	mark := "q"
	if secret {
		mark = "z"
	}
	text := fmt.Sprintf("%s%sn%dx", mark, code, w.rng.Uint64N(1<<40))
	*said = append(*said, text)
	return text
}

// saved takes down what a person was told is saved.
func (m *machine) saved(err error, code string, said []string) {
	m.w.note("%s saves %v: %v", m.name, said, err)
	if err != nil {
		m.refused(err)
		return
	}
	for _, text := range said {
		m.w.words[text] = word{network: code, secret: text[0] == 'z', by: m.name, at: m.w.now}
	}
}

// refused lets an edit fail for what may have changed since the person looked: nothing was saved, and they saw so.
func (m *machine) refused(err error) {
	switch fault.Of(err).Code {
	case fault.MissingField:
		if m.damages == 0 { // of a row that is damaged a part may be missing until it is mended
			m.w.fail("%s: an edit is refused: %v", m.name, err)
		}
	case fault.NotFound, fault.UnknownNetwork, fault.NotAllowed, fault.AlreadyExists, fault.BrokenReference, fault.UnknownField,
		fault.UnknownCollection, fault.AppendOnly, fault.BadSum:
	default:
		m.w.fail("%s: an edit is refused: %v", m.name, err)
	}
}

// personal is what a person does at a machine.
var personal = map[string]func(*machine){
	"create": (*machine).create, "edit": func(m *machine) { m.change(0) }, "stale": func(m *machine) { m.change(1) },
	"child": (*machine).child, "tag": (*machine).tag, "census": (*machine).census,
	"forget": (*machine).forget, "delete": func(m *machine) { m.remove(false) }, "purge": (*machine).purge, "cascade": func(m *machine) { m.remove(true) }, "restore": (*machine).undelete,
	"group": (*machine).group, "import": (*machine).bulk, "resolve": (*machine).resolve, "retry": (*machine).retry, "discard": (*machine).discard,
}

// code picks a network that the machine has.
func (m *machine) code() string {
	states, err := m.disk.rep.Networks(m.w.ctx)
	m.w.must(err)
	if len(states) == 0 {
		return ""
	}
	return states[m.w.rng.IntN(len(states))].Code
}

type sight struct {
	id      record.ID
	code    string
	version uint64
}

// pick finds a record that the machine shows.
func (m *machine) pick(table, condition string) (s sight, ok bool) {
	rows, err := m.disk.rep.QueryRaw(m.w.ctx, `SELECT id, network, version FROM `+table+` WHERE `+condition+` ORDER BY id`)
	m.w.must(err)
	defer func() { _ = rows.Close() }()
	var all []sight
	for rows.Next() {
		var x sight
		var id []byte
		m.w.must(rows.Scan(&id, &x.code, &x.version))
		x.id = record.ID(id)
		all = append(all, x)
	}
	m.w.must(rows.Err())
	if len(all) == 0 {
		return s, false
	}
	return all[m.w.rng.IntN(len(all))], true
}

func (m *machine) organization(said *[]string, code string) draft.Edit {
	return draft.Edit{Kind: draft.Create, Collection: "organization", Network: code, Fields: map[string]any{"name": m.w.fresh(said, code, false)}}
}

func (m *machine) create() {
	code := m.code()
	if code == "" {
		return
	}
	var said []string
	_, err := m.edit(record.ID{}, m.organization(&said, code))
	m.saved(err, code, said)
}

func (m *machine) bulk() {
	code := m.code()
	if code == "" {
		return
	}
	var said []string
	var edits []draft.Edit
	for range 2 + m.w.rng.IntN(4) {
		edits = append(edits, m.organization(&said, code))
	}
	_, err := m.edit(m.disk.ids.ID(), edits...)
	m.saved(err, code, said)
}

// update is an edit of some field of an organization.
func (m *machine) update(s sight, said *[]string, back uint64) draft.Edit {
	w, f := m.w, map[string]any{}
	text := func() string { return w.fresh(said, s.code, false) }
	switch w.rng.IntN(9) {
	case 0:
		f["name"] = text()
	case 1:
		f["website"] = "https://" + strings.ToLower(text()) + ".example"
		(*said)[len(*said)-1] = strings.ToLower((*said)[len(*said)-1])
	case 2:
		f["notes"] = text() + " " + text()
	case 3:
		f["admin1"], f["locality"] = text(), text()
	case 4:
		f["aliases"] = []any{text(), "común"}
	case 5:
		f["acronym"], f["address"] = text(), text()
	case 6:
		f["status"] = []any{"active", "inactive", nil}[w.rng.IntN(3)]
		f["address"] = text()
	case 7:
		if m.build == tomorrow {
			f["altitude"] = text()
		} else {
			f["legal_form"] = text()
		}
	default:
		f["legal_form"] = text()
	}
	if m.build == yearOld {
		delete(f, "acronym")
		delete(f, "aliases")
		f["legal_form"] = text()
		*said = slices.DeleteFunc(*said, func(s string) bool { return !strings.Contains(fmt.Sprint(f), s) })
	}
	base := s.version - min(back, s.version)
	return draft.Edit{Kind: draft.Update, Collection: "organization", Network: s.code, ID: s.id.String(), Base: &base, Fields: f}
}

func (m *machine) change(back uint64) {
	s, ok := m.pick("r2", "deleted = 0")
	if !ok {
		return
	}
	var said []string
	_, err := m.edit(record.ID{}, m.update(s, &said, back))
	m.saved(err, s.code, said)
}

func (m *machine) group() {
	s, ok := m.pick("r2", "deleted = 0")
	if !ok {
		return
	}
	var said []string
	edits := []draft.Edit{m.update(s, &said, 0), m.organization(&said, s.code)}
	if other, ok := m.pick("r2", "deleted = 0"); ok && other.code == s.code && other.id != s.id {
		edits = append(edits, m.update(other, &said, 0))
	}
	_, err := m.edit(record.ID{}, edits...)
	m.saved(err, s.code, said)
}

func (m *machine) child() {
	s, ok := m.pick("r2", "deleted = 0")
	if !ok {
		return
	}
	var said []string
	e := draft.Edit{Kind: draft.Create, Collection: "contact", Network: s.code}
	e.Fields = map[string]any{"organization": s.id.String(), "name": m.w.fresh(&said, s.code, true), "notes": m.w.fresh(&said, s.code, true)}
	switch c, ok := m.pick("r8", "deleted = 0"); {
	case ok && m.w.chances(50):
		said = nil
		e = draft.Edit{Kind: draft.Update, Collection: "contact", Network: c.code, ID: c.id.String(), Base: &c.version}
		e.Fields = map[string]any{"consent": []any{"public", "network", "none"}[m.w.rng.IntN(3)], "name": m.w.fresh(&said, c.code, true)}
		s.code = c.code
	case m.w.chances(25):
		e.Collection = "membership_event"
		said = nil
		e.Fields = map[string]any{"organization": s.id.String(), "body": "clac", "kind": "admitted", "date": "2026-01-01", "evidence": m.w.fresh(&said, s.code, false)}
	}
	_, err := m.edit(record.ID{}, e)
	m.saved(err, s.code, said)
}

func (m *machine) tag() {
	code := m.code()
	if code == "" {
		return
	}
	var said []string
	name := []string{"norte", "sur"}[m.w.rng.IntN(2)]
	e := draft.Edit{Kind: draft.Create, Collection: "tag", Network: code, Fields: map[string]any{"name": name, "color": m.w.fresh(&said, code, false)}}
	_, err := m.edit(record.ID{}, e)
	m.saved(err, code, said)
}

func (m *machine) census() {
	s, ok := m.pick("r2", "deleted = 0")
	if !ok {
		return
	}
	var said []string
	women := m.w.rng.IntN(50)
	e := draft.Edit{Kind: draft.Create, Collection: "census", Network: s.code, Fields: map[string]any{
		"organization": s.id.String(), "year": 2025, "source": "network", "members_total": 50, "members_women": women, "members_men": 50 - women,
		"method": m.w.fresh(&said, s.code, false), "declared_by": m.w.fresh(&said, s.code, true),
	}}
	if c, ok := m.pick("r5", "deleted = 0"); ok && m.w.chances(60) {
		said = nil
		e = draft.Edit{Kind: draft.Update, Collection: "census", Network: c.code, ID: c.id.String(), Base: &c.version, Fields: map[string]any{
			"members_total": 50, "members_women": women, "members_men": 50 - women, "method": m.w.fresh(&said, c.code, false),
		}}
		s.code = c.code
	}
	_, err := m.edit(record.ID{}, e)
	m.saved(err, s.code, said)
}

func (m *machine) remove(cascade bool) {
	s, ok := m.pick("r2", "deleted = 0")
	if !ok {
		return
	}
	edits := []draft.Edit{{Kind: draft.Delete, Collection: "organization", Network: s.code, ID: s.id.String(), Base: &s.version}}
	if cascade {
		if c, ok := m.pick("r8", "deleted = 0"); ok && c.code == s.code {
			edits = append([]draft.Edit{{Kind: draft.Delete, Collection: "contact", Network: c.code, ID: c.id.String(), Base: &c.version}}, edits...)
		}
	}
	_, err := m.edit(record.ID{}, edits...)
	m.saved(err, s.code, nil)
}

func (m *machine) undelete() {
	s, ok := m.pick("r2", "deleted = 1 AND f10 IS NOT NULL") // who has no name is of a record of which nothing is known
	if !ok {
		return
	}
	_, err := m.edit(record.ID{}, draft.Edit{Kind: draft.Restore, Collection: "organization", Network: s.code, ID: s.id.String(), Base: &s.version})
	m.saved(err, s.code, nil)
}

func (m *machine) resolve() {
	open, err := inbox.List(m.w.ctx, m.disk.rep, m.state.Number, inbox.Filter{Status: inbox.Open})
	m.w.must(err)
	if len(open) == 0 {
		return
	}
	id, err := record.ParseID(open[m.w.rng.IntN(len(open))].ID)
	m.w.must(err)
	keep := []string{inbox.KeepMine, inbox.KeepTheirs}[m.w.rng.IntN(2)]
	edits, err := inbox.Resolve(m.w.ctx, m.disk.rep, m.state.Number, id, inbox.Decision{Keep: keep})
	if err == nil {
		_, err = m.edit(record.ID{}, edits...)
	}
	m.saved(err, "", nil)
}

// rejected is the op of some edit that was refused.
func (m *machine) rejected() (op record.OpID, text string, ok bool) {
	items, err := m.disk.out.List(m.w.ctx)
	m.w.must(err)
	var parked []record.OpID
	texts := map[record.OpID]string{}
	for _, it := range items {
		if it.Reason != nil {
			parked = append(parked, it.Mutation.Op)
			for _, ch := range it.Mutation.Changes {
				texts[it.Mutation.Op] += fmt.Sprintln(ch.New)
			}
		}
	}
	if len(parked) == 0 {
		return op, "", false
	}
	op = parked[m.w.rng.IntN(len(parked))]
	all := ""
	for _, it := range items {
		if it.Mutation.Op == op || it.Reason != nil && it.Mutation.Group.Size > 0 {
			all += texts[it.Mutation.Op]
		}
	}
	return op, all, true
}

func (m *machine) retry() {
	op, _, ok := m.rejected()
	if !ok {
		return
	}
	if err := m.disk.out.Retry(op); !fault.Is(err, fault.DeletionsAsked) { // the office has not decided yet
		m.w.must(err)
		m.kick()
	}
}

// discard gives an edit up, and all that it said.
func (m *machine) discard() {
	op, all, ok := m.rejected()
	if !ok {
		return
	}
	for text := range m.w.words { // before: the program may die right after
		if strings.Contains(all, text) {
			delete(m.w.words, text)
		}
	}
	m.givesUp(op)
	m.w.must(m.disk.out.Discard(op))
}

// console is somebody in the office's browser.
func (w *world) console(share bool) {
	o := w.office
	if !o.up {
		return
	}
	code := codes[w.rng.IntN(len(codes))]
	var said []string
	e := draft.Edit{Kind: draft.Create, Collection: "organization", Network: code, Fields: map[string]any{"name": w.fresh(&said, code, false)}}
	var orgs []record.Key
	for key, f := range w.ledger.line().fields {
		if key.Network == code && key.Collection == 2 && f[record.DeletedField].value != true {
			orgs = append(orgs, key)
		}
	}
	slices.SortFunc(orgs, func(a, b record.Key) int { return strings.Compare(string(a.ID[:]), string(b.ID[:])) })
	if len(orgs) > 0 && w.chances(75) {
		said = nil
		e.Kind, e.ID = draft.Update, orgs[w.rng.IntN(len(orgs))].ID.String()
		e.Fields = map[string]any{[]string{"name", "address", "website"}[w.rng.IntN(2)]: w.fresh(&said, code, false)}
		if w.chances(15) {
			said = nil
			e.Kind, e.Fields = draft.Delete, nil
		}
	}
	err := o.edit(share, e)
	w.note("console %v: %v", said, err)
	if err == nil && !share {
		for _, text := range said {
			w.words[text] = word{network: code, by: "console", at: w.now}
		}
	}
}
