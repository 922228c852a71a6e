package merge

import (
	"sort"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// combine takes a change of a set or a text over to what others made of the field meanwhile. It fails when the two
// cannot be brought together, or what comes of it is more than the field takes.
func combine(f *schema.Field, ch record.Change, have schema.Value) (schema.Value, bool) {
	if f.Rule == schema.Union {
		v := mergeSets(ch.Old, ch.New, have)
		_, err := f.Normalize(v)
		return v, !fault.Is(err, fault.TooLong) // members that another build knows and this one does not are no obstacle
	}
	text, ok := mergeText(str(ch.Old), str(ch.New), str(have))
	if !ok {
		return nil, false
	}
	v, err := f.Normalize(text)
	return v, err == nil
}

func str(v schema.Value) string { s, _ := v.(string); return s }

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
