package httpfield

import "strings"

// ListHas reports whether one of the values, which are comma-separated lists,
// contains the token, in upper or lower case.
func ListHas(values []string, token string) bool {
	for _, rest := range values {
		for more := true; more; {
			var element string
			element, rest, more = strings.Cut(rest, ",")
			if strings.EqualFold(TrimSpace(element), token) {
				return true
			}
		}
	}
	return false
}

// TrimSpace removes optional whitespace as HTTP defines it (RFC 9110, section 5.6.3).
func TrimSpace(s string) string { return strings.Trim(s, " \t") }
