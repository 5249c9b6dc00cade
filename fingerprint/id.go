package fingerprint

import (
	"crypto/rand"
	"encoding/hex"
)

const (
	idBytes = 20
	idLen   = 2 * idBytes
)

// randomID returns 160 random bits as 40 hexadecimal digits.
func randomID() string {
	var b [idBytes]byte
	_, _ = rand.Read(b[:]) // never fails
	return formatID(b[:])
}

// formatID writes idBytes bytes as an id.
func formatID(b []byte) string {
	var digits [idLen]byte
	hex.Encode(digits[:], b)
	return string(digits[:])
}

// isID reports whether s has the form of an id.
func isID(s string) bool {
	if len(s) != idLen {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || '9' < c) && (c < 'a' || 'f' < c) {
			return false
		}
	}
	return true
}
