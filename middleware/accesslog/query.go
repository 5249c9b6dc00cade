package accesslog

import (
	"net/url"
	"strings"
)

// maskText replaces a masked value, as in Actionhero.
const maskText = "[FILTERED]"

// queryMask is the set of masked parameter names, in lower case.
type queryMask map[string]bool

func newQueryMask(names []string) queryMask {
	m := queryMask{}
	for _, name := range names {
		m[strings.ToLower(name)] = true
	}
	return m
}

// apply returns a query with masked values. Everything else stays as it was sent.
func (m queryMask) apply(query string) string {
	if len(m) == 0 || query == "" {
		return query
	}
	var b strings.Builder
	for rest := query; rest != ""; {
		pair, separator := rest, ""
		if i := strings.IndexAny(rest, "&;"); i >= 0 {
			pair, separator = rest[:i], rest[i:i+1]
		}
		rest = rest[len(pair)+len(separator):]
		if name, value, found := strings.Cut(pair, "="); found && value != "" && m.hides(name) {
			pair = name + "=" + maskText
		}
		b.WriteString(pair)
		b.WriteString(separator)
	}
	return b.String()
}

// hides reports whether the value of the parameter with this escaped name is masked.
func (m queryMask) hides(escaped string) bool {
	name, err := url.QueryUnescape(escaped)
	if err != nil {
		return true
	}
	name = strings.ToLower(name)
	if m[name] {
		return true
	}
	for part := range strings.FieldsFuncSeq(name, func(c rune) bool { return c == '[' || c == ']' || c == '.' }) {
		if m[part] {
			return true
		}
	}
	return false
}

// referer returns Referer with its query masked, or without it.
func (a *Log) referer(referer string) string {
	before, query, found := strings.Cut(referer, "?")
	if !found || !a.logQuery {
		return before
	}
	return before + "?" + a.mask.apply(query)
}
