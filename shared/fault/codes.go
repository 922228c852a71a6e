package fault

import "net/http"

// Code names one way to fail. Codes are part of the wire and of the HTTP API: never rename one.
type Code string

// Kind groups codes by what can be done about them.
type Kind int

// The kinds, and what they mean for the HTTP status and the exit code.
const (
	Broken          Kind = iota // ours: a bug or a failing machine
	Rejected                    // the input is wrong
	Missing                     // the thing is not there
	Unauthenticated             // who are you
	Forbidden                   // you may not
	Clash                       // the state does not allow it
	Unreachable                 // no server
	Busy                        // try again later
	Unenrolled                  // not enrolled, or revoked
	Usage                       // the command's words are off
)

// Fine is the kind of no error at all.
const Fine Kind = -1

// Kind of the code; Broken for one this build does not know.
func (c Code) Kind() Kind { return catalog[c].kind }

// Known reports whether this build has a sentence for the code.
func (c Code) Known() bool { _, ok := catalog[c]; return ok }

// HTTPStatus is the status an API answers with for the code.
func (c Code) HTTPStatus() int {
	switch c.Kind() {
	case Rejected, Usage:
		return http.StatusUnprocessableEntity
	case Missing:
		return http.StatusNotFound
	case Unauthenticated:
		return http.StatusUnauthorized
	case Forbidden, Unenrolled:
		return http.StatusForbidden
	case Clash:
		return http.StatusConflict
	case Unreachable:
		return http.StatusBadGateway
	case Busy:
		if c == TooManyAttempts {
			return http.StatusTooManyRequests
		}
		return http.StatusServiceUnavailable
	default:
		if c == BadFrame {
			return http.StatusBadRequest // not ours: whoever asks sent it
		}
		return http.StatusInternalServerError
	}
}

// ExitCode is what a command exits with: 1 failed, 2 usage, 3 server unreachable, 4 not enrolled or revoked.
func (c Code) ExitCode() int {
	switch c.Kind() {
	case Usage:
		return 2
	case Unreachable:
		return 3
	case Unenrolled:
		return 4
	default:
		return 1
	}
}

type info struct {
	kind   Kind
	es, en string
}
