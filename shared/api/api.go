// Package api is the HTTP API that the window and the office's browser share: JSON over a replica, for one person at
// a time. Reads come straight from the replica, limited to what the person may see; edits go to the host, which is
// what differs between the two. The contract is docs/api.md and, generated from this package's types, docs/openapi.json.
package api

import (
	"context"
	"net/http"

	"acopio/shared/clock"
	"acopio/shared/draft"
	"acopio/shared/fault"
	"acopio/shared/record"
	"acopio/shared/schema"
)

// Host is what differs between the window and the office: who asks, and where an edit goes.
type Host interface {
	// Session says who is asking. Nobody signed in, a computer not enrolled and a server not set up are states of the
	// session, not errors.
	Session(r *http.Request) (Session, error)
	// Edit saves what a person asked for and returns the records as they now stand. It judges the role itself: the
	// API's own check only answers sooner.
	Edit(ctx context.Context, who Actor, intent draft.Intent) (draft.Result, error)
	// History asks the server for the entries of a record that the replica lacks; complete is false when there are
	// some that cannot be had now. It may do nothing and return (true, nil, nil) where the replica holds everything.
	History(ctx context.Context, collection string, id record.ID) (complete bool, older []record.Entry, err error)
}

// Sync is what only the desktop has; it is nil in the office.
type Sync interface {
	// Status is the state of the synchronization now.
	Status(ctx context.Context) (Status, error)
	// Now starts a synchronization if none runs and returns at once.
	Now(ctx context.Context) (Status, error)
	// Pending lists this device's edits that the server has not accepted: those that it refused, then those that wait, so many
	// of each at the most, the oldest first.
	Pending(ctx context.Context, limit int) (PendingEdits, error)
	// Retry sends a rejected edit again. It fails with fault.NotFound when there is none of that id.
	Retry(ctx context.Context, op record.OpID) error
	// Discard gives a rejected edit up: the record goes back to the server's state.
	Discard(ctx context.Context, op record.OpID) error
	// Enroll makes this computer a device of a server, with a one-time code.
	Enroll(ctx context.Context, server, code, name string) error
}

// RecordPending is a Sync that finds one record's edits without going through all of them: after an import there may be
// thousands.
type RecordPending interface {
	PendingOf(ctx context.Context, key record.Key) ([]PendingEdit, error)
}

// Actor is the person on whose behalf a request is served.
type Actor struct {
	Email, Name string
	Role        schema.Role
	// Networks are the codes granted. Nil is all of them, and only for a role that reaches all: for any other role
	// nil is none, so that a grant that was not filled in shows nothing.
	Networks []string
	Device   uint32 // the number that stands for this person's edits in records' stamps
}

// The states of a session.
const (
	StateReady     = "ready"     // data can be read and edited
	StateEnroll    = "enroll"    // desktop: this computer is not enrolled
	StateLocked    = "locked"    // desktop: the lease has run out, until there is contact
	StateWithdrawn = "withdrawn" // desktop: access was withdrawn, and what was not sent was handed in
	StateWiped     = "wiped"     // desktop: wiped by order of the office
	StateSignIn    = "sign_in"   // office: nobody is signed in
	StateSetup     = "setup"     // office: there is no administrator yet
)

// The hosts.
const (
	HostDesktop = "desktop"
	HostOffice  = "office"
)

// Session is who is asking, and the state of the host for them.
type Session struct {
	Host     string         `json:"host" enum:"desktop,office"`
	Version  string         `json:"version" doc:"version of the program"`
	State    string         `json:"state" enum:"ready,enroll,locked,withdrawn,wiped,sign_in,setup"`
	User     *SessionUser   `json:"user,omitempty"`
	Networks []NetworkView  `json:"networks"`
	Device   *SessionDevice `json:"device,omitempty"`
	Lang     string         `json:"lang" doc:"language to start in: es, en, pt or fr"`
	Server   string         `json:"server,omitempty" doc:"desktop: address of the server"`
	Wiped    *Wiped         `json:"wiped,omitempty" doc:"desktop: the wipe it obeyed"`

	Actor   Actor `json:"-"` // meaningful when State is ready
	Refusal error `json:"-"` // why nothing may be read or edited, where the state alone does not say it
}

