package device

import (
	"testing"

	"acopio/shared/clock"
	"acopio/shared/fault"
)

func TestAttemptsAreGatheredAndBounded(t *testing.T) {
	var s State
	away := &LastError{Code: fault.ServerUnreachable}
	for at := range clock.Millis(5) {
		s.Tried(at+1, away)
	}
	s.Tried(10, nil)
	before := s
	s.Tried(11, nil)
	if len(s.Attempts) != 2 || s.Attempts[0].Times != 5 || s.Attempts[0].To != 5 || s.Attempts[1].Times != 2 || s.LastSuccess != 11 || s.LastError != nil {
		t.Fatalf("got %+v", s)
	}
	if before.Attempts[1].Times != 1 {
		t.Error("a copy of the state changed with it")
	}
	for at := range clock.Millis(200) {
		s.Tried(100+at, map[bool]*LastError{true: away}[at%2 == 0])
	}
	if len(s.Attempts) != maxAttempts || s.Attempts[maxAttempts-1].To != 299 {
		t.Errorf("%d attempts, the last at %d", len(s.Attempts), s.Attempts[len(s.Attempts)-1].To)
	}
}
