package api_test

import (
	"context"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"acopio/shared/api"
	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/record"
	"acopio/shared/replica"
	"acopio/shared/schema"
)

// userHeader says who a test's request comes from.
const userHeader = "X-Test-User"

// office is a host for tests: it signs in whoever the request names and applies edits straight to a real replica, as
// a server would.
type office struct {
	t      testing.TB
	rep    *replica.Replica
	people map[string]api.Actor
	now    clock.Millis

	mu  sync.Mutex
	seq map[string]uint64
}

func (o *office) Now() time.Time { return o.now.Time() }

func newOffice(t testing.TB) *office {
	t.Helper()
	o := &office{t: t, seq: map[string]uint64{}, now: clock.MillisOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	rep, err := replica.Open(filepath.Join(t.TempDir(), "replica.db"), replica.Options{Clock: o})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rep.Close() })
	o.rep = rep
	o.people = map[string]api.Actor{
		"admin":  {Email: "admin@example.org", Name: "Ana Admin", Role: schema.Admin, Device: 1},
		"coord":  {Email: "coord@example.org", Name: "Carla Coord", Role: schema.Coordinator, Networks: []string{"PE"}, Device: 2},
		"field":  {Email: "field@example.org", Name: "Félix Field", Role: schema.FieldStaff, Networks: []string{"PE"}, Device: 3},
		"viewer": {Email: "viewer@example.org", Name: "Vera Viewer", Role: schema.Viewer, Networks: []string{"PE"}, Device: 4},
		"nobody": {Email: "nobody@example.org", Name: "Nadie", Role: schema.Coordinator, Device: 5},
	}
	return o
}

// change changes who is who while requests are served.
func (o *office) change(fn func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	fn()
}

func (o *office) Session(r *http.Request) (api.Session, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	who, ok := o.people[r.Header.Get(userHeader)]
	if !ok {
		return api.Session{Host: api.HostOffice, State: api.StateSignIn, Lang: "es"}, nil
	}
	return api.Session{
		Host: api.HostOffice, State: api.StateReady, Lang: "es", Actor: who,
		User: &api.SessionUser{Name: who.Name, Email: who.Email, Role: who.Role},
	}, nil
}

func (o *office) History(context.Context, string, record.ID) (bool, []record.Entry, error) {
	return true, nil, nil
}

// reader gives draft.Build the replica, inside a transaction.
type reader struct{ tx *replica.Tx }

func (r reader) Record(key record.Key) (*record.Record, error) {
	rec, _, err := r.tx.Record(key)
	return rec, err
}

func (r reader) Find(collection uint16, id record.ID) (*record.Record, error) {
	rec, _, err := r.tx.Find(collection, id)
	return rec, err
}

func (r reader) HasNetwork(string) (bool, error) { return true, nil }

func (o *office) Edit(_ context.Context, who api.Actor, intent draft.Intent) (draft.Result, error) {
	var out draft.Result
	err := o.rep.Write(func(tx *replica.Tx) error {
		author := draft.Author{Role: who.Role, May: func(string) bool { return true }, Now: tx.Now()}
		steps, err := draft.Build(o.rep.Schema(), reader{tx}, author, intent)
		if err != nil {
			return err
		}
		for _, step := range steps {
			rec, err := o.apply(tx, who, step)
			if err != nil {
				return err
			}
			out.Records = append(out.Records, rec)
			if keep := intent.Keep(); !keep.IsZero() {
				err = tx.AddBatchChanges(keep, rec.Key, step.Mutation.Kind == record.Create, step.Mutation.Changes)
			}
			if err != nil {
				return err
			}
			out.Group = step.Mutation.Group.ID
		}
		return nil
	})
	return out, err
}

func (o *office) apply(tx *replica.Tx, who api.Actor, step draft.Step) (*record.Record, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	rec := step.After.Clone()
	o.seq[rec.Network]++
	rec.Version++
	rec.Seq = o.seq[rec.Network]
	stamp := record.Stamp{Version: rec.Version, Device: who.Device, Edited: tx.Now()}
	changes := step.Mutation.Changes
	if step.Mutation.Kind == record.Delete {
		changes = []record.Change{{Field: record.DeletedField, Old: false, New: true}}
	}
	for _, ch := range changes {
		rec.Stamps[ch.Field] = stamp
	}
	if err := tx.PutServer(rec, rec, replica.Clean); err != nil {
		return nil, err
	}
	return rec, tx.AddEntries([]record.Entry{{
		Key: rec.Key, Seq: rec.Seq, Version: rec.Version, Op: step.Mutation.Op, Kind: step.Mutation.Kind, Status: record.Applied,
		Device: who.Device, User: who.Name, Name: "console", At: tx.Now(), Edited: tx.Now(), Changes: changes,
	}})
}

// put saves a record as the first administrator, whatever its collection, and returns its id.
func (o *office) put(collection, network string, fields map[string]any) string {
	o.t.Helper()
	c, err := o.rep.Schema().Collection(collection)
	if err != nil {
		o.t.Fatal(err)
	}
	rec := &record.Record{
		Key:    record.Key{Network: network, Collection: c.Number, ID: record.NewID()},
		Fields: map[uint16]schema.Value{}, Stamps: map[uint16]record.Stamp{},
	}
	fields["created_at"] = int64(o.now)
	var changes []record.Change
	for name, raw := range fields {
		f, ok := c.Field(name)
		if !ok {
			o.t.Fatalf("%s has no field %s", collection, name)
		}
		v, err := f.Normalize(raw)
		if err != nil {
			o.t.Fatal(err)
		}
		rec.Set(f.Number, v)
		changes = append(changes, record.Change{Field: f.Number, New: v})
	}
	if id, ok := record.IdentityOf(c, network, rec.Fields); ok {
		rec.ID = id
	}
	if collection == "network" {
		rec.ID = draft.NetworkID(network)
	}
	err = o.rep.Write(func(tx *replica.Tx) error {
		step := draft.Step{Collection: c, After: rec, Mutation: record.Mutation{Op: record.NewOpID(), Kind: record.Create, Changes: changes}}
		_, err := o.apply(tx, o.people["admin"], step)
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return rec.ID.String()
}

// addNetworks makes the networks known to the replica.
func (o *office) addNetworks(codes ...string) {
	o.t.Helper()
	err := o.rep.Write(func(tx *replica.Tx) error {
		for _, code := range codes {
			if err := tx.PutNetwork(replica.NetworkState{Code: code, Complete: true, Class: record.Everything}); err != nil {
				return err
			}
		}
		var authors []replica.Author
		for _, p := range o.people {
			authors = append(authors, replica.Author{Number: p.Device, User: p.Name, Device: "console"})
		}
		return tx.PutAuthors(authors)
	})
	if err != nil {
		o.t.Fatal(err)
	}
	for _, code := range codes {
		o.put("network", code, map[string]any{"code": code, "name": "Red " + code, "countries": []string{code}})
	}
}

func replicaOf(o *office) func() *replica.Replica { return func() *replica.Replica { return o.rep } }
