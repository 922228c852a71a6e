package exchange

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"acopio/shared/fault"
)

// headBytes is how much of a file is looked at to tell what it is.
const headBytes = 64 << 10

// charset is how a text file writes its characters.
type charset string

// The encodings. A text file is never told to be Windows-1252 from its beginning: each cell that is not UTF-8 is
// read as that, and the description says what was found.
const (
	utf8Text  charset = "utf-8"
	utf16LE   charset = "utf-16le"
	utf16BE   charset = "utf-16be"
	latinText charset = "windows-1252"
	mixedText charset = "mixed"
)

// flavor is how a CSV file is written.
type flavor struct {
	charset   charset
	bom       int  // bytes to skip
	separator byte // , ; or tab
	newline   byte // \n, or \r for files of old Macs
	told      bool // its first line is Excel's “sep=;”
}

// readHead returns the beginning of a file of an acceptable size.
func readHead(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fault.Wrap(err, fault.NotFound, "what", filepath.Base(path))
		}
		return nil, fault.Of(err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, fault.Of(err)
	case info.IsDir():
		return nil, fault.New(fault.NotASpreadsheet)
	case info.Size() > MaxFileBytes:
		return nil, fault.New(fault.FileTooLarge, "max", "200 MB")
	}
	head := make([]byte, headBytes)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fault.Of(err)
	}
	return head[:n], nil
}

// sniff tells the format of a file from its beginning.
func sniff(head []byte) (Format, flavor, error) {
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return XLSX, flavor{}, nil
	}
	if bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")) {
		return "", flavor{}, sniffOLE(head)
	}
	f := flavor{charset: utf8Text}
	f.charset, f.bom = sniffCharset(head)
	text := decodeHead(head[f.bom:], f.charset)
	if len(bytes.TrimSpace(text)) == 0 {
		return "", f, fault.New(fault.EmptyFile)
	}
	if !looksLikeTable(text) {
		return "", f, fault.New(fault.NotASpreadsheet)
	}
	f.newline = '\n'
	if !bytes.ContainsRune(text, '\n') && bytes.ContainsRune(text, '\r') {
		f.newline = '\r'
	}
	f.separator, f.told = sniffSeparator(text, f.newline)
	return CSV, f, nil
}

// sniffOLE tells a workbook with a password, which is wrapped in the old container, from an old workbook.
func sniffOLE(head []byte) error {
	var marker []byte
	for _, u := range utf16.Encode([]rune("EncryptedPackage")) {
		marker = append(marker, byte(u), byte(u>>8))
	}
	if bytes.Contains(head, marker) {
		return fault.New(fault.WorkbookLocked)
	}
	return fault.New(fault.OldWorkbook)
}

func sniffCharset(head []byte) (charset, int) {
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return utf8Text, 3
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return utf16LE, 2
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return utf16BE, 2
	}
	// UTF-16 without its mark: nearly every other byte of Latin text is zero.
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	half := len(head) / 2
	switch {
	case half >= 4 && zeros[1] > half*7/10 && zeros[0] < half/10:
		return utf16LE, 0
	case half >= 4 && zeros[0] > half*7/10 && zeros[1] < half/10:
		return utf16BE, 0
	}
	return utf8Text, 0
}

func decodeHead(head []byte, c charset) []byte {
	if c == utf8Text {
		return head
	}
	units := make([]uint16, 0, len(head)/2)
	for i := 0; i+1 < len(head); i += 2 {
		if c == utf16LE {
			units = append(units, uint16(head[i])|uint16(head[i+1])<<8)
		} else {
			units = append(units, uint16(head[i])<<8|uint16(head[i+1]))
		}
	}
	return []byte(string(utf16.Decode(units)))
}

// looksLikeTable refuses what is surely something else: binary data, and text of well-known other kinds.
func looksLikeTable(text []byte) bool {
	control := 0
	for _, b := range text {
		if b < 0x20 && b != '\t' && b != '\n' && b != '\r' {
			control++
		}
	}
	if control > len(text)/500 {
		return false
	}
	start := strings.ToLower(string(bytes.TrimSpace(text[:min(len(text), 512)])))
	for _, other := range []string{"<", "%pdf", "{\\rtf", "%!ps", "{\"", "[{", "{\n", "{\r", "-----begin", "#!/"} {
		if strings.HasPrefix(start, other) {
			return false
		}
	}
	return true
}

// sniffSeparator picks the separator that cuts the first lines into the same number of cells most consistently.
func sniffSeparator(text []byte, newline byte) (separator byte, told bool) {
	if line := strings.ToLower(firstLine(text, newline)); len(line) == 5 && strings.HasPrefix(line, "sep=") {
		return line[4], true
	}
	best, bestScore := byte(','), -1
	for _, sep := range []byte{',', ';', '\t'} {
		if score := separatorScore(text, sep, newline); score > bestScore {
			best, bestScore = sep, score
		}
	}
	return best, false
}

func firstLine(text []byte, newline byte) string {
	if i := bytes.IndexByte(text, newline); i >= 0 {
		text = text[:i]
	}
	return strings.TrimRight(string(text), "\r\n")
}

// separatorScore counts the rows that have as many cells as most have, times how many that is.
func separatorScore(text []byte, sep, newline byte) int {
	r := newCSVReader(bytes.NewReader(text), flavor{separator: sep, newline: newline})
	counts := map[int]int{}
	for i := 0; i < 50; i++ {
		l, err := r.next()
		if err != nil {
			break
		}
		if !l.blank() {
			counts[len(l.cells)]++
		}
	}
	score := 0
	for cells, rows := range counts {
		score = max(score, rows*(cells-1))
	}
	return score
}

// validPrefix drops a character that the end of the buffer cut in two.
func validPrefix(b []byte) []byte {
	for i := 0; i < utf8.UTFMax && len(b) > 0; i++ {
		if r, n := utf8.DecodeLastRune(b); r != utf8.RuneError || n != 1 {
			return b
		}
		b = b[:len(b)-1]
	}
	return b
}
