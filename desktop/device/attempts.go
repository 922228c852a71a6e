package device

import (
	"maps"

	"acopio/shared/clock"
	"acopio/shared/fault"
)

// maxAttempts bounds the log of attempts.
const maxAttempts = 60

// Attempt is one or several attempts to sync in a row that came to the same.
type Attempt struct {
	From  clock.Millis `json:"from"`
	To    clock.Millis `json:"to"`
	Times int          `json:"times"`
	Error *LastError   `json:"error,omitempty"` // nil: both sides had everything
}

// Tried notes what an attempt to sync came to; nil is success.
func (s *State) Tried(at clock.Millis, err *LastError) {
	s.LastAttempt, s.LastError = at, err
	if err == nil {
		s.LastSuccess = at
	}
	if n := len(s.Attempts); n > 0 && s.Attempts[n-1].Error.same(err) {
		last := s.Attempts[n-1]
		last.To, last.Times = at, last.Times+1
		s.Attempts = append(append([]Attempt{}, s.Attempts[:n-1]...), last) // copies of the state share the old one
		return
	}
	from := max(0, len(s.Attempts)+1-maxAttempts)
	s.Attempts = append(append([]Attempt{}, s.Attempts[from:]...), Attempt{From: at, To: at, Times: 1, Error: err})
}

func (e *LastError) same(o *LastError) bool {
	if e == nil || o == nil {
		return e == o
	}
	return e.Code == o.Code && maps.Equal(e.Args, o.Args)
}

// Fault is the error as people are told it; nil for none.
func (e *LastError) Fault() *fault.Error {
	if e == nil {
		return nil
	}
	return &fault.Error{Code: e.Code, Args: e.Args}
}
