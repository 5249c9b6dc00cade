// Package printable makes text from clients safe for logs.
package printable

import (
	"strconv"
	"unicode/utf8"
)

// Text returns s, quoted if it holds anything that is not printable: it can
// then neither begin a line of its own nor send escape codes to a terminal.
// slog's JSON handler leaves the control characters above ASCII as they are.
func Text(s string) string {
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
