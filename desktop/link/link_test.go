package link

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"acopio/shared/fault"
	"acopio/shared/protocol"
)

// get asks a URL as a laptop does, and says what stands in the way; empty if nothing does.
func get(t *testing.T, url, ca string, now time.Time) fault.Code {
	t.Helper()
	client, err := Client(ca)
	if err != nil {
		t.Fatal(err)
	}
	client.Timeout = 2 * time.Second
	res, err := client.Get(url)
	if err != nil {
		return Diagnose(err, "acopio.example", now).Code
	}
	defer func() { _ = res.Body.Close() }()
	if err := CheckAnswer(res); err != nil {
		return fault.Of(err).Code
	}
	return ""
}

// What else may answer on the way to the server, each named for what it is.
func TestAnswersOfOthers(t *testing.T) {
	acopio := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(protocol.Header, "1")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	other := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://portal.example/login?back=secret")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	html := "<html><body>Bienvenido al hotel</body></html>"
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		code    fault.Code
	}{
		"the server":                     {acopio(200, "{}"), ""},
		"the server refuses":             {acopio(422, `{"code":"code_expired"}`), fault.CodeExpired},
		"the server is new and I am old": {acopio(403, `{"code":"device_asleep"}`), fault.ProtocolTooOld},
		"the server and no JSON":         {acopio(500, "oops"), fault.ServerNotAcopio},
		"a portal's page":                {other(200, html), fault.ServerNotAcopio},
		"a portal's redirect":            {other(302, ""), fault.ServerRedirects},
		"a moved page":                   {other(301, ""), fault.ServerRedirects},
		"a portal by the book":           {other(511, html), fault.ProxyRequired},
		"a proxy that wants a password":  {other(407, html), fault.ProxyRequired},
		"a page that wants a password":   {other(401, html), fault.ServerNotAcopio},
		"a page that is not there":       {other(404, html), fault.ServerNotAcopio},
		"a proxy whose server is down":   {other(502, html), fault.ServerRefused},
		"a proxy whose server is busy":   {other(503, html), fault.ServerRefused},
		"a proxy whose server is slow":   {other(504, html), fault.ServerRefused},
		"another's API with our codes":   {other(422, `{"code":"code_expired"}`), fault.ServerNotAcopio},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(c.handler)
			defer s.Close()
			if got := get(t, s.URL, "", time.Now()); got != c.code {
				t.Errorf("%q, want %q", got, c.code)
			}
		})
	}
}

func TestARedirectTellsOnlyWhereTo(t *testing.T) {
	s := httptest.NewServer(http.RedirectHandler("https://portal.example/login?back=secret", http.StatusFound))
	defer s.Close()
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	f := fault.Of(CheckAnswer(res))
	if f.Args["location"] != "portal.example" || !strings.Contains(f.Text("es"), "portal.example") {
		t.Errorf("%v", f)
	}
}

func TestABodyWithoutEndIsNotRead(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(protocol.Header, "1")
		w.WriteHeader(422)
		for {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}))
	defer s.Close()
	began := time.Now()
	if got := get(t, s.URL, "", time.Now()); got != fault.ServerNotAcopio || time.Since(began) > time.Second {
		t.Errorf("%q after %v", got, time.Since(began))
	}
}

// authority signs certificates for a test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	a.cert, a.key = a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "Office CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().AddDate(-9, 0, 0), NotAfter: time.Now().AddDate(9, 0, 0),
	}, nil, nil)
	return a
}

func (a *authority) sign(c, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	if parent == nil {
		parent, parentKey = c, key
	}
	c.SerialNumber = big.NewInt(time.Now().UnixNano())
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, parentKey)
	if err != nil {
		a.t.Fatal(err)
	}
	out, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return out, key
}

func (a *authority) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}))
}

// server answers as Acopio does, with a certificate for a name and a time.
func (a *authority) server(name string, from, to time.Time) string {
	a.t.Helper()
	c, key := a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotBefore: from, NotAfter: to, KeyUsage: x509.KeyUsageDigitalSignature,
	}, a.cert, a.key)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set(protocol.Header, "1") }))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{c.Raw}, PrivateKey: key}}}
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	a.t.Cleanup(s.Close)
	return strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
}

