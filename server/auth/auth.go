// Package auth knows the people, devices and enrollment codes of a server, signs people in and recognizes devices,
// and keeps an append-only account of who changed them. It lives in tables of its own (auth_…) in the server's
// database, so that the command line can change accounts while the server runs: Changes tells a running server.
package auth

import (
	"context"
	"database/sql"
	"time"

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
	LastSeen  clock.Millis `json:"last_seen"` // last sign-in or device contact; 0 for never
}

// NewUser is what it takes to add a person.
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
	Console DeviceKind = "console" // a person's edits in the office console
)

// Numbers below FirstDevice are kept for the server and the console.
const (
	OfficeNumber uint32 = 1 // the server itself
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
}

// DeviceOf is a device with the person it belongs to.
type DeviceOf struct {
	Device
	Owner User
}

// Enrollment is what a laptop sends to be enrolled. Address is where it came from, for the limit on attempts.
type Enrollment struct {
	Code, Name, Platform, Version string
	Address                       string
}

// Enrolled is the answer: Token is told once and kept hashed.
type Enrolled struct {
	Principal
	Token string
}

// Actor is who does something, for the audit.
type Actor struct {
	User string // user id; empty when it is not a person with an account
	Name string
}

// CommandLine is the actor of acopio-server's commands.
var CommandLine = Actor{Name: "acopio-server"}

// ChangeKind says what happened to an account.
type ChangeKind string

// The kinds of change that a running server acts on.
const (
	DeviceRevoked ChangeKind = "device_revoked" // close its sockets
	UserChanged   ChangeKind = "user_changed"   // role, networks, active or name: authorize its sockets again
)

// Change is something another part of the server must act on.
type Change struct {
	Kind   ChangeKind
	User   string // user id
	Device string // device id; empty for UserChanged
}

// AuditEntry says who did what to which account or device.
type AuditEntry struct {
	N       uint64       `json:"n"`
	At      clock.Millis `json:"at"`
	Actor   Actor        `json:"actor"`
	Action  string       `json:"action"`
	Kind    string       `json:"kind"` // user or device
	Subject string       `json:"subject"`
	Name    string       `json:"name"`
	Detail  string       `json:"detail"`
}

// Auth is the one door to accounts. It is safe for concurrent use, also by several processes on one database.
type Auth struct {
	clock clock.Clock
}

// Open prepares the tables in db, which stays the caller's to close. It fails with fault.ReplicaNewer when the
// tables belong to a newer version.
func Open(db *sql.DB, c clock.Clock) (*Auth, error) { panic("todo") }

// AddUser adds a person. Faults: BadEmail, UserExists, WeakPassword, UnknownChoice (role).
func (a *Auth) AddUser(ctx context.Context, by Actor, n NewUser) (User, error) { panic("todo") }

// UpdateUser changes a person by id. A new password or a deactivation ends the person's console sessions.
// Faults: NotFound, WeakPassword, UnknownChoice, LastAdmin.
func (a *Auth) UpdateUser(ctx context.Context, by Actor, id string, p UserPatch) (User, error) {
	panic("todo")
}

// SetPassword is UpdateUser for the password alone.
func (a *Auth) SetPassword(ctx context.Context, by Actor, id, password string) error { panic("todo") }

// Users lists everybody, by name.
func (a *Auth) Users(ctx context.Context) ([]User, error) { panic("todo") }

// UserByEmail finds a person, or fails with fault.UserUnknown.
func (a *Auth) UserByEmail(ctx context.Context, email string) (User, error) { panic("todo") }

// SignIn checks a password and opens a console session; address is where the attempt comes from. Faults:
// WrongPassword (also for an unknown or inactive person), TooManyAttempts, ServerBusy.
func (a *Auth) SignIn(ctx context.Context, email, password, address string) (token string, p Principal, err error) {
	panic("todo")
}

// Session is the person behind a console session's token, with the device number of their edits in the console, or
// fault.SignInNeeded.
func (a *Auth) Session(ctx context.Context, token string) (Principal, error) { panic("todo") }

// SignOut ends a session; one that is gone already is fine.
func (a *Auth) SignOut(ctx context.Context, token string) error { panic("todo") }

// DeviceCode makes a one-time enrollment code for a person. Faults: UserUnknown.
func (a *Auth) DeviceCode(ctx context.Context, by Actor, email string, life time.Duration) (code string, expires clock.Millis, err error) {
	panic("todo")
}

// Enroll turns a code into a device. Faults: CodeWrong, CodeExpired, CodeUsed, TooManyAttempts.
func (a *Auth) Enroll(ctx context.Context, e Enrollment) (Enrolled, error) { panic("todo") }

// Authenticate recognizes a device by its token, or fails with fault.DeviceUnknown or fault.DeviceRevoked.
func (a *Auth) Authenticate(ctx context.Context, token string) (Principal, error) { panic("todo") }

// DevicePrincipal is Authenticate for a device that has shown its token before: what it may do now.
func (a *Auth) DevicePrincipal(ctx context.Context, deviceID string) (Principal, error) {
	panic("todo")
}

// ConsoleAuthor is the pseudo-device that a person's edits in the console carry; it is made on first use.
func (a *Auth) ConsoleAuthor(ctx context.Context, userID string) (Device, error) { panic("todo") }

// Devices lists the enrolled computers, with their owners, by number.
func (a *Auth) Devices(ctx context.Context) ([]DeviceOf, error) { panic("todo") }

// Authors names every device number, the console's too, for history.
func (a *Auth) Authors(ctx context.Context) ([]DeviceOf, error) { panic("todo") }

// Revoke withdraws a device for good. Revoking twice is fine. Faults: NotFound.
func (a *Auth) Revoke(ctx context.Context, by Actor, deviceID string) error { panic("todo") }

// OnRevoke has f called when this process revokes a device, before Revoke returns. Revocations by other processes
// come through Changes only.
func (a *Auth) OnRevoke(f func(deviceID string)) { panic("todo") }

// Seen notes that a device is in contact. It is cheap: the database is written at most every ten seconds.
func (a *Auth) Seen(ctx context.Context, deviceID, version string, pending int64, at clock.Millis) error {
	panic("todo")
}

// Flush writes what Seen still holds: before closing.
func (a *Auth) Flush(ctx context.Context) error { panic("todo") }

// Changes tells what was changed from now on by this process or another one, within about a second, until ctx ends;
// the channel is then closed.
func (a *Auth) Changes(ctx context.Context) <-chan Change { panic("todo") }

// NeedsSetup reports whether there is no administrator yet.
func (a *Auth) NeedsSetup(ctx context.Context) (bool, error) { panic("todo") }

// SetupLink makes a new one-time token for the first administrator, and voids the one before; "" when there is one.
func (a *Auth) SetupLink(ctx context.Context) (token string, err error) { panic("todo") }

// Setup adds the first administrator. Faults: SetupDone, CodeWrong, those of AddUser.
func (a *Auth) Setup(ctx context.Context, token, email, name, password string) (User, error) {
	panic("todo")
}

// Audit lists what was done, newest first: up to limit entries before the numbered one (0: from the newest).
func (a *Auth) Audit(ctx context.Context, before uint64, limit int) ([]AuditEntry, error) {
	panic("todo")
}
