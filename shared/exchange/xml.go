package exchange

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// Limits of one piece of a workbook's XML.
const (
	maxTagBytes  = 64 << 10
	maxTextBytes = MaxCellBytes + 1024 // longer text is cut; the cell then shows as too long
)

var (
	errXMLTag     = errors.New("a tag without an end")
	errXMLDoctype = errors.New("a document type declaration")
	errXMLCut     = errors.New("the part ends before its root element does")
)

// token is a piece of XML that the scanner returns.
type token int

const (
	startTag token = iota + 1
	endTag
	textRun
)

// xmlScanner reads the elements of a workbook's part one by one in constant memory: the few features that such
// parts use, with namespaces ignored. Entities other than the predefined ones, and the declarations that make them,
// are not read.
type xmlScanner struct {
	from  *bufio.Reader
	name  []byte // of the last tag, without a prefix
	tag   []byte // the last tag, attributes included
	text  []byte // of the last text run
	want  bool   // whether text is collected: set it while inside an element whose text matters
	depth int
	empty bool // the last start tag closes itself: its end comes next
}

func newXMLScanner(r io.Reader) *xmlScanner {
	x := &xmlScanner{from: bufio.NewReaderSize(r, 64<<10)}
	if bom, err := x.from.Peek(3); err == nil && bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		_, _ = x.from.Discard(3) // just peeked at
	}
	return x
}

// next returns the next piece, or io.EOF after the root element.
func (x *xmlScanner) next() (token, error) {
	if x.empty {
		x.empty = false
		x.depth--
		return endTag, nil
	}
	for {
		found, err := x.readText()
		if errors.Is(err, io.EOF) {
			if x.depth > 0 {
				return 0, errXMLCut
			}
			return 0, io.EOF
		}
		if err != nil {
			return 0, err
		}
		if found {
			return textRun, nil
		}
		t, err := x.readTag()
		if err != nil || t != 0 {
			return t, err
		}
	}
}

// readText takes what comes before the next tag; found is false when there is none, or nobody wants it.
func (x *xmlScanner) readText() (found bool, err error) {
	x.text = x.text[:0]
	for {
		chunk, err := x.from.ReadSlice('<')
		done := err == nil
		if done {
			chunk = chunk[:len(chunk)-1]
		}
		if x.want && len(x.text) < maxTextBytes {
			x.text = append(x.text, chunk[:min(len(chunk), maxTextBytes-len(x.text))]...)
		}
		if done {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return false, err
		}
	}
	if len(x.text) == 0 {
		return false, nil
	}
	x.text = unescape(x.text)
	return true, x.from.UnreadByte() // the '<': the next call meets it again, without text before it
}

// readTag reads a tag whose '<' has been read. It returns 0 for comments and instructions.
func (x *xmlScanner) readTag() (token, error) {
	x.tag = x.tag[:0]
	for {
		chunk, err := x.from.ReadSlice('>')
		x.tag = append(x.tag, chunk...)
		switch {
		case bytes.HasPrefix(x.tag, []byte("!--")):
			return 0, x.skipTo("-->")
		case bytes.HasPrefix(x.tag, []byte("![CDATA[")):
			return x.readCDATA()
		case len(x.tag) > maxTagBytes:
			return 0, errXMLTag
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return 0, errXMLCut
		}
		if !insideQuotes(x.tag) {
			break
		}
	}
	return x.classify()
}

// insideQuotes reports whether a tag that seems to end does so within an attribute's value.
func insideQuotes(tag []byte) bool {
	if tag[0] == '/' || tag[0] == '?' || bytes.IndexByte(tag, '=') < 0 {
		return false
	}
	var open byte
	for _, b := range tag {
		switch {
		case open == 0 && (b == '"' || b == '\''):
			open = b
		case b == open:
			open = 0
		}
	}
	return open != 0
}

func (x *xmlScanner) classify() (token, error) {
	x.tag = x.tag[:len(x.tag)-1] // without '>'
	switch {
	case len(x.tag) == 0:
		return 0, errXMLTag
	case x.tag[0] == '?':
		return 0, nil
	case x.tag[0] == '!':
		return 0, errXMLDoctype
	case x.tag[0] == '/':
		x.name = localName(x.tag[1:])
		x.depth--
		if x.depth < 0 {
			return 0, errXMLCut
		}
		return endTag, nil
	}
	if x.tag[len(x.tag)-1] == '/' {
		x.empty = true
		x.tag = x.tag[:len(x.tag)-1]
	}
	x.name = localName(x.tag)
	x.depth++
	return startTag, nil
}

func localName(tag []byte) []byte {
	for i, b := range tag {
		if b <= ' ' {
			tag = tag[:i]
			break
		}
	}
	if i := bytes.IndexByte(tag, ':'); i >= 0 {
		return tag[i+1:]
	}
	return tag
}

// skipTo reads past an end mark that may already be in the tag.
func (x *xmlScanner) skipTo(mark string) error {
	for !bytes.HasSuffix(x.tag, []byte(mark)) {
		tail := append([]byte(nil), x.tag[max(0, len(x.tag)-len(mark)):]...)
		chunk, err := x.from.ReadSlice(mark[len(mark)-1])
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return errXMLCut
		}
		x.tag = append(tail, chunk...)
	}
	return nil
}

// readCDATA returns literal text.
func (x *xmlScanner) readCDATA() (token, error) {
	x.text = append(x.text[:0], x.tag[len("![CDATA["):]...)
	tail := append([]byte(nil), x.tag...)
	for !bytes.HasSuffix(tail, []byte("]]>")) {
		chunk, err := x.from.ReadSlice('>')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return 0, errXMLCut
		}
		tail = append(tail[max(0, len(tail)-2):], chunk...)
		if len(x.text) < maxTextBytes {
			x.text = append(x.text, chunk...)
		}
	}
	if !x.want {
		return 0, nil
	}
	x.text = bytes.TrimSuffix(x.text, []byte("]]>"))
	return textRun, nil
}
