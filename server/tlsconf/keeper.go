package tlsconf

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"acopio/shared/clock"
	"acopio/shared/fault"
)

// lookEvery bounds how often handshakes look at the files.
const lookEvery = 10 * time.Second

// keeper holds a certificate from files and reads them again when they change, as renewing tools do it: a pair that
// does not fit is left alone until it does.
type keeper struct {
	certFile, keyFile string
	clock             clock.Clock
	log               zerolog.Logger

	mu     sync.Mutex
	pair   *tls.Certificate
	marks  [2]mark // of the files the pair was read from, or tried to be
	looked time.Time
}

// mark tells whether a file has changed.
type mark struct {
	size  int64
	at    time.Time
	valid bool
}

func markOf(file string) mark {
	info, err := os.Stat(file)
	if err != nil {
		return mark{}
	}
	return mark{info.Size(), info.ModTime(), true}
}

func (k *keeper) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.clock.Now()
	if now.Sub(k.looked) >= lookEvery || now.Before(k.looked) {
		k.looked = now
		if marks := k.look(); marks != k.marks {
			if err := k.read(marks); err != nil {
				k.log.Error().Err(err).Msg("the certificate's files changed but cannot be used; the one before stays")
			} else {
				k.log.Info().Msg("the certificate was read again")
			}
		}
	}
	return k.pair, nil
}

func (k *keeper) load() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.looked = k.clock.Now()
	return k.read(k.look())
}

func (k *keeper) look() [2]mark { return [2]mark{markOf(k.certFile), markOf(k.keyFile)} }

// read takes the files over if they are a pair that serves. Its caller holds the lock.
func (k *keeper) read(marks [2]mark) error {
	k.marks = marks // also when it fails: the same files are not tried, and complained of, again
	cert, err := os.ReadFile(k.certFile)
	if err != nil {
		return bad(err, k.certFile, reasonOf(err))
	}
	key, err := os.ReadFile(k.keyFile)
	if err != nil {
		return bad(err, k.keyFile, reasonOf(err))
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return bad(err, k.certFile+" + "+filepath.Base(k.keyFile), err.Error())
	}
	if err := k.checkDates(pair.Leaf); err != nil {
		return err
	}
	k.pair = &pair
	return nil
}

func (k *keeper) checkDates(leaf *x509.Certificate) error {
	now := k.clock.Now()
	if now.After(leaf.NotAfter) {
		return bad(nil, k.certFile, "expired "+leaf.NotAfter.Format(time.DateOnly))
	}
	if now.Before(leaf.NotBefore) {
		return bad(nil, k.certFile, "valid from "+leaf.NotBefore.Format(time.DateOnly))
	}
	return nil
}

func bad(cause error, file, reason string) error {
	return fault.Wrap(cause, fault.BadCertificate, "file", file, "detail", reason)
}

// reasonOf is the short reason of a file that cannot be read, without its path, which the sentence has already.
func reasonOf(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}
