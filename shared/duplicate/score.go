package duplicate

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"acopio/shared/names"
)

// The reasons why two may be the same, and those that speak against it.
const (
	SameName     = "same_name"
	SimilarName  = "similar_name"
	OtherName    = "other_name" // the name of one is another name of the other
	SameFLOID    = "same_flo_id"
	SameTaxID    = "same_tax_id"
	SamePhone    = "same_phone"
	SameEmail    = "same_email"
	SamePlace    = "same_place"
	Near         = "near"
	OtherFLOID   = "other_flo_id"
	OtherCountry = "other_country"
	OtherNumber  = "other_number" // X 1 and X 2 are two
	OtherPlace   = "other_place"
)

// Reason is one of them, with what it is about.
type Reason struct {
	Code  string  `json:"code" enum:"same_name,similar_name,other_name,same_flo_id,same_tax_id,same_phone,same_email,same_place,near,other_flo_id,other_country,other_number,other_place"`
	Value string  `json:"value,omitempty" doc:"the id, phone, e-mail, name or place that both have"`
	Share float64 `json:"share,omitempty" doc:"similar_name: from 0 to 1; near: kilometers"`
}

// What each reason is worth on its own: as if it were the probability that the two are the same. Together they count
// as independent evidence.
const (
	worthFLOID    = 0.9
	worthTaxID    = 0.9
	worthName     = 0.66 // the same name; a similar one is worth less, down to nothing at leastLikeness
	worthOther    = 0.6
	worthPhone    = 0.5
	worthEmail    = 0.5
	worthLocality = 0.4
	worthDistrict = 0.2
	worthNear     = 0.15

	leastLikeness = 0.7
	nearby        = 1.0 // kilometers
	shared        = 4   // a phone or e-mail that more have is an umbrella's

	// Least is the score below which nothing is suggested: of the 6,859 co-operatives of Togo it leaves 104 pairs, of which
	// people call 99 in 100 the same; at 0.45 it would be half of them, and no more would be found (docs/benchmarks.md).
	Least = 0.5
)

// What speaks against is multiplied.
const (
	doubtFLOID   = 0.5
	doubtCountry = 0.5
	doubtNumber  = 0.55
	doubtPlace   = 0.85
)

// judgment gathers the evidence about two entries.
type judgment struct {
	unlike  float64 // the probability that they are two, as far as reasons for are known
	doubt   float64
	reasons []Reason
}

func (j *judgment) speaksFor(worth float64, r Reason) {
	j.unlike *= 1 - worth
	j.reasons = append(j.reasons, r)
}

func (j *judgment) speaksAgainst(factor float64, code string) {
	j.doubt *= factor
	j.reasons = append(j.reasons, Reason{Code: code})
}

// compare scores two entries from 0 to 1, with the reasons; rarity says from 0 to 1 how telling a name is that both
// have, and how many have a phone or e-mail.
func compare(a, b *entry, known *census) (float64, []Reason) {
	j := &judgment{unlike: 1, doubt: 1}
	if a.FLOID != "" && a.FLOID == b.FLOID {
		j.speaksFor(worthFLOID, Reason{Code: SameFLOID, Value: a.FLOID})
	}
	if a.TaxID != "" && a.TaxID == b.TaxID {
		j.speaksFor(worthTaxID, Reason{Code: SameTaxID, Value: a.TaxID})
	}
	w := whereabouts(a, b)
	j.names(a, b, w, known)
	j.reach(a, b, known)
	if len(j.reasons) == 0 {
		return 0, nil // to be neighbors is nothing
	}
	j.places(a, b, w)
	j.against(a, b)
	return (1 - j.unlike) * j.doubt, j.reasons
}

func (j *judgment) names(a, b *entry, w where, known *census) {
	alike, telling := 1.0, 1.0
	if a.name != b.name || a.name == "" {
		alike = likeness(a, b)
	}
	if w != sameVillage { // where a name is one organization's, however common it is
		telling = known.telling(a, b)
	}
	if w == elsewhere {
		telling *= byWords[min(len(a.own), len(b.own), len(byWords)-1)]
	}
	worth := telling * worthName * (alike - leastLikeness) / (1 - leastLikeness)
	switch other := otherName(a, b); {
	case a.name == b.name && a.name != "":
		j.speaksFor(worth, Reason{Code: SameName})
	case other != "" && worth < worthOther:
		j.speaksFor(worthOther, Reason{Code: OtherName, Value: other})
	case worth > 0:
		j.speaksFor(worth, Reason{Code: SimilarName, Share: math.Round(alike*100) / 100})
	}
}

// byWords is how much it says that two at different places have a name, by how many words it has: villages far apart
// call what they found Hope, each for itself.
var byWords = [...]float64{0.6, 0.6, 0.85, 1}

