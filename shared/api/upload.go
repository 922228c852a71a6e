package api

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path"
	"strings"

	"acopio/shared/exchange"
	"acopio/shared/fault"
	"acopio/shared/intake"
	"acopio/shared/schema"
)

const (
	maxUploadBytes = exchange.MaxFileBytes + 1<<20 // with the form around the file
	maxPartBytes   = 1 << 10                       // of a form's text
	maxParts       = 10
	maxFileName    = 200
)

// upload receives a spreadsheet as a form, written to disk as it comes, and answers with what is in it.
func (s *service) upload(w http.ResponseWriter, r *http.Request) {
	v, err := s.visit(r.Context(), false)
	if err == nil && !v.actor.Role.AtLeast(schema.FieldStaff) {
		err = fault.New(fault.NotAllowed, "what", "import") // before taking in 200 MB
	}
	if err != nil {
		WriteFault(w, r, err)
		return
	}
	r.Body = patient{http.MaxBytesReader(w, r.Body, maxUploadBytes), http.NewResponseController(w)}
	f, err := v.readForm(r)
	callOf(r.Context()).allow(answerTimeout)
	if err != nil {
		WriteFault(w, r, err)
		return
	}
	answer, err := v.describe(r.Context(), f)
	if err != nil {
		_ = os.Remove(f.path) // the error that matters is the first
		WriteFault(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = encode(w, shownUpload(answer)) // the client may be gone
}

// readForm reads the parts in whatever order they come. What it wrote to disk is gone when it fails.
func (v *visit) readForm(r *http.Request) (f *uploaded, err error) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, fault.New(fault.BadRequest, "detail", "multipart/form-data: file, collection, network")
	}
	f = &uploaded{owner: v.actor.Email}
	defer func() {
		if err != nil && f.path != "" {
			_ = os.Remove(f.path)
		}
	}()
	for range maxParts {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = v.readPart(f, part)
		}
		if err != nil {
			return f, unreadable(err)
		}
	}
	if f.path == "" {
		return f, fault.New(fault.BadRequest, "detail", "file", "field", "file")
	}
	return f, v.mayImport(f.collection, f.network)
}

func (v *visit) readPart(f *uploaded, part *multipart.Part) (err error) {
	switch part.FormName() {
	case "file":
		if f.path != "" {
			return fault.New(fault.BadRequest, "detail", "file: 1")
		}
		f.file = fileName(part.FileName())
		f.path, err = v.uploads.receive(part)
		return err
	case "collection":
		f.collection, err = shortText(part)
	case "network":
		f.network, err = shortText(part)
	default:
		return fault.New(fault.BadRequest, "detail", "unknown part")
	}
	return err
}

func shortText(part io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(part, maxPartBytes+1))
	if len(b) > maxPartBytes {
		return "", fault.New(fault.BadRequest, "detail", "a part is too long")
	}
	return strings.TrimSpace(string(b)), err
}

// fileName is the last part of what a client says that the file is called: some send a whole path.
func fileName(given string) string {
	name := []rune(path.Base(strings.ReplaceAll(given, `\`, "/")))
	return string(name[:min(len(name), maxFileName)])
}

// unreadable names what stops a form from being read.
func unreadable(err error) error {
	var f *fault.Error
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return fault.New(fault.FileTooLarge, "max", "200 MB")
	case errors.As(err, &f):
		return err
	default:
		return fault.Wrap(err, fault.BadRequest, "detail", "multipart/form-data")
	}
}

func (v *visit) describe(ctx context.Context, f *uploaded) (Upload, error) {
	leave, err := v.uploads.enter(ctx)
	if err != nil {
		return Upload{}, err
	}
	defer leave()
	if f.source, err = exchange.Open(f.path); err != nil {
		return Upload{}, err
	}
	order := intake.Order{Source: f.source, File: f.file, Collection: f.collection, Network: f.network}
	d, proposal, err := intake.Describe(ctx, v.rep, order)
	if err != nil {
		return Upload{}, err
	}
	return Upload{Token: v.uploads.keep(f), Description: d, Mapping: proposal.Mapping, Remembered: proposal.From}, nil
}
