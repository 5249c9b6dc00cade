package httpfield

import (
	"net/http"
	"strings"
)

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

// SetDefault sets a field unless it is set. A field that is set to nil counts as
// set: that is how a handler leaves it out.
func SetDefault(h http.Header, name, value string) {
	if _, ok := h[name]; !ok {
		h[name] = []string{value}
	}
}
