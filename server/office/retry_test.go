package office_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"acopio/server/feed"
	"acopio/server/office"
	"acopio/server/service"
	"acopio/server/store"
	"acopio/shared/clock"
	"acopio/shared/schema"
)

// sick is a store that cannot be read for a while.
type sick struct {
	store.Store
	well atomic.Bool
}

func (s *sick) View(ctx context.Context, fn func(store.Reader) error) error {
	if !s.well.Load() {
		return errors.New("the disk does not answer")
	}
	return s.Store.View(ctx, fn)
}

// What could not be followed is followed later, though nothing changes any more.
func TestTheOfficeTriesAgain(t *testing.T) {
	core, err := service.OpenCore(service.Config{DataDir: t.TempDir(), Log: zerolog.Nop(), CheapPasswords: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = core.Close() }()
	if err := core.CreateNetwork(t.Context(), "test", "PE", "Red", nil); err != nil {
		t.Fatal(err)
	}
	s := &sick{Store: core.Store}
	o, err := office.Open(filepath.Join(t.TempDir(), office.FileName), feed.New(s, schema.Registry()), schema.Registry(), clock.System{}, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = o.Close() }()
	shown := func() int {
		states, err := o.Replica().Networks(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(states)
	}
	o.Moved("PE") // neither that nor the look at all networks works
	time.Sleep(time.Second)
	if shown() != 0 {
		t.Fatal("a store that cannot be read was followed")
	}
	s.well.Store(true)
	for end := time.Now().Add(20 * time.Second); shown() == 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it was given up")
		}
	}
}
