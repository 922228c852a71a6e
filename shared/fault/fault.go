// Package fault is the one error type of Acopio: a stable code that travels over the wire and to the
// interface, arguments for the sentence that people read, and a cause that is logged and never shown.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Error is what every exported function of this module returns when it fails for a reason somebody can act on.
type Error struct {
	Code  Code
	Field string            // the field it is about, by its schema name; empty if none
	Args  map[string]string // fills the {placeholders} of the code's sentence
	Cause error             // internal detail: for logs only
}

// New makes an error of a code. Args come in pairs: name, value.
func New(code Code, args ...string) *Error {
	e := &Error{Code: code}
	for i := 0; i+1 < len(args); i += 2 {
		if e.Args == nil {
			e.Args = map[string]string{}
		}
		e.Args[args[i]] = args[i+1]
	}
	if f, ok := e.Args["field"]; ok {
		e.Field = f
	}
	return e
}

// Wrap is New with a cause. A nil cause still makes an error.
func Wrap(cause error, code Code, args ...string) *Error {
	e := New(code, args...)
	e.Cause = cause
	return e
}

// Error is the English sentence followed by the cause: for logs.
func (e *Error) Error() string {
	s := fmt.Sprintf("%s: %s", e.Code, e.Text("en"))
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Cause }

// Text is the sentence for people in a language ("es", "en"; any other falls back to Spanish).
func (e *Error) Text(lang string) string {
	info, ok := catalog[e.Code]
	if !ok {
		info = catalog[Internal]
	}
	text, english := info.es, strings.HasPrefix(lang, "en")
	if english {
		text = info.en
	}
	var pairs []string
	for name := range e.Args {
		pairs = append(pairs, "{"+name+"}", e.worded(name, english))
	}
	return strings.NewReplacer(pairs...).Replace(text) // in one pass: what a person typed is not searched for holes
}

// Of returns the fault inside err, or an Internal one that wraps it; nil for nil.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Wrap(err, Internal)
}

// Is reports whether err carries the code.
func Is(err error, code Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// KindOf is the kind of err's code: what a caller may do about it. That of nil is Fine.
func KindOf(err error) Kind {
	if err == nil {
		return Fine
	}
	return Of(err).Code.Kind()
}

// Temporary reports whether trying again later, unchanged, can help.
func Temporary(err error) bool {
	k := KindOf(err)
	return k == Unreachable || k == Busy
}
