package httpfield

import (
	"net/http"
	"strings"
)

// WeakPrefix makes an entity tag a weak one (RFC 9110 section 8.8.3).
const WeakPrefix = "W/"

// StrongTag returns the header's entity tag if it is a strong one.
func StrongTag(h http.Header) (tag string, ok bool) {
	v := h["Etag"]
	if len(v) == 0 || len(v[0]) < 2 || v[0][0] != '"' || v[0][len(v[0])-1] != '"' {
		return "", false
	}
	return v[0], true
}

// scanTag reads one entity tag, `[ "W/" ] DQUOTE *etagc DQUOTE`, from the start of
// s. tag is "" if there is none.
func scanTag(s string) (tag, rest string) {
	start := 0
	if strings.HasPrefix(s, WeakPrefix) {
		start = len(WeakPrefix)
	}
	if len(s) <= start || s[start] != '"' {
		return "", s
	}
	for i := start + 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return s[:i+1], s[i+1:]
		case c == 0x21 || 0x23 <= c && c <= 0x7e || c >= 0x80:
		default:
			return "", s
		}
	}
	return "", s
}

// IsTag reports whether s is exactly one entity tag.
func IsTag(s string) bool {
	tag, rest := scanTag(s)
	return tag != "" && rest == ""
}

// StrongMatch is the strong comparison of entity tags (RFC 9110, section 8.8.3.2).
func StrongMatch(a, b string) bool { return a == b && a != "" && a[0] == '"' }

// WeakMatch is the weak comparison of entity tags (RFC 9110, section 8.8.3.2).
func WeakMatch(a, b string) bool {
	return a != "" && strings.TrimPrefix(a, WeakPrefix) == strings.TrimPrefix(b, WeakPrefix)
}

// AnyTag reports whether the fields of If-Match or If-None-Match name etag, by one of
// the two comparisons. A lone "*" names any tag. A malformed list matches nothing after
// the fault.
func AnyTag(fields []string, etag string, match func(a, b string) bool) bool {
	if len(fields) == 1 && TrimSpace(fields[0]) == "*" {
		return true
	}
	return etag != "" && lists(fields, etag, match)
}

// ListsWeakly reports whether a field such as If-None-Match lists the weak form of a
// strong tag itself.
func ListsWeakly(fields []string, strong string) bool {
	return lists(fields, WeakPrefix+strong, func(a, b string) bool { return a == b })
}

// lists reports whether a listed tag matches etag.
func lists(fields []string, etag string, match func(a, b string) bool) bool {
	for _, field := range fields {
		for field = TrimSpace(field); field != ""; {
			if field[0] == ',' {
				field = TrimSpace(field[1:])
				continue
			}
			tag, rest := scanTag(field)
			rest = TrimSpace(rest)
			if tag == "" || rest != "" && rest[0] != ',' {
				return false
			}
			if match(tag, etag) {
				return true
			}
			field = rest
		}
	}
	return false
}

// HasWeakTag reports whether a field such as If-Match lists a weak tag.
func HasWeakTag(values []string) bool {
	for _, list := range values {
		if strings.Contains(list, WeakPrefix) && Strengthen(list) != list {
			return true
		}
	}
	return false
}

// Strengthen returns a list of entity tags with the weak ones made strong.
func Strengthen(list string) string {
	var b strings.Builder
	quoted := false
	for list != "" {
		switch {
		case !quoted && strings.HasPrefix(list, WeakPrefix+`"`):
			list = list[len(WeakPrefix):]
			continue
		case list[0] == '"':
			quoted = !quoted // a tag has no quote inside
		}
		b.WriteByte(list[0])
		list = list[1:]
	}
	return b.String()
}
