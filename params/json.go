package params

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/decimal"
)

const (
	// shareBytes is the length up to which the strings share the memory of the body. If a handler
	// kept a string of a longer body, it would keep all of it in memory.
	shareBytes = 4 << 10

	// longestNumber is the maximum length of a number in bytes. Nobody needs longer numbers, and
	// computing with them is slow.
	longestNumber = 1 << 10
)

var (
	errTooManyKeys  = errors.New("too many members of objects (JSON.MaxKeys)")
	errTooManyItems = errors.New("too many elements of arrays (JSON.MaxItems)")
)

// jsonError says what is wrong with JSON, in words for the client.
type jsonError struct {
	reason string
	at     int // index of the byte
}

func (e *jsonError) Error() string { return e.reason }

// jsonReader reads JSON in one pass over its bytes.
//
// encoding/json cannot limit the depth, keys or elements before it has allocated them. It
// silently replaces invalid UTF-8 and lone surrogates, and its Decoder accepts data after the
// value. Its token stream could be counted, but allocates for every token.
type jsonReader struct {
	data     []byte
	text     string // a string that shares the memory of data, or ""
	pos      int
	keys     int // how many more may come
	items    int
	options  *JSONOptions
	allowNUL bool
}

// parseJSON returns the object or array in data; nil if data is empty.
func parseJSON(data []byte, o *JSONOptions, allowNUL bool) (any, error) {
	const mark = "\xef\xbb\xbf"
	begin := 0
	if bytes.HasPrefix(data, []byte(mark)) {
		begin = len(mark)
	}
	if len(data) == begin {
		return nil, nil
	}
	j := jsonReader{data: data, pos: begin, keys: o.MaxKeys, items: o.MaxItems, options: o, allowNUL: allowNUL}
	if len(data) <= shareBytes {
		j.text = string(data)
	}
	if !utf8.Valid(data) {
		j.pos = invalidByte(data)
		return nil, j.wrong(j.pos, "not valid UTF-8")
	}
	j.space()
	if c := j.peek(); c != '{' && c != '[' {
		return nil, j.wrong(j.pos, "not accepted: want a JSON object or array")
	}
	return j.whole()
}

// parseJSONValue returns the value of any kind in text.
func parseJSONValue(text string, o *JSONOptions, allowNUL bool) (any, error) {
	j := jsonReader{data: []byte(text), keys: o.MaxKeys, items: o.MaxItems, options: o, allowNUL: allowNUL}
	if !utf8.ValidString(text) {
		return nil, j.wrong(invalidByte(j.data), "not valid UTF-8")
	}
	j.space()
	return j.whole()
}

// whole reads the value at the current position and checks that nothing follows it.
func (j *jsonReader) whole() (any, error) {
	v, err := j.value(1)
	if err != nil {
		return nil, err
	}
	if j.space(); j.pos < len(j.data) {
		return nil, j.unexpected("want the end")
	}
	return v, nil
}

// invalidByte returns the position of the first invalid UTF-8.
func invalidByte(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(text)
}

// value reads a value. depth is the depth of an array or object here. It recurses at most
// MaxDepth levels.
func (j *jsonReader) value(depth int) (any, error) {
	switch c := j.peek(); c {
	case '{', '[':
		if depth > j.options.MaxDepth {
			return nil, j.wrong(j.pos, "not accepted: JSON nested deeper than %d", j.options.MaxDepth)
		}
		j.pos++
		if c == '{' {
			return j.object(depth)
		}
		return j.array(depth)
	case '"':
		return j.string()
	case 't':
		return true, j.word("true")
	case 'f':
		return false, j.word("false")
	case 'n':
		return nil, j.word("null")
	}
	return j.number()
}

func (j *jsonReader) object(depth int) (any, error) {
	m := make(map[string]any)
	j.space()
	if j.skip('}') {
		return m, nil
	}
	for {
		at := j.pos
		name, err := j.name()
		if err != nil {
			return nil, err
		}
		if j.options.RefuseDuplicateKeys {
			if _, ok := m[name]; ok {
				return nil, j.wrong(at, "not accepted: a second member of the same name")
			}
		}
		if m[name], err = j.value(depth + 1); err != nil {
			return nil, err
		}
		j.space()
		if j.skip('}') {
			return m, nil
		}
		if !j.skip(',') {
			return nil, j.unexpected("want a comma or }")
		}
		j.space()
	}
}

// name reads the name of a member and the colon after it.
func (j *jsonReader) name() (string, error) {
	if j.peek() != '"' {
		return "", j.unexpected("want a name in quotes")
	}
	if j.keys--; j.keys < 0 {
		return "", errTooManyKeys
	}
	name, err := j.string()
	if err != nil {
		return "", err
	}
	j.space()
	if !j.skip(':') {
		return "", j.unexpected("want a colon")
	}
	j.space()
	return name, nil
}

func (j *jsonReader) array(depth int) (any, error) {
	list := []any{}
	j.space()
	if j.skip(']') {
		return list, nil
	}
	for {
		if j.items--; j.items < 0 {
			return nil, errTooManyItems
		}
		v, err := j.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		j.space()
		if j.skip(']') {
			return list, nil
		}
		if !j.skip(',') {
			return nil, j.unexpected("want a comma or ]")
		}
		j.space()
	}
}

