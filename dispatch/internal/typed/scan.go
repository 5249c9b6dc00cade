package typed

import (
	"strconv"
	"unicode/utf8"
	"unsafe"
)

// decoder decodes JSON. Its methods return false to give up.
type decoder struct {
	data     []byte
	text     string // a string that shares the memory of data, or ""
	pos      int
	keys     int // how many more may come
	items    int
	maxDepth int
	allowNUL bool
	except   string
}

func (d *decoder) peek() byte {
	if d.pos < len(d.data) {
		return d.data[d.pos]
	}
	return 0
}

func (d *decoder) space() {
	for d.pos < len(d.data) {
		switch d.data[d.pos] {
		case ' ', '\t', '\n', '\r':
			d.pos++
		default:
			return
		}
	}
}

// take moves past c and the white space after it.
func (d *decoder) take(c byte) bool {
	if d.peek() != c {
		return false
	}
	d.pos++
	d.space()
	return true
}

func (d *decoder) null() bool { return d.word("null") }

// at reports whether w comes next.
func (d *decoder) at(w string) bool {
	return len(d.data)-d.pos >= len(w) && string(d.data[d.pos:d.pos+len(w)]) == w
}

// word moves past w if it comes next.
func (d *decoder) word(w string) bool {
	if !d.at(w) {
		return false
	}
	d.pos += len(w)
	return true
}

// rawString reads a string without escapes and returns its content as a part of data.
func (d *decoder) rawString() ([]byte, bool) {
	if d.peek() != '"' {
		return nil, false
	}
	start := d.pos + 1
	for i := start; i < len(d.data); i++ {
		switch c := d.data[i]; {
		case c == '"':
			d.pos = i + 1
			return d.data[start:i], true
		case c == '\\' || c < ' ':
			return nil, false
		}
	}
	return nil, false
}