// SessionUser is the person as the interface shows it.
type SessionUser struct {
	Name  string      `json:"name"`
	Email string      `json:"email"`
	Role  schema.Role `json:"role" enum:"viewer,field,coordinator,office,admin"`
}

// Wiped is what an order to wipe came to.
type Wiped struct {
	At       clock.Millis `json:"at" doc:"when the office gave the order"`
	HandedIn int          `json:"handed_in" doc:"edits that were not sent and that the office has as proposals"`
	AtOnce   bool         `json:"at_once" doc:"nothing was handed in first"`
	Done     bool         `json:"done" doc:"nothing is left to delete"`
}

// SessionDevice is this computer as a device of the server.
type SessionDevice struct {
	Name   string `json:"name"`
	Number uint32 `json:"number"`
}

// NetworkView is a network that the person reaches.
type NetworkView struct {
	Code      string   `json:"code"`
	Name      string   `json:"name"`
	Countries []string `json:"countries"`
}

// The states of synchronization, as the status chip says them.
const (
	SyncUpToDate    = "up_to_date"
	SyncPending     = "pending"
	SyncSending     = "sending"
	SyncReceiving   = "receiving"
	SyncOffline     = "offline"
	SyncAttention   = "attention"
	SyncFirst       = "first_sync"
	SyncNotEnrolled = "not_enrolled"
	SyncLocked      = "locked"
)

// Status is the state of synchronization.
type Status struct {
	State       string          `json:"state" enum:"up_to_date,pending,sending,receiving,offline,attention,first_sync,not_enrolled,locked"`
	Online      bool            `json:"online"`
	Pending     int             `json:"pending" doc:"edits not yet accepted by the server, sent ones included"`
	Sent        int             `json:"sent" doc:"of them: sent, without an answer yet"`
	Rejected    int             `json:"rejected"`
	Conflicts   int             `json:"conflicts" doc:"open ones"`
	LastSuccess clock.Millis    `json:"last_success" doc:"0: never"`
	LastAttempt clock.Millis    `json:"last_attempt" doc:"0: never"`
	LastError   *Reason         `json:"last_error"`
	Progress    *Progress       `json:"progress"`
	Server      string          `json:"server"`
	Networks    []NetworkStatus `json:"networks"`
	Receipt     string          `json:"receipt" doc:"short code that a person can read out to the office"`
	Repaired    *SyncRepair     `json:"repaired" doc:"the last time that rows were found to differ from the server's, and were made equal; null: never"`
	Lease       *Lease          `json:"lease" doc:"null: this computer may be away for any time"`
}

// Lease is for how long this computer may be without contact before the register is locked.
type Lease struct {
	Days int          `json:"days" doc:"set by the office"`
	Ends clock.Millis `json:"ends" doc:"by this computer's clock"`
	Near bool         `json:"near" doc:"it ends within a week"`
}

// Reason is why something failed. A host makes one with ReasonOf; the API puts the message into the language of the
// request.
type Reason struct {
	Code    string `json:"code"`
	Message string `json:"message"`

	fault *fault.Error
}

// Progress of a first synchronization, in bytes.
type Progress struct {
	Done  int64 `json:"done"`
	Total int64 `json:"total"`
}

// NetworkStatus is how far a network's replica is.
type NetworkStatus struct {
	Code     string `json:"code"`
	Seq      uint64 `json:"seq"`
	Checksum string `json:"checksum"`
	Records  int64  `json:"records"`
	Complete bool   `json:"complete" doc:"false until its first synchronization has ended"`
}

// PendingEdit is an edit of this device that the server has not accepted.
type PendingEdit struct {
	Op         string                       `json:"op"`
	Group      string                       `json:"group,omitempty" doc:"edits of one group stand or fall together"`
	Kind       string                       `json:"kind" enum:"create,update,delete"`
	Collection string                       `json:"collection"`
	ID         string                       `json:"id"`
	Network    string                       `json:"network"`
	Title      string                       `json:"title"`
	At         clock.Millis                 `json:"at"`
	Status     string                       `json:"status" enum:"pending,sent,rejected"`
	Reason     *Reason                      `json:"reason"`
	Changes    map[string]record.ChangeView `json:"changes"`
}
