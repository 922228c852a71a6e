package tlsconf

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"acopio/shared/clock"
	"acopio/shared/fault"
)

type handClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func check[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// newPair makes a certificate of its own for a name, valid from an hour ago for a day.
func newPair(t *testing.T, name string, serial int64) (cert, key []byte) {
	t.Helper()
	private := check[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der := check[[]byte](t)(x509.CreateCertificate(rand.Reader, template, template, private.Public(), private))
	secret := check[[]byte](t)(x509.MarshalECPrivateKey(private))
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})
}

func write(t *testing.T, file string, data []byte) string {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPlainHTTPIsForLoopback(t *testing.T) {
	for listen, ok := range map[string]bool{
		"127.0.0.1:8470": true, "127.8.9.1:0": true, "[::1]:8470": true, "localhost:8470": true, "[::ffff:127.0.0.1]:80": true,
		":8470": false, "0.0.0.0:8470": false, "[::]:8470": false, "192.0.2.1:8470": false, "example.org:80": false,
		"localhost.example.org:80": false,
	} {
		r, err := New(Config{Listen: listen})
		if ok && (err != nil || r.TLS != nil || r.Scheme() != "http") {
			t.Errorf("%s: %v", listen, err)
		}
		if !ok && !fault.Is(err, fault.PlainHTTP) {
			t.Errorf("%s: %v, want %s", listen, err, fault.PlainHTTP)
		}
		if _, err := New(Config{Listen: listen, InsecureHTTP: true}); err != nil {
			t.Errorf("%s, asked for: %v", listen, err)
		}
	}
}

func TestFlagsThatDoNotGoTogether(t *testing.T) {
	for _, c := range []Config{
		{Listen: "8470"},
		{Listen: ":443", CertFile: "cert.pem"},
		{Listen: ":443", KeyFile: "key.pem"},
		{Listen: ":443", CertFile: "cert.pem", KeyFile: "key.pem", AutoHosts: []string{"acopio.example"}},
		{Listen: ":443", AutoHosts: []string{"192.0.2.1"}},
		{Listen: ":443", AutoHosts: []string{"https://acopio.example"}},
		{Listen: ":443", AutoHosts: []string{"acopio"}},
		{Listen: ":443", AutoHosts: []string{"*.acopio.example"}},
	} {
		if _, err := New(c); !fault.Is(err, fault.BadUsage) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestFilesThatAreNoPair(t *testing.T) {
	dir := t.TempDir()
	cert, key := newPair(t, "acopio.example", 1)
	_, other := newPair(t, "acopio.example", 2)
	good := write(t, filepath.Join(dir, "cert.pem"), cert)
	goodKey := write(t, filepath.Join(dir, "key.pem"), key)
	wrongKey := write(t, filepath.Join(dir, "other.pem"), other)
	text := write(t, filepath.Join(dir, "text.pem"), []byte("hello"))
	now := time.Now()
	for _, c := range []struct {
		name, cert, key, says string
		at                    time.Time
	}{
		{"no certificate", filepath.Join(dir, "none.pem"), goodKey, "none.pem: no such file", now},
		{"no key", good, filepath.Join(dir, "none.pem"), "none.pem: no such file", now},
		{"another's key", good, wrongKey, "does not match", now},
		{"not PEM", text, goodKey, "PEM", now},
		{"swapped", goodKey, good, "PEM", now},
		{"expired", good, goodKey, "expired 20", now.Add(48 * time.Hour)},
		{"not valid yet", good, goodKey, "valid from 20", now.Add(-48 * time.Hour)},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := New(Config{Listen: ":443", CertFile: c.cert, KeyFile: c.key, Clock: &handClock{now: c.at}})
			if !fault.Is(err, fault.BadCertificate) || !strings.Contains(fault.Of(err).Text("en"), c.says) {
				t.Fatalf("%v, want it to say %q", err, c.says)
			}
		})
	}
}

// serve runs an HTTPS server with the configuration.
func serve(t *testing.T, r Result) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = r.TLS
	s.Config.ErrorLog = nil
	s.StartTLS()
	s.TLS.Certificates = nil // httptest adds its own
	t.Cleanup(s.Close)
	return s
}

