package schema

import (
	"fmt"
	"strconv"

	"acopio/shared/fault"
)

// sumsTo demands that the parts, once the first two are given, add up to the total; until then they must not exceed
// it. The parts after the first two count as none when they are missing.
func sumsTo(total string, parts ...string) Check {
	return func(values map[string]Value) *fault.Error {
		want, ok := values[total].(int64)
		if !ok {
			return nil
		}
		var sum int64
		complete := true
		for i, p := range parts {
			n, given := values[p].(int64)
			sum += n
			complete = complete && (given || i >= 2)
		}
		if sum > want || (complete && sum != want) {
			return fault.New(fault.BadSum, "field", total, "sum", plain(float64(sum)), "total", plain(float64(want)))
		}
		return nil
	}
}

// atMost demands that a part does not exceed its whole.
func atMost(part, whole string) Check {
	return func(values map[string]Value) *fault.Error {
		p, ok1 := number(values[part])
		w, ok2 := number(values[whole])
		if ok1 && ok2 && p > w {
			return fault.New(fault.OutOfRange, "field", part, "got", plain(p), "range", "0 – "+plain(w))
		}
		return nil
	}
}

// ordered demands that a period does not end before it begins.
func ordered(from, to string) Check {
	return func(values map[string]Value) *fault.Error {
		a, ok1 := values[from].(string)
		b, ok2 := values[to].(string)
		if ok1 && ok2 && b < a {
			return fault.New(fault.OutOfRange, "field", to, "got", b, "range", "≥ "+a)
		}
		return nil
	}
}

// coordinate demands both halves of a position or neither.
func coordinate(lat, lon string) Check {
	return func(values map[string]Value) *fault.Error {
		_, hasLat := values[lat].(float64)
		_, hasLon := values[lon].(float64)
		if hasLat != hasLon {
			return fault.New(fault.BadCoordinate, "field", lat, "got", fmt.Sprintf("%v, %v", values[lat], values[lon]))
		}
		return nil
	}
}

// plain writes a number without an exponent.
func plain(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

func number(v Value) (float64, bool) {
	switch n := v.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	default:
		return 0, false
	}
}
