package session

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"acopio/server/feed"
)

// watch is a clock that stands still until it is moved.
type watch struct{ at time.Time }

func (w *watch) Now() time.Time { return w.at }

func questionAfter(seq uint64) asked {
	return asked{Ask: feed.Ask{Network: "togo", After: seq}, packed: true}
}

func TestOnePageIsCutForAllWhoAskTheSame(t *testing.T) {
	var p pages
	var cuts atomic.Int32
	c := &watch{time.Unix(1_800_000_000, 0)}
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			q := questionAfter(uint64(i % 2))
			frame, err := p.frame(t.Context(), q, c, func() ([]byte, error) {
				cuts.Add(1)
				<-begin
				return fmt.Append(nil, q.After), nil
			})
			if err != nil || string(frame) != fmt.Sprint(q.After) {
				t.Errorf("after %d: %q, %v", q.After, frame, err)
			}
		})
	}
	close(begin)
	wg.Wait()
	if cuts.Load() != 2 {
		t.Errorf("%d pages were cut for two questions", cuts.Load())
	}
}

func TestPagesAreForgotten(t *testing.T) {
	var p pages
	c := &watch{time.Unix(1_800_000_000, 0)}
	cuts := 0
	ask := func(size int, err error) {
		t.Helper()
		if _, got := p.frame(t.Context(), questionAfter(7), c, func() ([]byte, error) {
			cuts++
			return make([]byte, size), err
		}); !errors.Is(got, err) {
			t.Fatalf("%v for %v", got, err)
		}
	}
	for i, step := range []struct {
		pass time.Duration
		size int
		err  error
		cuts int // in all
	}{
		{0, 10, errors.ErrUnsupported, 1}, // is not kept
		{0, 10, nil, 2},
		{keptFor, 10, nil, 2},
		{1, 10, nil, 3}, // too old
		{2 * keptFor, keptMost + 1, nil, 4},
		{0, 10, nil, 5}, // too much
	} {
		c.at = c.at.Add(step.pass)
		ask(step.size, step.err)
		if cuts != step.cuts {
			t.Errorf("step %d: %d pages cut, not %d", i, cuts, step.cuts)
		}
	}
	c.at = c.at.Add(time.Hour)
	p.trim(c.at)
	if p.bytes != 0 || len(p.all) != 0 || len(p.given) != 0 {
		t.Errorf("%d bytes, %d answers, %d given are left", p.bytes, len(p.all), len(p.given))
	}
}

func TestWhoWaitsForAPageMayLeave(t *testing.T) {
	var p pages
	c := &watch{time.Unix(1_800_000_000, 0)}
	cutting, end := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_, _ = p.frame(t.Context(), questionAfter(1), c, func() ([]byte, error) {
			close(cutting)
			<-end
			return nil, errors.ErrUnsupported
		})
	})
	<-cutting
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.frame(ctx, questionAfter(1), c, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	wg.Go(func() { // one who stays cuts for itself when the first cannot
		frame, err := p.frame(t.Context(), questionAfter(1), c, func() ([]byte, error) { return []byte("x"), nil })
		if err != nil || string(frame) != "x" {
			t.Errorf("%q, %v", frame, err)
		}
	})
	time.Sleep(10 * time.Millisecond)
	close(end)
	wg.Wait()
}
