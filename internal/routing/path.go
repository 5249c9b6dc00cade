package routing

import (
	"math/bits"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/errcode"
)

// PathError says why a path was refused, regardless of the routes.
type PathError struct {
	status int
	code   string
	reason string
}

// These are the errors of [Table.Match] for an invalid path.
var (
	// ErrEscape: a "%" without two hexadecimal digits (400).
	ErrEscape = &PathError{http.StatusBadRequest, errcode.PathMalformed, "the path has a malformed escape"}
	// ErrUTF8: a path that is not UTF-8 when decoded (400).
	ErrUTF8 = &PathError{http.StatusBadRequest, errcode.PathMalformed, "the path is not valid UTF-8"}
	// ErrTooLong: a path longer than [MaxPath] (414).
	ErrTooLong = &PathError{http.StatusRequestURITooLong, errcode.URLTooLong, "the path is too long"}
)

// Error returns the reason.
func (e *PathError) Error() string { return "routing: " + e.reason }

// StatusCode returns the status of the response.
func (e *PathError) StatusCode() int { return e.status }

// ErrorCode returns the code of the error.
func (e *PathError) ErrorCode() string { return e.code }

// ClientMessage returns the reason, which clients may see.
func (e *PathError) ClientMessage() string { return e.reason }

// location is a path, cut into its parts.
type location struct {
	text  string // decoded
	end   int    // end of the last part
	count int    // number of parts
	dirty bool   // a part is not allowed, so that nothing matches
	// begins holds the beginning of each part, one after the slash before it, which is also one
	// after the end of the previous part. If there are more parts than patterns can have, it
	// holds only the first ones.
	begins [MaxParts + 2]uint16
}

func (l *location) part(i int) string {
	return l.text[l.begins[i] : l.begins[i+1]-1]
}

func (l *location) value(v *variable) string {
	from, to := int(l.begins[v.part])+v.skip, l.end
	if !v.tail {
		to = int(l.begins[v.part+1]) - 1
	}
	return l.text[from:to]
}

// sentSlash replaces slashes that were sent unescaped, if there are escaped ones, too. No UTF-8
// string contains this byte.
const sentSlash = 0xff

// read cuts the path, after decoding it if necessary.
func (l *location) read(path string, decoded bool) error {
	if len(path) > MaxPath {
		return ErrTooLong
	}
	if !decoded && strings.IndexByte(path, '%') >= 0 {
		return l.readEscaped(path)
	}
	l.text = path
	if ascii := l.cut(path, '/'); !ascii && !utf8.ValidString(path) {
		return ErrUTF8
	}
	return nil
}

// readEscaped decodes the path as a whole, so that values are substrings of it.
func (l *location) readEscaped(path string) error {
	escapedSlash, err := l.unescape(path)
	if err != nil {
		return err
	}
	if !utf8.ValidString(l.text) {
		return ErrUTF8
	}
	if !escapedSlash {
		l.cut(l.text, '/')
		return nil
	}
	l.cut(sentSlashes(path, l.text), sentSlash)
	// An application that uses a value as a file name treats all slashes alike.
	for part := range strings.SplitSeq(l.text, "/") {
		l.dirty = l.dirty || isDots(part)
	}
	return nil
}

func (l *location) unescape(raw string) (escapedSlash bool, err error) {
	var text strings.Builder
	text.Grow(len(raw))
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '%' {
			if i+2 >= len(raw) || !isHex(raw[i+1]) || !isHex(raw[i+2]) {
				return false, ErrEscape
			}
			c = unhex(raw[i+1])<<4 | unhex(raw[i+2])
			escapedSlash = escapedSlash || c == '/'
			i += 2
		}
		text.WriteByte(c)
	}
	l.text = text.String()
	return escapedSlash, nil
}

// sentSlashes replaces the slashes in text that are unescaped in raw.
func sentSlashes(raw, text string) string {
	split := []byte(text)
	for i, at := 0, 0; i < len(raw); i, at = i+1, at+1 {
		switch raw[i] {
		case '/':
			split[at] = sentSlash
		case '%':
			i += 2
		}
	}
	return string(split)
}

// cut finds the parts of split, separated by sep, and reports whether it is ASCII. It reads every
// byte once, eight at a time.
//
// It is one function because every request passes through it, and its parts are too large to be
// inlined.
//
//gocognit:ignore
func (l *location) cut(split string, sep byte) (ascii bool) {
	n := len(split)
	if n == 0 {
		return true
	}
	l.end = n
	if split[n-1] == sep {
		l.end--
	}
	begin := 0
	if split[0] == sep {
		begin = 1
	}
	l.begins[0] = uint16(begin)
	if begin > l.end {
		return true // only the slash
	}
	count, all, seps := 0, uint64(0), uint64(sep)*0x0101010101010101
	for base := begin; base < l.end; base += 64 {
		// The first loop collects the positions of all slashes as bits, the second visits them:
		// that way a processor can predict how often the loops run.
		chunk := split[base:min(base+64, l.end)]
		places, at := uint64(0), uint(0)
		for ; at+8 <= uint(len(chunk)); at += 8 {
			word := load8(chunk[at:])
			all |= word
			places |= equalBytes(word, seps) << (at & 63)
		}
		if at < uint(len(chunk)) {
			word := loadLast(chunk, at)
			all |= word
			places |= equalBytes(word, seps) << (at & 63)
		}
		for ; places != 0; places &= places - 1 {
			at := base + bits.TrailingZeros64(places)
			if at == begin || split[begin] == '.' && isDots(split[begin:at]) {
				l.dirty = true
			}
			begin = at + 1
			if count++; count < len(l.begins) {
				l.begins[count] = uint16(begin)
			}
		}
	}
	if begin == l.end || split[begin] == '.' && isDots(split[begin:l.end]) {
		l.dirty = true
	}
	if count++; count < len(l.begins) {
		l.begins[count] = uint16(l.end + 1)
	}
	l.count = count
	return all&0x8080808080808080 == 0
}

// equalBytes returns a bit for each of the eight bytes that is the same in a and b.
func equalBytes(a, b uint64) uint64 {
	const low = 0x7f7f7f7f7f7f7f7f
	x := a ^ b
	highest := ^((x&low + low) | x | low) // the highest bit of each byte that is zero in x
	return highest >> 7 * 0x0102040810204080 >> 56
}

// loadLast returns the fewer than eight bytes from i on, padded with zeros.
func loadLast(s string, i uint) uint64 {
	if n := uint(len(s)); n >= 8 {
		return load8(s[n-8:]) >> (8 * (i + 8 - n) & 63)
	}
	w := uint64(0)
	for k := len(s) - 1; k >= 0; k-- {
		w = w<<8 | uint64(s[k])
	}
	return w
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&0xf + 9
}
