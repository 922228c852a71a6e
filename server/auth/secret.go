package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
)

// newToken draws a 256-bit secret.
func newToken(chance io.Reader) string {
	b := make([]byte, 32)
	_, _ = io.ReadFull(chance, b) // it does not fail
	return base64.RawURLEncoding.EncodeToString(b)
}

// hashOf is how a secret is kept. Secrets are random, so that a plain hash is enough, and looking one up by its hash
// tells nothing by its timing.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// codeAlphabet is Crockford's base 32: no letter that is read as a digit, or as another.
const codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// codeLength gives 50 bits.
const codeLength = 10

// newCode draws an enrollment code as people read it aloud: two groups of five.
func newCode(chance io.Reader) string {
	b := make([]byte, codeLength)
	_, _ = io.ReadFull(chance, b) // it does not fail
	for i := range b {
		b[i] = codeAlphabet[b[i]%32]
	}
	return string(b[:codeLength/2]) + "-" + string(b[codeLength/2:])
}

// cleanCode undoes what people do to a code: lower case, spaces, dashes, O for 0, I and L for 1. It is "" for what
// cannot be a code.
func cleanCode(typed string) string {
	var b strings.Builder
	for _, r := range strings.ToUpper(typed) {
		switch r {
		case ' ', '-', '–', '—', '\t', '\u00a0':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if !strings.ContainsRune(codeAlphabet, r) || b.Len() == codeLength {
			return ""
		}
		b.WriteRune(r)
	}
	if b.Len() != codeLength {
		return ""
	}
	return b.String()
}