func TestCertificates(t *testing.T) {
	a, now := newAuthority(t), time.Now()
	day := 24 * time.Hour
	good := a.server("localhost", now.Add(-day), now.Add(day))
	expired := a.server("localhost", now.Add(-90*day), now.Add(-day))
	long := a.server("localhost", now.AddDate(-6, 0, 0), now.AddDate(-5, 0, 0))
	for name, c := range map[string]struct {
		url, ca string
		now     time.Time
		code    fault.Code
	}{
		"trusted":                            {good, a.pem(), now, ""},
		"not signed by anybody known":        {good, "", now, fault.ServerCertificate},
		"signed by another office":           {good, newAuthority(t).pem(), now, fault.ServerCertificate},
		"for another name":                   {a.server("other.example", now.Add(-day), now.Add(day)), a.pem(), now, fault.ServerCertificate},
		"expired yesterday":                  {expired, a.pem(), now, fault.ServerCertificate},
		"not valid yet":                      {a.server("localhost", now.Add(day), now.Add(9*day)), a.pem(), now, fault.ServerClock},
		"expired long ago, says a laptop":    {long, a.pem(), now, fault.ServerClock},
		"spoken to in the clear":             {strings.Replace(good, "https", "http", 1), "", now, fault.ServerNotAcopio},
		"a server in the clear, spoken TLS":  {strings.Replace(plainServer(t), "http", "https", 1), "", now, fault.ServerPlain},
		"a server that closes on handshakes": {"https://" + listen(t, func(c net.Conn) { _ = c.Close() }), "", now, fault.ServerReset},
	} {
		t.Run(name, func(t *testing.T) {
			if got := get(t, c.url, c.ca, c.now); got != c.code {
				t.Errorf("%q, want %q", got, c.code)
			}
		})
	}
	if _, err := Client("no certificate"); !fault.Is(err, fault.ServerCertificate) {
		t.Errorf("a CA file that is none: %v", err)
	}
}

func plainServer(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	return s.URL
}

// listen takes connections and treats each in its own way.
func listen(t *testing.T, treat func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go treat(c)
		}
	}()
	return l.Addr().String()
}

func TestNobodyAnswers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	_ = l.Close()
	reset := listen(t, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 10))
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	})
	half := listen(t, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 1000))
		_, _ = c.Write([]byte("HTTP/1.1 200"))
		_ = c.Close()
	})
	silent := listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	babble := listen(t, func(c net.Conn) {
		_, _ = c.Write([]byte("220 mail.example ESMTP\r\n"))
		_, _ = io.Copy(io.Discard, c)
	})
	for name, c := range map[string]struct {
		url  string
		code fault.Code
	}{
		"refused":            {"http://" + closed, fault.ServerRefused},
		"reset":              {"http://" + reset, fault.ServerReset},
		"cut in the answer":  {"http://" + half, fault.ServerReset},
		"silent":             {"http://" + silent, fault.ServerTimeout},
		"silent on TLS":      {"https://" + silent, fault.ServerTimeout},
		"another protocol":   {"http://" + babble, fault.ServerUnreachable},
		"another one on TLS": {"https://" + babble, fault.ServerNotAcopio},
	} {
		t.Run(name, func(t *testing.T) {
			if got := get(t, c.url, "", time.Now()); got != c.code {
				t.Errorf("%q, want %q", got, c.code)
			}
		})
	}
}

// Errors that are hard to make here, in the shapes they come in.
func TestDiagnose(t *testing.T) {
	for want, err := range map[fault.Code]error{
		fault.ServerUnknownHost: fmt.Errorf("dial: %w", &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "acopio.example", IsNotFound: true}}),
		fault.ServerReset:       &net.OpError{Op: "write", Err: os.NewSyscallError("write", syscall.EPIPE)},
		fault.ServerUnreachable: &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ENETUNREACH)},
		fault.ServerTimeout:     fmt.Errorf("reading: %w", os.ErrDeadlineExceeded),
		fault.DeviceRevoked:     fmt.Errorf("the server said: %w", fault.New(fault.DeviceRevoked)),
	} {
		f := Diagnose(err, "acopio.example", time.Now())
		if f.Code != want {
			t.Errorf("%v is %s, want %s", err, f.Code, want)
		}
		if want == fault.ServerUnknownHost && f.Args["host"] != "acopio.example" {
			t.Errorf("%v", f.Args)
		}
		if !strings.Contains(f.Error(), strings.TrimSpace(err.Error())) && want != fault.DeviceRevoked {
			t.Errorf("the cause is not in the log: %v", f)
		}
	}
	if f := Diagnose(context.DeadlineExceeded, "", time.Now()); f.Code != fault.ServerTimeout {
		t.Errorf("%v", f)
	}
}
