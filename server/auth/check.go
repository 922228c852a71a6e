package auth

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"acopio/shared/fault"
	"acopio/shared/schema"
)

func checkRole(r schema.Role) error {
	if r.Valid() {
		return nil
	}
	roles := []schema.Role{schema.Viewer, schema.FieldStaff, schema.Coordinator, schema.Office, schema.Admin}
	names := make([]string, len(roles))
	for i, known := range roles {
		names[i] = string(known)
	}
	return fault.New(fault.UnknownChoice, "field", "role", "got", clip(string(r)), "choices", strings.Join(names, ", "))
}

// networksFor is the grant list of a role: sorted, without blanks or repetitions; empty for those that need none.
func networksFor(role schema.Role, networks []string) []string {
	out := []string{}
	if role.AllNetworks() {
		return out
	}
	for _, code := range networks {
		if code = strings.TrimSpace(code); code != "" && !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	slices.Sort(out)
	return out
}

func networksText(networks []string) string {
	text, _ := json.Marshal(networks) // strings always encode
	return string(text)
}

// maxName bounds the names of people and devices, in characters.
const maxName = 120

func cleanName(field, name string) (string, error) {
	if !utf8.ValidString(name) || strings.ContainsFunc(name, isControl) {
		return "", fault.New(fault.WrongType, "field", field, "want", "text", "got", "�")
	}
	name = norm.NFC.String(strings.Join(strings.Fields(name), " "))
	if utf8.RuneCountInString(name) > maxName {
		return "", fault.New(fault.TooLong, "field", field, "max", strconv.Itoa(maxName))
	}
	return name, nil
}

func isControl(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f }

// emailField checks an address as the registry does.
var emailField = schema.Field{Name: "email", Type: schema.Emails, MaxLength: 254}

func cleanEmail(email string) (string, error) {
	v, err := emailField.Normalize([]string{email})
	if err != nil {
		return "", err
	}
	set, _ := v.([]string)
	if len(set) != 1 || utf8.RuneCountInString(set[0]) > emailField.MaxLength {
		return "", fault.New(fault.BadEmail, "field", "email", "got", clip(email))
	}
	return set[0], nil
}

// foldEmail finds an address however it is capitalized; one that is no address finds nobody.
func foldEmail(email string) string {
	clean, err := cleanEmail(email)
	if err != nil {
		return ""
	}
	return clean
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
