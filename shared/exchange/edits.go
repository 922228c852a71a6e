package exchange

import (
	"encoding/binary"
	"iter"
	"sync"

	"github.com/klauspost/compress/zstd"

	"acopio/shared/draft"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Edits are those of a plan, in order. A file makes hundreds of thousands: as maps of values they would take a hundred
// times what they take encoded, and compressed some hundreds together.
type Edits struct {
	schema  *schema.Schema
	network string
	count   int
	blocks  [][]byte
	open    []byte                  // what came after the last block
	late    map[int][]record.Change // what later rows change of edits, by their place
}

// editsPerBlock are so many that compressing finds what they have in common, and so few that unpacking them is cheap.
const editsPerBlock = 256

// packer and unpacker are made when first needed, and serve all plans.
var (
	packer = sync.OnceValue(func() *zstd.Encoder {
		z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<18))
		if err != nil {
			panic(err) // the options are constant
		}
		return z
	})
	unpacker = sync.OnceValue(func() *zstd.Decoder {
		z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
		if err != nil {
			panic(err) // the options are constant
		}
		return z
	})
)

func newEdits(s *schema.Schema, network string) *Edits {
	return &Edits{schema: s, network: network, late: map[int][]record.Change{}}
}

// Len is how many there are.
func (e *Edits) Len() int { return e.count }

// All yields the edits in their order; each may be changed by whoever takes it.
func (e *Edits) All() iter.Seq[draft.Edit] {
	return func(yield func(draft.Edit) bool) {
		at := 0
		each := func(block []byte) bool {
			for len(block) > 0 {
				var edit draft.Edit
				edit, block = e.decode(block)
				for _, ch := range e.late[at] {
					c, _ := e.schema.Collection(edit.Collection)
					f, _ := c.FieldByNumber(ch.Field)
					edit.Fields[f.Name] = ch.New
				}
				at++
				if !yield(edit) {
					return false
				}
			}
			return true
		}
		for _, packed := range e.blocks {
			block, err := unpacker().DecodeAll(packed, nil)
			if err != nil {
				panic(err) // it was packed below, and has not left the memory
			}
			if !each(block) {
				return
			}
		}
		each(e.open)
	}
}

// add puts an edit at the end. Its values are in their fields' canonical form.
func (e *Edits) add(edit draft.Edit) {
	e.open = e.encode(e.open, edit)
	e.count++
	if e.count%editsPerBlock == 0 {
		e.blocks = append(e.blocks, packer().EncodeAll(e.open, make([]byte, 0, len(e.open)/3)))
		e.open = e.open[:0]
	}
}

// amend changes fields of the edit at a place.
func (e *Edits) amend(at int, changes []change) {
	for _, ch := range changes {
		e.late[at] = append(e.late[at], record.Change{Field: ch.field.Number, New: ch.new})
	}
}

const (
	withBase = 1 << iota
	withWas
	updates // else it creates
)

func (e *Edits) encode(b []byte, edit draft.Edit) []byte {
	c, err := e.schema.Collection(edit.Collection)
	if err != nil {
		panic(err) // the plan is of that collection
	}
	id, err := record.ParseID(edit.ID)
	if err != nil {
		panic(err) // the plan made it, or took it from a record
	}
	var flags byte
	if edit.Kind == draft.Update {
		flags |= updates
	}
	if edit.Base != nil {
		flags |= withBase
	}
	if edit.Was != nil {
		flags |= withWas
	}
	b = append(b, flags)
	b = binary.BigEndian.AppendUint16(b, c.Number)
	b = append(b, id[:]...)
	if edit.Base != nil {
		b = binary.AppendUvarint(b, *edit.Base)
	}
	b = appendNamed(b, c, edit.Fields)
	if edit.Was != nil {
		b = appendNamed(b, c, edit.Was)
	}
	return b
}

func (e *Edits) decode(b []byte) (draft.Edit, []byte) {
	flags := b[0]
	c, _ := e.schema.CollectionByNumber(binary.BigEndian.Uint16(b[1:]))
	id := record.ID(b[3:19])
	b = b[19:]
	edit := draft.Edit{Kind: draft.Create, Collection: c.Name, Network: e.network, ID: id.String()}
	if flags&updates != 0 {
		edit.Kind = draft.Update
	}
	if flags&withBase != 0 {
		base, n := binary.Uvarint(b)
		edit.Base, b = &base, b[n:]
	}
	edit.Fields, b = takeNamed(b, c)
	if flags&withWas != 0 {
		edit.Was, b = takeNamed(b, c)
	}
	return edit, b
}

// appendNamed and takeNamed encode values by name as a mutation does, with the length in front.
func appendNamed(b []byte, c *schema.Collection, named map[string]any) []byte {
	changes := make([]record.Change, 0, len(named))
	for name, v := range named {
		f, ok := c.Field(name)
		if !ok {
			panic(c.Name + " has no field " + name) // the mapping was checked
		}
		changes = append(changes, record.Change{Field: f.Number, New: v})
	}
	body := record.EncodeChanges(c, changes)
	return append(binary.AppendUvarint(b, uint64(len(body))), body...)
}

func takeNamed(b []byte, c *schema.Collection) (map[string]any, []byte) {
	size, n := binary.Uvarint(b)
	b = b[n:]
	changes, err := record.DecodeChanges(c, b[:size])
	if err != nil {
		panic(err) // encoded above
	}
	named := make(map[string]any, len(changes))
	for _, ch := range changes {
		f, _ := c.FieldByNumber(ch.Field)
		named[f.Name] = ch.New
	}
	return named, b[size:]
}
