package api

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"acopio/shared/clock"
	"acopio/shared/exchange"
	"acopio/shared/fault"
)

const (
	// uploadLife is how long a file waits for its import.
	uploadLife = 2 * time.Hour
	// maxUploads bounds the files of one person that wait; the oldest goes first.
	maxUploads = 5
	// uploadPrefix names our files in the folder, so that what an earlier run left there is recognized.
	uploadPrefix = "import-"
)

// uploads keeps received files until they are imported, dropped or too old. A file belongs to who sent it.
type uploads struct {
	dir   string
	clock clock.Clock
	turn  chan struct{} // one import at a time: each reads a whole file and compares it with the register

	mu      sync.Mutex
	byToken map[string]*uploaded
}

type uploaded struct {
	path       string
	source     *exchange.Source // it is read within a turn
	file       string           // as people know it
	collection string
	network    string
	owner      string
	at         time.Time
}

// newUploads forgets what an earlier run left: nobody holds its tokens.
func newUploads(cfg Config) *uploads {
	u := &uploads{dir: cfg.UploadDir, clock: cfg.Clock, turn: make(chan struct{}, 1), byToken: map[string]*uploaded{}}
	if cfg.UploadDir == "" {
		return u
	}
	left, _ := filepath.Glob(filepath.Join(cfg.UploadDir, uploadPrefix+"*"))
	for _, path := range left {
		if err := os.Remove(path); err != nil {
			cfg.Log.Warn().Err(err).Msg("cannot remove an old upload")
		}
	}
	return u
}

// receive writes a file to disk and gives it a token. It fails with fault.FileTooLarge.
func (u *uploads) receive(from io.Reader) (path string, err error) {
	if err := os.MkdirAll(u.dir, 0o700); err != nil {
		return "", fault.Wrap(err, fault.DiskReadOnly)
	}
	f, err := os.CreateTemp(u.dir, uploadPrefix+"*")
	if err != nil {
		return "", fault.Wrap(err, fault.DiskReadOnly)
	}
	n, err := io.Copy(f, io.LimitReader(from, exchange.MaxFileBytes+1))
	err = errors.Join(err, f.Close())
	if err == nil && n > exchange.MaxFileBytes {
		err = fault.New(fault.FileTooLarge, "max", "200 MB")
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error that matters is the first
		return "", err
	}
	return f.Name(), nil
}

// keep gives a received file a token.
func (u *uploads) keep(f *uploaded) (token string) {
	token = rand.Text()
	f.at = u.clock.Now()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.purge()
	u.makeRoom(f.owner)
	u.byToken[token] = f
	time.AfterFunc(uploadLife, func() { u.forget(token) })
	return token
}

func (u *uploads) purge() {
	for token, f := range u.byToken {
		if u.clock.Now().Sub(f.at) > uploadLife {
			u.drop(token)
		}
	}
}

// makeRoom drops a person's oldest files.
func (u *uploads) makeRoom(owner string) {
	for {
		oldest, n := "", 0
		for token, f := range u.byToken {
			if f.owner != owner {
				continue
			}
			n++
			if oldest == "" || f.at.Before(u.byToken[oldest].at) {
				oldest = token
			}
		}
		if n < maxUploads {
			return
		}
		u.drop(oldest)
	}
}

func (u *uploads) drop(token string) {
	if f := u.byToken[token]; f != nil {
		_ = os.Remove(f.path) // what stays is removed at the next start
		delete(u.byToken, token)
	}
}

// of finds a person's file; one that is gone, or another person's, is fault.NotFound.
func (u *uploads) of(token string, who Actor) (*uploaded, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.purge()
	f := u.byToken[token]
	if f == nil || !strings.EqualFold(f.owner, who.Email) {
		return nil, fault.New(fault.NotFound, "what", "file")
	}
	return f, nil
}

func (u *uploads) forget(token string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.drop(token)
}

// enter waits for the turn to import, and returns what ends it.
func (u *uploads) enter(ctx context.Context) (leave func(), err error) {
	select {
	case u.turn <- struct{}{}:
		return func() { <-u.turn }, nil
	case <-ctx.Done():
		return nil, fault.Wrap(ctx.Err(), fault.ServerBusy)
	}
}
