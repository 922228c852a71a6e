// Package schema declares the registry once: collections, their fields, types, validation, merge rules,
// sensitivity and labels. Replica tables, forms, API types, import mapping, exports and the data dictionary are
// derived from the declarations in this package; adding a field is one line in one of its files.
//
// Numbers are on the wire and on disk: never change or reuse one.
package schema

import (
	"fmt"
	"sort"
	"sync/atomic"

	"acopio/shared/fault"
)

// Type says what values a field holds, and so how it is stored, checked, shown and parsed.
type Type string

// The types. A set is held as a sorted []string without duplicates.
const (
	Text      Type = "text"      // one line: string
	LongText  Type = "long_text" // many lines: string
	Integer   Type = "integer"   // int64
	Decimal   Type = "decimal"   // float64, finite
	Boolean   Type = "boolean"   // bool
	Date      Type = "date"      // string YYYY-MM-DD
	Instant   Type = "instant"   // int64, milliseconds since 1970 UTC
	Choice    Type = "choice"    // string, one of Choices
	Choices   Type = "choices"   // set of Choices
	Reference Type = "reference" // string: the id (UUID) of a record of Target in the same network
	Country   Type = "country"   // string: ISO 3166-1 alpha-2
	Countries Type = "countries" // set of countries
	Texts     Type = "texts"     // set of short strings
	Emails    Type = "emails"    // set of e-mail addresses
	Phones    Type = "phones"    // set of E.164 numbers
	URL       Type = "url"       // string
	FLOID     Type = "flo_id"    // string of 1–7 digits
	JSON      Type = "json"      // string holding JSON text
)

// IsSet reports whether values of the type are sets of strings.
func (t Type) IsSet() bool {
	switch t {
	case Choices, Countries, Texts, Emails, Phones:
		return true
	default:
		return false
	}
}

// IsNumber reports whether values of the type are right-aligned numbers.
func (t Type) IsNumber() bool { return t == Integer || t == Decimal }

// Rule says how concurrent edits of a field are merged.
type Rule string

// The merge rules of the registry.
const (
	LastWriter  Rule = "last_writer" // the later edit wins, the other is kept and shown
	Contested   Rule = "contested"   // like LastWriter, and a person must look at it
	Fixed       Rule = "fixed"       // never changes once set
	Union       Rule = "union"       // set union with removals
	Ladder      Rule = "ladder"      // only moves up its choices, or up in value
	Prose       Rule = "prose"       // three-way text merge
	Restrictive Rule = "restrictive" // concurrent: the choice listed later (the more restrictive) wins
)

// Value is a field's value: nil, string, int64, float64, bool or a sorted []string. A field that this build does
// not know keeps the encoded form it arrived in.
type Value = any

// Label is a sentence or name in the languages of the product.
type Label struct {
	ES string `json:"es"`
	EN string `json:"en"`
	PT string `json:"pt"`
	FR string `json:"fr"`
}

// In is the label in a language; Spanish when there is none.
func (l Label) In(lang string) string {
	switch {
	case lang == "en" && l.EN != "":
		return l.EN
	case lang == "pt" && l.PT != "":
		return l.PT
	case lang == "fr" && l.FR != "":
		return l.FR
	default:
		return l.ES
	}
}

// Option is one choice of a Choice or Choices field. Order matters to Ladder and Restrictive.
type Option struct {
	Code  string `json:"code"`
	Label Label  `json:"label"`
}

// Field is one declared field.
type Field struct {
	Number    uint16   `json:"number"`
	Name      string   `json:"name"`
	Type      Type     `json:"type"`
	Label     Label    `json:"label"`
	Help      Label    `json:"help"`
	Rule      Rule     `json:"rule"`
	Group     string   `json:"group,omitempty"`     // fields of one group are merged as one
	Required  bool     `json:"required,omitempty"`  //
	Sensitive bool     `json:"sensitive,omitempty"` // personal or commercial: withheld from viewers
	Options   []Option `json:"options,omitempty"`
	Target    string   `json:"target,omitempty"` // collection a Reference points to
	Min       *float64 `json:"min,omitempty"`
	Max       *float64 `json:"max,omitempty"`
	MaxLength int      `json:"max_length,omitempty"`
	Unit      string   `json:"unit,omitempty"`
	Search    bool     `json:"search,omitempty"`  // found by full-text search
	Grid      bool     `json:"grid,omitempty"`    // a column of the default grid
	Indexed   bool     `json:"indexed,omitempty"` // filtered or sorted by often
	System    bool     `json:"system,omitempty"`  // set by the program, not by people
	Network   string   `json:"network,omitempty"` // of a network's own field: whose records have it
	Retired   bool     `json:"retired,omitempty"` // a network's own field that is kept and no longer asked for
	Place     float64  `json:"place,omitempty"`   // orders a network's own fields
}

