package hosts

import "strings"

// validALabel reports whether what follows xn-- is Punycode (RFC 3492) of a label
// with at least one character outside ASCII. A label that decodes to plain ASCII
// (xn--example-) would be a second spelling of a name that must have only one.
//
// It does not check whether the decoded characters are allowed in a name: names are
// compared as A-labels, and nobody configures one that no registry gives out.
func validALabel(s string) bool {
	var length int64 // characters decoded so far
	if at := strings.LastIndexByte(s, '-'); at > 0 {
		length, s = int64(at), s[at+1:]
	}
	if s == "" {
		return false
	}
	n, i, bias := int64(128), int64(0), int64(72)
	for first := true; s != ""; first = false {
		delta, rest, ok := punycodeDelta(s, bias)
		if !ok || delta > punycodeMost-i {
			return false
		}
		s = rest
		i += delta
		length++
		bias = punycodeBias(delta, length, first)

		n += i / length
		i = i%length + 1
		// C1 controls, surrogates, and values beyond Unicode
		if n < 0xA0 || 0xD800 <= n && n <= 0xDFFF || n > 0x10FFFF {
			return false
		}
	}
	return true
}

// Parameters of Punycode (RFC 3492, section 5).
const (
	punycodeBase = 36
	punycodeTMin = 1
	punycodeTMax = 26
	punycodeSkew = 38
	punycodeDamp = 700

	// punycodeMost is where decoding stops: in a label of 63 bytes, a larger delta
	// encodes no code point.
	punycodeMost = 1 << 26
)

// punycodeDelta reads the variable-length number at the start of s (RFC 3492,
// section 6.2).
func punycodeDelta(s string, bias int64) (delta int64, rest string, ok bool) {
	weight := int64(1)
	for k := int64(punycodeBase); s != ""; k += punycodeBase {
		digit := punycodeDigit(s[0])
		s = s[1:]
		if digit < 0 {
			return 0, "", false
		}
		if delta += digit * weight; delta > punycodeMost {
			return 0, "", false
		}
		threshold := min(max(k-bias, punycodeTMin), punycodeTMax)
		if digit < threshold {
			return delta, s, true
		}
		if weight *= punycodeBase - threshold; weight > punycodeMost*punycodeBase {
			return 0, "", false
		}
	}
	return 0, "", false
}

// punycodeBias returns the bias for the next delta (RFC 3492, section 6.1).
func punycodeBias(delta, length int64, first bool) (bias int64) {
	if first {
		delta /= punycodeDamp
	} else {
		delta /= 2
	}
	delta += delta / length
	for ; delta > (punycodeBase-punycodeTMin)*punycodeTMax/2; bias += punycodeBase {
		delta /= punycodeBase - punycodeTMin
	}
	return bias + (punycodeBase-punycodeTMin+1)*delta/(delta+punycodeSkew)
}

// punycodeDigit returns the value of a digit, or -1.
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
