package sim

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"acopio/desktop/device"
	"acopio/desktop/outbox"
	"acopio/desktop/syncer"
	"acopio/server/auth"
	"acopio/server/hub"
	"acopio/server/service"
	"acopio/server/session"
	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/protocol"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// pair is a server and one laptop that talk without a line: every frame is taken at once, and counted.
type pair struct {
	t      *testing.T
	core   *service.Core
	ground *session.Ground
	fan    *hub.Fan
	dir    string // the server's
	path   string
	rep    *replica.Replica
	out    *outbox.Outbox
	state  device.State
	token  string
	diary  diary
	conv   *syncer.Conversation
	talk   *session.Talk
	toUs   [][]byte // frames on their way
	toThem [][]byte
	bytes  map[protocol.Type]int // that traveled, by type
	frames int
	meet   func(protocol.Type, []byte) // sees every frame before it is taken
	older  bool                        // the server is of a build that does not compare
}

func newPair(t *testing.T, role schema.Role, records int) *pair {
	t.Helper()
	p := &pair{t: t, dir: t.TempDir(), path: filepath.Join(t.TempDir(), device.ReplicaFile), bytes: map[protocol.Type]int{}}
	var err error
	p.core, err = service.OpenCore(service.Config{DataDir: p.dir, Log: zerolog.Nop(), CheapPasswords: true})
	p.check(err)
	p.check(p.core.CreateNetwork(t.Context(), "sim", network, "Red", nil))
	var edits []draft.Edit
	for i := range records {
		edits = append(edits, creating("organization", fields{"name": fmt.Sprintf("Norte %06d", i), "country": "PE", "notes": strings.Repeat("nota ", 20)}))
	}
	p.check(p.core.Seed(t.Context(), "sim", edits))
	p.fan = hub.NewFan(p.core.Feed)
	p.ground = &session.Ground{
		Accounts: p.core.Auth, Engine: p.core.Engine, Feed: p.core.Feed, Hub: p.fan, Schema: schema.Registry(), Clock: clock.System{},
	}
	_, err = p.core.Auth.AddUser(t.Context(), auth.CommandLine, auth.NewUser{Email: "a@b.example", Name: "Ana", Role: role, Networks: []string{network}, Password: "una clave larga"})
	p.check(err)
	code, _, err := p.core.Auth.DeviceCode(t.Context(), auth.CommandLine, "a@b.example", 0)
	p.check(err)
	e, err := p.core.Auth.Enroll(t.Context(), auth.Enrollment{Code: code, Name: "laptop", Address: "pair"})
	p.check(err)
	p.token, p.state = e.Token, stateOf(e)
	p.open()
	t.Cleanup(func() {
		_ = p.rep.Close()
		p.check(p.core.Close())
	})
	return p
}

func (p *pair) check(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *pair) open() {
	p.t.Helper()
	var err error
	p.rep, err = replica.Open(p.path, replica.Options{})
	p.check(err)
	p.out, err = outbox.Open(p.rep)
	p.check(err)
}

// sync holds a whole conversation, to the end.
func (p *pair) sync() {
	p.t.Helper()
	p.check(p.try())
}

func (p *pair) try() error {
	p.t.Helper()
	s := syncer.New(syncer.Config{
		Replica: p.rep, Outbox: p.out, Token: p.token, Clock: clock.System{}, Log: zerolog.New(&p.diary), Changed: func() {},
		Device: func() device.State { return p.state },
		Update: func(change func(*device.State)) error {
			change(&p.state)
			return nil
		},
	})
	who, err := p.core.Auth.Authenticate(p.t.Context(), p.token)
	p.check(err)
	p.toUs, p.toThem = nil, nil
	p.conv = s.Converse(p.t.Context(), func(f []byte) { p.toThem = append(p.toThem, f) })
	p.talk = p.ground.Talk(p.t.Context(), who, p)
	defer p.talk.Leave()
	p.check(p.conv.Open())
	for range 10_000 {
		settled, err := p.conv.Work()
		if err != nil || settled && len(p.toThem)+len(p.toUs) == 0 {
			return err
		}
		switch {
		case len(p.toThem) > 0:
			err = p.talk.Take(p.pass(&p.toThem))
		case len(p.toUs) > 0:
			err = p.conv.Take(p.pass(&p.toUs))
		default:
			if err = p.fan.Broadcast(p.t.Context(), network); len(p.toUs) == 0 {
				p.t.Fatal("both wait for the other")
			}
		}
		if err != nil {
			return err
		}
	}
	p.t.Fatal("there is no end to it")
	return nil
}

