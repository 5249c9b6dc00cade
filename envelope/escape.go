package envelope

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

const hex = "0123456789abcdef"

// appendString encodes a string like encoding/json without escaping HTML. U+2028 and U+2029 are
// escaped, since they end a line in JavaScript.
func appendString(b []byte, s string) ([]byte, error) {
	b = append(b, '"')
	b, err := appendText(b, s)
	return append(b, '"'), err
}

// appendText encodes the content between the quotes of a JSON string.
func appendText(b []byte, s string) ([]byte, error) {
	n := plain(s)
	b = append(b, s[:n]...)
	if n == len(s) {
		return b, nil
	}
	return appendEscaped(b, s[n:])
}

// plain returns the length of the prefix of s that JSON can contain unchanged and that is ASCII.
// It reads eight bytes at a time; the last eight may overlap.
func plain(s string) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if !plain8(load8(s[i:])) {
			break
		}
	}
	if n := len(s); n >= 8 && n-i < 8 && plain8(load8(s[n-8:])) {
		return n
	}
	for i < len(s) && isPlain[s[i]] {
		i++
	}
	return i
}

// isPlain holds true for the bytes that JSON can contain unchanged.
var isPlain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

func load8(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// plain8 reports whether eight bytes are all plain. The highest bit of each byte in the sum below
// is set if that byte, or one before it, is not plain.
func plain8(w uint64) bool {
	const ones = 0x0101010101010101
	quote, backslash := w^('"'*ones), w^('\\'*ones)
	return (w|(w-' '*ones)|(quote-ones)|(backslash-ones))&(0x80*ones) == 0
}

// appendEscaped is appendText for strings that are not plain.
func appendEscaped(b []byte, s string) ([]byte, error) {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				return b, errInvalidUTF8
			}
			if r == '\u2028' || r == '\u2029' {
				b = append(b, s[start:i]...)
				b = append(b, '\\', 'u', '2', '0', '2', hex[r&0xf])
				start = i + size
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, '\\', 'b')
		case '\f':
			b = append(b, '\\', 'f')
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		}
		i++
		start = i
	}
	return append(b, s[start:]...), nil
}

// appendFloat encodes a number of 64 or 32 bits like encoding/json: the shortest digits, an
// exponent only for large or small numbers, and no leading zero in it.
func appendFloat(b []byte, f float64, bits int) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return b, fmt.Errorf("%v is not a JSON number", f)
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 &&
		(bits == 64 && (abs < 1e-6 || abs >= 1e21) || bits == 32 && (float32(abs) < 1e-6 || float32(abs) >= 1e21)) {
		format = 'e'
	}
	b = strconv.AppendFloat(b, f, format, -1, bits)
	if n := len(b); format == 'e' && n >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' {
		b[n-2] = b[n-1]
		b = b[:n-1]
	}
	return b, nil
}

// isWhole reports whether a number has only digits, so that it needs no further check.
func isWhole(n json.Number) bool {
	for i := range len(n) {
		if n[i] < '0' || n[i] > '9' {
			return false
		}
	}
	return len(n) > 0 && (n[0] != '0' || len(n) == 1)
}
