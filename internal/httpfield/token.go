package httpfield

import "strings"

// IsToken reports whether s is a token (RFC 9110 section 5.6.2), such as a field
// name or a method.
func IsToken(s string) bool {
	for i := range len(s) {
		if !IsTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

// IsTokenByte reports whether c can be part of a token.
func IsTokenByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// IsValue reports whether s can be the value of a field: it has no control
// characters, and is not surrounded by blanks.
func IsValue(s string) bool {
	return !HasControl(s) && TrimSpace(s) == s
}

// HasControl reports whether a value contains a control character other than a tab
// (RFC 9110 section 5.5).
func HasControl(s string) bool {
	// Every value of every response is checked here, so eight bytes at a time: the
	// highest bits of x are set where there may be a control character.
	const ones = 0x0101010101010101
	for len(s) >= 8 {
		b := s[:8]
		w := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		del := w ^ ones*0x7f
		if x := (w-ones*' ')&^w | (del-ones)&^del; x&(ones<<7) != 0 && hasControlByte(b) {
			return true
		}
		s = s[8:]
	}
	return hasControlByte(s)
}

func hasControlByte(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return true
		}
	}
	return false
}
