package record

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"

	"acopio/shared/fault"
	"acopio/shared/schema"
)

// The ids of facts are on every laptop: if one of these changes, two laptops that state the same fact no longer agree.
func TestDerivedIDsAreFrozen(t *testing.T) {
	b, err := os.ReadFile("testdata/derived_ids.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Derived []struct {
			Parts []string `json:"parts"`
			ID    string   `json:"id"`
		} `json:"derived"`
		Identities []struct {
			Collection string         `json:"collection"`
			Network    string         `json:"network"`
			Fields     map[string]any `json:"fields"`
			ID         string         `json:"id"` // empty: it has none
		} `json:"identities"`
	}
	if err := json.Unmarshal(b, &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors.Derived {
		if got := DerivedID(v.Parts...).String(); got != v.ID {
			t.Errorf("%q makes %s, it was %s", v.Parts, got, v.ID)
		}
	}
	for _, v := range vectors.Identities {
		c, err := schema.Registry().Collection(v.Collection)
		if err != nil {
			t.Fatal(err)
		}
		values := map[uint16]schema.Value{}
		for name, raw := range v.Fields {
			f, ok := c.Field(name)
			if !ok {
				t.Fatalf("%s has no field %s", v.Collection, name)
			}
			if values[f.Number], err = f.Normalize(raw); err != nil {
				t.Fatal(err)
			}
		}
		id, ok := IdentityOf(c, v.Network, values)
		if ok != (v.ID != "") || (ok && id.String() != v.ID) {
			t.Errorf("%s %v of %s is %s (%v), it was %q", v.Collection, v.Fields, v.Network, id, ok, v.ID)
		}
	}
}

func TestIdentityIsTheSameInAnyCaseAndOnlyInItsNetwork(t *testing.T) {
	c, err := schema.Registry().Collection("tag")
	if err != nil {
		t.Fatal(err)
	}
	of := func(network, name string) ID {
		id, ok := IdentityOf(c, network, map[uint16]schema.Value{10: name})
		if !ok {
			t.Fatal("no identity")
		}
		return id
	}
	if of("PE", "Orgánico") != of("PE", "orgánico") {
		t.Error("case shows")
	}
	if of("PE", "a") == of("BO", "a") || of("PE", "a") == of("PE", "b") {
		t.Error("two facts have one id")
	}
}

func TestIDsReadAndWrite(t *testing.T) {
	version7 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	last := ""
	for range 1000 {
		id := NewID()
		if !version7.MatchString(id.String()) || id.String() <= last {
			t.Fatalf("%s after %s", id, last)
		}
		last = id.String()
		if back, err := ParseID(last); err != nil || back != id {
			t.Fatal(back, err)
		}
	}
	for _, bad := range []string{
		"", "x", "{0197d3a2-0000-7000-8000-000000000000}", "urn:uuid:0197d3a2-0000-7000-8000-000000000000",
		"0197d3a200007000800000000000000 0", "0197d3a20000700080000000000000000000", "0197d3a2-0000-7000-8000-00000000000g",
	} {
		if _, err := ParseID(bad); !fault.Is(err, fault.BadID) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if id, err := ParseID("0197D3A2-0000-7000-8000-00000000000A"); err != nil || id.String() != "0197d3a2-0000-7000-8000-00000000000a" {
		t.Error("upper case", id, err)
	}
	op := NewOpID()
	if back, err := ParseOpID(op.String()); err != nil || back != op || op.IsZero() {
		t.Error(back, err)
	}
	for _, bad := range []string{"", "00", "zz", op.String() + "00"} {
		if _, err := ParseOpID(bad); !fault.Is(err, fault.BadID) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