// string reads a string.
func (d *decoder) string() (string, bool) {
	if d.peek() != '"' {
		return "", false
	}
	start := d.pos + 1
	for i := start; i < len(d.data); i++ {
		switch c := d.data[i]; {
		case c == '"':
			d.pos = i + 1
			if d.text != "" {
				return d.text[start:i], true
			}
			return string(d.data[start:i]), true
		case c == '\\':
			return d.escaped(start, i)
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

// escaped reads the rest of a string that began at start and has its first escape at i.
func (d *decoder) escaped(start, i int) (string, bool) {
	text := append(make([]byte, 0, 2*(i-start)+16), d.data[start:i]...)
	for i < len(d.data) {
		c := d.data[i]
		switch {
		case c == '"':
			d.pos = i + 1
			return unsafe.String(unsafe.SliceData(text), len(text)), true
		case c < ' ':
			return "", false
		case c != '\\':
			text = append(text, c)
			i++
			continue
		}
		if i++; i == len(d.data) {
			return "", false
		}
		switch c = d.data[i]; c {
		case '"', '\\', '/':
			text = append(text, c)
		case 'b':
			text = append(text, '\b')
		case 'f':
			text = append(text, '\f')
		case 'n':
			text = append(text, '\n')
		case 'r':
			text = append(text, '\r')
		case 't':
			text = append(text, '\t')
		case 'u':
			r := d.plainRune(i + 1)
			if r < 0 {
				return "", false
			}
			text = utf8.AppendRune(text, r)
			i += 4
		default:
			return "", false
		}
		i++
	}
	return "", false
}

// plainRune reads the four hex digits of a character. It returns -1 for invalid digits and for
// halves of surrogate pairs.
func (d *decoder) plainRune(at int) rune {
	if at+4 > len(d.data) {
		return -1
	}
	r := rune(0)
	for _, c := range d.data[at : at+4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	if r >= 0xd800 && r < 0xe000 || r == 0 && !d.allowNUL {
		return -1
	}
	return r
}

// int reads a whole number of at most 18 digits, which always fits into int64.
func (d *decoder) int() (int64, bool) {
	const most = 18
	i := d.pos
	negative := i < len(d.data) && d.data[i] == '-'
	if negative {
		i++
	}
	first := i
	n := int64(0)
	for ; i < len(d.data) && d.data[i] >= '0' && d.data[i] <= '9'; i++ {
		if i-first == most {
			return d.longInt()
		}
		n = n*10 + int64(d.data[i]-'0')
	}
	if i == first || d.data[first] == '0' && i-first > 1 || i < len(d.data) && (d.data[i] == '.' || d.data[i]|0x20 == 'e') {
		return 0, false
	}
	d.pos = i
	if negative {
		n = -n
	}
	return n, true
}

func (d *decoder) longInt() (int64, bool) {
	start := d.pos
	if !d.number() {
		return 0, false
	}
	n, err := strconv.ParseInt(unsafeString(d.data[start:d.pos]), 10, 64)
	return n, err == nil
}

// uint reads such a number that is not negative.
func (d *decoder) uint() (uint64, bool) {
	start := d.pos
	if n, ok := d.int(); ok {
		return uint64(n), n >= 0 && d.data[start] != '-'
	}
	if d.pos = start; !d.number() {
		return 0, false
	}
	n, err := strconv.ParseUint(unsafeString(d.data[start:d.pos]), 10, 64)
	return n, err == nil
}

func (d *decoder) float(bits int) (float64, bool) {
	start := d.pos
	if !d.number() {
		return 0, false
	}
	f, err := strconv.ParseFloat(unsafeString(d.data[start:d.pos]), bits)
	return f, err == nil && (f != 0 || isZero(d.data[start:d.pos]))
}

// isZero distinguishes zero from numbers that are too small for float64.
func isZero(digits []byte) bool {
	for _, c := range digits {
		if c|0x20 == 'e' {
			return true
		}
		if c >= '1' && c <= '9' {
			return false
		}
	}
	return true
}

// unsafeString is for calls that do not keep the string.
func unsafeString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// longestPlain is the length up to which a number always fits into float64.
const longestPlain = 300

// number moves past a number in the grammar of RFC 8259. It gives up on numbers that float64
// cannot hold and on very long ones.
func (d *decoder) number() bool {
	start := d.pos
	i := start
	if i < len(d.data) && d.data[i] == '-' {
		i++
	}
	first := i
	if i = d.digits(i); i == first || d.data[first] == '0' && i > first+1 {
		return false
	}
	if i < len(d.data) && d.data[i] == '.' {
		fraction := i + 1
		if i = d.digits(fraction); i == fraction {
			return false
		}
	}
	if i < len(d.data) && d.data[i]|0x20 == 'e' {
		i++
		if i < len(d.data) && (d.data[i] == '+' || d.data[i] == '-') {
			i++
		}
		exponent := i
		if i = d.digits(exponent); i == exponent || !inRange(d.data[start:i]) {
			return false
		}
	}
	d.pos = i
	return i-start <= longestPlain
}

// digits returns the end of the digits that begin at i.
func (d *decoder) digits(i int) int {
	for i < len(d.data) && d.data[i] >= '0' && d.data[i] <= '9' {
		i++
	}
	return i
}

// inRange reports whether float64 can hold a number, possibly rounded.
func inRange(digits []byte) bool {
	f, err := strconv.ParseFloat(unsafeString(digits), 64)
	return err == nil && (f != 0 || isZero(digits))
}

// skip moves past a value of any kind.
func (d *decoder) skip(depth int) bool {
	switch d.peek() {
	case '{':
		return d.skipMembers(depth)
	case '[':
		return d.skipElements(depth)
	case '"':
		return d.skipString()
	case 't':
		return d.word("true")
	case 'f':
		return d.word("false")
	case 'n':
		return d.word("null")
	}
	return d.number()
}

func (d *decoder) skipMembers(depth int) bool {
	if depth > d.maxDepth || !d.take('{') {
		return false
	}
	for first := true; !d.take('}'); first = false {
		if !first && !d.take(',') {
			return false
		}
		if d.keys--; d.keys < 0 || !d.skipString() {
			return false
		}
		d.space()
		if !d.take(':') || !d.skip(depth+1) {
			return false
		}
		d.space()
	}
	d.pos = lastByte(d.data, d.pos, '}')
	return true
}

func (d *decoder) skipElements(depth int) bool {
	if depth > d.maxDepth || !d.take('[') {
		return false
	}
	for first := true; !d.take(']'); first = false {
		if !first && !d.take(',') {
			return false
		}
		if d.items--; d.items < 0 || !d.skip(depth+1) {
			return false
		}
		d.space()
	}
	d.pos = lastByte(d.data, d.pos, ']')
	return true
}

// lastByte returns the position after the last c before pos. It is needed because take has moved
// past the white space that follows a value.
func lastByte(data []byte, pos int, c byte) int {
	for pos > 0 && data[pos-1] != c {
		pos--
	}
	return pos
}

func (d *decoder) skipString() bool {
	if _, ok := d.rawString(); ok {
		return true
	}
	_, ok := d.string()
	return ok
}