// pass takes the next frame off the line.
func (p *pair) pass(line *[][]byte) []byte {
	f := (*line)[0]
	*line = (*line)[1:]
	kind, payload, err := protocol.Split(f)
	p.check(err)
	p.bytes[kind] += len(f)
	p.frames++
	if p.meet != nil {
		p.meet(kind, payload)
	}
	if p.older && kind == protocol.TypeWelcome {
		w, err := protocol.Decode[protocol.Welcome](payload)
		p.check(err)
		w.Compares = false
		return protocol.Encode(kind, w)
	}
	return f
}

// Send and Offer make the pair a session.Line.
func (p *pair) Send(f []byte) error {
	p.toUs = append(p.toUs, f)
	return nil
}

func (p *pair) Offer(f []byte) bool { return p.Send(f) == nil }

// behind changes the laptop's file as somebody with a tool does, who knows nothing of sums.
func (p *pair) behind(query string, args ...any) {
	p.t.Helper()
	damage(p.t, p.path, query, args...)
}

func damage(t *testing.T, path, query string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	res, err := db.Exec(query, args...)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.RowsAffected(); n == 0 {
		t.Fatalf("%s changed nothing, %v", query, err)
	}
}

// dayLater lets the daily examination be due, and starts to count anew.
func (p *pair) dayLater() {
	p.state.Examined = 1
	p.bytes, p.frames = map[protocol.Type]int{}, 0
}

// traveled is how many bytes did, since they were counted anew, besides what begins every conversation.
func (p *pair) traveled() (n int) {
	for kind, bytes := range p.bytes {
		if kind != protocol.TypeHello && kind != protocol.TypeWelcome && kind != protocol.TypeKeep {
			n += bytes
		}
	}
	return n
}

// equal demands that the replica proves itself, by rows and not by what is said of them.
func (p *pair) equal() {
	p.t.Helper()
	states, err := p.rep.Networks(p.t.Context())
	p.check(err)
	for _, n := range states {
		head, _, err := p.core.Feed.Head(p.t.Context(), n.Code)
		p.check(err)
		if n.Sums.Of(record.Everything) != head.Checksum(n.Class) || uint64(n.Records) != head.Count(n.Class) || n.Seq != head.Seq || !n.Complete {
			p.t.Errorf("%+v, the server %+v", n, head)
		}
	}
	if a, err := p.rep.Audit(p.t.Context()); err != nil || !a.Sound() {
		p.t.Errorf("%+v, %v", a, err)
	}
}

func (p *pair) has(id record.ID) *record.Record {
	p.t.Helper()
	page, err := p.rep.Get(p.t.Context(), "organization", id)
	if err != nil {
		return nil
	}
	return page.Record
}

// named finds the organization with a name; zero when there is none.
func (p *pair) named(name string) record.ID {
	p.t.Helper()
	page, err := p.rep.Query(p.t.Context(), replica.Query{Collection: "organization", Where: []replica.Condition{{Field: "name", Op: "=", Value: name}}, Limit: 2})
	p.check(err)
	if page.Total != 1 {
		return record.ID{}
	}
	return page.Rows[0].Record.ID
}

func (p *pair) edit(edits ...draft.Edit) record.ID {
	p.t.Helper()
	res, err := p.out.Edit(draft.Author{Role: schema.Coordinator, May: anyNetwork}, draft.Intent{Edits: edits})
	p.check(err)
	return res.Records[0].ID
}

// office edits as somebody else.
func (p *pair) office(edits ...draft.Edit) {
	p.t.Helper()
	p.check(p.core.Seed(p.t.Context(), "office", edits))
}

