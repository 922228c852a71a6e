package auth

import (
	"net/netip"
	"strconv"
	"sync"
	"time"

	"acopio/shared/clock"
	"acopio/shared/fault"
)

// limiter slows down guessing: after some free attempts each further one doubles the wait before the next. It is kept
// in memory: a restart forgives, which an attacker cannot cause.
type limiter struct {
	clock clock.Clock
	free  int           // attempts before there is a wait
	most  time.Duration // the longest wait

	mu   sync.Mutex
	keys map[string]*attempts
}

type attempts struct {
	count int
	last  time.Time
	next  time.Time // no attempt before
}

const (
	forgetAfter  = time.Hour // without an attempt
	maxLimitKeys = 10_000
)

func newLimiter(c clock.Clock, free int, most time.Duration) *limiter {
	return &limiter{clock: c, free: free, most: most, keys: map[string]*attempts{}}
}

// take counts an attempt, before its outcome is known so that many at once gain nothing, or fails with
// fault.TooManyAttempts. An attempt that is refused is not counted.
func (l *limiter) take(key string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	a := l.keys[key]
	if a == nil || now.Sub(a.last) > forgetAfter {
		l.makeRoom(now)
		a = &attempts{}
		l.keys[key] = a
	}
	if latest := now.Add(l.most); a.next.After(latest) { // the clock was set back: nobody stays locked out
		a.last, a.next = now, latest
	}
	if wait := a.next.Sub(now); wait > 0 {
		seconds := int((wait + time.Second - 1) / time.Second)
		return fault.New(fault.TooManyAttempts, "seconds", strconv.Itoa(seconds))
	}
	a.count++
	a.last = now
	if over := a.count - l.free; over >= 0 {
		a.next = now.Add(min(time.Second<<min(over, 20), l.most))
	}
	return nil
}

// undo takes back one attempt that turned out well.
func (l *limiter) undo(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a := l.keys[key]; a != nil && a.count > 0 {
		a.count--
		if a.count < l.free {
			a.next = time.Time{}
		}
	}
}

// forgive forgets every attempt.
func (l *limiter) forgive(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.keys, key)
}

// makeRoom keeps the map bounded: old keys go first, then whichever is the oldest.
func (l *limiter) makeRoom(now time.Time) {
	if len(l.keys) < maxLimitKeys {
		return
	}
	oldest, since := "", now
	for key, a := range l.keys {
		if now.Sub(a.last) > forgetAfter {
			delete(l.keys, key)
		} else if !a.last.After(since) {
			oldest, since = key, a.last
		}
	}
	if len(l.keys) >= maxLimitKeys {
		delete(l.keys, oldest)
	}
}

// addressKey groups addresses that one party controls: an IPv6 customer has at least a /64.
func addressKey(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}
