package exchange

import (
	"hash/maphash"
	"slices"
)

// maxTracked bounds how many columns of a sheet are looked at for ids that come again.
const maxTracked = 4

// trackedWords are in the names of columns that hold ids.
var trackedWords = wordSet(`id fid gid uid oid flo floid fto flocert fairtrade objectid codigo code cod clave key ref
	referencia reference matricula registro`)

var idSeed = maphash.MakeSeed()

// repeats are the ids of a column that several rows have. Most files have none, and a plan then need not remember
// what each row said in case that another one says more of the same record.
type repeats struct {
	seen  map[uint64]struct{} // while the sheet is read
	again map[uint64]struct{}
}

// trackable reports whether a column's ids are worth remembering.
func trackable(name string) bool {
	return slices.ContainsFunc(headerWordsOf(name), func(w string) bool { return trackedWords[w] })
}

func newRepeats() *repeats {
	return &repeats{map[uint64]struct{}{}, map[uint64]struct{}{}}
}

func idHash(text string) uint64 { return maphash.String(idSeed, floNumber(text)) }

func (r *repeats) see(text string) {
	if r == nil {
		return
	}
	h := idHash(text)
	if _, known := r.seen[h]; known {
		r.again[h] = struct{}{}
	}
	r.seen[h] = struct{}{}
}

// has reports whether an id comes again, or may: nil is a column that was not looked at.
func (r *repeats) has(id string) bool {
	if id == "" {
		return false
	}
	if r == nil {
		return true
	}
	_, ok := r.again[idHash(id)]
	return ok
}
