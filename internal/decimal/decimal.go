// Package decimal reads numbers as every source of params is to be read.
package decimal

import (
	"math"
	"strconv"
	"strings"
)

// Float returns the number with so many bits, 32 or 64, that is nearest to a
// decimal number. It refuses what would be lost: text that is no decimal number,
// numbers that are too large, and those, other than zero, of which float64 would
// make 0.
func Float(text string, bits int) (f float64, ok bool) {
	f, err := strconv.ParseFloat(text, bits)
	switch {
	case err != nil || math.IsInf(f, 0) || math.IsNaN(f) || strings.ContainsAny(text, "xX_"):
		return 0, false
	case f == 0:
		wide, _ := strconv.ParseFloat(text, 64) // as it was read already
		mantissa, _, _ := strings.Cut(strings.ToLower(text), "e")
		return f, wide != 0 || !strings.ContainsAny(mantissa, "123456789")
	}
	return f, true
}
