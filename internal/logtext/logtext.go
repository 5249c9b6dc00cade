// Package logtext makes what comes from clients fit for logs.
package logtext

import (
	"strconv"
	"unicode/utf8"
)

// Printable returns s, quoted if it holds anything that is not printable, so
// that it can begin no line of its own and send no escape code to a terminal.
// slog's JSON handler leaves the control characters above ASCII as they are.
func Printable(s string) string {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f { // not printable, or not ASCII
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
