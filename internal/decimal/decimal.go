// Package decimal reads numbers in the same way for every source of parameters.
package decimal

import (
	"math"
	"strconv"
	"strings"
)

// Float converts a decimal number to the nearest float of 32 or 64 bits. It refuses strings that
// are not decimal numbers, numbers that are too large, and numbers other than zero that would
// become 0.
func Float(text string, bits int) (f float64, ok bool) {
	f, err := strconv.ParseFloat(text, bits)
	switch {
	case err != nil || math.IsInf(f, 0) || math.IsNaN(f) || strings.ContainsAny(text, "xX_"):
		return 0, false
	case f == 0:
		wide, _ := strconv.ParseFloat(text, 64) // it was parsed before
		mantissa, _, _ := strings.Cut(strings.ToLower(text), "e")
		return f, wide != 0 || !strings.ContainsAny(mantissa, "123456789")
	}
	return f, true
}
