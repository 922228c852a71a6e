package exchange

import (
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"

	"acopio/shared/fault"
	"acopio/shared/schema"
)

// phone reads a number in whatever way people write it, with or without its country code, and gives it in E.164.
func phone(f *schema.Field, text, region string) (string, error) {
	if number, ok := plainPhone(text, region); ok {
		return number, nil
	}
	bad := fault.New(fault.BadPhone, "field", f.Name, "got", clipped(text))
	text = strings.TrimLeftFunc(text, func(r rune) bool { return r != '+' && r != '(' && (r < '0' || r > '9') })
	if region == "" {
		region = "ZZ"
	}
	if strings.HasPrefix(text, "00") {
		text = "+" + text[2:]
	}
	n, err := phonenumbers.Parse(text, region)
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		n, err = phonenumbers.Parse("+"+strings.TrimPrefix(text, "+"), "ZZ") // a typed cell loses the plus
		if err != nil || !phonenumbers.IsValidNumber(n) {
			return "", bad
		}
	}
	return phonenumbers.Format(n, phonenumbers.E164), nil
}

// plainCodes are the calling codes of countries whose numbers need no rewriting unless they begin with 0 or 1. For
// them, telling a number takes a look at its length; the general way takes twenty times as long.
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
			calling := int32(atoi(code))
			n.CountryCode, n.NationalNumber = &calling, &national
			if phonenumbers.IsPossibleNumber(n) {
				out[code] |= 1 << length
			}
			national *= 10
		}
	}
	return out
})

// plainPhone reads the numbers of those countries.
func plainPhone(text, region string) (string, bool) {
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
	if code == "" || len(national) == 0 || national[0] <= '1' || plainLengths()[code]&(1<<len(national)) == 0 {
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
