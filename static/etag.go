package static

import "strings"

// scanTag reads one entity tag, `[ "W/" ] DQUOTE *etagc DQUOTE`, from the start of
// s. tag is "" if there is none.
func scanTag(s string) (tag, rest string) {
	start := 0
	if strings.HasPrefix(s, "W/") {
		start = 2
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

// validTag reports whether s is exactly one entity tag.
func validTag(s string) bool {
	tag, rest := scanTag(s)
	return tag != "" && rest == ""
}

// strongMatch and weakMatch are the two comparisons of RFC 9110, section
// 8.8.3.2.
func strongMatch(a, b string) bool { return a == b && a != "" && a[0] == '"' }

func weakMatch(a, b string) bool {
	return a != "" && strings.TrimPrefix(a, "W/") == strings.TrimPrefix(b, "W/")
}

// anyMatch reports whether the fields of If-Match or If-None-Match name etag. A
// lone "*" names any tag. A malformed list matches nothing after the fault.
func anyMatch(fields []string, etag string, match func(a, b string) bool) bool {
	if len(fields) == 1 && trimSpace(fields[0]) == "*" {
		return true
	}
	if etag == "" {
		return false
	}
	for _, field := range fields {
		for field = trimSpace(field); field != ""; {
			if field[0] == ',' {
				field = trimSpace(field[1:])
				continue
			}
			tag, rest := scanTag(field)
			rest = trimSpace(rest)
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

// trimSpace removes optional whitespace as HTTP defines it.
func trimSpace(s string) string { return strings.Trim(s, " \t") }
