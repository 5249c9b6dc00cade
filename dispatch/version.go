package dispatch

import (
	"cmp"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

const defaultVersion = "1"

// version is how actions of one name are told apart and ordered.
type version struct {
	key    string  // equal for equal versions
	number float64 // only where it is one
	isNum  bool
}

// parseVersion reads a version. "1", "1.0" and 1 are the same; everything that
// is not a plain decimal number is a word.
func parseVersion(s string) version {
	if plainNumber(s) {
		if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsInf(f, 0) {
			return version{key: strconv.FormatFloat(f, 'f', -1, 64), number: f, isNum: true}
		}
	}
	return version{key: s}
}

// plainNumber tells whether s is digits, with at most one point inside.
func plainNumber(s string) bool {
	if s == "" || len(s) > 32 {
		return false
	}
	point := false
	for i := range len(s) {
		switch {
		case s[i] >= '0' && s[i] <= '9':
		case s[i] == '.' && !point && i > 0 && i < len(s)-1:
			point = true
		default:
			return false
		}
	}
	return true
}

// compare orders versions from the oldest to the newest: words, then numbers.
func (v version) compare(w version) int {
	switch {
	case v.isNum && w.isNum:
		return cmp.Compare(v.number, w.number)
	case v.isNum:
		return 1
	case w.isNum:
		return -1
	default:
		return strings.Compare(v.key, w.key)
	}
}

// value is how the version of an action appears among its params: a number
// where it is one.
func (v version) value() any {
	if v.isNum {
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
	case int:
		return strconv.Itoa(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	default:
		return "", false
	}
}
