package main

import (
	"fmt"
	"strings"
	"time"

	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// network is the one that everything is measured in.
const network = "PE"

// start is when the first organization of the workload was written down; each next one a little later.
var start = clock.MillisOf(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))

// draws is a source of choices (splitmix64), so that the workload is the same everywhere.
type draws uint64

func (d *draws) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (d *draws) below(n int) int { return int(d.next() % uint64(n)) }

func (d *draws) of(list ...string) string { return list[d.below(len(list))] }

// vocabulary is what invented names and notes are made of: as many words as a register of that kind has, some of them far
// more frequent than others.
var vocabulary = func() []string {
	syllables := strings.Fields("ca co pro pe ma ra lo ti sa no ri ta ne mi do la vi chi gua que zú ñá li bo fe ja")
	d := draws(7)
	words := make([]string, 8000)
	for i := range words {
		for range 2 + d.below(3) {
			words[i] += syllables[d.below(len(syllables))]
		}
	}
	return words
}()

func (d *draws) word() string {
	return vocabulary[d.below(1+d.below(1+d.below(len(vocabulary))))]
}

func (d *draws) text(words int) string {
	parts := make([]string, words)
	for i := range parts {
		parts[i] = d.word()
	}
	return strings.Join(parts, " ")
}

// parents is how many organizations others belong to.
const parents = 200

// organization is the i-th of the workload by field name: 25 fields, about 700 bytes of JSON. The people and places in it
// are invented.
func organization(i int) map[string]any {
	d := draws(i)
	kind := d.of("Cooperativa Agraria", "Asociación de Productores", "Central de Cooperativas", "Unión", "Comité")
	name := kind + " " + d.text(2)
	site := strings.ReplaceAll(d.text(2), " ", "-")
	at := int64(start) + int64(i)*1000
	var parent any // of the first ones, none: a record comes after those it refers to
	if i >= parents {
		parent = idOf(d.below(parents)).String()
	}
	return map[string]any{
		"created_at": at, "tags": []string{d.of("piloto", "norte", "sur")}, "name": name, "acronym": strings.ToUpper(d.word()),
		"aliases": []string{d.text(2)}, "flo_id": fmt.Sprint(1000 + d.below(90000)),
		"type":  d.of("small_producers", "small_producers", "small_producers", "hired_labor", "contract_production", "other"),
		"grade": d.of("first", "first", "second", "third"), "legal_form": d.of("S.A.", "Cooperativa", "Asociación civil"),
		"tax_id": fmt.Sprint(20000000000 + d.below(1e9)), "founded": int64(1950 + d.below(70)),
		"country": d.of("PE", "MX", "CO", "BO", "EC", "GT", "HN", "NI"),
		"admin1":  d.of("Cusco", "Puno", "Junín", "Piura", "Áncash", "Loreto", "San Martín", "Cajamarca"),
		"admin2":  d.word(), "locality": d.word(), "products": []string{d.of("banana", "cocoa", "coffee"), d.of("honey", "nuts", "spices")},
		"languages": []string{d.of("es", "qu", "ay")}, "website": "https://" + site + ".example", "notes": d.text(10),
		"parent": parent, "address": d.text(3) + " " + fmt.Sprint(d.below(900)),
		"phones": []string{fmt.Sprintf("+511000%04d", d.below(1e4))}, "emails": []string{"contacto@" + site + ".example"},
		"status": d.of("active", "active", "active", "inactive"),
	}
}

// idOf is the UUIDv7 of the i-th organization: made when it was written down, the rest at random.
func idOf(i int) record.ID {
	d := draws(i + 1<<40)
	at, hi, lo := uint64(start)+uint64(i)*1000, d.next(), d.next()
	var id record.ID
	for b := range 6 {
		id[b] = byte(at >> (40 - 8*b))
	}
	for b := range 8 {
		id[8+b] = byte(lo >> (8 * b))
	}
	id[6], id[7], id[8] = 0x70|byte(hi)&0x0f, byte(hi>>8), 0x80|id[8]&0x3f
	return id
}

var organizations = func() *schema.Collection {
	c, err := schema.Registry().Collection("organization")
	if err != nil {
		panic(err) // the registry has it
	}
	return c
}()

// creation is the i-th organization as a laptop sends it.
func creation(i int) record.Mutation {
	m := record.Mutation{
		Op: record.NewOpID(), Kind: record.Create, Edited: start + clock.Millis(i)*1000,
		Key: record.Key{Network: network, Collection: organizations.Number, ID: idOf(i)},
	}
	values := organization(i)
	for j := range organizations.Fields {
		f := &organizations.Fields[j]
		v, err := f.Normalize(values[f.Name])
		if err != nil {
			panic(fmt.Sprintf("organization %d, %s: %v", i, f.Name, err)) // the workload is ours
		}
		if v != nil {
			m.Changes = append(m.Changes, record.Change{Field: f.Number, New: v})
		}
	}
	return m
}

// stored is the i-th organization as the server has it after its creation.
func stored(i int) *record.Record {
	m := creation(i)
	r := &record.Record{
		Key: m.Key, Version: 1, Seq: uint64(i) + 2, // the network's own record is the first
		Fields: map[uint16]schema.Value{}, Stamps: map[uint16]record.Stamp{},
	}
	for _, ch := range m.Changes {
		r.Fields[ch.Field] = ch.New
		r.Stamps[ch.Field] = record.Stamp{Version: 1, Device: 1, Edited: m.Edited}
	}
	return r
}

// adding and changing are edits as a person makes them.
func adding(i int) draft.Edit {
	fields := organization(i)
	delete(fields, "created_at") // is set for them
	return draft.Edit{Kind: draft.Create, Collection: organizations.Name, Network: network, ID: idOf(i).String(), Fields: fields}
}

func changing(i, round int) draft.Edit {
	d := draws(i + round<<32)
	return draft.Edit{
		Kind: draft.Update, Collection: organizations.Name, Network: network, ID: idOf(i).String(),
		Fields: map[string]any{"locality": d.word() + fmt.Sprint(" ", round)},
	}
}

// change is a mutation of the i-th organization as a device makes it.
func change(i, round int) record.Mutation {
	m := record.Mutation{
		Op: record.NewOpID(), Kind: record.Update, Base: uint64(1 + round), Edited: clock.MillisOf(time.Now()),
		Key: record.Key{Network: network, Collection: organizations.Number, ID: idOf(i)},
	}
	f, _ := organizations.Field("locality")
	m.Changes = []record.Change{{Field: f.Number, New: fmt.Sprintf("lugar %d", round)}}
	return m
}
