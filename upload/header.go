package upload

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/httpfield"
	"github.com/sidekick-http/sidekick/internal/mediatype"
)

const (
	typeMultipart  = "multipart/form-data"
	maxHeaderLines = 64
)

// bareType returns the request's media type in lower case and without parameters; "" if it has
// none.
func bareType(r *http.Request) string {
	return mediatype.Essence(r.Header.Get("Content-Type"))
}

// mediaType returns the request's media type and its parameters. Both are empty without a
// Content-Type.
func mediaType(r *http.Request) (string, map[string]string, error) {
	values := r.Header.Values("Content-Type")
	switch {
	case len(values) == 0 || len(values) == 1 && values[0] == "":
		return "", nil, nil
	case len(values) > 1:
		return "", nil, because("not readable: there are several Content-Type headers", nil)
	}
	// Other parsers ignore a boundary in extended notation.
	if strings.Contains(strings.ToLower(values[0]), "boundary*") {
		return "", nil, malformed("the boundary is in extended form (boundary*)")
	}
	kind, params, err := mediatype.Parse(values[0])
	if err != nil {
		return "", nil, because(fmt.Sprintf("not readable: its Content-Type %.100q is broken: %s", values[0], strings.TrimPrefix(err.Error(), "mime: ")), err)
	}
	return kind, params, nil
}

// checkBoundary checks the rules of RFC 2046, section 5.1.1.
func checkBoundary(b string) error {
	const special = "'()+_,-./:=? "
	if b == "" {
		return malformed("the Content-Type has no boundary")
	}
	if len(b) > 70 {
		return malformed("the boundary has %d characters, at most 70 are accepted", len(b))
	}
	for i := range len(b) {
		if !isAlnum(b[i]) && strings.IndexByte(special, b[i]) < 0 {
			return malformed("the boundary has the character %q", b[i])
		}
	}
	if b[len(b)-1] == ' ' {
		return malformed("the boundary ends in a space")
	}
	return nil
}

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// partHeader holds what a part's headers declare.
type partHeader struct {
	name        string // the form field
	filename    string // as sent, or decoded from filename*
	hasFilename bool
	unnamed     bool // the file name is empty
	contentType string
}

