package session

import (
	"context"
	"slices"
	"sync"
	"time"

	"acopio/server/feed"
	"acopio/shared/clock"
)

// Bounds of what is kept of the answers to pulls.
const (
	keptFor  = time.Second
	keptMost = 32 << 20 // bytes
)

// pages keeps the answers to pulls for a moment: when thousands come back at once, or fill anew, most of them ask for the
// same, and one cuts the page for all. An answer is only for those who ask before the head moves on: whoever asks after an
// edit was acknowledged sees it.
type pages struct {
	mu    sync.Mutex
	all   map[asked]*answer
	given []*answer // those of all that have a frame, in the order in which they were cut
	bytes int
}

// asked is what makes two pulls the same.
type asked struct {
	feed.Ask
	packed bool
	head   uint64 // where the network's log was when it was asked, at the least
}

type answer struct {
	asked
	over  chan struct{} // closed when the page is cut, or cannot be
	at    time.Time
	frame []byte // nil: it could not be cut
}

// frame is the answer to a pull: one given a moment ago, or what cut makes.
func (p *pages) frame(ctx context.Context, q asked, c clock.Clock, cut func() ([]byte, error)) ([]byte, error) {
	a, own := p.find(q, c.Now())
	if own {
		frame, err := cut()
		if err != nil {
			frame = nil
		}
		p.give(a, frame, c.Now())
		return frame, err
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-a.over:
	}
	if a.frame != nil {
		return a.frame, nil
	}
	return cut()
}

// find is the answer to the same question, or a new one that the caller is to give.
func (p *pages) find(q asked, now time.Time) (a *answer, own bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trim(now)
	if a = p.all[q]; a != nil {
		return a, false
	}
	a = &answer{asked: q, over: make(chan struct{})}
	if p.all == nil {
		p.all = map[asked]*answer{}
	}
	p.all[q] = a
	return a, true
}

// give lets those go on who wait for an answer; nil: each cuts its own.
func (p *pages) give(a *answer, frame []byte, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer close(a.over)
	if frame == nil {
		delete(p.all, a.asked)
		return
	}
	a.frame, a.at = frame, now
	p.given = append(p.given, a)
	p.bytes += len(frame)
	p.trim(now)
}

// trim lets go of what is too old or too much. The caller holds mu.
func (p *pages) trim(now time.Time) {
	for len(p.given) > 0 && (p.bytes > keptMost || now.Sub(p.given[0].at) > keptFor) {
		a := p.given[0]
		p.given = slices.Delete(p.given, 0, 1)
		p.bytes -= len(a.frame)
		delete(p.all, a.asked)
	}
}
