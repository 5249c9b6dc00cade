package params

import (
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/internal/clip"
)

// aroundByte is how many bytes before and after the invalid byte an excerpt shows.
const aroundByte = 20

// excerpt quotes the text around a byte.
func excerpt(text string, at int) string {
	from, to := clip.Begin(text, max(0, at-aroundByte)), clip.End(text, min(len(text), at+aroundByte))
	quoted := strconv.Quote(text[min(from, to):to])
	if from > 0 {
		quoted = "…" + quoted
	}
	if to < len(text) {
		quoted += "…"
	}
	return quoted
}

// quoted is the text that the Reason of an error quotes.
type quoted struct {
	text  string // all of it
	quiet string // a Reason that does not quote it
}

// HideExcerpt removes from Reason what it quotes of a query or body that contains one of the
// words, in upper or lower case and however it is escaped. It is for names of parameters whose
// values must not be shown: in text that cannot be parsed, nobody knows where a value begins and
// ends. Call it before the error is shown to others.
func (e *Error) HideExcerpt(words ...string) {
	if e.quoted == nil || len(words) == 0 {
		return
	}
	asSent, text := strings.ToLower(e.quoted.text), strings.ToLower(unescaped(e.quoted.text))
	for _, word := range words {
		if word = strings.ToLower(word); strings.Contains(text, word) || strings.Contains(asSent, word) {
			e.Reason, e.quoted = e.quoted.quiet, nil
			return
		}
	}
}

// unescaped resolves the escapes of URLs and of JSON, where they are valid.
func unescaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		digits := 0
		switch {
		case s[i] == '%':
			digits = 2
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == 'u':
			i++
			digits = 4
		case s[i] == '\\':
			continue
		case s[i] == '+':
			b.WriteByte(' ')
			continue
		}
		if digits > 0 && i+digits < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+1+digits], 16, 32); err == nil {
				if digits == 2 {
					b.WriteByte(byte(c))
				} else {
					b.WriteRune(rune(c))
				}
				i += digits
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
