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
)

// aroundByte is how many bytes before and after the invalid byte an excerpt shows.
const aroundByte = 20

// explainJSON adds an excerpt to an error in JSON, if the options ask for one.
func (p *Parser) explainJSON(err error, text []byte) error {
	e, ok := err.(*Error)
	var j *jsonError
	if ok && errors.As(e.Cause, &j) {
		p.addExcerpt(e, string(text), j.at)
	}
	return err
}

// explainPairs adds to an error in urlencoded data what is wrong and where, and an excerpt if the
// options ask for one.
func (p *Parser) explainPairs(err error, text, delimiter string) error {
	e, ok := err.(*Error)
	if !ok || e.Kind != ErrMalformed {
		return err
	}
	reason, at := pairsProblem(text, delimiter, e.Cause)
	if at < 0 {
		return err
	}
	e.Cause = nil // the reason says more
	if e.Reason = reason; e.From == "body" {
		e.Reason = notForm + reason
	}
	p.addExcerpt(e, text, at)
	return err
}

// explainFields completes an error of upload fields, which have no position in a common text.
func explainFields(err error) error {
	e, ok := err.(*Error)
	if !ok {
		return err
	}
	switch {
	case errors.Is(e.Cause, qs.ErrUTF8):
		e.Reason, e.Cause = notForm+"a field is not UTF-8", nil
	case errors.Is(e.Cause, qs.ErrNUL):
		e.Reason, e.Cause = notForm+"a field has a NUL", nil
	}
	return err
}

const notForm = "not a valid form: "

func (p *Parser) addExcerpt(e *Error, text string, at int) {
	if p.cfg.ShowExcerpt {
		e.Reason += ", near " + excerpt(text, at)
	}
}

// pairsProblem finds what is wrong with urlencoded data, and where. cause is the error from
// internal/qs, which does not know the position.
func pairsProblem(text, delimiter string, cause error) (reason string, at int) {
	if errors.Is(cause, qs.ErrEscape) {
		for i := range len(text) {
			if text[i] == '%' && !isEscape(text[i:]) {
				return fmt.Sprintf("the escape %q at byte %d is broken", text[i:clip.End(text, i+3)], i), i
			}
		}
	}
	for pair := range strings.SplitSeq(text, delimiter) {
		switch decoded, err := url.QueryUnescape(pair); {
		case err != nil:
		case errors.Is(cause, qs.ErrUTF8) && !utf8.ValidString(decoded):
			return fmt.Sprintf("the parameter at byte %d is not UTF-8", at), at
		case errors.Is(cause, qs.ErrNUL) && strings.Contains(decoded, "\x00"):
			return fmt.Sprintf("the parameter at byte %d has a NUL", at), at
		}
		at += len(pair) + len(delimiter)
	}
	return "", -1
}

func isEscape(s string) bool {
	if len(s) < 3 {
		return false
	}
	_, err := strconv.ParseUint(s[1:3], 16, 8)
	return err == nil
}

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
