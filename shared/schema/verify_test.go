package schema

import (
	"strings"
	"testing"
)

func TestNewRejectsBadDeclarations(t *testing.T) {
	l := label("a", "b", "c", "d")
	name := field(10, "name", Text, l)
	thing := func(fields ...Field) Collection {
		return Collection{Number: 1, Name: "thing", Title: "name", Fields: append([]Field{name}, fields...)}
	}
	with := func(change func(*Collection)) []Collection {
		c := thing(reference(11, "whole", "thing", l), field(12, "code", Text, l).required().fixed())
		change(&c)
		return []Collection{c}
	}
	if _, err := New(with(func(*Collection) {})...); err != nil {
		t.Fatal(err)
	}
	one, two := 1.0, 2.0
	empty := field(13, "x", Integer, l)
	empty.Min, empty.Max = &two, &one
	for what, c := range map[string][]Collection{
		"number used by two collections": {thing(), {Number: 1, Name: "other", Title: "created_at"}},
		"name used by two collections":   {thing(), {Number: 2, Name: "thing", Title: "created_at"}},
		"collection without a number":    with(func(c *Collection) { c.Number = 0 }),
		"collection without a name":      with(func(c *Collection) { c.Name = "" }),
		"collection named in two words":  with(func(c *Collection) { c.Name = "two words" }),
		"number used by two fields":      {thing(field(10, "other", Text, l))},
		"name used by two fields":        {thing(field(11, "name", Text, l))},
		"name of a system field":         {thing(field(11, "tags", Texts, l))},
		"number 0":                       {thing(field(0, "other", Text, l))},
		"number kept for system fields":  {thing(field(5, "other", Text, l))},
		"name with capitals":             {thing(field(11, "otherName", Text, l))},
		"name that ends in _":            {thing(field(11, "other_", Text, l))},
		"choice of nothing":              {thing(choice(11, "kind", l))},
		"options of no choice":           {thing(field(11, "kind", Text, l).with(option("a", l)))},
		"option twice":                   {thing(choice(11, "kind", l, option("a", l), option("a", l)))},
		"option without a code":          {thing(choice(11, "kind", l, option("", l)))},
		"reference to nothing":           {thing(reference(11, "other", "nothing", l))},
		"reference without a target":     {thing(field(11, "other", Reference, l))},
		"target without a reference":     {thing(Field{Number: 11, Name: "other", Type: Text, Target: "thing"})},
		"union of no set":                {thing(Field{Number: 11, Name: "other", Type: Text, Rule: Union})},
		"ladder of texts":                {thing(field(11, "other", Text, l).ladder())},
		"empty range":                    {thing(empty)},
		"group of two rules":             {thing(field(11, "a", Text, l).in("g"), field(12, "b", Text, l).in("g").contested())},
		"unknown title":                  with(func(c *Collection) { c.Title = "title" }),
		"unknown identity":               with(func(c *Collection) { c.Identity = []string{"nothing"} }),
		"identity that may change":       with(func(c *Collection) { c.Identity = []string{"name"} }),
		"unknown editable field":         with(func(c *Collection) { c.ServerOwned, c.Editable = true, []string{"nothing"} }),
		"editable where everything is":   with(func(c *Collection) { c.Editable = []string{"name"} }),
		"parent that is no field":        with(func(c *Collection) { c.Parent = "nothing" }),
		"parent that is no reference":    with(func(c *Collection) { c.Parent = "name" }),
	} {
		if _, err := New(c...); err == nil {
			t.Errorf("%s was accepted", what)
		} else if strings.TrimSpace(err.Error()) == "" {
			t.Errorf("%s: the error says nothing", what)
		}
	}
}
