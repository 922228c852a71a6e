package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"acopio/shared/fault"
)

// minPassword and maxPassword bound a password, in characters.
const (
	minPassword = 10
	maxPassword = 200
)

// cost is what a hash takes; it travels in the hash, so that it can be raised later.
type cost struct {
	memoryKiB uint32
	passes    uint32
	threads   uint8
}

// usualCost takes about a tenth of a second on a small server.
var usualCost = cost{memoryKiB: 64 * 1024, passes: 2, threads: 1}

// Sane bounds for a cost read from the database: a damaged row must not take the memory of the server.
const (
	mostMemoryKiB = 256 * 1024
	mostPasses    = 16
)

const (
	saltBytes = 16
	keyBytes  = 32
)

// hasher makes and checks password hashes, a few at a time: each takes 64 MiB.
type hasher struct {
	cost    cost
	running chan struct{} // hashes being made
	waiting chan struct{} // hashes being made or waited for
	decoy   string        // the hash that an unknown person's password is checked against
}

func newHasher(c cost) *hasher {
	h := &hasher{cost: c, running: make(chan struct{}, 2), waiting: make(chan struct{}, 32)}
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // crypto/rand.Read never fails
	h.decoy = phc(c, salt, make([]byte, keyBytes))
	return h
}

// checkPassword refuses what is too short to protect anything.
func checkPassword(password string) error {
	n := utf8.RuneCountInString(password)
	if n < minPassword || !utf8.ValidString(password) {
		return fault.New(fault.WeakPassword, "min", strconv.Itoa(minPassword))
	}
	if n > maxPassword {
		return fault.New(fault.TooLong, "field", "password", "max", strconv.Itoa(maxPassword))
	}
	return nil
}

// hash makes the PHC string of a password, waiting for its turn. Faults: ServerBusy.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt)
	key, err := h.derive(ctx, h.cost, salt, password)
	if err != nil {
		return "", err
	}
	return phc(h.cost, salt, key), nil
}

// matches checks a password against a PHC string, in the time that any check takes. stale says that the hash was made
// at another cost.
func (h *hasher) matches(ctx context.Context, hash, password string) (ok, stale bool, err error) {
	c, salt, want, perr := parsePHC(hash)
	if perr != nil {
		c, salt, want, _ = parsePHC(h.decoy)
	}
	if utf8.RuneCountInString(password) > maxPassword {
		password, perr = "", fmt.Errorf("longer than any password")
	}
	got, err := h.derive(ctx, c, salt, password)
	if err != nil {
		return false, false, err
	}
	same := subtle.ConstantTimeCompare(got, want) == 1
	return same && perr == nil && hash != h.decoy, c != h.cost, nil
}

func (h *hasher) derive(ctx context.Context, c cost, salt []byte, password string) ([]byte, error) {
	select {
	case h.waiting <- struct{}{}:
		defer func() { <-h.waiting }()
	default:
		return nil, fault.New(fault.ServerBusy)
	}
	select {
	case h.running <- struct{}{}:
		defer func() { <-h.running }()
	case <-ctx.Done():
		return nil, fault.Wrap(ctx.Err(), fault.ServerBusy)
	}
	// Composed and decomposed accents are the same password: keyboards differ.
	text := norm.NFC.String(password)
	return argon2.IDKey([]byte(text), salt, c.passes, c.memoryKiB, c.threads, keyBytes), nil
}

func phc(c cost, salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.memoryKiB, c.passes, c.threads,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

func parsePHC(s string) (c cost, salt, key []byte, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, fmt.Errorf("not an argon2id hash")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memoryKiB, &c.passes, &c.threads); err != nil {
		return c, nil, nil, err
	}
	if c.memoryKiB == 0 || c.memoryKiB > mostMemoryKiB || c.passes == 0 || c.passes > mostPasses || c.threads == 0 {
		return c, nil, nil, fmt.Errorf("cost out of bounds")
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return c, nil, nil, err
	}
	if key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return c, nil, nil, err
	}
	if len(key) != keyBytes {
		return c, nil, nil, fmt.Errorf("key of %d bytes", len(key))
	}
	return c, salt, key, nil
}
