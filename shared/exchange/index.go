package exchange

import (
	"hash/maphash"

	"acopio/shared/record"
	"acopio/shared/schema"
)

// How alike two names of one place must be: to be taken for the same, and to be shown to a person. By the labels of
// shared/duplicate/testdata/togo_pairs.csv (docs/benchmarks.md).
const (
	sameLikeness     = 0.8
	possibleLikeness = 0.7
)

// Bounds of how many records one row is compared with.
const (
	maxExact = 256  // of the same name
	maxBlock = 2048 // of the same place
)

// entry is a record that rows can be about: one that is there, or one that an earlier row makes.
type entry struct {
	keys
	target  record.ID
	version uint64
	row     int    // the row that makes it; 0 for one that is there
	edit    int    // its edit in the plan, or -1
	used    bool   // a row was found to be about it
	grams   grams  // made when first compared
	numbers string // its numerals, with grams
	have    values // what the plan needs to know of it, as it will stand
}

// index finds the record that a row is about.
type index struct {
	request  Request
	naming   naming
	foldName func(string) string
	places   placeMemo
	flo      *schema.Field
	notes    *schema.Field
	external string // the column whose values name records; empty for none
	count    int
	strong   map[string][]*entry // by id, FLO ID, external id, each with its prefix
	exact    map[uint64][]*entry // by name, those that are there
	blocks   map[uint64][]*entry // by the most precise level of the place
	claimed  map[uint64]struct{} // by rows of the file: strong keys, and name with place
	seed     maphash.Seed
}

func newIndex(r Request, l *layout) *index {
	x := &index{
		request: r,
		naming:  namingOf(l.collection), foldName: fold, places: placeMemo{}, notes: l.notes,
		strong: map[string][]*entry{}, exact: map[uint64][]*entry{}, blocks: map[uint64][]*entry{},
		claimed: map[uint64]struct{}{}, seed: maphash.MakeSeed(),
	}
	if x.naming.fuzzy {
		x.foldName = foldName
	}
	if l.byFLO {
		x.flo, _ = l.collection.Field("flo_id")
	}
	if l.external != nil {
		x.external = l.external.name
	}
	return x
}

// strongKeys are the keys that alone say which record it is.
func (k keys) strongKeys() []string {
	var out []string
	if k.id != "" {
		out = append(out, "id:"+k.id)
	}
	if k.flo != "" {
		out = append(out, "flo:"+k.flo)
	}
	if k.external != "" {
		out = append(out, "ext:"+k.external)
	}
	return out
}

// at is a key for the name together with its place.
func (k keys) at() string {
	return "name:" + k.name + "\x00" + k.place[0] + "\x00" + k.place[1] + "\x00" + k.place[2]
}

func (x *index) nameHash(k keys) uint64 { return maphash.String(x.seed, k.name) }

func (x *index) blockHash(k keys) uint64 {
	i := k.place.finest()
	if i < 0 {
		return 0
	}
	return maphash.String(x.seed, string(rune('0'+i))+k.place[i])
}

// add makes an entry findable.
func (x *index) add(e *entry) {
	x.count++
	if e.row == 0 || e.have != nil {
		for _, s := range e.strongKeys() {
			x.strong[s] = append(x.strong[s], e)
		}
	}
	if e.name == "" {
		return
	}
	if e.row == 0 {
		h := x.nameHash(e.keys)
		x.exact[h] = append(x.exact[h], e)
	}
	if b := x.blockHash(e.keys); len(x.blocks[b]) < maxBlock {
		x.blocks[b] = append(x.blocks[b], e)
	}
}

// byID is the record with an id; nil if there is none.
func (x *index) byID(id string) *entry {
	for _, e := range x.strong["id:"+id] {
		if e.id == id {
			return e
		}
	}
	return nil
}

// claim notes what a row of the file says by itself, so that no other row takes its record for being similar.
func (x *index) claim(k keys) {
	for _, s := range k.strongKeys() {
		x.claimed[x.hash(s)] = struct{}{}
	}
	if k.name == "" {
		return
	}
	for _, flo := range []string{k.flo, "*"} {
		for _, external := range []string{k.external, "*"} {
			x.claimed[x.hash(k.at()+"\x00"+flo+"\x00"+external)] = struct{}{}
		}
	}
}

func (x *index) hash(s string) uint64 { return maphash.String(x.seed, s) }

func (x *index) isClaimed(e *entry) bool {
	for _, s := range e.strongKeys() {
		if _, ok := x.claimed[x.hash(s)]; ok {
			return true
		}
	}
	return x.nameClaimed(e)
}

// nameClaimed reports whether a row has the name and place of an entry, and no id that says it is another.
func (x *index) nameClaimed(e *entry) bool {
	for _, flo := range compatible(e.flo) {
		for _, external := range compatible(e.external) {
			if _, ok := x.claimed[x.hash(e.at()+"\x00"+flo+"\x00"+external)]; ok {
				return true
			}
		}
	}
	return false
}

// compatible lists what a row may have where an entry has an id: the same, or none; anything where it has none.
func compatible(id string) []string {
	if id == "" {
		return []string{"*"}
	}
	return []string{id, ""}
}
