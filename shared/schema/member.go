package schema

import (
	"net/mail"
	"net/url"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"acopio/shared/fault"
	"acopio/shared/phone"
)

// maxSetSize bounds the members of a set value.
const maxSetSize = 500

func (f *Field) set(v any) (Value, error) {
	var members []any
	switch x := v.(type) {
	case []any:
		members = x
	case []string:
		for _, s := range x {
			members = append(members, s)
		}
	case string:
		members = []any{x}
	default:
		return nil, f.wrongType(v)
	}
	if len(members) > maxSetSize {
		return nil, fault.New(fault.TooLong, "field", f.Name, "max", strconv.Itoa(maxSetSize))
	}
	seen := map[string]bool{}
	var out []string
	for _, m := range members {
		s, ok := m.(string)
		if !ok {
			return nil, f.wrongType(m)
		}
		if !utf8.ValidString(s) {
			return nil, f.wrongType("�")
		}
		s = strings.Join(strings.Fields(norm.NFC.String(visible(s))), " ")
		if s == "" {
			continue
		}
		c, err := f.setMember(s)
		if err != nil {
			return nil, err
		}
		if !seen[c] {
			seen[c] = true
			out = append(out, c)
		}
	}
	if out == nil {
		return nil, nil
	}
	sort.Strings(out)
	return out, nil
}

func (f *Field) setMember(s string) (string, error) {
	kinds := map[Type]Type{Countries: Country, Emails: "email", Phones: "phone", Texts: Text}
	if f.Type == Choices {
		return s, f.isOption(s)
	}
	if f.Type == Texts {
		if utf8.RuneCountInString(s) > f.MaxLength {
			return "", fault.New(fault.TooLong, "field", f.Name, "max", strconv.Itoa(f.MaxLength))
		}
		return s, nil
	}
	v, err := f.member(kinds[f.Type], s)
	if err != nil {
		return "", err
	}
	return v.(string), nil
}

var floID = regexp.MustCompile(`^[0-9]{1,7}$`)

// member checks one string of a kind that also occurs inside sets.
func (f *Field) member(kind Type, s string) (Value, error) {
	switch kind {
	case Country:
		s = strings.ToUpper(s)
		if !countries[s] {
			return nil, fault.New(fault.BadCountry, "field", f.Name, "got", clip(s))
		}
	case FLOID:
		if !floID.MatchString(s) {
			return nil, fault.New(fault.BadFLOID, "field", f.Name, "got", clip(s))
		}
	case Date:
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return nil, fault.New(fault.BadDate, "field", f.Name, "got", clip(s))
		}
	case URL:
		return f.webAddress(s)
	case Reference:
		if !IsUUID(s) {
			return nil, fault.New(fault.BadID, "field", f.Name, "got", clip(s))
		}
		return strings.ToLower(s), nil
	case "email":
		a, err := mail.ParseAddress(s)
		if err != nil || a.Address != s || !strings.Contains(s[strings.LastIndex(s, "@"):], ".") {
			return nil, fault.New(fault.BadEmail, "field", f.Name, "got", clip(s))
		}
		return strings.ToLower(s), nil
	case "phone":
		number, ok := phone.E164(s)
		if !ok {
			return nil, fault.New(fault.BadPhone, "field", f.Name, "got", clip(s))
		}
		return number, nil
	default:
		return nil, f.wrongType(s)
	}
	return s, nil
}

func (f *Field) webAddress(s string) (Value, error) {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || !strings.Contains(u.Host, ".") {
		return nil, fault.New(fault.BadURL, "field", f.Name, "got", clip(s))
	}
	return s, nil
}

var uuidText = regexp.MustCompile(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)

// IsUUID reports whether s has the form of an id.
func IsUUID(s string) bool { return uuidText.MatchString(s) }
