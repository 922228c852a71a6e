package merge

import (
	"sort"

	"acopio/shared/schema"
)

// mergeSets takes what the author added and removed (from old to new) over to have.
func mergeSets(old, new, have schema.Value) schema.Value {
	was, want, out := members(old), members(new), members(have)
	for s := range want {
		if !was[s] {
			out[s] = true
		}
	}
	for s := range was {
		if !want[s] {
			delete(out, s)
		}
	}
	if len(out) == 0 {
		return nil
	}
	list := make([]string, 0, len(out))
	for s := range out {
		list = append(list, s)
	}
	sort.Strings(list)
	return list
}

func members(v schema.Value) map[string]bool {
	set := map[string]bool{}
	list, _ := v.([]string)
	for _, s := range list {
		set[s] = true
	}
	return set
}
