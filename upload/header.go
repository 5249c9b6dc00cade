package upload

import (
	"bytes"
	"mime"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	typeMultipart  = "multipart/form-data"
	typeWholeBody  = "application/octet-stream"
	maxHeaderLines = 64
)

// mediaType returns the request's media type and its parameters.
func mediaType(r *http.Request) (string, map[string]string, error) {
	values := r.Header.Values("Content-Type")
	if len(values) != 1 {
		return "", nil, malformed("%d Content-Type headers", len(values))
	}
	// A boundary in extended form is one that other parsers do not see.
	if strings.Contains(strings.ToLower(values[0]), "boundary*") {
		return "", nil, malformed("boundary in extended form")
	}
	kind, params, err := mime.ParseMediaType(values[0])
	if err != nil {
		return "", nil, &Error{Kind: ErrMalformed, Cause: err}
	}
	return kind, params, nil
}

// checkBoundary holds RFC 2046, section 5.1.1.
func checkBoundary(b string) error {
	const special = "'()+_,-./:=? "
	if len(b) == 0 || len(b) > 70 {
		return malformed("boundary of %d characters, want 1 to 70", len(b))
	}
	for i := range len(b) {
		if !isAlnum(b[i]) && strings.IndexByte(special, b[i]) < 0 {
			return malformed("boundary with character %q", b[i])
		}
	}
	if b[len(b)-1] == ' ' {
		return malformed("boundary that ends in a space")
	}
	return nil
}

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// partHeader is what the headers of a part say.
type partHeader struct {
	name        string // the form field
	filename    string // as sent
	hasFilename bool
	contentType string
}

// parsePartHeader reads the headers of a part: Content-Disposition, of which
// there must be exactly one, and Content-Type. Others are of no effect;
// content is never decoded (RFC 7578, section 4.7).
func parsePartHeader(block []byte) (h partHeader, err error) {
	var disposition string
	var dispositions, types int
	for lines := 0; len(block) > 0; {
		line, rest, _ := bytes.Cut(block, crlf)
		for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') { // folded
			more, after, _ := bytes.Cut(rest, crlf)
			line = append(append(line[:len(line):len(line)], ' '), bytes.TrimLeft(more, " \t")...)
			rest = after
			lines++
		}
		block = rest
		if lines++; lines > maxHeaderLines {
			return h, &Error{Kind: ErrPartHeaderTooLarge, Limit: maxHeaderLines}
		}
		if bytes.ContainsAny(line, "\r\n") {
			return h, malformed("part header with a stray line end")
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !isToken(name) {
			return h, malformed("part header that is none: %.80q", line)
		}
		switch {
		case bytes.EqualFold(name, []byte("Content-Disposition")):
			disposition = string(bytes.Trim(value, " \t"))
			dispositions++
		case bytes.EqualFold(name, []byte("Content-Type")):
			h.contentType = cleanType(string(bytes.Trim(value, " \t")))
			types++
		}
	}
	if dispositions != 1 || types > 1 {
		return h, malformed("part with %d Content-Disposition and %d Content-Type", dispositions, types)
	}
	return h, parseDisposition(disposition, &h)
}

// parseDisposition reads `form-data; name="…"; filename="…"`. What a browser
// does not send is not guessed at: an unescaped quote, a parameter twice.
// Extended parameters (filename*) have no effect, as RFC 7578, section 4.2 has
// it.
func parseDisposition(v string, h *partHeader) error {
	kind, rest, more := strings.Cut(v, ";")
	if !strings.EqualFold(strings.TrimRight(kind, " \t"), "form-data") {
		return malformed("part with disposition %.80q", kind)
	}
	hasName := false
	for more {
		rest = strings.TrimLeft(rest, " \t")
		if rest == "" {
			break // a semicolon at the end
		}
		key, after, ok := strings.Cut(rest, "=")
		key = strings.TrimRight(key, " \t")
		if !ok || !isToken([]byte(key)) {
			return malformed("disposition with parameter %.80q", rest)
		}
		value, after, ok := parameterValue(strings.TrimLeft(after, " \t"))
		if !ok {
			return malformed("disposition with a broken value of %.80q", key)
		}
		switch after = strings.TrimLeft(after, " \t"); {
		case after == "":
			more = false
		case after[0] == ';':
			rest = after[1:]
		default:
			return malformed("disposition with %.80q behind the value of %.80q", after, key)
		}
		switch {
		case strings.EqualFold(key, "name"):
			if hasName {
				return malformed("disposition with two names")
			}
			h.name, hasName = value, true
		case strings.EqualFold(key, "filename"):
			if h.hasFilename {
				return malformed("disposition with two file names")
			}
			h.filename, h.hasFilename = value, true
		}
	}
	if h.name == "" {
		return malformed("part without a name")
	}
	if !utf8.ValidString(h.name) || strings.ContainsFunc(h.name, unicode.IsControl) {
		return malformed("part with the name %.80q", h.name)
	}
	return nil
}

// parameterValue reads a token or a quoted string. In the latter a backslash
// escapes a quote and itself; before anything else it is one, as in the full
// paths of old browsers.
func parameterValue(s string) (value, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		i := strings.IndexAny(s, "; \t")
		if i < 0 {
			i = len(s)
		}
		return s[:i], s[i:], i > 0 && !strings.Contains(s[:i], `"`)
	}
	s = s[1:]
	i := strings.IndexAny(s, `"\`)
	if i < 0 {
		return "", "", false
	}
	if s[i] == '"' {
		return s[:i], s[i+1:], true
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:], true
		case c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", false
}

// isToken holds RFC 9110, section 5.6.2.
func isToken(b []byte) bool {
	for _, c := range b {
		if !isAlnum(c) && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return len(b) > 0
}

// cleanType keeps a declared type that can be one.
func cleanType(v string) string {
	if len(v) > 255 || !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl) {
		return ""
	}
	return v
}
