package schema

// Derived fields are not kept: they are made from other records of the same organization whenever it is looked at, as
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
	LastVerified   = "last_verified"
	Freshness      = "freshness"
)

var organizationDerived = []Field{
	derivedField(MemberNetwork, Choice, label("Membresía en la red", "Network membership", "Filiação na rede", "Adhésion au réseau"), standingOptions...),
	derivedField(MemberCLAC, Choice, label("Membresía en CLAC", "CLAC membership", "Filiação na CLAC", "Adhésion à la CLAC"), standingOptions...),
	derivedField(CertifiedUntil, Date, label("Certificada hasta", "Certified until", "Certificada até", "Certifiée jusqu’au")),
	derivedField(MembersTotal, Integer, label("Socios (último censo)", "Members (latest census)", "Sócios (último censo)", "Membres (dernier recensement)")),
	derivedField(LastVerified, Date, label("Última verificación", "Last verified", "Última verificação", "Dernière vérification")),
	derivedField(Freshness, Integer, label("Vigencia (%)", "Freshness (%)", "Atualidade (%)", "Fraîcheur (%)")),
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
