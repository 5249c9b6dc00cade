package middleware

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// How much of a request's params a log shows.
const (
	maxLoggedString = 200 // bytes of a string
	maxLoggedList   = 20  // elements of a list or an object
	maxLoggedDepth  = 4
	maxLoggedValues = 100 // in all
)

// paramsValue shows params as JSON, whichever handler formats the record, and
// only if one does.
type paramsValue map[string]any

// MarshalJSON returns the params, shortened.
func (p paramsValue) MarshalJSON() ([]byte, error) {
	left := maxLoggedValues
	text, err := json.Marshal(shorten(map[string]any(p), maxLoggedDepth, &left))
	if err != nil {
		return nil, err
	}
	return escapeControls(text), nil
}

// MarshalText returns the same, for handlers that write text.
func (p paramsValue) MarshalText() ([]byte, error) { return p.MarshalJSON() }

// escapeControls escapes the control characters that JSON allows in strings.
func escapeControls(text []byte) []byte {
	isControl := func(c rune) bool { return c >= 0x7f && c <= 0x9f }
	if !bytes.ContainsFunc(text, isControl) {
		return text
	}
	var b []byte
	for _, c := range string(text) {
		if isControl(c) {
			b = fmt.Appendf(b, `\u%04x`, c)
		} else {
			b = utf8.AppendRune(b, c)
		}
	}
	return b
}

// shorten returns a copy of v that is small enough for a log.
func shorten(v any, depth int, left *int) any {
	*left--
	switch v := v.(type) {
	case string:
		if len(v) > maxLoggedString {
			return v[:maxLoggedString] + "…"
		}
	case json.Number:
		if len(v) > maxLoggedString {
			return string(v[:maxLoggedString]) + "…"
		}
	case []any:
		if depth == 0 {
			return "…"
		}
		list := make([]any, 0, min(len(v), maxLoggedList)+1)
		for _, item := range v {
			if len(list) == maxLoggedList || *left <= 0 {
				list = append(list, "…")
				break
			}
			list = append(list, shorten(item, depth-1, left))
		}
		return list
	case map[string]any:
		if depth == 0 {
			return "…"
		}
		object := make(map[string]any, min(len(v), maxLoggedList)+1)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if len(object) == maxLoggedList || *left <= 0 {
				object["…"] = "…"
				break
			}
			short, _ := shorten(name, 0, left).(string)
			object[short] = shorten(v[name], depth-1, left)
		}
		return object
	}
	return v
}