// Collection is one declared kind of record.
type Collection struct {
	Number      uint16   `json:"number"`
	Name        string   `json:"name"`
	Label       Label    `json:"label"`
	Plural      Label    `json:"plural"`
	Fields      []Field  `json:"fields"`
	Derived     []Field  `json:"derived,omitempty"`      // made from other records, for a day: never kept nor edited
	Title       string   `json:"title"`                  // the field that names a record
	Parent      string   `json:"parent,omitempty"`       // the Reference field to the record it belongs to
	Identity    []string `json:"identity,omitempty"`     // fields that make its id, so that two laptops creating the same fact converge
	AppendOnly  bool     `json:"append_only,omitempty"`  // rows are added and removed, not edited
	ServerOwned bool     `json:"server_owned,omitempty"` // only the server creates them
	Editable    []string `json:"editable,omitempty"`     // fields of a server-owned record that people may change
	Unsynced    bool     `json:"unsynced,omitempty"`     // kept by the server alone, never in a replica
	Sensitive   bool     `json:"sensitive,omitempty"`    // the whole record is withheld from viewers
	Write       Role     `json:"write"`                  // least role that creates and edits
	Delete      Role     `json:"delete"`                 // least role that deletes
	Checks      []Check  `json:"-"`

	byName   map[string]*Field
	byNumber map[uint16]*Field
	low      [64]*Field // the same for the numbers that nearly all fields have: every value of every record asks
	groups   map[string][]*Field
}

// Check is a rule over the whole record; values are by field name.
type Check func(values map[string]Value) *fault.Error

// Field finds a field by name.
func (c *Collection) Field(name string) (*Field, bool) { f, ok := c.byName[name]; return f, ok }

// FieldByNumber finds a field by number.
func (c *Collection) FieldByNumber(n uint16) (*Field, bool) {
	if int(n) < len(c.low) {
		return c.low[n], c.low[n] != nil
	}
	f, ok := c.byNumber[n]
	return f, ok
}

// GroupOf lists the fields merged together with f: f alone when it has no group.
func (c *Collection) GroupOf(f *Field) []*Field {
	if f.Group == "" {
		return []*Field{f}
	}
	return c.groups[f.Group]
}

// IsSensitive reports whether a field number is withheld from viewers; a number this build does not know is.
func (c *Collection) IsSensitive(n uint16) bool {
	if c.Sensitive {
		return true
	}
	f, ok := c.FieldByNumber(n)
	return !ok || f.Sensitive
}

// MayEdit reports whether people may change the field of a server-owned record.
func (c *Collection) MayEdit(name string) bool {
	for _, e := range c.Editable {
		if e == name {
			return true
		}
	}
	return !c.ServerOwned
}

// Mergeable reports whether a person may merge two records of the collection. Those whose ids say what they are about
// cannot be duplicates of each other, and follow what they belong to.
func (c *Collection) Mergeable() bool {
	return !c.Unsynced && !c.ServerOwned && !c.AppendOnly && len(c.Identity) == 0 && c.Delete != Nobody
}

// Schema is a set of collections. What is declared never changes; the fields that networks add for themselves come and
// change while it is in use (see Adopt), so a *Collection is what the schema was when it was asked for. It is safe for
// concurrent use.
type Schema struct {
	declared *catalog
	current  atomic.Pointer[catalog]
}

// catalog is one state of a schema.
type catalog struct {
	collections []*Collection
	byName      map[string]*Collection
	byNumber    map[uint16]*Collection
}

// New checks the declarations and indexes them. It fails on a reused number or name and on a dangling reference,
// group or identity: a programming error that a test of this package catches.
func New(collections ...Collection) (*Schema, error) {
	c, err := newCatalog(collections)
	if err != nil {
		return nil, err
	}
	s := &Schema{declared: c}
	s.current.Store(c)
	return s, c.checkTargets()
}

