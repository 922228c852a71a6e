package schema

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"acopio/shared/fault"
)

// tried has one field of each type, named like it, and some with bounds.
var tried = func() map[string]*Field {
	l := label("a", "b", "c", "d")
	options := []Option{option("coffee", l), option("cocoa", l), option("other", l)}
	out := map[string]*Field{}
	add := func(f Field) { out[f.Name] = &f }
	for _, t := range []Type{
		Text, LongText, Integer, Decimal, Boolean, Date, Instant, Choice, Choices, Reference, Country, Countries, Texts,
		Emails, Phones, URL, FLOID, JSON,
	} {
		f := field(10, string(t), t, l)
		if t == Choice || t == Choices {
			f.Options = options
		}
		add(f)
	}
	add(field(10, "count", Integer, l).whole())
	add(field(10, "latitude", Decimal, l).from(-90).upTo(90).unit("°"))
	short := field(10, "short", Text, l)
	short.MaxLength = 3
	add(short)
	return out
}()

// TestVectors runs testdata/values.txt: lines of
//
//	normalize|parse FIELD INPUT => RESULT
//
// where FIELD is one of tried, INPUT is JSON (for parse the JSON string of what was typed) and RESULT is the canonical
// value as JSON, or ! and the code of the fault. Adding a case is adding a line.
func TestVectors(t *testing.T) {
	file, err := os.Open("testdata/values.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	seen := map[string]bool{}
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		call, want, ok := strings.Cut(line, " => ")
		words := strings.SplitN(call, " ", 3)
		if !ok || len(words) != 3 || tried[words[1]] == nil {
			t.Fatalf("line %d is no vector: %s", n, line)
		}
		seen[words[0]+" "+words[1]] = true
		if got := run(t, tried[words[1]], words[0], words[2]); got != strings.TrimSpace(want) {
			t.Errorf("line %d: %s => %s, want %s", n, call, got, want)
		}
	}
	for name := range tried {
		if !seen["normalize "+name] && !seen["parse "+name] {
			t.Errorf("no vector tries %s", name)
		}
	}
}

func run(t *testing.T, f *Field, how, input string) string {
	t.Helper()
	var in any
	if err := json.Unmarshal([]byte(input), &in); err != nil {
		t.Fatalf("%s: %v", input, err)
	}
	var v Value
	var err error
	if how == "parse" {
		v, err = f.Parse(in.(string))
	} else {
		v, err = f.Normalize(in)
	}
	if err != nil {
		e := fault.Of(err)
		if e.Field != f.Name {
			t.Errorf("%s %s: the fault is about field %q", how, input, e.Field)
		}
		if text := e.Text("es"); strings.Contains(text, "{") && !strings.Contains(input, "{") {
			t.Errorf("%s %s: the sentence has holes: %s", how, input, text)
		}
		return "!" + string(e.Code)
	}
	stays(t, f, v)
	return plainJSON(t, v)
}

// stays checks that a canonical value is one: of the field's Go type, and the same when it is normalized again, as it
// is or after a journey through JSON.
func stays(t *testing.T, f *Field, v Value) {
	t.Helper()
	if v == nil {
		return
	}
	want := reflect.TypeOf("")
	switch {
	case f.Type.IsSet():
		want = reflect.TypeOf([]string{})
	case f.Type == Integer || f.Type == Instant:
		want = reflect.TypeOf(int64(0))
	case f.Type == Decimal:
		want = reflect.TypeOf(0.0)
	case f.Type == Boolean:
		want = reflect.TypeOf(true)
	}
	if reflect.TypeOf(v) != want {
		t.Errorf("%s: canonical value of type %T, want %s", f.Name, v, want)
	}
	again, err := f.Normalize(v)
	if err != nil || !Equal(again, v) {
		t.Errorf("%s: %#v becomes %#v (%v)", f.Name, v, again, err)
	}
	var out any
	if err := json.Unmarshal([]byte(plainJSON(t, v)), &out); err != nil {
		t.Fatal(err)
	}
	if again, err = f.Normalize(out); err != nil || !Equal(again, v) {
		t.Errorf("%s: %#v becomes %#v through JSON (%v)", f.Name, v, again, err)
	}
}

