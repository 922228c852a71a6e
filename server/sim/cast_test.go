package sim

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"

	"acopio/desktop/device"
	"acopio/server/apply"
	"acopio/server/auth"
	"acopio/server/store/sqlite"
	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// networks of every world.
var codes = []string{"BO", "PE"}

// cast is who takes part, and the server's file as it is when they have enrolled: made once, copied for every world.
type cast struct {
	file   string
	people []person
	board  uint32 // the console's device number
}

type person struct {
	email, userID string
	role          schema.Role
	networks      []string
	enrolled      auth.Enrolled
	build         int
}

// frozen is a clock that stands still.
type frozen struct{}

func (frozen) Now() time.Time { return birth.Add(-time.Hour) }

// cast makes the server of a cast, the same for the same number.
func (g *ground) cast(number, size int) *cast {
	key := number*10 + size
	if c := g.casts[key]; c != nil {
		return c
	}
	rng := rand.New(rand.NewPCG(uint64(number), 77))
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], uint64(key))
	chance := rand.NewChaCha8(seed)
	dir := filepath.Join(g.dir, fmt.Sprint("cast", key))
	check := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	check(os.MkdirAll(dir, 0o700))
	st, err := sqlite.Open(dir, registers()[current], sqlite.WithMachine(frozen{}, chance))
	check(err)
	db, err := sql.Open("sqlite3", sqlite.DSN(filepath.Join(dir, sqlite.FileName)))
	check(err)
	a, err := auth.Open(db, frozen{}, auth.WithHashCost(8, 1), auth.WithChance(chance))
	check(err)
	judge := apply.NewJudge(st, registers()[current], frozen{}, zerolog.Nop())
	for _, code := range codes {
		check(foundNetwork(judge, code))
	}
	c := &cast{file: filepath.Join(dir, sqlite.FileName)}
	for i := range size {
		p := person{email: fmt.Sprintf("p%d@sim.example", i), role: schema.Coordinator, networks: []string{"PE"}}
		switch {
		case i == 0:
		case rng.IntN(5) == 0:
			p.role = schema.Viewer
		case rng.IntN(3) == 0:
			p.role = schema.FieldStaff
		}
		if rng.IntN(3) > 0 {
			p.networks = codes
		}
		if i > 0 {
			p.build = []int{current, current, current, yearOld, tomorrow}[rng.IntN(5)]
		}
		c.people = append(c.people, enroll(a, p))
	}
	office := enroll(a, person{email: "office@sim.example", role: schema.Office})
	console, err := a.ConsoleAuthor(context.Background(), office.userID)
	check(err)
	c.board = console.Number
	_, err = db.Exec(`DROP TRIGGER auth_audit_stays`) // it would not let premises be put back
	check(err)
	check(db.Close())
	check(st.Close())
	g.casts[key] = c
	return c
}

func enroll(a *auth.Auth, p person) person {
	ctx := context.Background()
	u, err := a.AddUser(ctx, auth.CommandLine, auth.NewUser{Email: p.email, Role: p.role, Networks: p.networks, Password: "una clave larga"})
	if err != nil {
		panic(err)
	}
	p.userID = u.ID
	code, _, err := a.DeviceCode(ctx, auth.CommandLine, p.email, 0)
	if err == nil {
		p.enrolled, err = a.Enroll(ctx, auth.Enrollment{Code: code, Name: "laptop of " + p.email, Address: "sim"})
	}
	if err != nil {
		panic(err)
	}
	return p
}

// foundNetwork makes a network as the server's command does.
func foundNetwork(j *apply.Judge, code string) error {
	c, err := registers()[current].Collection("network")
	if err != nil {
		return err
	}
	m := record.Mutation{
		Op: record.OpID(record.DerivedID("network", code)), Kind: record.Create, Edited: clock.MillisOf(birth),
		Key: record.Key{Network: code, Collection: c.Number, ID: draft.NetworkID(code)},
	}
	for _, f := range []string{"code", "name"} {
		field, _ := c.Field(f)
		m.Changes = append(m.Changes, record.Change{Field: field.Number, New: code})
	}
	r := &apply.Request{Author: apply.Author{Device: apply.Server, UserName: "sim"}, Mutations: []record.Mutation{m}}
	if err := j.Commit([]*apply.Request{r}); err != nil {
		return err
	}
	if f := r.Verdicts[0].Fault(); f != nil {
		return f
	}
	return nil
}

// stateOf is what a laptop keeps about itself after it has enrolled.
func stateOf(e auth.Enrolled) device.State {
	return device.State{Server: "https://sim.example", ID: e.Device.ID, Number: e.Device.Number, Role: e.User.Role, UserName: e.User.Name}
}
