// Package link is the way from a laptop to its server: an HTTP client that follows no redirects, and the diagnosis of
// everything that stands between the two, in terms a person can act on.
package link

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"acopio/shared/fault"
	"acopio/shared/protocol"
)

// TLS is the client's TLS configuration with an extra certificate authority, given as PEM, or none.
func TLS(ca string) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca == "" {
		return cfg, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM([]byte(ca)) {
		return nil, fault.New(fault.ServerCertificate, "detail", "--ca")
	}
	cfg.RootCAs = pool
	return cfg, nil
}

// Client makes an HTTP client for talking to the server. A redirect is an answer like any other: a captive portal's.
func Client(ca string) (*http.Client, error) {
	cfg, err := TLS(ca)
	if err != nil {
		return nil, err
	}
	return &http.Client{
		Transport:     &http.Transport{TLSClientConfig: cfg, Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: 20 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// CheckAnswer tells Acopio's answers from those of whatever else may answer on the way. An answer that carries a fault
// is that fault.
func CheckAnswer(res *http.Response) error {
	switch {
	case res.StatusCode >= 300 && res.StatusCode < 400:
		return fault.New(fault.ServerRedirects, "location", hostOf(res))
	case res.StatusCode == http.StatusProxyAuthRequired || res.StatusCode == http.StatusNetworkAuthenticationRequired:
		return fault.New(fault.ProxyRequired)
	case res.Header.Get(protocol.Header) == "":
		if res.StatusCode == http.StatusBadGateway || res.StatusCode == http.StatusServiceUnavailable || res.StatusCode == http.StatusGatewayTimeout {
			return fault.New(fault.ServerRefused) // a proxy in front of a server that is down
		}
		return fault.New(fault.ServerNotAcopio)
	case res.StatusCode < 300:
		return nil
	}
	var body struct {
		Code    fault.Code        `json:"code"`
		Field   string            `json:"field"`
		Args    map[string]string `json:"args"`
		Message string            `json:"message"`
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err == nil {
		err = json.Unmarshal(b, &body)
	}
	switch {
	case err != nil || body.Code == "":
		return fault.Wrap(err, fault.ServerNotAcopio)
	case !body.Code.Known():
		return fault.New(fault.ProtocolTooOld) // the server has learned to say something meanwhile
	}
	return &fault.Error{Code: body.Code, Field: body.Field, Args: body.Args}
}

func hostOf(res *http.Response) string {
	u, err := res.Location()
	if err != nil || u.Host == "" {
		return "?"
	}
	return u.Host
}

// Diagnose names what stands between this machine and the server. now is this machine's time, for telling a wrong clock
// from a wrong certificate.
func Diagnose(err error, host string, now time.Time) *fault.Error {
	var already *fault.Error
	if errors.As(err, &already) {
		return already
	}
	var (
		dns     *net.DNSError
		invalid x509.CertificateInvalidError
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		record  tls.RecordHeaderError
		verify  *tls.CertificateVerificationError
		timeout net.Error
	)
	switch {
	case errors.As(err, &dns):
		return fault.Wrap(err, fault.ServerUnknownHost, "host", host)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		if clockLooksWrong(invalid.Cert, now) {
			return fault.Wrap(err, fault.ServerClock, "now", now.Format(time.DateOnly))
		}
		return fault.Wrap(err, fault.ServerCertificate, "detail", "x509: "+invalid.Cert.NotAfter.Format(time.DateOnly))
	case errors.As(err, &unknown), errors.As(err, &name), errors.As(err, &invalid), errors.As(err, &verify):
		return fault.Wrap(err, fault.ServerCertificate, "detail", firstLine(err))
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/":
		return fault.Wrap(err, fault.ServerPlain)
	case errors.As(err, &record):
		return fault.Wrap(err, fault.ServerNotAcopio)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fault.Wrap(err, fault.ServerRefused)
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fault.Wrap(err, fault.ServerReset)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return fault.Wrap(err, fault.ServerTimeout)
	default:
		return fault.Wrap(err, fault.ServerUnreachable)
	}
}

// clockLooksWrong reports whether this machine's date lies before the certificate was made, or so long after its end
// that the machine is the likelier culprit.
func clockLooksWrong(cert *x509.Certificate, now time.Time) bool {
	return now.Before(cert.NotBefore) || now.After(cert.NotAfter.AddDate(3, 0, 0))
}

func firstLine(err error) string {
	s, _, _ := strings.Cut(err.Error(), "\n")
	return s
}
