// Package tlsconf decides how the server speaks: with the certificate it is given, with one it gets by itself (ACME),
// or in plain HTTP, which is for this machine alone unless somebody asks for it by name.
package tlsconf

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/rs/zerolog"
	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"acopio/shared/clock"
	"acopio/shared/fault"
)

// Config is what the flags say.
type Config struct {
	Listen       string   // address to listen on, host:port
	CertFile     string   // --tls-cert, PEM, the whole chain
	KeyFile      string   // --tls-key, PEM
	AutoHosts    []string // --tls-auto, names to get certificates for
	CacheDir     string   // where those are kept
	InsecureHTTP bool     // --insecure-http
	DirectoryURL string   // another authority than Let's Encrypt; empty for that one
	Clock        clock.Clock
	Log          zerolog.Logger
}

// Result is how to serve.
type Result struct {
	// TLS is nil for plain HTTP.
	TLS *tls.Config
	// Challenge answers an authority's questions on port 80 and sends everybody else to HTTPS; nil when the
	// certificate is not automatic. Without it certificates are still got, if port 443 is reached from outside.
	Challenge http.Handler
}

// Scheme of the server's address.
func (r Result) Scheme() string {
	if r.TLS == nil {
		return "http"
	}
	return "https"
}

// New checks the flags and what they name. Faults: PlainHTTP, BadCertificate, BadUsage.
func New(c Config) (Result, error) {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return Result{}, usage("--listen " + c.Listen + ": host:port")
	}
	files := c.CertFile != "" || c.KeyFile != ""
	switch {
	case files && len(c.AutoHosts) > 0:
		return Result{}, usage("--tls-cert / --tls-auto")
	case files && (c.CertFile == "" || c.KeyFile == ""):
		return Result{}, usage("--tls-cert + --tls-key")
	case files:
		return fromFiles(c)
	case len(c.AutoHosts) > 0:
		return automatic(c)
	case c.InsecureHTTP || isLoopback(host):
		return Result{}, nil
	default:
		return Result{}, fault.New(fault.PlainHTTP)
	}
}

func usage(detail string) error { return fault.New(fault.BadUsage, "detail", detail) }

// isLoopback is for what certainly stays on this machine: an empty host is every address there is, and a name other
// than localhost could be any.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

func fromFiles(c Config) (Result, error) {
	k := &keeper{certFile: c.CertFile, keyFile: c.KeyFile, clock: c.Clock, log: c.Log}
	if err := k.load(); err != nil {
		return Result{}, err
	}
	return Result{TLS: harden(&tls.Config{GetCertificate: k.get})}, nil
}

func automatic(c Config) (Result, error) {
	for _, host := range c.AutoHosts {
		if !isPublicName(host) {
			return Result{}, usage("--tls-auto " + host)
		}
	}
	m := &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		Cache:      autocert.DirCache(c.CacheDir),
		HostPolicy: autocert.HostWhitelist(c.AutoHosts...),
	}
	if c.DirectoryURL != "" {
		m.Client = &acme.Client{DirectoryURL: c.DirectoryURL}
	}
	return Result{TLS: harden(m.TLSConfig()), Challenge: m.HTTPHandler(nil)}, nil
}

// isPublicName refuses what no authority gives a certificate for: addresses, URLs, names of this machine alone.
func isPublicName(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	return strings.Contains(strings.Trim(host, "."), ".") && !strings.ContainsAny(host, "/: *_@")
}

// harden sets what does not depend on where the certificate comes from.
func harden(t *tls.Config) *tls.Config {
	t.MinVersion = tls.VersionTLS12
	for _, p := range []string{"http/1.1", "h2"} { // in front, so that h2 comes first
		t.NextProtos = append([]string{p}, without(t.NextProtos, p)...)
	}
	return t
}

func without(list []string, s string) []string {
	var out []string
	for _, x := range list {
		if x != s {
			out = append(out, x)
		}
	}
	return out
}
