package admin

import (
	"net/http"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"acopio/server/auth"
	"acopio/server/gate"
	"acopio/shared/api"
	"acopio/shared/fault"
	"acopio/shared/protocol"
	"acopio/shared/schema"
)

// The cookie of a console session. A browser takes the first name only over TLS, for this host alone and from no
// subdomain; over plain HTTP, which is for loopback, it would not take it at all.
const (
	secureCookie = "__Host-acopio"
	plainCookie  = "acopio"
	cookieLife   = 7 * 24 * time.Hour
)

// Identify is who a request of the console comes from, or fault.SignInNeeded.
func Identify(a *auth.Auth, r *http.Request) (auth.Principal, error) {
	p, err := a.Session(r.Context(), cookieOf(r))
	if err == nil {
		gate.Admit(r.Context())
	}
	return p, err
}

// RequireConsole lets through whoever is signed in with at least the role, and puts them into the request's context
// for auth.From.
func RequireConsole(a *auth.Auth, least schema.Role) func(http.Handler) http.Handler {
	return require(func(r *http.Request) (auth.Principal, error) {
		p, err := Identify(a, r)
		if err == nil && !p.Role().AtLeast(least) {
			err = fault.New(fault.NotAllowed, "what", r.Method+" "+r.URL.Path)
		}
		return p, err
	})
}

// RequireDevice lets through a device that shows its token, and puts it into the request's context for auth.From.
func RequireDevice(a *auth.Auth) func(http.Handler) http.Handler {
	return require(func(r *http.Request) (auth.Principal, error) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		return a.Authenticate(r.Context(), token)
	})
}

func require(who func(*http.Request) (auth.Principal, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p, err := who(r)
			if err != nil {
				api.WriteFault(w, r, err)
				return
			}
			next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), p)))
		})
	}
}

var crossOrigin = http.NewCrossOriginProtection()

// SameOrigin refuses changes that a browser says come from a page of another origin. It goes around everything the
// session cookie opens.
func SameOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := crossOrigin.Check(r); err != nil {
			api.WriteFault(w, r, fault.Wrap(err, fault.CrossOrigin))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// named puts the logger into requests of laptops and tells them, before anything else, what answers here.
func named(log zerolog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(protocol.Header, "1")
		next.ServeHTTP(w, r.WithContext(log.WithContext(r.Context())))
	})
}

// secure reports whether the browser speaks TLS to us or to what stands in front.
func (c *console) secure(r *http.Request) bool {
	return r.TLS != nil || (c.BehindProxy && r.Header.Get("X-Forwarded-Proto") == "https")
}

// address is where a request comes from, for the limits on attempts.
func (c *console) address(r *http.Request) string { return gate.Address(r, c.BehindProxy) }

// cookieOf prefers the name that only a secure answer of this very host can have set.
func cookieOf(r *http.Request) string {
	names := []string{secureCookie, plainCookie}
	if r.TLS != nil {
		names = names[:1]
	}
	for _, name := range names {
		if k, err := r.Cookie(name); err == nil {
			return k.Value
		}
	}
	return ""
}

// setCookie gives the browser a session; an empty token takes it away.
func (c *console) setCookie(w http.ResponseWriter, r *http.Request, token string) {
	k := &http.Cookie{
		Name: plainCookie, Value: token, Path: "/", MaxAge: int(cookieLife.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
	if c.secure(r) {
		k.Name, k.Secure = secureCookie, true
	}
	if token == "" {
		k.MaxAge = -1
	}
	http.SetCookie(w, k)
}
