package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestTLS: a server with certificate files; a laptop trusts it with --ca, and refuses it without, or when it is another's.
func TestTLS(t *testing.T) {
	s := &server{t: t, dir: t.TempDir(), listen: "127.0.0.1:0"}
	ca, certFile, keyFile := certificate(t)
	s.extra = []string{"--tls-cert", certFile, "--tls-key", keyFile}
	s.start()
	t.Cleanup(s.kill)
	s.network("PE")
	s.user("ana@red.example", "field", "PE")
	l := &laptop{t: t, dir: t.TempDir()}
	code := s.code("ana@red.example")
	l.fails(3, "certificate is not trusted", "enroll", "--server", s.url, "--code", code)
	other, _, _ := certificate(t)
	l.fails(3, "certificate is not trusted", "enroll", "--server", s.url, "--code", code, "--ca", other)
	l.ok("enroll", "--server", s.url, "--code", code, "--ca", ca)
	l.sync()
	id := l.create("organization", "PE", "name=Por TLS")
	l.sync()
	if l.get("organization", id).Version != 1 || l.checksum("PE") != s.checksum("PE") {
		t.Error("the edit did not arrive over TLS")
	}
}

// certificate makes an authority and a certificate by it for this machine; it returns the files' names.
func certificate(t *testing.T) (ca, cert, key string) {
	t.Helper()
	dir := t.TempDir()
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "Autoridad de prueba"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &signer.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cert = write("cert.pem", "CERTIFICATE", der)
	return cert, cert, write("key.pem", "PRIVATE KEY", private)
}
