package schema

import (
	"fmt"
	"regexp"
)

// snake is how names are written: they are columns, JSON members and words of the command line.
var snake = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// lastSystemNumber ends the field numbers that are kept for the system fields.
const lastSystemNumber = 9

// verify finds what is wrong in a declaration by itself; what it refers to is looked at elsewhere.
func (f *Field) verify() error {
	switch {
	case !snake.MatchString(f.Name):
		return fmt.Errorf("field name %q is not snake_case", f.Name)
	case (f.Type == Choice || f.Type == Choices) != (len(f.Options) > 0):
		return fmt.Errorf("field %s is a %s with %d options", f.Name, f.Type, len(f.Options))
	case (f.Type == Reference) != (f.Target != ""):
		return fmt.Errorf("field %s is a %s with target %q", f.Name, f.Type, f.Target)
	case f.Rule == Union && !f.Type.IsSet():
		return fmt.Errorf("field %s is no set, but merges as one", f.Name)
	case f.Rule == Ladder && f.Type != Choice && !f.Type.IsNumber():
		return fmt.Errorf("field %s has nothing to climb", f.Name)
	case f.Min != nil && f.Max != nil && *f.Min > *f.Max:
		return fmt.Errorf("field %s has an empty range", f.Name)
	}
	seen := map[string]bool{}
	for _, o := range f.Options {
		if o.Code == "" || seen[o.Code] {
			return fmt.Errorf("field %s has the option %q twice, or without a code", f.Name, o.Code)
		}
		seen[o.Code] = true
	}
	return nil
}

// verifyRules finds fields whose rules do not go together.
func (c *Collection) verifyRules() error {
	for name, group := range c.groups {
		for _, f := range group {
			if f.Rule != group[0].Rule {
				return fmt.Errorf("group %q has fields of two rules: %s and %s", name, group[0].Name, f.Name)
			}
		}
	}
	for _, name := range c.Identity {
		if f := c.byName[name]; !f.Required || f.Rule != Fixed {
			return fmt.Errorf("field %s makes the id of a record, but may change or be missing", name)
		}
	}
	if len(c.Editable) > 0 && !c.ServerOwned {
		return fmt.Errorf("fields are listed as editable, but all are")
	}
	return nil
}