// likeness is that of what two are called: by the letter pairs they share, whatever the order of their words, or by how few
// letters are between them, which tells a slip of the pen in a short name better.
func likeness(a, b *entry) float64 {
	alike := names.Likeness(a.grams, b.grams)
	if alike == 0 || alike == 1 || a.numerals != b.numerals { // those numbered otherwise are two, by however few letters
		return alike
	}
	longest := float64(max(len(a.called), len(b.called)))
	// An edit takes at most two letter pairs away: where many are not shared, there is no need to count edits.
	unshared := float64(max(len(a.grams), len(b.grams))) - alike*float64(len(a.grams)+len(b.grams))/2
	if 1-unshared/2/longest <= max(alike, leastLikeness) {
		return alike
	}
	return max(alike, 1-float64(names.Edits(a.called, b.called))/longest)
}

// otherName is the name of one that is an alias or the acronym of the other, as written; empty for none.
func otherName(a, b *entry) string {
	switch {
	case slices.Contains(a.others, b.name):
		return b.Name
	case slices.Contains(b.others, a.name):
		return a.Name
	default:
		return ""
	}
}

func (j *judgment) reach(a, b *entry, known *census) {
	for _, p := range a.Phones {
		if slices.Contains(b.Phones, p) && known.phones[key(a.Network, p)] <= shared {
			j.speaksFor(worthPhone, Reason{Code: SamePhone, Value: p})
			break
		}
	}
	for _, m := range a.Emails {
		if slices.Contains(b.Emails, m) && known.emails[key(a.Network, m)] <= shared {
			j.speaksFor(worthEmail, Reason{Code: SameEmail, Value: m})
			break
		}
	}
}

// where says how the places of two stand to each other, as far as they are given.
type where int

const (
	somewhere   where = iota // nothing says that they are at one place, nor that they are at two
	sameVillage              // by its name
	withinReach              // by their positions, whatever their villages are called
	elsewhere
)

func whereabouts(a, b *entry) where {
	if sameLocality(a, b) {
		return sameVillage
	}
	if a.Positioned && b.Positioned && kilometers(a.Organization, b.Organization) <= nearby {
		return withinReach
	}
	for i := range a.place {
		if a.place[i] != b.place[i] && a.place[i] != "" && b.place[i] != "" {
			return elsewhere
		}
	}
	return somewhere
}

// places adds what speaks for and against two being one for where they are. Neighbors are many: it is worth as much as what
// speaks for them otherwise.
func (j *judgment) places(a, b *entry, w where) {
	share := min(1, (1-j.unlike)/worthName)
	switch {
	case w == elsewhere:
		j.speaksAgainst(doubtPlace, OtherPlace)
	case w == sameVillage:
		j.speaksFor(share*worthLocality, Reason{Code: SamePlace, Value: a.Locality})
	case w == somewhere && a.place[1] != "" && a.place[1] == b.place[1]:
		j.speaksFor(share*worthDistrict, Reason{Code: SamePlace, Value: a.Admin2})
	}
	if a.Positioned && b.Positioned {
		if km := kilometers(a.Organization, b.Organization); km <= nearby {
			j.speaksFor(share*worthNear, Reason{Code: Near, Share: math.Round(km*100) / 100})
		}
	}
}

// sameLocality reports whether two are at one place by its name, which is written in as many ways as there are writers.
func sameLocality(a, b *entry) bool {
	if a.place[2] == "" || a.place[0] != b.place[0] || a.place[1] != b.place[1] {
		return false
	}
	x, y := strings.ReplaceAll(a.place[2], " ", ""), strings.ReplaceAll(b.place[2], " ", "")
	if x == y {
		return true
	}
	return min(len(x), len(y)) >= leastVillage && digits(x) == digits(y) && names.Edits(x, y) == 1
}

// leastVillage is how many letters the name of a village has, for one of them to be a slip of the pen.
const leastVillage = 7

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

func (j *judgment) against(a, b *entry) {
	if a.FLOID != "" && b.FLOID != "" && a.FLOID != b.FLOID {
		j.speaksAgainst(doubtFLOID, OtherFLOID)
	}
	if a.Country != "" && b.Country != "" && a.Country != b.Country {
		j.speaksAgainst(doubtCountry, OtherCountry)
	}
	if a.numerals != b.numerals {
		j.speaksAgainst(doubtNumber, OtherNumber)
	}
}

func kilometers(a, b *Organization) float64 {
	const perDegree = 111.2
	east := (a.Lon - b.Lon) * math.Cos((a.Lat+b.Lat)/2*math.Pi/180)
	return math.Hypot(east, a.Lat-b.Lat) * perDegree
}
