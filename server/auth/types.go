package auth

import (
	"acopio/shared/clock"
	"acopio/shared/schema"
)

// User is a person with an account. Office and admin reach every network: their Networks is empty.
type User struct {
	ID        string       `json:"id"`
	Email     string       `json:"email"`
	Name      string       `json:"name"`
	Role      schema.Role  `json:"role"`
	Networks  []string     `json:"networks"`
	Active    bool         `json:"active"`
	CreatedAt clock.Millis `json:"created_at"`
	LastSeen  clock.Millis `json:"last_seen"` // in the console or through a device; 0 for never
}

// NewUser is what it takes to add a person. Without a name it is the part of the e-mail before the @.
type NewUser struct {
	Email    string
	Name     string
	Role     schema.Role
	Networks []string
	Password string
}

// UserPatch changes what is not nil.
type UserPatch struct {
	Name     *string
	Role     *schema.Role
	Networks *[]string
	Active   *bool
	Password *string
}

// DeviceKind says what a device number stands for.
type DeviceKind string

// The kinds of device.
const (
	Laptop  DeviceKind = "laptop"  // an enrolled computer
	Console DeviceKind = "console" // a person's edits in the office console, or the server itself
)

// Numbers below FirstDevice are kept for the server and the console.
const (
	ServerNumber uint32 = 1 // the server itself: what it writes on nobody's behalf
	FirstDevice  uint32 = 1000
)

// Device is an author of edits. Its Number is what stamps carry.
type Device struct {
	ID        string       `json:"id"`
	Number    uint32       `json:"number"`
	Kind      DeviceKind   `json:"kind"`
	User      string       `json:"user"` // the id of the person it belongs to
	Name      string       `json:"name"`
	Platform  string       `json:"platform"`
	Version   string       `json:"version"`
	CreatedAt clock.Millis `json:"created_at"`
	LastSeen  clock.Millis `json:"last_seen"` // 0 for never
	Pending   int64        `json:"pending"`   // edits it had not sent when last seen
	Revoked   bool         `json:"revoked"`
	// Origin is the id of the device that this one was found to be a copy of; empty for one that was enrolled.
	Origin string `json:"origin"`
	// HandedIn is when it handed in the last of its edits after it was shut out; 0 for never.
	HandedIn clock.Millis `json:"handed_in"`
	Edits    int64        `json:"edits"` // handed in as proposals
}

// listed reports whether people are shown the device. A copy's identity that was never used was lost on its way.
func (d Device) listed() bool { return d.Origin == "" || d.LastSeen != 0 }

// DeviceOf is a device with the person it belongs to; the server itself belongs to nobody.
type DeviceOf struct {
	Device
	Owner User
}

// Enrollment is what a laptop sends to be enrolled.
type Enrollment struct {
	Code, Name, Platform, Version string
	// Request is a secret of the laptop's own, the same each time it tries again: when the answer was lost, the code
	// that it has used gives it the same device again, with a new token. Empty: no second try.
	Request string
	// Address is where it came from, for the limit on attempts.
	Address string
}

// Enrolled is the answer: Token is told once and kept hashed.
type Enrolled struct {
	Principal
	Token string
}

// Actor is who does something, for the audit.
type Actor struct {
	User string `json:"user"` // user id; empty when it is not a person with an account
	Name string `json:"name"`
}

// CommandLine is the actor of acopio-server's commands.
var CommandLine = Actor{Name: "acopio-server"}
