package admin

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"acopio/shared/api"
	"acopio/shared/fault"
)

// mostBody bounds what a request may post.
const mostBody = 1 << 20

// handler answers one route: with a value that is written as JSON (nil: no content), or with a fault.
type handler func(w http.ResponseWriter, r *http.Request) (any, error)

func (c *console) answer(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, mostBody)
		v, err := h(w, r)
		if err != nil {
			api.WriteFault(w, r, err)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		if v == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v) // the client may be gone
	})
}

// read decodes the body: one JSON object with the known members.
func read[T any](r *http.Request) (T, error) { return decode[T](r, true) }

// readAny is read for what a newer program may send more of: members it knows and we do not are left out.
func readAny[T any](r *http.Request) (T, error) { return decode[T](r, false) }

// decode does not quote the body in its errors: it may be secret.
func decode[T any](r *http.Request, strict bool) (in T, err error) {
	d := json.NewDecoder(r.Body)
	if strict {
		d.DisallowUnknownFields()
	}
	err = d.Decode(&in)
	if err == nil {
		if _, rest := d.Token(); !errors.Is(rest, io.EOF) {
			err = errors.New("more than one value")
		}
	}
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return in, nil
	case errors.As(err, &large):
		return in, fault.New(fault.FileTooLarge, "max", "1 MB")
	default:
		return in, fault.Wrap(err, fault.BadRequest, "detail", "JSON")
	}
}
