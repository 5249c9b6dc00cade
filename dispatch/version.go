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

// version is how actions of one name are told apart and ordered.
type version struct {
	key    string  // equal for equal versions
	number float64 // of one with at most one point, which is a decimal number
	parts  []int64 // what stands between the points; nil for a word
}

// parseVersion reads a version. With at most one point it is a decimal number,
// so that "1", "1.0" and 1 are the same; with more it is compared part by part,
// as 1.10.0 and 1.9.0 want to be. Everything else is a word.
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
		v.number, _ = strconv.ParseFloat(s, 64) // digits and a point
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

// isAmbiguous tells whether two versions are ordered one way as decimal numbers
// and the other way part by part, as 1.9 and 1.10 are.
func (v version) isAmbiguous(w version) bool {
	return v.isNumber() && w.isNumber() && v.key != w.key && cmp.Compare(v.number, w.number) != slices.Compare(v.parts, w.parts)
}

// value is how the version of an action appears among its params: a number
// where it is one.
func (v version) value() any {
	if v.isNumber() {
		return json.Number(v.key)
	}
	return v.key
}

// versionText returns the version that a param or a route asks for; ok is
// false where it is neither text nor a number.
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
