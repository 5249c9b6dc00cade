// Package logtext makes data safe for logs: what clients send, and URLs with passwords.
package logtext

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Printable returns s, quoted if it contains anything unprintable, so that it can
// neither start a new line nor send escape codes to a terminal. slog's JSON handler
// does not escape control characters beyond ASCII.
func Printable(s string) string {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f { // unprintable or not ASCII
			for _, c := range s {
				if !strconv.IsPrint(c) || c == utf8.RuneError {
					return strconv.Quote(s)
				}
			}
			return s
		}
	}
	return s
}

// URL returns a URL without its password, or unchanged if it has none. A URL that cannot be parsed
// is not shown at all.
func URL(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil, u.User == nil && strings.Contains(address, "@"):
		return "(not shown)"
	case u.User == nil:
		return address
	}
	if _, has := u.User.Password(); !has {
		return address
	}
	return u.Redacted()
}