// parsePartHeader reads the headers of a part: Content-Disposition, which must occur exactly
// once, and Content-Type. It ignores others; content is never decoded (RFC 7578, section 4.7).
func parsePartHeader(block []byte) (h partHeader, err error) {
	var disposition string
	var dispositions, types int
	for lines := 0; len(block) > 0; {
		var line []byte
		line, block, _ = bytes.Cut(block, crlf)
		lines++
		line = line[:len(line):len(line)] // the first append copies it
		folded := func() bool { return len(block) > 0 && (block[0] == ' ' || block[0] == '\t') }
		for lines <= maxHeaderLines && folded() {
			var more []byte
			more, block, _ = bytes.Cut(block, crlf)
			line = append(append(line, ' '), bytes.TrimLeft(more, " \t")...)
			lines++
		}
		if lines > maxHeaderLines {
			return h, &Error{Kind: ErrPartHeaderTooLarge, Limit: maxHeaderLines}
		}
		if bytes.ContainsAny(line, "\r\n") {
			return h, malformed("a header has a CR or LF without the other")
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !httpfield.IsToken(string(name)) {
			return h, malformed("a header is not one: %s", excerpt(line))
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
		return h, malformed("there are %d headers Content-Disposition and %d Content-Type", dispositions, types)
	}
	return h, parseDisposition(disposition, &h)
}

// parseDisposition reads `form-data; name="…"; filename="…"`. It refuses what browsers do not
// send, such as an unescaped quote or a repeated parameter, instead of guessing.
func parseDisposition(v string, h *partHeader) error {
	kind, rest, more := strings.Cut(v, ";")
	if !strings.EqualFold(strings.TrimRight(kind, " \t"), "form-data") {
		return malformed("a disposition is %s, not form-data", excerpt(kind))
	}
	d := disposition{}
	for more {
		rest = strings.TrimLeft(rest, " \t")
		if rest == "" {
			break // a semicolon at the end
		}
		key, after, ok := strings.Cut(rest, "=")
		key = strings.TrimRight(key, " \t")
		if !ok || !httpfield.IsToken(key) {
			return malformed("a disposition has a broken parameter: %s", excerpt(rest))
		}
		value, after, ok := parameterValue(strings.TrimLeft(after, " \t"))
		if !ok {
			return malformed("a disposition has a broken value of %s", excerpt(key))
		}
		switch after = strings.TrimLeft(after, " \t"); {
		case after == "":
			more = false
		case after[0] == ';':
			rest = after[1:]
		default:
			return malformed("a disposition has %s after the value of %s", excerpt(after), excerpt(key))
		}
		if err := d.set(key, value); err != nil {
			return err
		}
	}
	return d.fill(h)
}

// disposition holds the parameters of a Content-Disposition.
type disposition struct{ name, extendedName, filename, extendedFilename parameter }

// parameter is a parameter and whether it was sent.
type parameter struct {
	value string
	sent  bool
}

func (d *disposition) set(key, value string) error {
	var to *parameter
	switch {
	case strings.EqualFold(key, "name"):
		to = &d.name
	case strings.EqualFold(key, "name*"):
		to = &d.extendedName
	case strings.EqualFold(key, "filename"):
		to = &d.filename
	case strings.EqualFold(key, "filename*"):
		to = &d.extendedFilename
	default:
		return nil // ignored
	}
	if to.sent {
		return malformed("a disposition has two parameters %s", excerpt(key))
	}
	*to = parameter{value, true}
	return nil
}

// fill sets a part's header from the parameters. As RFC 7578, section 4.2 requires, the file name
// is filename. But filename* is used if filename is missing, or is an encoded word (RFC 2047):
// .NET sends both.
func (d *disposition) fill(h *partHeader) error {
	name := d.name.value
	switch {
	case !d.name.sent && d.extendedName.sent:
		return malformed("a part has name* instead of name, which RFC 7578 has in UTF-8")
	case name == "":
		return malformed("a part has no name")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return malformed("a part has the name %s", excerpt(name))
	}
	h.name = name
	h.filename = d.filename.value
	h.hasFilename = d.filename.sent || d.extendedFilename.sent
	h.unnamed = d.filename.sent && h.filename == ""
	if d.extendedFilename.sent && (!d.filename.sent || isEncodedWord(h.filename)) {
		if name, ok := decodeExtended(d.extendedFilename.value); ok {
			h.filename, h.unnamed = name, name == ""
		}
	}
	return nil
}

// isEncodedWord reports whether s has the form =?charset?B?…?=.
func isEncodedWord(s string) bool {
	return strings.HasPrefix(s, "=?") && strings.HasSuffix(s, "?=") && strings.Count(s, "?") >= 4
}

// decodeExtended decodes charset'language'percent-encoded (RFC 8187). ok is false for other forms
// and charsets.
func decodeExtended(v string) (string, bool) {
	charset, rest, _ := strings.Cut(v, "'")
	_, encoded, ok := strings.Cut(rest, "'")
	if !ok {
		return "", false
	}
	decoded, err := url.PathUnescape(encoded)
	if err != nil {
		return "", false
	}
	switch strings.ToLower(charset) {
	case "utf-8", "us-ascii":
		return decoded, true // invalid UTF-8 is replaced later, as in every name
	case "iso-8859-1":
		runes := make([]rune, len(decoded))
		for i, c := range []byte(decoded) {
			runes[i] = rune(c)
		}
		return string(runes), true
	}
	return "", false
}

// parameterValue reads a token or a quoted string. In a quoted string a backslash escapes a quote
// and a backslash; before any other character it stands for itself, as in the full paths that old
// browsers send.
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

// cleanType returns a valid declared type, or "".
func cleanType(v string) string {
	if len(v) > 255 || !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl) {
		return ""
	}
	return v
}
