package hosts

import "strings"

// validALabel tells whether what follows xn-- is Punycode (RFC 3492) of a label
// with at least one character outside ASCII. A label that decodes to plain ASCII
// (xn--example-) is another spelling of a name that must have only one.
//
// Whether the decoded characters are allowed in a name is not looked at: names
// are compared as A-labels, and one that no registry gives out is in nobody's
// configuration.
func validALabel(s string) bool {
	const (
		base, tmin, tmax = 36, 1, 26
		skew, damp       = 38, 700
		most             = 1 << 26 // a larger delta encodes no code point in a label of 63 bytes
	)
	var length int64 // characters decoded so far
	if at := strings.LastIndexByte(s, '-'); at > 0 {
		length, s = int64(at), s[at+1:]
	}
	if s == "" {
		return false
	}
	n, i, bias := int64(128), int64(0), int64(72)
	for s != "" {
		before, weight := i, int64(1)
		for k := int64(base); ; k += base {
			if s == "" {
				return false
			}
			digit := punycodeDigit(s[0])
			s = s[1:]
			if digit < 0 {
				return false
			}
			i += digit * weight
			threshold := min(max(k-bias, tmin), tmax)
			if i > most {
				return false
			}
			if digit < threshold {
				break
			}
			if weight *= base - threshold; weight > most*base {
				return false
			}
		}
		length++
		// RFC 3492, section 6.1: the bias for the next delta.
		delta := i - before
		if before == 0 {
			delta /= damp
		} else {
			delta /= 2
		}
		delta += delta / length
		for bias = 0; delta > (base-tmin)*tmax/2; bias += base {
			delta /= base - tmin
		}
		bias += (base - tmin + 1) * delta / (delta + skew)

		n += i / length
		i = i%length + 1
		// C1 controls, surrogates and what is beyond Unicode
		if n < 0xA0 || 0xD800 <= n && n <= 0xDFFF || n > 0x10FFFF {
			return false
		}
	}
	return true
}

// punycodeDigit returns the value of a digit, -1 for what is none.
func punycodeDigit(c byte) int64 {
	switch {
	case 'a' <= c && c <= 'z':
		return int64(c - 'a')
	case 'A' <= c && c <= 'Z':
		return int64(c - 'A')
	case isDigit(c):
		return int64(c-'0') + 26
	}
	return -1
}
