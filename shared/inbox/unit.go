package inbox

import (
	"encoding/json"
	"strings"

	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// deletedName is the pseudo-field of a conflict between an edit and a deletion.
const deletedName = "deleted"

// unit is what a conflict is about: a field, the fields of a group, or whether the record is deleted. Its values are
// as Item shows them.
type unit struct {
	name     string
	deletion bool
	group    bool
	fields   []*schema.Field // none when this build does not know the field
}

// unitOf finds the unit that a conflict names. Groups come first: a group may have the name of one of its fields, and
// a field of a group never conflicts alone.
func unitOf(s *schema.Schema, collection, name, kind string) unit {
	u := unit{name: name, deletion: kind == KindDelete}
	c, err := s.Collection(collection)
	if err != nil || u.deletion {
		return u
	}
	for i := range c.Fields {
		if f := &c.Fields[i]; f.Group == name {
			u.group = true
			u.fields = append(u.fields, f)
		}
	}
	if f, ok := c.Field(name); ok && !u.group {
		u.fields = []*schema.Field{f}
	}
	return u
}

// decode reads a value that a conflict record holds as JSON text.
func (u unit) decode(stored schema.Value) any {
	s, ok := stored.(string)
	if !ok {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber() // counts and coordinates stay as they were written
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	object, isObject := v.(map[string]any)
	switch {
	case u.deletion:
		return map[string]any{deletedName: v == true || (isObject && object[deletedName] == true)}
	case isObject && !u.group && len(object) == 1:
		if only, ok := object[u.name]; ok {
			return only
		}
	}
	return v
}

// of is the unit's value in a record.
func (u unit) of(r *record.Record) any {
	switch {
	case u.deletion:
		return map[string]any{deletedName: r.Deleted}
	case u.group:
		out := map[string]any{}
		for _, f := range u.fields {
			out[f.Name] = r.Fields[f.Number]
		}
		return out
	case len(u.fields) == 1:
		return r.Fields[u.fields[0].Number]
	default:
		return nil
	}
}

// normalize checks a chosen value and gives each field its canonical one. A group's value must name every field that
// is to keep something: what it leaves out is emptied, since the fields of a group go together.
func (u unit) normalize(value any) (map[string]schema.Value, error) {
	if len(u.fields) == 0 {
		return nil, fault.New(fault.UnknownField, "field", u.name)
	}
	out := map[string]schema.Value{}
	if !u.group {
		v, err := u.fields[0].Normalize(value)
		out[u.name] = v
		return out, err
	}
	given, ok := value.(map[string]any)
	if !ok && value != nil {
		return nil, fault.New(fault.BadRequest, "detail", u.name+": {field: value}", "field", u.name)
	}
	for _, f := range u.fields {
		v, err := f.Normalize(given[f.Name])
		if err != nil {
			return nil, err
		}
		out[f.Name] = v
	}
	for name := range given {
		if _, ours := out[name]; !ours {
			return nil, fault.New(fault.UnknownField, "field", name)
		}
	}
	return out, nil
}

// deletionOf reads a chosen value of a conflict with a deletion.
func deletionOf(value any) (bool, error) {
	if object, ok := value.(map[string]any); ok {
		value = object[deletedName]
	}
	is, ok := value.(bool)
	if !ok {
		return false, fault.New(fault.BadRequest, "detail", `{"deleted": true|false}`)
	}
	return is, nil
}
