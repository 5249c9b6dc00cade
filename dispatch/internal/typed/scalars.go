package typed

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/internal/decimal"
)

// Text converts a string, number or bool to a string.
func Text(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	}
	return digits(value)
}

// digits returns the digits of a number, or of a string that may contain one.
func digits(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case int32:
		return strconv.FormatInt(int64(v), 10), true
	case uint64:
		return strconv.FormatUint(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return "", false
}

// Int converts a whole number, or a string that contains one. 5.0 and 1e3 are whole numbers.
func Int(value any, bits int) (int64, bool) {
	text, ok := digits(value)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, bits)
	if err == nil {
		return n, true
	}
	if text, ok = wholeDigits(text); !ok {
		return 0, false
	}
	n, err = strconv.ParseInt(text, 10, bits)
	return n, err == nil
}

// Uint is like [Int], for numbers that are not negative.
func Uint(value any, bits int) (uint64, bool) {
	text, ok := digits(value)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(text, "+"), 10, bits)
	if err == nil {
		return n, true
	}
	if text, ok = wholeDigits(text); !ok {
		return 0, false
	}
	n, err = strconv.ParseUint(text, 10, bits)
	return n, err == nil
}

// wholeDigits rewrites a whole number with a fraction or an exponent without them, if it has at
// most 20 digits.
func wholeDigits(s string) (string, bool) {
	const most = 20
	if len(s) > 2*most || !strings.ContainsAny(s, ".eE") {
		return "", false
	}
	mantissa, exponent := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.Atoi(s[i+1:])
		if err != nil || n < -most || n > most {
			return "", false
		}
		mantissa, exponent = s[:i], n
	}
	sign := ""
	if strings.HasPrefix(mantissa, "-") {
		sign, mantissa = "-", mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	all := whole + fraction
	if all == "" || strings.Trim(all, "0123456789") != "" {
		return "", false
	}
	switch point := len(whole) + exponent; {
	case point >= len(all):
		all += strings.Repeat("0", point-len(all))
	case strings.Trim(all[max(0, point):], "0") != "":
		return "", false
	default:
		all = all[:max(0, point)]
	}
	if all = strings.TrimLeft(all, "0"); all == "" {
		return "0", true
	}
	return sign + all, true
}

// Float converts a number, or a decimal string, to a finite number.
func Float(value any, bits int) (float64, bool) {
	text, ok := digits(value)
	if !ok {
		return 0, false
	}
	return decimal.Float(text, bits)
}

// Bool converts a bool, 1 and 0, and the strings that clients send for them. Checkboxes send
// "on".
func Bool(value any) (b, ok bool) {
	switch v := value.(type) {
	case bool:
		return v, true
	case json.Number:
		return v == "1", v == "1" || v == "0"
	case string:
		switch {
		case v == "1", strings.EqualFold(v, "true"), strings.EqualFold(v, "on"):
			return true, true
		case v == "0", strings.EqualFold(v, "false"), strings.EqualFold(v, "off"):
			return false, true
		}
	}
	return false, false
}
