package demo

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"iter"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3"

	"acopio/server/auth"
	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/schema"
)

// fingerprint changes when any record does. A change of the words or of the generator is meant to change it here too.
const fingerprint = "44766f0195ff3e5e667647d4f5235107"

func hash(t *testing.T, edits iter.Seq[draft.Edit]) string {
	t.Helper()
	h := sha256.New()
	for e := range edits {
		if err := json.NewEncoder(h).Encode(e); err != nil {
			t.Fatal(err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func TestSameSeedSameRecords(t *testing.T) {
	if got := hash(t, Records(NetworkCode, Organizations, Seed)); got != fingerprint {
		t.Errorf("the demo's fingerprint is %s, want %s", got, fingerprint)
	}
	if hash(t, Records(NetworkCode, 20, 2)) == hash(t, Records(NetworkCode, 20, 3)) {
		t.Error("two seeds make the same records")
	}
	if hash(t, OrganizationsOf("PE", 20, 2)) == hash(t, OrganizationsOf("BO", 20, 2)) {
		t.Error("two networks have the same ids")
	}
}

func TestRecordsStandUpToTheSchema(t *testing.T) {
	s := schema.Registry()
	collectionOf := map[string]string{} // by id
	names := map[string]bool{}
	count := map[string]int{}
	for e := range Records(NetworkCode, Organizations, Seed) {
		c, err := s.Collection(e.Collection)
		if err != nil {
			t.Fatal(err)
		}
		count[c.Name]++
		values := normalized(t, c, e)
		if err := c.CheckRecord(values); err != nil {
			t.Fatalf("%s %v: %v", c.Name, e.Fields, err)
		}
		for i := range c.Fields {
			f := &c.Fields[i]
			if id, ok := values[f.Name].(string); ok && f.Type == schema.Reference && collectionOf[id] != f.Target {
				t.Fatalf("%s.%s refers to %s, which is no %s made before", c.Name, f.Name, id, f.Target)
			}
		}
		if (e.ID == "") != (len(c.Identity) > 0) {
			t.Fatalf("%s has id %q: those whose id is made from their fields have none, all others one", c.Name, e.ID)
		}
		if e.ID != "" {
			if collectionOf[e.ID] != "" {
				t.Fatalf("%s: id %s is used twice", c.Name, e.ID)
			}
			collectionOf[e.ID] = c.Name
		}
		if c.Name == "organization" {
			if name := values["name"].(string); names[name] {
				t.Fatalf("%s is there twice", name)
			} else {
				names[name] = true
			}
		}
		if c.Name == "site" {
			inPeru(t, values)
		}
	}
	t.Log(count)
	for name, least := range map[string]int{
		"organization": 300, "contact": 450, "site": 400, "census": 600, "certification": 400, "membership_event": 600,
		"product_year": 150, "verification": 100, "interaction": 200, "mandate": 300, "focal_point": 8, "tag": 5,
	} {
		if count[name] < least {
			t.Errorf("%d of %s, want at least %d", count[name], name, least)
		}
	}
}

func normalized(t *testing.T, c *schema.Collection, e draft.Edit) map[string]schema.Value {
	t.Helper()
	values := map[string]schema.Value{}
	for name, v := range e.Fields {
		f, ok := c.Field(name)
		if !ok {
			t.Fatalf("%s has no field %s", c.Name, name)
		}
		canonical, err := f.Normalize(v)
		if err != nil || canonical == nil {
			t.Fatalf("%s.%s = %v: %v, %v", c.Name, name, v, canonical, err)
		}
		values[name] = canonical
	}
	return values
}

func inPeru(t *testing.T, site map[string]schema.Value) {
	t.Helper()
	lat, lon := site["lat"].(float64), site["lon"].(float64)
	if lat < -18.4 || lat > 0 || lon < -81.4 || lon > -68.6 {
		t.Fatalf("%v is at %v, %v: not in Peru", site["name"], lat, lon)
	}
}

func TestNobodyIsReal(t *testing.T) {
	for e := range Records(NetworkCode, Organizations, Seed) {
		for _, phone := range anyTexts(e.Fields["phones"]) {
			if !strings.HasPrefix(phone, "+511000") {
				t.Fatalf("phone %s", phone)
			}
		}
		for _, email := range append(anyTexts(e.Fields["emails"]), anyTexts(e.Fields["website"])...) {
			if !strings.HasSuffix(email, ".example") {
				t.Fatalf("address %s", email)
			}
		}
	}
}

func anyTexts(v any) []string {
	switch x := v.(type) {
	case []string:
		return x
	case string:
		return []string{x}
	default:
		return nil
	}
}

func TestOrganizationsAreFull(t *testing.T) {
	total, fields, n := 0, 0, 0
	for e := range OrganizationsOf("PE", 1000, 7) {
		text, err := json.Marshal(e.Fields)
		if err != nil {
			t.Fatal(err)
		}
		total, fields, n = total+len(text), fields+len(e.Fields), n+1
	}
	if n != 1000 || fields/n < 22 || total/n < 600 || total/n > 1100 {
		t.Fatalf("%d organizations of %d fields and %d bytes", n, fields/n, total/n)
	}
}

func TestReadersMayStop(t *testing.T) {
	n := 0
	for range Records(NetworkCode, Organizations, Seed) {
		if n++; n == 500 {
			break
		}
	}
	if n != 500 {
		t.Fatalf("%d records", n)
	}
}

func TestPeopleSignIn(t *testing.T) {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(t.TempDir(), "acopio.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	a, err := auth.Open(db, clock.System{}, auth.WithHashCost(64, 1))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // again is fine
		if err := AddPeople(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	roles := map[schema.Role]bool{}
	for _, p := range People {
		_, who, err := a.SignIn(t.Context(), p.Email, Password, "127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		roles[who.Role()] = true
		if !who.May(NetworkCode) {
			t.Errorf("%s does not reach the demo network", p.Email)
		}
	}
	if len(roles) != 5 {
		t.Errorf("people of %d roles", len(roles))
	}
}