func newCatalog(collections []Collection) (*catalog, error) {
	s := &catalog{byName: map[string]*Collection{}, byNumber: map[uint16]*Collection{}}
	for i := range collections {
		c := &collections[i]
		if s.byName[c.Name] != nil || s.byNumber[c.Number] != nil || c.Number == 0 || !snake.MatchString(c.Name) {
			return nil, fmt.Errorf("collection %q or its number %d is declared twice, or is none", c.Name, c.Number)
		}
		if err := c.index(); err != nil {
			return nil, fmt.Errorf("collection %s: %w", c.Name, err)
		}
		s.collections = append(s.collections, c)
		s.byName[c.Name], s.byNumber[c.Number] = c, c
	}
	sort.Slice(s.collections, func(i, j int) bool { return s.collections[i].Number < s.collections[j].Number })
	return s, nil
}

func (c *Collection) index() error {
	c.byName, c.byNumber, c.groups = map[string]*Field{}, map[uint16]*Field{}, map[string][]*Field{}
	c.Fields = append(append([]Field{}, systemFields...), c.Fields...)
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.Number == MergedInto {
			f.Target = c.Name
		}
		if c.byName[f.Name] != nil || c.byNumber[f.Number] != nil {
			return fmt.Errorf("field %q or its number %d is declared twice", f.Name, f.Number)
		}
		if f.Number == 0 || (f.Number <= lastSystemNumber) != (i < len(systemFields)) {
			return fmt.Errorf("number %d of field %q is kept for system fields", f.Number, f.Name)
		}
		if err := f.verify(); err != nil {
			return err
		}
		c.byName[f.Name], c.byNumber[f.Number] = f, f
		if int(f.Number) < len(c.low) {
			c.low[f.Number] = f
		}
		if f.Group != "" {
			c.groups[f.Group] = append(c.groups[f.Group], f)
		}
	}
	for _, name := range append(append([]string{c.Title}, c.Identity...), c.Editable...) {
		if c.byName[name] == nil {
			return fmt.Errorf("it names the field %q, which is not declared", name)
		}
	}
	if c.Parent != "" && (c.byName[c.Parent] == nil || c.byName[c.Parent].Type != Reference) {
		return fmt.Errorf("parent %q is not a declared reference", c.Parent)
	}
	return c.verifyRules()
}

func (s *catalog) checkTargets() error {
	for _, c := range s.collections {
		for i := range c.Fields {
			f := &c.Fields[i]
			if f.Type == Reference && s.byName[f.Target] == nil {
				return fmt.Errorf("%s.%s refers to %q, which is not declared", c.Name, f.Name, f.Target)
			}
		}
	}
	return nil
}

// Collections lists all collections, by number.
func (s *Schema) Collections() []*Collection { return s.current.Load().collections }

// Collection finds a collection by name, or fails with fault.UnknownCollection.
func (s *Schema) Collection(name string) (*Collection, error) {
	c, ok := s.current.Load().byName[name]
	if !ok {
		return nil, fault.New(fault.UnknownCollection, "collection", name)
	}
	return c, nil
}

// CollectionByNumber finds a collection by number.
func (s *Schema) CollectionByNumber(n uint16) (*Collection, bool) {
	c, ok := s.current.Load().byNumber[n]
	return c, ok
}

// Children lists the collections whose records belong to a record of the named collection.
func (s *Schema) Children(name string) []*Collection {
	var out []*Collection
	for _, c := range s.Collections() {
		if c.Parent != "" && c.byName[c.Parent].Target == name {
			out = append(out, c)
		}
	}
	return out
}

// Extend makes a schema that has one more field in a collection: what adding a declaration would make.
func Extend(s *Schema, collection string, f Field) (*Schema, error) {
	if _, err := s.Collection(collection); err != nil {
		return nil, err
	}
	declared := make([]Collection, 0, len(s.Collections()))
	for _, c := range s.Collections() {
		copied := *c
		copied.Fields = append([]Field{}, c.Fields[len(systemFields):]...)
		if c.Name == collection {
			copied.Fields = append(copied.Fields, f)
		}
		declared = append(declared, copied)
	}
	return New(declared...)
}
