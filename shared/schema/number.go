package schema

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"

	"acopio/shared/fault"
)

// mostExact is the largest integer that JSON carries exactly: a larger one would differ after a journey through it.
const mostExact = 1 << 53

func (f *Field) integer(v any) (Value, error) {
	var n int64
	switch x := v.(type) {
	case int:
		n = int64(x)
	case int64:
		n = x
	case uint64:
		n = int64(min(x, mostExact+1)) //nolint:gosec // it fits
	case float64:
		if x != math.Trunc(x) || math.Abs(x) > mostExact {
			return nil, f.wrongType(v)
		}
		n = int64(x)
	case json.Number:
		return f.integerText(x.String())
	case string:
		return f.integerText(x)
	default:
		return nil, f.wrongType(v)
	}
	if n > mostExact || n < -mostExact {
		return nil, f.wrongType(v)
	}
	return n, f.inRange(float64(n))
}

// integerText takes 12.0 and 1e3 too: spreadsheets write them.
func (f *Field) integerText(s string) (Value, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return f.integer(n)
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || !written.MatchString(s) {
		return nil, f.wrongType(s)
	}
	return f.integer(x)
}

// written is a number as people and programs write it: Go would also take 1_000, 0x1p4 and infinity.
var written = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

func (f *Field) decimal(v any) (Value, error) {
	var x float64
	switch t := v.(type) {
	case float64:
		x = t
	case int:
		x = float64(t)
	case int64:
		x = float64(t)
	case uint64:
		x = float64(t)
	case json.Number:
		return f.decimal(t.String())
	case string:
		t = decimalPoint(t)
		p, err := strconv.ParseFloat(t, 64)
		if err != nil || !written.MatchString(t) {
			return nil, f.wrongType(v)
		}
		x = p
	default:
		return nil, f.wrongType(v)
	}
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil, f.wrongType(v)
	}
	if x == 0 {
		x = 0 // drops the sign of negative zero, which would encode differently
	}
	return x, f.inRange(x)
}

// grouped is a number that reads as thousands to some (1,234) and as a fraction to others.
var grouped = regexp.MustCompile(`^[+-]?[1-9][0-9]{0,2},[0-9]{3}$`)

// decimalPoint reads a single decimal comma, as much of the region writes it. What has both signs, or could mean
// thousands, is left alone and so refused: guessing would be wrong by a factor of a thousand.
func decimalPoint(s string) string {
	if strings.Count(s, ",") == 1 && !strings.Contains(s, ".") && !grouped.MatchString(s) {
		return strings.Replace(s, ",", ".", 1)
	}
	return s
}

func (f *Field) inRange(x float64) error {
	if (f.Min == nil || x >= *f.Min) && (f.Max == nil || x <= *f.Max) {
		return nil
	}
	got := plain(x)
	if f.Unit == "°" {
		return fault.New(fault.BadCoordinate, "field", f.Name, "got", got)
	}
	return fault.New(fault.OutOfRange, "field", f.Name, "got", got, "range", f.rangeText())
}

func (f *Field) rangeText() string {
	low, high := "…", "…"
	if f.Min != nil {
		low = plain(*f.Min)
	}
	if f.Max != nil {
		high = plain(*f.Max)
	}
	return low + " – " + high
}

func (f *Field) boolean(v any) (Value, error) {
	switch x := v.(type) {
	case bool:
		return x, nil
	case string:
		switch strings.ToLower(x) {
		case "true", "1", "yes", "si", "sí", "sim", "oui", "x":
			return true, nil
		case "false", "0", "no", "não", "nao", "non":
			return false, nil
		}
	}
	return nil, f.wrongType(v)
}
