package accesslog

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// queryMask holds the names of masked parameters, each split into its parts.
type queryMask [][]string

func newQueryMask(names []string) queryMask {
	var m queryMask
	for _, name := range names {
		if parts := partsOf(name); len(parts) > 0 {
			m = append(m, parts)
		}
	}
	return m
}

// partsOf splits a name at brackets, dots and everything else that separates parts of names,
// pairs or paths. Which of them do is up to the program that reads the query.
func partsOf(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(c rune) bool {
		return c < unicode.MaxASCII && c != '_' && c != '-' && c != '$' && !unicode.IsLetter(c) && !unicode.IsDigit(c)
	})
}

// apply returns a query with masked values. Everything else stays as it was sent.
func (m queryMask) apply(query string) string {
	if len(m) == 0 || query == "" {
		return query
	}
	var b strings.Builder
	for i, pair := range strings.Split(query, "&") {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(m.applyTo(pair))
	}
	return b.String()
}

// applyTo masks a pair from the first "=" on whose left is a masked name: the name of the
// pair, of a pair that something other than "&" separates, or of a parameter of a URL. What
// is behind many "=" is masked unseen: every name is looked for in all that is before it, so
// the time would grow with the square of their number.
func (m queryMask) applyTo(pair string) string {
	const most = 16
	for begin, i, seen := 0, 0, 0; i < len(pair); i++ {
		if pair[i] != '=' {
			continue
		}
		seen++
		value := pair[i+1:]
		if value != "" && (seen > most || m.hides(pair[begin:i], value) || m.hides(pair[:i], value)) {
			return pair[:i+1] + facts.Filtered
		}
		begin = i + 1
	}
	return pair
}

// hides reports whether the value of the parameter with this escaped name is masked: if the
// parts of a masked name are among its own, or if the value is JSON that may have such a
// member.
func (m queryMask) hides(escaped, value string) bool {
	name, err := url.QueryUnescape(escaped)
	if err != nil {
		return true
	}
	parts := partsOf(name)
	named := slices.DeleteFunc(slices.Clone(parts), isIndex)
	return slices.ContainsFunc(m, func(masked []string) bool {
		return contains(parts, masked) || contains(named, masked) || endsInBeginOf(named, masked) && mayBeJSON(value)
	})
}

func isIndex(part string) bool {
	return !strings.ContainsFunc(part, func(c rune) bool { return c < '0' || c > '9' })
}

// contains reports whether the parts have those of a masked name, one after the other.
func contains(parts, masked []string) bool {
	for ; len(parts) >= len(masked); parts = parts[1:] {
		if slices.Equal(parts[:len(masked)], masked) {
			return true
		}
	}
	return false
}

// endsInBeginOf reports whether the last parts are the first of a masked name, so that a
// member of the value has the rest.
func endsInBeginOf(parts, masked []string) bool {
	for n := 1; n < len(masked) && n <= len(parts); n++ {
		if slices.Equal(parts[len(parts)-n:], masked[:n]) {
			return true
		}
	}
	return false
}

// mayBeJSON reports whether an escaped value looks like an object or a list in JSON.
func mayBeJSON(escaped string) bool {
	value, err := url.QueryUnescape(escaped)
	if err != nil {
		return true
	}
	value = strings.TrimLeft(value, " \t\r\n")
	return value != "" && (value[0] == '{' || value[0] == '[')
}

// maskOf returns the mask for a request: FilteredParamsFunc of dispatch may add names.
func (a *Log) maskOf(rec *facts.Record) queryMask {
	if more := rec.HiddenParams(); len(more) > 0 {
		return append(newQueryMask(more), a.mask...)
	}
	return a.mask
}

// referer returns Referer with its query masked, or without it.
func (a *Log) referer(e *entry) string {
	before, query, found := strings.Cut(e.r.Referer(), "?")
	before = e.rec.ShownPath(before)
	if !found || !a.logQuery {
		return before
	}
	return before + "?" + a.maskOf(e.rec).apply(query)
}
