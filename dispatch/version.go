package dispatch

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const defaultVersion = "1"

// version is how actions of one name are told apart and ordered.
type version struct {
	key   string  // equal for equal versions
	parts []int64 // of one that is numbers with points between them; otherwise nil
}

// parseVersion reads a version. Numbers with points between them are compared
// part by part, so that 1.10 is newer than 1.9; "1", "1.0" and 1 are the same.
// Everything else is a word.
func parseVersion(s string) version {
	if s == "" || len(s) > 32 {
		return version{key: s}
	}
	var parts []int64
	for text := range strings.SplitSeq(s, ".") {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || text[0] == '+' || text[0] == '-' {
			return version{key: s}
		}
		parts = append(parts, n)
	}
	for len(parts) > 1 && parts[len(parts)-1] == 0 {
		parts = parts[:len(parts)-1]
	}
	key := make([]string, len(parts))
	for i, n := range parts {
		key[i] = strconv.FormatInt(n, 10)
	}
	return version{key: strings.Join(key, "."), parts: parts}
}

// compare orders versions from the oldest to the newest: words, then numbers.
func (v version) compare(w version) int {
	switch {
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

// value is how the version of an action appears among its params: a number
// where it is one.
func (v version) value() any {
	if v.parts != nil && len(v.parts) <= 2 {
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
