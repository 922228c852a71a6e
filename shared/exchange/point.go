package exchange

import (
	"regexp"
	"strings"

	"acopio/shared/fault"
	"acopio/shared/schema"
)

var wktPoint = regexp.MustCompile(`(?i)^(?:SRID=\d+;)?\s*POINT\s*(?:Z|M|ZM)?\s*\(\s*(-?[\d.]+(?:e-?\d+)?)[\s,]+(-?[\d.]+(?:e-?\d+)?)[^()]*\)$`)

// point reads POINT (lon lat).
func point(lat, lon *schema.Field, text string) (schema.Value, schema.Value, error) {
	x, y, ok := cutPoint(strings.TrimSpace(text))
	if !ok {
		return nil, nil, fault.New(fault.BadCoordinate, "field", lat.Name, "got", clipped(text))
	}
	vy, err := coordinate(lat, y)
	if err != nil {
		return nil, nil, err
	}
	vx, err := coordinate(lon, x)
	return vy, vx, err
}

func coordinate(f *schema.Field, text string) (schema.Value, error) {
	if n, ok := plainDecimal(text); ok {
		return f.Normalize(n)
	}
	return f.Normalize(text)
}

// cutPoint takes the coordinates out; the usual form without the regular expression, which is slow.
func cutPoint(text string) (x, y string, ok bool) {
	if inside, found := strings.CutPrefix(text, "POINT ("); found && strings.HasSuffix(inside, ")") {
		x, y, found = strings.Cut(inside[:len(inside)-1], " ")
		if found && isCoordinate(x) && isCoordinate(y) {
			return x, y, true
		}
	}
	m := wktPoint.FindStringSubmatch(text)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

func isCoordinate(s string) bool {
	s = strings.TrimPrefix(s, "-")
	return s != "" && strings.Trim(s, "0123456789.") == ""
}

// clipped shortens what a message quotes.
func clipped(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
