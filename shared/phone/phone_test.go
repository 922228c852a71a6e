package phone

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// The quick way of reading a number must give what the general one does.
func TestPlainNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	quick := 0
	for range 4000 {
		for region, code := range plainCodes {
			number := ""
			for range 6 + r.IntN(6) {
				number += fmt.Sprint(r.IntN(10))
			}
			got, ok := Plain("+"+code+number, "")
			if !ok {
				continue
			}
			quick++
			want, ok := dialable("+" + code + number)
			if again, _ := dialable(want); !ok || want != got || again != want {
				t.Fatalf("+%s %s (%s): quickly %s, properly %v %v", code, number, region, got, want, again)
			}
		}
		if quick > 3000 {
			break
		}
	}
	if quick < 1000 {
		t.Errorf("only %d were quick", quick)
	}
}

// Nor may it differ where a number is dialed as at home: abroad begins with 00 nearly everywhere, with 1 in Peru and Chile.
func TestPlainNumbersAtHome(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	abroad := []string{"191100", "19120051", "1100", "1710056", "1810", ""}
	quick := 0
	for range 600 {
		for region, code := range plainCodes {
			text := abroad[r.IntN(len(abroad))]
			for range 4 + r.IntN(6) {
				text += fmt.Sprint(r.IntN(10))
			}
			got, ok := Plain(text, region)
			if !ok {
				continue
			}
			quick++
			n, err := phonenumbers.Parse(text, region)
			if err != nil || !phonenumbers.IsPossibleNumber(n) || phonenumbers.Format(n, phonenumbers.E164) != got {
				t.Fatalf("%s at home in %s (+%s): quickly %s, properly %v %v", text, region, code, got, n, err)
			}
		}
	}
	if quick < 500 {
		t.Errorf("only %d were quick", quick)
	}
}

func TestE164(t *testing.T) {
	for in, want := range map[string]string{
		"+51 987 654 321":        "+51987654321",
		"+51-987-654-321":        "+51987654321",
		"+1 809 555 0100":        "+18095550100",
		"+34 91 000 00 00":       "+34910000000",
		"+51 987 654 321 ext. 5": "",
		"987654321":              "",
		"+51 1":                  "",
		"+999 123 456 789":       "",
		"":                       "",
		"+":                      "",
		"+51":                    "",
		"++51987654321":          "+51987654321",
	} {
		got, ok := E164(in)
		if got != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", in, got, ok, want)
		}
	}
}