func plainJSON(t *testing.T, v any) string {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

func TestGoValues(t *testing.T) {
	for _, c := range []struct {
		field string
		in    any
		want  Value // nil: refused
	}{
		{"integer", 7, int64(7)},
		{"integer", int64(7), int64(7)},
		{"integer", uint64(7), int64(7)},
		{"integer", json.Number("7"), int64(7)},
		{"integer", uint64(math.MaxUint64), nil},
		{"integer", math.Inf(1), nil},
		{"integer", math.NaN(), nil},
		{"integer", true, nil},
		{"decimal", 7, 7.0},
		{"decimal", int64(7), 7.0},
		{"decimal", json.Number("7.5"), 7.5},
		{"decimal", math.NaN(), nil},
		{"decimal", math.Inf(-1), nil},
		{"decimal", "NaN", nil},
		{"decimal", "Inf", nil},
		{"texts", []string{"b", "a", "b"}, []string{"a", "b"}},
		{"texts", []any{"b", 1}, nil},
		{"texts", 3, nil},
		{"text", "a\xff", nil},
		{"long_text", "a\xff", nil},
		{"texts", []string{"a\xff"}, nil},
		{"choices", []string{"a\xff"}, nil},
		{"text", 3, nil},
		{"text", []byte("x"), nil},
	} {
		got, err := tried[c.field].Normalize(c.in)
		if c.want == nil && err == nil {
			t.Errorf("%s took %#v as %#v", c.field, c.in, got)
		}
		if c.want != nil && (err != nil || !Equal(got, c.want)) {
			t.Errorf("%s: %#v becomes %#v (%v), want %#v", c.field, c.in, got, err, c.want)
		}
	}
	negative, err := tried["decimal"].Normalize(math.Copysign(0, -1))
	if err != nil || math.Signbit(negative.(float64)) {
		t.Error("zero keeps a sign, which would encode differently")
	}
}

func TestLengths(t *testing.T) {
	for name, most := range map[string]int{"text": 500, "long_text": 20_000} {
		if _, err := tried[name].Normalize(strings.Repeat("ñ", most)); err != nil {
			t.Errorf("%s refuses %d characters: %v", name, most, err)
		}
		if _, err := tried[name].Normalize(strings.Repeat("ñ", most+1)); !fault.Is(err, fault.TooLong) {
			t.Errorf("%s and %d characters: %v", name, most+1, err)
		}
	}
	if _, err := tried["texts"].Normalize([]string{strings.Repeat("ñ", 501)}); !fault.Is(err, fault.TooLong) {
		t.Errorf("a long member: %v", err)
	}
	many := make([]string, maxSetSize+1)
	for i := range many {
		many[i] = strings.Repeat("x", i%400) + "y"
	}
	if _, err := tried["texts"].Normalize(many); !fault.Is(err, fault.TooLong) {
		t.Errorf("a large set: %v", err)
	}
}

func TestEqual(t *testing.T) {
	values := []Value{nil, "", "a", int64(1), 1.0, true, false, []string{"a"}, []string{"a", "b"}, []string{}, []byte("a"), []byte{}}
	for i, a := range values {
		for j, b := range values {
			if Equal(a, b) != (i == j) {
				t.Errorf("Equal(%#v, %#v) is %v", a, b, Equal(a, b))
			}
		}
	}
}

func FuzzNormalizeStays(f *testing.F) {
	for _, s := range []string{"a\u0301 b", "1,5", "+51 987 654 321", "x@y.z", "a;b", "\ufeffx", "\u2028", "https://é.example/ x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, field := range tried {
			if v, err := field.Parse(s); err == nil {
				stays(t, field, v)
			}
		}
	})
}
