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
	bytes  map[protocol.Type]int // that travelled, by type
	frames int
	meet   func(protocol.Type, []byte) // sees every frame before it is taken
}

func newPair(t *testing.T, role schema.Role, records int) *pair {
	t.Helper()
	p := &pair{t: t, path: filepath.Join(t.TempDir(), device.ReplicaFile), bytes: map[protocol.Type]int{}}
	var err error
	p.core, err = service.OpenCore(service.Config{DataDir: t.TempDir(), Log: zerolog.Nop(), CheapPasswords: true})
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

// travelled is how many bytes did, since they were counted anew, besides what begins every conversation.
func (p *pair) travelled() (n int) {
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
	began := time.Now()
	p.sync()
	took := time.Since(began)
	p.equal()
	if n := p.diary.count("fetching anew"); n != 0 {
		t.Errorf("it fetched anew: %s", p.diary.all())
	}
	if got := p.travelled(); got > 20_000 {
		t.Errorf("%d bytes travelled: %v", got, p.bytes)
	}
	t.Logf("%d records: %d bytes, %d frames, %v: %v", n, p.travelled(), p.frames, took, p.bytes)
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
