package schema

import (
	"fmt"

	"acopio/shared/fault"
)

// sumsTo demands that the parts, once all of the first two are given, add up to the total; with fewer given they
// must not exceed it.
func sumsTo(total string, parts ...string) Check {
	return func(values map[string]Value) *fault.Error {
		want, ok := values[total].(int64)
		if !ok {
			return nil
		}
		var sum int64
		given := 0
		for _, p := range parts {
			if n, ok := values[p].(int64); ok {
				sum += n
				given++
			}
		}
		if sum > want || (given >= 2 && sum != want) {
			return fault.New(fault.BadSum, "field", total, "sum", fmt.Sprint(sum), "total", fmt.Sprint(want))
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
			return fault.New(fault.OutOfRange, "field", part, "got", fmt.Sprint(p), "range", fmt.Sprintf("0 – %v", w))
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