// Rows that were changed, deleted, added and brought back from the dead behind the product's back are found by the daily
// examination and repaired for a few kilobytes, while edits of the same records wait.
func TestDamagedRowsAreRepairedByRanges(t *testing.T) {
	n := fromEnv(t, "REPAIR_ROWS", 3000)
	p := newPair(t, schema.Coordinator, n)
	p.sync()
	p.equal()
	gone := p.edit(draft.Edit{Kind: draft.Delete, Collection: "organization", Network: network, ID: p.named("Norte 000007").String()})
	p.sync()
	edited, lost := p.named("Norte 000100"), p.named("Norte 000200")
	p.edit(updating(edited, fields{"acronym": "MÍA"}))
	mine := p.edit(creating("organization", fields{"name": "Sin enviar"}))
	p.behind("UPDATE r2 SET f10 = 'Zzz', k10 = 'zzz' WHERE id = ?", edited[:])
	p.behind("DELETE FROM r2 WHERE id = ?", lost[:])
	p.behind("UPDATE r2 SET deleted = 0 WHERE id = ?", gone[:])
	p.behind(`INSERT INTO r2 (row, id, network, seq, version, deleted, state, digest, stamps, updated_at, updated_by, f10, k10)
		SELECT row + 900000, randomblob(16), network, seq, version, 0, 0, digest, stamps, 1, 1, 'De más', 'de mas' FROM r2 WHERE f10 = 'Norte 000300'`)
	p.behind("UPDATE r2 SET f10 = 'Otro' WHERE f10 = 'Norte 000400'")
	p.dayLater()
	began, noticed := time.Now(), time.Time{}
	p.meet = func(kind protocol.Type, _ []byte) {
		if kind == protocol.TypeCompare && noticed.IsZero() {
			noticed = time.Now()
		}
	}
	p.sync()
	took := time.Since(noticed)
	p.equal()
	if n := p.diary.count("fetching anew"); n != 0 {
		t.Errorf("it fetched anew: %s", p.diary.all())
	}
	if got := p.traveled(); got > 20_000 {
		t.Errorf("%d bytes traveled: %v", got, p.bytes)
	}
	t.Logf("%d records: examined in %v, repaired in %v; %d bytes, %d frames: %v", n, noticed.Sub(began), took, p.traveled(), p.frames, p.bytes)
	if got := record.Text(p.has(edited).Fields[10]); got != "Norte 000100" {
		t.Errorf("the edited record is called %s", got)
	}
	if p.has(edited).Named(mustCollection("organization"))["acronym"] != "MÍA" || p.has(mine) == nil {
		t.Error("what was pending is gone")
	}
	if p.has(lost) == nil || p.has(gone) != nil && !p.has(gone).Deleted || !p.named("De más").IsZero() || p.named("Norte 000400").IsZero() {
		t.Error("not every row is as the server has it")
	}
	counts, err := p.out.Counts(context.Background())
	if err != nil || counts.Waiting+counts.Rejected != 0 {
		t.Errorf("%+v, %v", counts, err)
	}
	if list := p.state.Repairs; len(list) != 1 || list[0].Network != network || list[0].Records < 4 || list[0].Whole {
		t.Errorf("noted: %+v", list)
	}
}

func mustCollection(name string) *schema.Collection {
	c, err := schema.Registry().Collection(name)
	if err != nil {
		panic(err)
	}
	return c
}

// count is how often the diary says something; all is all of it.
func (d *diary) count(what string) int { return strings.Count(d.all(), what) }

func (d *diary) all() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}

// A viewer's replica is compared with what viewers are given, and hears of nothing else.
func TestAViewersReplicaIsRepaired(t *testing.T) {
	p := newPair(t, schema.Viewer, 500)
	org := record.NewID()
	p.office(draft.Edit{Kind: draft.Create, Collection: "organization", Network: network, ID: org.String(), Fields: fields{"name": "Con contacto"}})
	for i := range 40 {
		p.office(creating("contact", fields{"name": fmt.Sprint("canario ", i), "organization": org.String()}))
	}
	for year := range 5 {
		p.office(creating("census", fields{"organization": org.String(), "year": 2020 + year, "members_total": 10, "source": "organization", "declared_by": "canario"}))
	}
	p.sync()
	p.meet = func(_ protocol.Type, payload []byte) {
		if strings.Contains(string(payload), "canario") {
			t.Error("a viewer is told of a contact, or of who declared a census")
		}
	}
	lost := p.named("Norte 000200")
	p.behind("DELETE FROM r2 WHERE id = ?", lost[:])
	p.behind("UPDATE r2 SET f10 = 'Zzz' WHERE f10 = 'Norte 000300'")
	p.behind("DELETE FROM r5 WHERE row IN (SELECT row FROM r5 LIMIT 3)")
	p.behind(`INSERT INTO r8 (row, id, network, seq, version, deleted, state, digest, updated_at, updated_by, f10)
		SELECT row, randomblob(16), network, seq, version, 0, 0, digest, 1, 1, 'intruso' FROM r2 WHERE f10 = 'Norte 000301'`)
	p.dayLater()
	p.sync()
	p.equal()
	if p.has(lost) == nil || p.named("Norte 000300").IsZero() || p.diary.count("fetching anew") != 0 {
		t.Errorf("it is not as the server has it: %s", p.diary.all())
	}
}

