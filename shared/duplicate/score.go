package duplicate

import (
	"math"
	"slices"

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

	// Least is the score below which nothing is suggested: it leaves 705 pairs of the 6,859 co-operatives of Togo.
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
	j.names(a, b, known)
	j.reach(a, b, known)
	if len(j.reasons) == 0 {
		return 0, nil // to be neighbors is nothing
	}
	j.places(a, b)
	j.against(a, b)
	return (1 - j.unlike) * j.doubt, j.reasons
}

func (j *judgment) names(a, b *entry, known *census) {
	if a.name == b.name && a.name != "" {
		worth := worthName
		if !sameLocality(a, b) { // within one village a name is one organization's, however common it is
			worth *= known.telling(a.name)
		}
		j.speaksFor(worth, Reason{Code: SameName})
		return
	}
	alike := names.Likeness(a.grams, b.grams)
	worth := worthName * (alike - leastLikeness) / (1 - leastLikeness)
	if other := otherName(a, b); other != "" && worth < worthOther {
		j.speaksFor(worthOther, Reason{Code: OtherName, Value: other})
	} else if worth > 0 {
		j.speaksFor(worth, Reason{Code: SimilarName, Share: math.Round(alike*100) / 100})
	}
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

func (j *judgment) places(a, b *entry) {
	fits := true
	for i := range a.place {
		fits = fits && (a.place[i] == b.place[i] || a.place[i] == "" || b.place[i] == "")
	}
	switch {
	case !fits:
		j.speaksAgainst(doubtPlace, OtherPlace)
	case sameLocality(a, b):
		j.speaksFor(worthLocality, Reason{Code: SamePlace, Value: a.Locality})
	case a.place[1] != "" && a.place[1] == b.place[1]:
		j.speaksFor(worthDistrict, Reason{Code: SamePlace, Value: a.Admin2})
	}
	if a.Positioned && b.Positioned {
		if km := kilometers(a.Organization, b.Organization); km <= nearby {
			j.speaksFor(worthNear, Reason{Code: Near, Share: math.Round(km*100) / 100})
		}
	}
}

func sameLocality(a, b *entry) bool {
	return a.place[2] != "" && a.place == b.place
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
