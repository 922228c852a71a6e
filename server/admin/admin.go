// Package admin is the part of the console's HTTP API that is about people, devices and networks rather than about
// records, and the door that the rest goes through: who a request comes from, and that it comes from our own page.
// docs/api.md describes the routes under "Office only".
package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"acopio/server/auth"
	"acopio/server/recovery"
	"acopio/shared/api"
	"acopio/shared/clock"
	"acopio/shared/protocol"
	"acopio/shared/schema"
)

// Networks is what the console needs to know of networks.
type Networks interface {
	// Networks lists all there are, by code.
	Networks(ctx context.Context) ([]api.NetworkView, error)
	// AddNetwork makes one. Faults: NetworkExists, those of its fields.
	AddNetwork(ctx context.Context, by auth.Principal, code, name string, countries []string) error
}

// Recovery tells what came back to a server that was restored from a backup.
type Recovery interface {
	// Summary is nil when there is nothing to tell.
	Summary(ctx context.Context) (*recovery.Summary, error)
}

// Deps is what the routes need besides accounts.
type Deps struct {
	Networks Networks
	// Online reports whether a device is connected now; nil: none is.
	Online func(deviceID string) bool
	// Recovery tells what came back after a restore.
	Recovery Recovery
	Clock    clock.Clock
	Log      zerolog.Logger
	Version  string
	// CodeLife is how long enrollment codes last; 0: auth.CodeLife.
	CodeLife time.Duration
	// BehindProxy trusts X-Forwarded-For and X-Forwarded-Proto: only where something in front sets them.
	BehindProxy bool
}

// console is the routes with what they need.
type console struct {
	Deps
	auth *auth.Auth
}

// Routes registers the console's own routes. All but signing in and enrolling need a session of the role in the table.
func Routes(a *auth.Auth, deps Deps) func(mux *http.ServeMux) {
	c := &console{Deps: deps, auth: a}
	open := func(h handler) http.Handler { return SameOrigin(api.Guard(c.Log, c.answer(h))) }
	from := func(least schema.Role, h handler) http.Handler {
		return SameOrigin(api.Guard(c.Log, RequireConsole(a, least)(c.answer(h))))
	}
	return func(mux *http.ServeMux) {
		mux.Handle("POST /api/sign-in", open(c.signIn))
		mux.Handle("POST /api/sign-out", open(c.signOut))
		mux.Handle("POST /api/setup", open(c.setup))

		mux.Handle("GET /api/users", from(schema.Admin, c.listUsers))
		mux.Handle("POST /api/users", from(schema.Admin, c.addUser))
		mux.Handle("PATCH /api/users/{id}", from(schema.Admin, c.changeUser))
		mux.Handle("GET /api/audit", from(schema.Admin, c.listAudit))
		mux.Handle("POST /api/networks", from(schema.Admin, c.addNetwork))

		mux.Handle("GET /api/devices", from(schema.Office, c.listDevices))
		mux.Handle("POST /api/devices/{id}/revoke", from(schema.Office, c.revokeDevice))
		mux.Handle("POST /api/devices/{id}/wipe", from(schema.Office, c.wipeDevice))
		mux.Handle("GET /api/settings", from(schema.Office, c.showSettings))
		mux.Handle("PATCH /api/settings", from(schema.Admin, c.changeSettings))
		mux.Handle("POST /api/device-codes", from(schema.Office, c.makeCode))
		mux.Handle("GET /api/recovery", from(schema.Office, c.recovery))

		mux.Handle("POST "+protocol.EnrollPath, named(c.Log, c.answer(c.enroll)))
	}
}
