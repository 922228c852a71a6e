package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

// fileAnswer is an HTTP answer of this process written straight to a file: an export may be larger than what
// anyone would like to hold in memory. An error's text is kept apart from the file.
type fileAnswer struct {
	file    io.Writer
	header  http.Header
	code    int
	message strings.Builder
	err     error // the first failed write
}

// maxMessageBytes bounds what is kept of an error answer.
const maxMessageBytes = 4 << 10

func (a *fileAnswer) Header() http.Header {
	if a.header == nil {
		a.header = http.Header{}
	}
	return a.header
}

func (a *fileAnswer) WriteHeader(code int) {
	if a.code == 0 {
		a.code = code
	}
}

func (a *fileAnswer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if a.code != http.StatusOK {
		a.message.Write(p[:min(len(p), maxMessageBytes-a.message.Len())])
		return len(p), nil
	}
	n, err := a.file.Write(p)
	if err != nil && a.err == nil {
		a.err = err
	}
	return n, err
}

// Fail lets a handler say that what it has written is not the whole answer.
func (a *fileAnswer) Fail(err error) {
	if a.err == nil {
		a.err = err
	}
}

// failure is nil when the whole answer was a success and reached the file. An error answer comes back as its
// own text, which is the API's JSON with its code, so that the page can show it as any other.
func (a *fileAnswer) failure() error {
	switch {
	case a.err != nil:
		return a.err
	case a.code == 0:
		return fmt.Errorf("the API gave no answer")
	case a.code != http.StatusOK:
		return fmt.Errorf("%s", strings.TrimSpace(a.message.String()))
	}
	return nil
}

// textAnswer is an HTTP answer of this process kept as text.
type textAnswer struct {
	header http.Header
	code   int
	text   strings.Builder
}

func (a *textAnswer) Header() http.Header {
	if a.header == nil {
		a.header = http.Header{}
	}
	return a.header
}

func (a *textAnswer) WriteHeader(code int) {
	if a.code == 0 {
		a.code = code
	}
}

func (a *textAnswer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.text.Write(p)
}

func (a *textAnswer) status() int {
	if a.code == 0 {
		return http.StatusOK
	}
	return a.code
}
