package exchange

import (
	"strings"

	"github.com/nyaruka/phonenumbers"

	"acopio/shared/fault"
	"acopio/shared/phone"
	"acopio/shared/schema"
)

// phone reads a number in whatever way people write it, with or without its country code, and gives it in E.164.
func phoneNumber(f *schema.Field, text, region string) (string, error) {
	if number, ok := phone.Plain(text, region); ok {
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
