package schema

// Derived fields are not kept: they are made from other records of the same organization whenever one is looked at, as
// they stood on a day. They are shown, filtered and sorted like fields, and cannot be edited.

// standingOptions are what dated membership events make of an organization.
var standingOptions = []Option{
	option("member", label("Miembro", "Member", "Membro", "Membre")),
	option("applied", label("Solicitante", "Applicant", "Solicitante", "Candidate")),
	option("suspended", label("Suspendida", "Suspended", "Suspensa", "Suspendue")),
	option("left", label("Salió", "Left", "Saiu", "Partie")),
	option("expelled", label("Expulsada", "Expelled", "Expulsa", "Exclue")),
}

// The derived fields of an organization.
const (
	MemberNetwork  = "member_network"
	MemberCLAC     = "member_clac"
	CertifiedUntil = "certified_until"
	MembersTotal   = "members_total"
	MembersWomen   = "members_women"
	MembersYouth   = "members_youth"
	AreaTotal      = "area_total"
	AreaCertified  = "area_certified"
	AreaOrganic    = "area_organic"
	CensusYear     = "census_year"
	LastVerified   = "last_verified"
	Freshness      = "freshness"
)

var organizationDerived = []Field{
	derivedField(MemberNetwork, Choice, label("Membresía en la red", "Network membership", "Filiação na rede", "Adhésion au réseau"), standingOptions...),
	derivedField(MemberCLAC, Choice, label("Membresía en CLAC", "CLAC membership", "Filiação na CLAC", "Adhésion à la CLAC"), standingOptions...),
	derivedField(CertifiedUntil, Date, label("Certificada hasta", "Certified until", "Certificada até", "Certifiée jusqu’au")),
	derivedField(MembersTotal, Integer, label("Socias y socios (último censo)", "Individual members (latest census)", "Sócias e sócios (último censo)", "Membres individuels (dernier recensement)")),
	derivedField(MembersWomen, Integer, label("Mujeres (último censo)", "Women (latest census)", "Mulheres (último censo)", "Femmes (dernier recensement)")),
	derivedField(MembersYouth, Integer, label("Jóvenes (último censo)", "Youth (latest census)", "Jovens (último censo)", "Jeunes (dernier recensement)")),
	derivedField(AreaTotal, Decimal, label("Hectáreas (último censo)", "Hectares (latest census)", "Hectares (último censo)", "Hectares (dernier recensement)")),
	derivedField(AreaCertified, Decimal, label("Hectáreas certificadas (último censo)", "Certified hectares (latest census)", "Hectares certificados (último censo)", "Hectares certifiés (dernier recensement)")),
	derivedField(AreaOrganic, Decimal, label("Hectáreas orgánicas (último censo)", "Organic hectares (latest census)", "Hectares orgânicos (último censo)", "Hectares biologiques (dernier recensement)")),
	derivedField(CensusYear, Integer, label("Año del último censo", "Year of the latest census", "Ano do último censo", "Année du dernier recensement")).from(1950).upTo(2200),
	derivedField(LastVerified, Date, label("Última verificación", "Last verified", "Última verificação", "Dernière vérification")),
	derivedField(Freshness, Integer, label("Vigencia (%)", "Freshness (%)", "Atualidade (%)", "Fraîcheur (%)")),
}

// StandingChange is the derived field of a membership event.
const StandingChange = "standing_change"

var membershipDerived = []Field{
	derivedField(StandingChange, Choice, label("Efecto", "Effect", "Efeito", "Effet"),
		option("joined", label("Ingresó", "Joined", "Ingressou", "Entrée")),
		option("left", label("Salió", "Left", "Saiu", "Sortie"))),
}

func derivedField(name string, t Type, l Label, options ...Option) Field {
	f := field(0, name, t, l)
	f.Options, f.Rule = options, Fixed
	return f
}

// DerivedField finds a derived field by name.
func (c *Collection) DerivedField(name string) (*Field, bool) {
	for i := range c.Derived {
		if c.Derived[i].Name == name {
			return &c.Derived[i], true
		}
	}
	return nil, false
}
