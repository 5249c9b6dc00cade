package accesslog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/clip"
	"github.com/sidekick-http/sidekick/internal/facts"
)

// Limits on how much of a request's parameters a record shows.
const (
	maxLoggedString = 200 // bytes of a string
	maxLoggedList   = 20  // elements of a list or an object
	maxLoggedDepth  = 4
	maxLoggedValues = 100 // in total
)

// paramsValue shows parameters as JSON in every handler's format, and does the work
// only if a handler formats the record.
type paramsValue facts.Params

// MarshalJSON returns the parameters, shortened.
func (p paramsValue) MarshalJSON() ([]byte, error) {
	byName := func(a, b facts.Param) int { return strings.Compare(a.Name, b.Name) }
	if !slices.IsSortedFunc(p, byName) {
		p = slices.Clone(p) // others read it as well
		// It happens rarely, and slices.SortFunc would add 7 KB to a program.
		sort.Slice(p, func(i, j int) bool { return p[i].Name < p[j].Name })
	}
	b := append(make([]byte, 0, 256), '{')
	left := maxLoggedValues
	for i, one := range p {
		if i > 0 {
			b = append(b, ',')
		}
		if i == maxLoggedList || left <= 0 {
			b = append(b, `"…":"…"`...)
			break
		}
		left--
		b = append(appendLogged(b, shortString(one.Name)), ':')
		if s, ok := one.Value.(string); ok {
			left--
			b = appendLogged(b, shortString(s))
			continue
		}
		text, err := json.Marshal(shorten(one.Value, maxLoggedDepth-1, &left))
		if err != nil {
			return nil, err
		}
		b = append(b, escapeControls(text)...)
	}
	return append(b, '}'), nil
}

// MarshalText returns the same JSON, for handlers that write text.
func (p paramsValue) MarshalText() ([]byte, error) { return p.MarshalJSON() }

// appendLogged appends s as JSON.
func appendLogged(b []byte, s string) []byte {
	if isPlain(s) {
		return append(append(append(b, '"'), s...), '"')
	}
	text, _ := json.Marshal(s) // it never fails for a string
	return append(b, escapeControls(text)...)
}

// isPlain reports whether s needs no escapes in a JSON string.
func isPlain(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c >= 0x7f, c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}

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
		return shortString(v)
	case json.Number:
		if len(v) > maxLoggedString {
			return shortString(string(v))
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
			*left--
			object[shortString(name)] = shorten(v[name], depth-1, left)
		}
		return object
	}
	return v
}

func shortString(s string) string { return clip.Text(s, maxLoggedString) }
