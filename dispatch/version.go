package dispatch

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const defaultVersion = "1"

// version identifies and orders actions of the same name.
type version struct {
	key    string  // the same for equal versions
	number float64 // of a version with at most one point, which is a decimal number
	parts  []int64 // the numbers between the points; nil for a word
}

// parseVersion reads a version. With at most one point it is a decimal number, so that "1", "1.0"
// and 1 are the same. With more it is compared part by part, so that 1.10.0 is newer than 1.9.0.
// Everything else is a word.
func parseVersion(s string) version {
	if s == "" || len(s) > 32 {
		return version{key: s}
	}
	var v version
	for text := range strings.SplitSeq(s, ".") {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || text[0] == '+' || text[0] == '-' {
			return version{key: s}
		}
		v.parts = append(v.parts, n)
	}
	if len(v.parts) <= 2 {
		v.number, _ = strconv.ParseFloat(s, 64) // it consists of digits and a point
		v.key = strconv.FormatFloat(v.number, 'f', -1, 64)
		return v
	}
	key := make([]string, len(v.parts))
	for i, n := range v.parts {
		key[i] = strconv.FormatInt(n, 10)
	}
	v.key = strings.Join(key, ".")
	return v
}

// compare orders versions from the oldest to the newest: words, then numbers.
func (v version) compare(w version) int {
	switch {
	case v.isNumber() && w.isNumber():
		return cmp.Compare(v.number, w.number)
	case v.parts != nil && w.parts != nil:
		return slices.Compare(v.parts, w.parts)
	case v.parts != nil:
		return 1
	case w.parts != nil:
		return -1
	default:
		return strings.Compare(v.key, w.key)
	}
}

func (v version) isNumber() bool { return v.parts != nil && len(v.parts) <= 2 }

// isAmbiguous reports whether two versions compare differently as decimal numbers and part by
// part, as 1.9 and 1.10 do.
func (v version) isAmbiguous(w version) bool {
	return v.isNumber() && w.isNumber() && v.key != w.key && cmp.Compare(v.number, w.number) != slices.Compare(v.parts, w.parts)
}

// value is the version of an action among its parameters: a number if possible.
func (v version) value() any {
	if v.isNumber() {
		return json.Number(v.key)
	}
	return v.key
}

// versionText returns the version that a parameter or a route asks for; ok is false if it is
// neither a string nor a number.
func versionText(v any) (s string, ok bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return fmt.Sprint(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	default:
		return "", false
	}
}
