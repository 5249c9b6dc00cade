package params

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/clip"
	"github.com/sidekick-http/sidekick/internal/qs"
	"github.com/sidekick-http/sidekick/upload"
)

// explainJSON adds an excerpt to an error in JSON, if the options ask for one.
func (p *Parser) explainJSON(err error, text []byte) error {
	e, ok := err.(*Error)
	var j *jsonError
	if ok && errors.As(e.Cause, &j) {
		p.quote(e, e.Reason, string(text), j.at)
	}
	return err
}

// explainPairs adds to an error in urlencoded data what is wrong and where, and, if the options
// ask for one, an excerpt.
func (p *Parser) explainPairs(err error, text, delimiter string) error {
	e, ok := err.(*Error)
	if !ok || e.Kind != ErrMalformed {
		return err
	}
	reason, quiet, at := pairsProblem(text, delimiter, e.Cause)
	if at < 0 {
		return err
	}
	e.Cause = nil // the reason says more
	if e.From == "body" {
		reason, quiet = notForm+reason, notForm+quiet
	}
	e.Reason = reason
	p.quote(e, quiet, text, at)
	return err
}

// explainFields adds to an error of upload fields the name of the field and the position of the
// fault in its value.
func (p *Parser) explainFields(err error, fields []upload.Field) error {
	e, ok := err.(*Error)
	if !ok {
		return err
	}
	find, what := firstNotUTF8, "is not UTF-8"
	switch {
	case errors.Is(e.Cause, qs.ErrUTF8):
	case errors.Is(e.Cause, qs.ErrNUL):
		find, what = func(text string) int { return strings.IndexByte(text, 0) }, "has a NUL"
	default:
		return err
	}
	for i := range fields {
		if at := find(fields[i].Value); at >= 0 {
			e.Reason, e.Cause = fmt.Sprintf("%sthe field %q %s, at byte %d", notForm, clip.Text(fields[i].Name, longestName), what, at), nil
			p.quote(e, e.Reason, fields[i].Value, at)
			if e.quoted != nil {
				e.quoted.text = fields[i].Name + "=" + e.quoted.text
			}
			break
		}
	}
	return err
}

// longestName is how many bytes of a field's name an error shows.
const longestName = 64

// firstNotUTF8 returns the position of the first byte that is not valid UTF-8, or -1.
func firstNotUTF8(text string) int {
	for i, c := range text {
		if c == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)) {
			return i
		}
	}
	return -1
}

const notForm = "not a valid form: "

// quote adds to Reason the text around a byte, if the options ask for it. quiet is a Reason
// without anything from the text.
func (p *Parser) quote(e *Error, quiet, text string, at int) {
	if p.cfg.ShowExcerpt || quiet != e.Reason {
		e.quoted = &quoted{text, quiet}
	}
	if p.cfg.ShowExcerpt {
		e.Reason += ", near " + excerpt(text, at)
	}
}

// pairsProblem finds what is wrong with urlencoded data, and where. quiet is a reason that quotes
// nothing. cause is the error from internal/qs, which does not know the position.
func pairsProblem(text, delimiter string, cause error) (reason, quiet string, at int) {
	if errors.Is(cause, qs.ErrEscape) {
		for i := range len(text) {
			if text[i] == '%' && !isEscape(text[i:]) {
				const form = "the escape%s at byte %d is broken"
				return fmt.Sprintf(form, fmt.Sprintf(" %q", text[i:clip.End(text, i+3)]), i), fmt.Sprintf(form, "", i), i
			}
		}
	}
	for pair := range strings.SplitSeq(text, delimiter) {
		switch decoded, err := url.QueryUnescape(pair); {
		case err != nil:
		case errors.Is(cause, qs.ErrUTF8) && !utf8.ValidString(decoded):
			reason = fmt.Sprintf("the parameter at byte %d is not UTF-8", at)
			return reason, reason, at
		case errors.Is(cause, qs.ErrNUL) && strings.Contains(decoded, "\x00"):
			reason = fmt.Sprintf("the parameter at byte %d has a NUL", at)
			return reason, reason, at
		}
		at += len(pair) + len(delimiter)
	}
	return "", "", -1
}

func isEscape(s string) bool {
	if len(s) < 3 {
		return false
	}
	_, err := strconv.ParseUint(s[1:3], 16, 8)
	return err == nil
}
