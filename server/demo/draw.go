package demo

import (
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// draw is a source of choices (splitmix64). It is our own so that no release of a library changes the demo.
type draw struct{ state uint64 }

// newDraw is the source for one thing of the book: what is drawn for one does not move the others.
func newDraw(seed, thing uint64) *draw {
	d := &draw{seed*0x9e3779b97f4a7c15 ^ thing*0xd1b54a32d192ed03}
	d.next()
	return d
}

func (d *draw) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// between draws from low to high, both included.
func (d *draw) between(low, high int) int {
	return low + int(d.next()%uint64(high-low+1)) //nolint:gosec // a small number
}

// chance is true so many times in a hundred.
func (d *draw) chance(percent int) bool { return d.between(1, 100) <= percent }

// share draws a part of a whole, in percent of it.
func (d *draw) share(whole, low, high int) int { return whole * d.between(low, high) / 100 }

// daysAround draws a day, counted from the anchor.
func (d *draw) daysAround(low, high int) string { return day(d.between(low, high)) }

func day(fromAnchor int) string { return anchor.AddDate(0, 0, fromAnchor).Format(time.DateOnly) }

func pick[T any](d *draw, list []T) T { return list[d.between(0, len(list)-1)] }

// some draws a few members, in the order of the list.
func some(d *draw, list []string, atMost int) []string {
	out := []string{list[0]}
	for _, s := range list[1:] {
		if len(out) < atMost && d.chance(45) {
			out = append(out, s)
		}
	}
	return out
}

// slug is a name as an address on the web has it.
func slug(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(r)
		case r == ' ' || r == '-':
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
}