// Where most is lost, nothing is compared for long: the network is fetched, and what was not sent is kept.
func TestWhatIsLostInBulkIsFetchedAnew(t *testing.T) {
	p := newPair(t, schema.Coordinator, 6000)
	p.sync()
	mine := p.edit(creating("organization", fields{"name": "Sin enviar"}))
	p.behind("DELETE FROM r2 WHERE state = 0")
	p.dayLater()
	p.sync()
	p.equal()
	if p.has(mine) == nil || p.named("Norte 000300").IsZero() {
		t.Error("something is missing")
	}
	if n := p.bytes[protocol.TypeCompare] + p.bytes[protocol.TypeDiffer]; n > 10_000 || p.diary.count("fetching anew") != 1 {
		t.Errorf("%d bytes were compared: %s", n, p.diary.all())
	}
	if list := p.state.Repairs; len(list) != 1 || !list[0].Whole {
		t.Errorf("noted: %+v", list)
	}
}

// Some hundreds of damaged rows are still cheaper to find than to fetch everything.
func TestManyDamagedRowsAreRepaired(t *testing.T) {
	p := newPair(t, schema.Coordinator, 6000)
	p.sync()
	whole := p.bytes[protocol.TypePage]
	p.behind("UPDATE r2 SET f10 = 'Zzz' WHERE row % 20 = 0")
	p.behind("DELETE FROM r2 WHERE row % 20 = 1")
	p.dayLater()
	p.sync()
	p.equal()
	if p.diary.count("fetching anew") != 0 || p.state.Repairs[0].Records < 500 {
		t.Errorf("%+v: %s", p.state.Repairs, p.diary.all())
	}
	t.Logf("%d bytes to repair, %d to fetch everything", p.traveled(), whole)
}

// A server that does not know the question is not asked it.
func TestAServerThatDoesNotCompare(t *testing.T) {
	p := newPair(t, schema.Coordinator, 100)
	p.sync()
	p.older = true
	p.behind("DELETE FROM r2 WHERE f10 = 'Norte 000050'")
	p.office(creating("organization", fields{"name": "Nueva"}))
	p.dayLater()
	p.sync()
	p.office(creating("organization", fields{"name": "Otra"})) // the next checkpoint shows it
	p.sync()
	p.equal()
	if p.bytes[protocol.TypeCompare] != 0 || p.named("Norte 000050").IsZero() {
		t.Errorf("%v: %s", p.bytes, p.diary.all())
	}
}

// While others work, a repair waits for a moment in which both sides stand at the same place, and is not given up for it.
func TestTheNetworkMovesDuringARepair(t *testing.T) {
	for _, at := range []int{1, 2, 3, 4} {
		t.Run(fmt.Sprint("at question ", at), func(t *testing.T) {
			p := newPair(t, schema.Coordinator, 3000)
			p.sync()
			lost := p.named("Norte 000200")
			p.behind("DELETE FROM r2 WHERE id = ?", lost[:])
			p.behind("UPDATE r2 SET f10 = 'Zzz' WHERE f10 = 'Norte 000300'")
			p.dayLater()
			asked := 0
			p.meet = func(kind protocol.Type, _ []byte) {
				if kind == protocol.TypeCompare {
					if asked++; asked == at {
						p.office(updating(lost, fields{"acronym": "NUEVO"}))
					}
				}
			}
			p.sync()
			p.equal()
			if p.diary.count("fetching anew") != 0 || p.has(lost).Named(mustCollection("organization"))["acronym"] != "NUEVO" {
				t.Errorf("%s", p.diary.all())
			}
		})
	}
}

// The line may break, and the program end, at any frame of a repair: the next connection goes on with it.
func TestARepairIsInterrupted(t *testing.T) {
	p := newPair(t, schema.Coordinator, 1000)
	p.sync()
	for stop := range 14 {
		lost := p.named("Norte 000200")
		p.behind("DELETE FROM r2 WHERE id = ?", lost[:])
		p.behind("UPDATE r2 SET f10 = 'Zzz' WHERE f10 = 'Norte 000300'")
		p.dayLater()
		seen := 0
		p.meet = func(protocol.Type, []byte) {
			if seen++; seen == stop {
				panic(errBroken)
			}
		}
		p.broken()
		p.meet = nil
		p.check(p.rep.Close())
		p.open()
		p.sync() // on the same day, and nothing has changed
		p.equal()
		p.office(updating(p.named("Norte 000500"), fields{"acronym": fmt.Sprint(stop)}))
		p.sync()
		p.equal()
	}
	if p.diary.count("fetching anew") != 0 {
		t.Errorf("%s", p.diary.all())
	}
}

var errBroken = fmt.Errorf("the line breaks")

// broken is a conversation that may end at any time.
func (p *pair) broken() {
	p.t.Helper()
	defer func() {
		if r := recover(); r != nil && r != errBroken { //nolint:errorlint // it is thrown as it is
			panic(r)
		}
	}()
	p.sync()
}