func shake(t *testing.T, s *httptest.Server, c *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	c.InsecureSkipVerify = true
	conn, err := tls.Dial("tcp", s.Listener.Addr().String(), c)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer conn.Close()
	return conn.ConnectionState(), nil
}

func TestFilesAreServedAndReadAgain(t *testing.T) {
	dir := t.TempDir()
	c := &handClock{now: time.Now()}
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	put := func(serial int64) {
		cert, key := newPair(t, "acopio.example", serial)
		write(t, certFile, cert)
		write(t, keyFile, key)
	}
	put(1)
	var log bytes.Buffer
	r := check[Result](t)(New(Config{Listen: ":0", CertFile: certFile, KeyFile: keyFile, Clock: c, Log: zerolog.New(zerolog.SyncWriter(&log))}))
	if r.Scheme() != "https" || r.Challenge != nil {
		t.Fatalf("%+v", r)
	}
	s := serve(t, r)
	serial := func() int64 {
		state := check[tls.ConnectionState](t)(shake(t, s, &tls.Config{ServerName: "acopio.example", NextProtos: []string{"h2"}}))
		if state.NegotiatedProtocol != "h2" {
			t.Fatalf("negotiated %q", state.NegotiatedProtocol)
		}
		return state.PeerCertificates[0].SerialNumber.Int64()
	}
	if n := serial(); n != 1 {
		t.Fatalf("serial %d", n)
	}
	if _, err := shake(t, s, &tls.Config{MaxVersion: tls.VersionTLS11}); err == nil {
		t.Fatal("TLS 1.1 was accepted")
	}
	put(2)
	if n := serial(); n != 1 {
		t.Fatalf("the files were looked at again at once: serial %d", n)
	}
	c.advance(lookEvery)
	if n := serial(); n != 2 {
		t.Fatalf("serial %d after a renewal", n)
	}
	write(t, certFile, []byte("half a fi"))
	c.advance(lookEvery)
	if n := serial(); n != 2 {
		t.Fatalf("serial %d after a broken renewal", n)
	}
	if !strings.Contains(log.String(), "the one before stays") || strings.Contains(log.String(), "PRIVATE") {
		t.Fatalf("log: %s", log.String())
	}
	put(3)
	c.advance(lookEvery)
	if n := serial(); n != 3 {
		t.Fatalf("serial %d after a repaired renewal", n)
	}
}

func TestAutomaticCertificates(t *testing.T) {
	dir := t.TempDir()
	cert, key := newPair(t, "acopio.example", 7)
	write(t, filepath.Join(dir, "acopio.example"), append(key, cert...)) // as if it had been got before
	r := check[Result](t)(New(Config{
		Listen: ":443", AutoHosts: []string{"acopio.example"}, CacheDir: dir, Clock: clock.System{},
		DirectoryURL: "http://127.0.0.1:1/", // nobody is asked in this test
	}))
	if !slices.Contains(r.TLS.NextProtos, "acme-tls/1") || r.TLS.MinVersion != tls.VersionTLS12 || r.TLS.NextProtos[0] != "h2" {
		t.Fatalf("protocols %v, from version %x", r.TLS.NextProtos, r.TLS.MinVersion)
	}
	s := serve(t, r)
	state := check[tls.ConnectionState](t)(shake(t, s, &tls.Config{ServerName: "acopio.example"}))
	if n := state.PeerCertificates[0].SerialNumber.Int64(); n != 7 {
		t.Fatalf("serial %d", n)
	}
	for _, other := range []string{"other.example", ""} {
		if _, err := shake(t, s, &tls.Config{ServerName: other}); err == nil {
			t.Errorf("a certificate for %q", other)
		}
	}
	w := httptest.NewRecorder()
	r.Challenge.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://acopio.example/members", nil))
	if w.Code != http.StatusFound || w.Header().Get("Location") != "https://acopio.example/members" {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	w = httptest.NewRecorder()
	r.Challenge.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://acopio.example/.well-known/acme-challenge/x", nil))
	if w.Code != http.StatusNotFound {
		t.Fatalf("an unknown challenge got %d", w.Code)
	}
}
