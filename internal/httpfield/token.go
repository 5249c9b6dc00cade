package httpfield

import "strings"

// IsToken tells whether s is a token (RFC 9110 section 5.6.2), as the names of
// fields and methods are.
func IsToken(s string) bool {
	for i := range len(s) {
		if !IsTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

// IsTokenByte tells whether c can be part of a token.
func IsTokenByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// IsValue tells whether s can be a field's value as it is: without control
// characters, and without blanks around it.
func IsValue(s string) bool {
	return !HasControl(s) && strings.Trim(s, " \t") == s
}

// HasControl tells whether a value holds a control character other than a tab
// (RFC 9110 section 5.5).
func HasControl(s string) bool {
	// Every value of every response comes here: eight bytes at a time, of which
	// the highest bits of x are set where one may be a control character.
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
