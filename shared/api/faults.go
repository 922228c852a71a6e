package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/rs/zerolog"
	"golang.org/x/text/language"

	"acopio/shared/fault"
)

// FaultBody is how every failure reaches a client.
type FaultBody struct {
	Code    string `json:"code" doc:"stable name of what went wrong"`
	Message string `json:"message" doc:"a sentence for people, in the language of Accept-Language (es, en)"`
	Field   string `json:"field,omitempty" doc:"the field it is about, by its schema name"`
	// Args lets a laptop say the sentence again in its own words and language.
	Args map[string]string `json:"args,omitempty" doc:"what fills the sentence's placeholders"`

	status int
}

// Error and GetStatus make FaultBody the error that the router library writes.
func (b *FaultBody) Error() string { return b.Code + ": " + b.Message }

// GetStatus is the HTTP status it is written with.
func (b *FaultBody) GetStatus() int { return b.status }

// WriteFault answers with an error: the one place where one becomes a status, a code and a sentence in the language
// of the request. The cause of one that is ours is logged through the request's logger; its arguments, which may be
// what a person typed, are not.
func WriteFault(w http.ResponseWriter, r *http.Request, err error) {
	logCause(r.Context(), r.Method+" "+routeOf(r), err)
	body := bodyOf(err, Language(r.Header.Get("Accept-Language")))
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if wait := body.Args["seconds"]; body.status == http.StatusTooManyRequests && wait != "" {
		w.Header().Set("Retry-After", wait)
	}
	w.WriteHeader(body.status)
	_ = json.NewEncoder(w).Encode(body) // the client may be gone
}

func bodyOf(err error, lang string) *FaultBody {
	f := fault.Of(err)
	switch {
	case f.Code == fault.BadUsage: // a command's words, said by what commands and the API share
		f = &fault.Error{Code: fault.BadRequest, Field: f.Field, Args: f.Args}
	case f.Code.Kind() == fault.Broken:
		f = &fault.Error{Code: f.Code} // what broke inside is nobody's business
	}
	return &FaultBody{Code: string(f.Code), Message: f.Text(lang), Field: f.Field, Args: f.Args, status: f.Code.HTTPStatus()}
}

// ReasonOf is an error as a part of an answer; nil for nil.
func ReasonOf(err error) *Reason {
	f := fault.Of(err)
	if f == nil {
		return nil
	}
	return &Reason{Code: string(f.Code), Message: f.Text("es"), fault: f}
}

// in is the reason in a language.
func (r *Reason) in(lang string) *Reason {
	if r == nil || r.fault == nil {
		return r
	}
	return &Reason{Code: r.Code, Message: r.fault.Text(lang), fault: r.fault}
}

func logCause(ctx context.Context, where string, err error) {
	f := fault.Of(err)
	if f.Code.Kind() != fault.Broken || errors.Is(err, context.Canceled) {
		return
	}
	event := zerolog.Ctx(ctx).Error().Str("code", string(f.Code)).Str("route", where)
	if f.Cause != nil {
		event = event.Str("cause", f.Cause.Error())
	}
	event.Msg("request failed")
}

// routeOf names the route without what a person put into it.
func routeOf(r *http.Request) string {
	if _, path, ok := strings.Cut(r.Pattern, " "); ok {
		return path
	}
	return r.Pattern
}

var languages = language.NewMatcher([]language.Tag{language.Spanish, language.English, language.Portuguese, language.French})

// Language picks es, en, pt or fr from an Accept-Language header; es when it names none of them.
func Language(header string) string {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(tags) == 0 {
		return "es"
	}
	_, i, confidence := languages.Match(tags...)
	if confidence == language.No {
		return "es"
	}
	return []string{"es", "en", "pt", "fr"}[i]
}

// adopt makes the router library answer its own failures (a bad parameter, a body that is no JSON) and those of our
// handlers in our form, and describe lists as what they are here: never null. Its hooks are global to the process.
var adopt = sync.OnceFunc(func() {
	huma.DefaultArrayNullable = false
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return bodyOf(asFault(status, message, errs), "es")
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		err := asFault(status, message, errs)
		logCause(ctx.Context(), ctx.Method()+" "+ctx.Operation().Path, err)
		return bodyOf(err, Language(ctx.Header("Accept-Language")))
	}
})

// asFault gives the library's errors a code. What a handler returned comes as the only error.
func asFault(status int, message string, errs []error) error {
	details := []string{}
	for _, err := range errs {
		var f *fault.Error
		if errors.As(err, &f) {
			return err
		}
		var d huma.ErrorDetailer
		if errors.As(err, &d) && status < http.StatusInternalServerError {
			detail := d.ErrorDetail()
			details = append(details, strings.TrimPrefix(detail.Location+": "+detail.Message, ": "))
		}
	}
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return fault.New(fault.FileTooLarge, "max", "4 MB")
	case status >= http.StatusInternalServerError:
		return fault.Wrap(errors.Join(append(errs, errors.New(message))...), fault.Internal)
	case len(details) == 0:
		return fault.New(fault.BadRequest, "detail", message)
	default:
		return fault.New(fault.BadRequest, "detail", strings.Join(details, "; "))
	}
}
