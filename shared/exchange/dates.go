package exchange

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// dateOrder counts how a column writes dates with slashes, so that 03/04/2021 is read as the rest of it.
type dateOrder struct {
	dayFirst   int
	monthFirst int
}

// see looks at one value.
func (o *dateOrder) see(text string) {
	if len(text) < 6 || len(text) > 19 || text[0] < '0' || text[0] > '9' {
		return
	}
	a, b, _, ok := cutDate(text)
	switch {
	case !ok || len(a) > 2:
	case atoi(a) > 12 && atoi(b) <= 12:
		o.dayFirst++
	case atoi(b) > 12 && atoi(a) <= 12:
		o.monthFirst++
	}
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s) // callers pass digits
	return n
}

// cutDate splits a date into its three numbers.
func cutDate(text string) (a, b, c string, ok bool) {
	text, _, _ = strings.Cut(text, " ") // without a time
	for _, sep := range []string{"/", "-", "."} {
		parts := strings.Split(text, sep)
		if len(parts) == 3 && isDigits(parts[0]) && isDigits(parts[1]) && isDigits(parts[2]) {
			return parts[0], parts[1], parts[2], true
		}
	}
	return "", "", "", false
}

// parse reads a date as people write it: 2021-04-03, 3/4/2021, 3.4.21. The day comes first unless the column shows
// that the month does.
func (o dateOrder) parse(text string) (string, bool) {
	a, b, c, ok := cutDate(strings.TrimSpace(text))
	if !ok {
		return "", false
	}
	var year, month, day int
	switch {
	case len(a) == 4:
		year, month, day = atoi(a), atoi(b), atoi(c)
	case len(c) == 4 || len(c) == 2:
		day, month, year = atoi(a), atoi(b), atoi(c)
		if o.monthFirst > o.dayFirst {
			day, month = month, day
		}
		if len(c) == 2 {
			year += 2000
		}
	default:
		return "", false
	}
	iso := fmt.Sprintf("%04d-%02d-%02d", year, month, day)
	if _, err := time.Parse(time.DateOnly, iso); err != nil {
		return "", false
	}
	return iso, true
}
