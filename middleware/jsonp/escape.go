package jsonp

import "bytes"

// scriptEscaper makes JSON safe inside a script, piece by piece. Three things are
// valid only inside JSON strings, so they can be replaced by escapes without
// looking at their context:
//
//   - "<", which would begin </script> or <!-- if the script is put into HTML;
//   - U+2028 and U+2029, which ended a line, and so a string literal, in JavaScript
//     before 2019.
type scriptEscaper struct {
	held int // how many bytes of lineEnd were taken but not passed on
}

// lineEnd is how U+2028 and U+2029 begin in UTF-8; A8 or A9 follows.
const lineEnd = "\xE2\x80"

// append appends p, escaped, to dst. Up to two bytes are held back until it is
// clear what they belong to.
func (e *scriptEscaper) append(dst, p []byte) []byte {
	for len(p) > 0 {
		switch {
		case e.held == 1 && p[0] == lineEnd[1]:
			e.held = 2
			p = p[1:]
		case e.held == 2 && (p[0] == 0xA8 || p[0] == 0xA9):
			dst = append(dst, `\u202`...)
			dst = append(dst, '8'+p[0]-0xA8)
			e.held = 0
			p = p[1:]
		case e.held > 0:
			dst = e.rest(dst)
		default:
			n := 0
			for n < len(p) && p[n] != '<' && p[n] != lineEnd[0] {
				n++
			}
			dst = append(dst, p[:n]...)
			if p = p[n:]; len(p) == 0 {
				return dst
			}
			if p[0] == '<' {
				dst = append(dst, `\u003c`...)
			} else {
				e.held = 1
			}
			p = p[1:]
		}
	}
	return dst
}

// rest appends what is held back, unescaped.
func (e *scriptEscaper) rest(dst []byte) []byte {
	dst = append(dst, lineEnd[:e.held]...)
	e.held = 0
	return dst
}

// escapedLen returns the escaped length of p, which must be the whole JSON.
func escapedLen(p []byte) int {
	n := len(p) + bytes.Count(p, []byte("<"))*(len(`\u003c`)-len("<"))
	for _, lineEnd := range [...]string{"\u2028", "\u2029"} {
		n += bytes.Count(p, []byte(lineEnd)) * (len(`\u2028`) - len(lineEnd))
	}
	return n
}