// What is damaged may be what edits that wait are based on.
func TestDamageUnderPendingEdits(t *testing.T) {
	for name, query := range map[string]string{
		"the shadow":                "UPDATE shadow SET body = x'ff'",
		"another shadow":            "UPDATE shadow SET body = x'8401f4a0f6'",
		"no shadow":                 "DELETE FROM shadow",
		"the row":                   "UPDATE r2 SET f10 = 'Zzz' WHERE state <> 0",
		"the row that shows it":     "DELETE FROM r2 WHERE state <> 0",
		"the row marked clean":      "UPDATE r2 SET state = 0",
		"the row's digest":          "UPDATE r2 SET digest = NULL WHERE state <> 0",
		"a clean row marked edited": "UPDATE r2 SET state = 1 WHERE f10 = 'Norte 000060'",
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, schema.Coordinator, 100)
			p.sync()
			id := p.named("Norte 000050")
			p.edit(updating(id, fields{"acronym": "MÍA"}))
			mine := p.edit(creating("organization", fields{"name": "Sin enviar"}))
			p.behind(query)
			p.behind("DELETE FROM r2 WHERE f10 = 'Norte 000070'")
			p.office(updating(p.named("Norte 000080"), fields{"acronym": "X"}), updating(id, fields{"address": "Calle 1"}))
			p.dayLater()
			p.sync()
			p.dayLater()
			p.sync()
			p.equal()
			org := mustCollection("organization")
			for _, want := range []struct {
				id            record.ID
				field, should string
			}{{id, "acronym", "MÍA"}, {id, "name", "Norte 000050"}, {id, "address", "Calle 1"}, {mine, "name", "Sin enviar"}} {
				if r := p.has(want.id); r == nil || r.Named(org)[want.field] != want.should {
					t.Errorf("%s is %+v", want.field, r)
				}
			}
			if p.diary.count("fetching anew") != 0 {
				t.Error(p.diary.all())
			}
			if counts, err := p.out.Counts(t.Context()); err != nil || counts.Waiting+counts.Rejected != 0 {
				t.Errorf("%+v, %v", counts, err)
			}
			var left int64
			p.check(p.rep.Write(func(tx *replica.Tx) error {
				return tx.QueryRow("SELECT (SELECT count(*) FROM shadow) + (SELECT count(*) FROM r2 WHERE state <> 0)").Scan(&left)
			}))
			if left != 0 {
				t.Errorf("%d shadows and rows are left of edits that are done", left)
			}
		})
	}
}

// A server whose own checksum is not that of its records is found out, and not fetched from again and again.
func TestAServerThatIsDamagedItself(t *testing.T) {
	p := newPair(t, schema.Coordinator, 300)
	p.sync()
	damage(t, filepath.Join(p.dir, "acopio.db"), "UPDATE head SET sensitive = randomblob(16)")
	p.dayLater()
	p.sync()
	if p.diary.count("fetching anew") != 0 || p.diary.count("its own checksum") != 1 {
		t.Errorf("%s", p.diary.all())
	}
}

// An edit that the server refused is not sent again: after a repair of its record it must show all the same.
func TestARefusedEditShowsAfterARepair(t *testing.T) {
	for name, query := range map[string]string{
		"the row is gone":         "DELETE FROM r2 WHERE id = ?",
		"the row passes as clean": "UPDATE r2 SET state = 0, deleted = 0 WHERE id = ?",
		"its digest is wrong":     "UPDATE r2 SET digest = randomblob(32) WHERE id = ?",
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, schema.FieldStaff, 50)
			p.sync()
			id := p.named("Norte 000020")
			p.edit(draft.Edit{Kind: draft.Delete, Collection: "organization", Network: network, ID: id.String()}) // more than field staff may
			p.sync()
			p.behind(query, id[:])
			p.behind("DELETE FROM r2 WHERE f10 = 'Norte 000030'")
			p.dayLater()
			p.sync()
			p.equal()
			row, err := p.rep.Get(t.Context(), "organization", id)
			if err != nil || row.State != replica.Rejected || !row.Record.Deleted {
				t.Errorf("%+v, %v", row, err)
			}
			items, err := p.out.List(t.Context())
			p.check(err)
			if len(items) != 1 || items[0].Reason == nil {
				t.Fatalf("%+v", items)
			}
			p.check(p.out.Discard(items[0].Mutation.Op))
			if p.has(id) == nil || p.has(id).Deleted || record.Text(p.has(id).Fields[10]) != "Norte 000020" {
				t.Errorf("given up, it is %+v", p.has(id))
			}
			p.equal()
		})
	}
}
