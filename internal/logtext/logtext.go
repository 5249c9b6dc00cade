// Package logtext makes data from clients safe for logs.
package logtext

import (
	"strconv"
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
