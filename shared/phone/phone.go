// Package phone reads phone numbers, by libphonenumber's rules.
package phone

import (
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// E164 is a number that has its calling code, in E.164. An extension has no place there, so that a number with one is
// refused rather than cut; and so are a few odd ones that lose a digit each time they are read.
func E164(s string) (string, bool) {
	if number, ok := Plain(s, ""); ok {
		return number, true
	}
	number, ok := dialable(s)
	if again, _ := dialable(number); !ok || again != number {
		return "", false
	}
	return number, true
}

func dialable(s string) (string, bool) {
	n, err := phonenumbers.Parse(s, "ZZ")
	if err != nil || !phonenumbers.IsPossibleNumber(n) || n.GetExtension() != "" {
		return "", false
	}
	return phonenumbers.Format(n, phonenumbers.E164), true
}

// plainCodes are the calling codes of countries whose numbers need no rewriting unless they begin with 0 or, dialed without
// the code, with 1, as those abroad do in Peru and Chile. For them, telling a number takes a look at its length; the general way takes twenty times as long.
var plainCodes = map[string]string{
	"PE": "51", "MX": "52", "CU": "53", "CL": "56", "CO": "57", "VE": "58", "GT": "502", "SV": "503", "HN": "504", "NI": "505",
	"CR": "506", "PA": "507", "HT": "509", "BO": "591", "EC": "593", "PY": "595", "UY": "598", "TG": "228",
}

// plainLengths are the lengths, as bits, that a number may have behind each of the codes.
var plainLengths = sync.OnceValue(func() map[string]uint32 {
	out := map[string]uint32{}
	for _, code := range plainCodes {
		national := uint64(5)
		for length := 1; length <= 15; length++ {
			n := &phonenumbers.PhoneNumber{}
			calling, _ := strconv.ParseInt(code, 10, 32) // they are digits
			country := int32(calling)
			n.CountryCode, n.NationalNumber = &country, &national
			if phonenumbers.IsPossibleNumber(n) {
				out[code] |= 1 << length
			}
			national *= 10
		}
	}
	return out
})

// Plain reads a number of those countries, with its calling code or, of the region, without, and gives it in E.164; ok is
// false for numbers that take a closer look.
func Plain(text, region string) (number string, ok bool) {
	var buf [24]byte
	digits := buf[:0]
	plus := strings.HasPrefix(text, "+")
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case b >= '0' && b <= '9':
			if len(digits) == cap(digits) {
				return "", false
			}
			digits = append(digits, b)
		case b == ' ' || b == '-' || b == '+' && i == 0:
		default:
			return "", false
		}
	}
	code := plainCodes[region]
	national := digits
	if plus {
		code, national = cutCode(digits)
	} else if strings.HasPrefix(string(digits), code) {
		return "", false
	}
	if code == "" || len(national) == 0 || national[0] == '0' || national[0] == '1' && !plus || plainLengths()[code]&(1<<len(national)) == 0 {
		return "", false
	}
	return "+" + code + string(national), true
}

func cutCode(digits []byte) (code string, national []byte) {
	for n := 2; n <= 3 && n < len(digits); n++ {
		if _, ok := plainLengths()[string(digits[:n])]; ok {
			return string(digits[:n]), digits[n:]
		}
	}
	return "", nil
}