// string reads a string in quotes.
func (j *jsonReader) string() (string, error) {
	j.pos++
	start := j.pos
	for i := start; i < len(j.data); i++ {
		switch c := j.data[i]; {
		case c == '"':
			j.pos = i + 1
			if j.text != "" {
				return j.text[start:i], nil
			}
			return string(j.data[start:i]), nil
		case c == '\\':
			j.pos = i
			return j.escaped(start)
		case c < ' ':
			j.pos = i
			return "", j.unexpected("a control character in a string")
		}
	}
	j.pos = len(j.data)
	return "", j.unexpected("want the end of a string")
}

// escaped reads the rest of a string that began at start and has an escape at the current
// position.
func (j *jsonReader) escaped(start int) (string, error) {
	text := append(make([]byte, 0, 2*(j.pos-start)+16), j.data[start:j.pos]...)
	for j.pos < len(j.data) {
		c := j.data[j.pos]
		switch {
		case c == '"':
			j.pos++
			return string(text), nil
		case c < ' ':
			return "", j.unexpected("a control character in a string")
		case c != '\\':
			text = append(text, c)
			j.pos++
			continue
		}
		j.pos++
		e := j.peek()
		j.pos++
		switch e {
		case '"', '\\', '/':
			text = append(text, e)
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
			r, err := j.unicode()
			if err != nil {
				return "", err
			}
			text = utf8.AppendRune(text, r)
		default:
			j.pos--
			return "", j.unexpected("an unknown escape")
		}
	}
	return "", j.unexpected("want the end of a string")
}

// unicode reads what follows \u, and the second half of a surrogate pair.
func (j *jsonReader) unicode() (rune, error) {
	r := j.hex4()
	if utf16.IsSurrogate(r) {
		if !bytes.HasPrefix(j.data[j.pos:], []byte(`\u`)) {
			return 0, j.unexpected("a lone surrogate")
		}
		j.pos += 2
		if r = utf16.DecodeRune(r, j.hex4()); r == utf8.RuneError {
			return 0, j.unexpected("a lone surrogate")
		}
	}
	switch {
	case r < 0:
		return 0, j.unexpected("want four hex digits")
	case r == 0 && !j.allowNUL:
		return 0, j.wrong(j.pos-len(`\u0000`), "not accepted: a NUL")
	}
	return r, nil
}

// hex4 reads four hex digits, or returns -1.
func (j *jsonReader) hex4() rune {
	if j.pos+4 > len(j.data) {
		return -1
	}
	r := rune(0)
	for _, c := range j.data[j.pos : j.pos+4] {
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
	j.pos += 4
	return r
}

// number reads a number as it is written. It refuses numbers that float64 cannot hold, which
// later code would turn into infinity or fail on.
func (j *jsonReader) number() (any, error) {
	start := j.pos
	end := numberEnd(j.data, start)
	if end < 0 {
		return nil, j.unexpected("want a value")
	}
	digits := j.data[start:end]
	if len(digits) > longestNumber {
		return nil, j.wrong(start, "not accepted: a number of %d bytes, at most %d are read", len(digits), longestNumber)
	}
	text := string(digits)
	if len(digits) > 300 || bytes.ContainsAny(digits, "eE") {
		if _, ok := decimal.Float(text, 64); !ok {
			return nil, j.wrong(start, "not accepted: a number out of range")
		}
	}
	j.pos = end
	return json.Number(text), nil
}

// numberEnd returns the end of the number that starts at i, or -1 if there is none.
func numberEnd(data []byte, i int) int {
	digits := func() bool {
		start := i
		for i < len(data) && '0' <= data[i] && data[i] <= '9' {
			i++
		}
		return i > start
	}
	at := func(c byte) bool { return i < len(data) && data[i] == c }
	if at('-') {
		i++
	}
	if at('0') {
		i++
	} else if !digits() {
		return -1
	}
	if at('.') {
		if i++; !digits() {
			return -1
		}
	}
	if at('e') || at('E') {
		i++
		if at('+') || at('-') {
			i++
		}
		if !digits() {
			return -1
		}
	}
	return i
}

func (j *jsonReader) word(w string) error {
	if !bytes.HasPrefix(j.data[j.pos:], []byte(w)) {
		return j.unexpected("want " + w)
	}
	j.pos += len(w)
	return nil
}

// peek returns the next byte, or 0 at the end: JSON never contains that byte.
func (j *jsonReader) peek() byte {
	if j.pos < len(j.data) {
		return j.data[j.pos]
	}
	return 0
}

func (j *jsonReader) skip(c byte) bool {
	if j.peek() != c {
		return false
	}
	j.pos++
	return true
}

func (j *jsonReader) space() {
	for j.pos < len(j.data) {
		switch j.data[j.pos] {
		case ' ', '\t', '\n', '\r':
			j.pos++
		default:
			return
		}
	}
}

// unexpected returns the error for the byte at the current position.
func (j *jsonReader) unexpected(what string) error {
	if j.pos >= len(j.data) {
		what += ", but the text ends"
	}
	return j.wrong(j.pos, "not valid JSON: %s", what)
}

// wrong returns an error for a position.
func (j *jsonReader) wrong(at int, format string, args ...any) error {
	return &jsonError{fmt.Sprintf(format, args...) + fmt.Sprintf(", at byte %d", at), at}
}
