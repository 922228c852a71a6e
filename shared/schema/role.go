package schema

// Role is what a person may do. Roles are ordered: each may do what the one below it may.
type Role string

// The roles, least first.
const (
	Viewer      Role = "viewer"      // reads its networks, without sensitive fields
	FieldStaff  Role = "field"       // edits the register of its networks
	Coordinator Role = "coordinator" // also deletes, sets up its networks
	Office      Role = "office"      // like a coordinator in all networks
	Admin       Role = "admin"       // also people and devices
	Nobody      Role = "nobody"      // a role that no person has: the server alone
)

var ranks = map[Role]int{Viewer: 1, FieldStaff: 2, Coordinator: 3, Office: 4, Admin: 5, Nobody: 6}

// Valid reports whether a person can have the role.
func (r Role) Valid() bool { return ranks[r] > 0 && r != Nobody }

// AtLeast reports whether r may do what least may.
func (r Role) AtLeast(least Role) bool { return ranks[r] > 0 && ranks[r] >= ranks[least] }

// AllNetworks reports whether the role reaches every network without being granted it.
func (r Role) AllNetworks() bool { return r == Office || r == Admin }

// SeesSensitive reports whether sensitive fields reach the role.
func (r Role) SeesSensitive() bool { return r.AtLeast(FieldStaff) }
