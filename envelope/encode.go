package envelope

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"unicode/utf8"
)

var (
	errInvalidUTF8 = errors.New("invalid UTF-8 in a string")
	errTooLarge    = errors.New("more bytes than MaxBytes allows")
	errTooDeep     = errors.New("nested too deeply, or a cycle")
	// errAbort stands for a MarshalJSON that panicked with
	// http.ErrAbortHandler, which is passed on.
	errAbort = errors.New("aborted")
)

// deepest is how far values may nest; deeper ones are cycles, or as good as.
const deepest = 1000

// buffer is where an answer is encoded. encoding/json does the encoding; the
// plain values that answers are mostly made of (maps and lists of any) take a
// shorter way with the same result, which also measures while it goes.
type buffer struct {
	b      []byte
	max    int
	keys   []string // of the maps being encoded, a stack
	most   int      // how high it has been
	enc    *json.Encoder
	padded bytes.Buffer
}

var buffers = sync.Pool{New: func() any {
	buf := &buffer{b: make([]byte, 0, 1024)}
	buf.enc = json.NewEncoder(buf)
	buf.enc.SetEscapeHTML(false)
	return buf
}}

func newBuffer(max int) *buffer {
	buf := buffers.Get().(*buffer)
	buf.b, buf.max = buf.b[:0], max
	return buf
}

// free gives the buffer back, unless one large answer has made it so large
// that keeping it would hold memory for nothing.
func (buf *buffer) free() {
	const keep, keepKeys = 1 << 20, 4096
	if cap(buf.b) > keep || buf.padded.Cap() > keep || cap(buf.keys) > keepKeys {
		return
	}
	clear(buf.keys[:buf.most])
	buf.keys, buf.most = buf.keys[:0], 0
	buffers.Put(buf)
}

// Write is for the json.Encoder.
func (buf *buffer) Write(p []byte) (int, error) {
	if buf.max > 0 && len(buf.b)+len(p) > buf.max {
		return 0, errTooLarge
	}
	buf.b = append(buf.b, p...)
	return len(p), nil
}

func (buf *buffer) within() error {
	if buf.max > 0 && len(buf.b) > buf.max {
		return errTooLarge
	}
	return nil
}

// appendValue encodes v as encoding/json does, without escaping HTML, and
// refuses invalid UTF-8 instead of replacing it.
func (buf *buffer) appendValue(v any, depth int) (err error) {
	if depth > deepest {
		return errTooDeep
	}
	if err := buf.within(); err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
		buf.b = append(buf.b, "null"...)
	case bool:
		buf.b = strconv.AppendBool(buf.b, v)
	case string:
		buf.b, err = appendString(buf.b, v)
	case int:
		buf.b = strconv.AppendInt(buf.b, int64(v), 10)
	case int64:
		buf.b = strconv.AppendInt(buf.b, v, 10)
	case float64:
		buf.b, err = appendFloat(buf.b, v)
	case map[string]any:
		return buf.appendMap(v, depth)
	case []any:
		if v == nil {
			buf.b = append(buf.b, "null"...)
			return nil
		}
		buf.b = append(buf.b, '[')
		for i := range v {
			if i > 0 {
				buf.b = append(buf.b, ',')
			}
			if err := buf.appendValue(v[i], depth+1); err != nil {
				return err
			}
		}
		buf.b = append(buf.b, ']')
	default:
		return buf.appendOther(v, depth)
	}
	return err
}

// appendMap encodes a map with its keys in order.
func (buf *buffer) appendMap(m map[string]any, depth int) error {
	if m == nil {
		buf.b = append(buf.b, "null"...)
		return nil
	}
	from := len(buf.keys)
	for k := range m {
		buf.keys = append(buf.keys, k)
	}
	to := len(buf.keys)
	buf.most = max(buf.most, to)
	slices.Sort(buf.keys[from:to])
	buf.b = append(buf.b, '{')
	for i := from; i < to; i++ {
		if i > from {
			buf.b = append(buf.b, ',')
		}
		// Read by index: nested maps may have moved the stack.
		k := buf.keys[i]
		var err error
		if buf.b, err = appendString(buf.b, k); err != nil {
			return err
		}
		buf.b = append(buf.b, ':')
		if err := buf.appendValue(m[k], depth+1); err != nil {
			return err
		}
	}
	buf.b = append(buf.b, '}')
	buf.keys = buf.keys[:from]
	return nil
}

// appendOther encodes every other value: lists element by element, so that a
// huge one is refused before it is encoded whole, the rest by encoding/json.
func (buf *buffer) appendOther(v any, depth int) error {
	if rv := reflect.ValueOf(v); rv.Kind() == reflect.Slice && !rv.IsNil() && rv.Type().Elem().Kind() != reflect.Uint8 && !marshals(rv.Type()) {
		return buf.appendSlice(rv, depth)
	}
	begin := len(buf.b)
	if err := buf.enc.Encode(v); err != nil {
		buf.renewEncoder()
		return err
	}
	buf.b = bytes.TrimSuffix(buf.b, []byte{'\n'})
	// encoding/json does not look into what is JSON already, and replaces
	// invalid UTF-8 elsewhere by an escape.
	if !utf8.Valid(buf.b[begin:]) || bytes.Contains(buf.b[begin:], []byte(`\ufffd`)) && hasInvalidUTF8(reflect.ValueOf(v)) {
		return errInvalidUTF8
	}
	return nil
}

// appendSlice encodes a list element by element.
func (buf *buffer) appendSlice(rv reflect.Value, depth int) error {
	// A method MarshalJSON of the pointer counts for elements of a slice.
	byPointer := marshals(reflect.PointerTo(rv.Type().Elem()))
	buf.b = append(buf.b, '[')
	for i := range rv.Len() {
		if i > 0 {
			buf.b = append(buf.b, ',')
		}
		elem := rv.Index(i)
		if byPointer {
			elem = elem.Addr()
		}
		if err := buf.appendValue(elem.Interface(), depth+1); err != nil {
			return err
		}
	}
	buf.b = append(buf.b, ']')
	return nil
}

// renewEncoder replaces an encoder that has failed: it remembers its error.
func (buf *buffer) renewEncoder() {
	buf.enc = json.NewEncoder(buf)
	buf.enc.SetEscapeHTML(false)
}

var (
	typeJSONMarshaler = reflect.TypeFor[json.Marshaler]()
	typeTextMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

func marshals(t reflect.Type) bool {
	return t.Implements(typeJSONMarshaler) || t.Implements(typeTextMarshaler)
}

// hasInvalidUTF8 looks for text that encoding/json has changed. It is asked
// only where the replacement character is in the result, whose author may have
// meant it.
func hasInvalidUTF8(v reflect.Value) bool {
	if !v.IsValid() || marshals(v.Type()) {
		return false
	}
	switch v.Kind() {
	case reflect.String:
		return !utf8.ValidString(v.String())
	case reflect.Pointer, reflect.Interface:
		return !v.IsNil() && hasInvalidUTF8(v.Elem())
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if hasInvalidUTF8(v.Index(i)) {
				return true
			}
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			if hasInvalidUTF8(it.Key()) || hasInvalidUTF8(it.Value()) {
				return true
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("json") != "-" && hasInvalidUTF8(v.Field(i)) {
				return true
			}
		}
	}
	return false
}

const hex = "0123456789abcdef"

// appendString encodes a string as encoding/json does without escaping HTML:
// U+2028 and U+2029 are escaped, since they end a line in JavaScript.
func appendString(b []byte, s string) ([]byte, error) {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				return b, errInvalidUTF8
			}
			if r == '\u2028' || r == '\u2029' {
				b = append(b, s[start:i]...)
				b = append(b, '\\', 'u', '2', '0', '2', hex[r&0xf])
				start = i + size
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, '\\', 'b')
		case '\f':
			b = append(b, '\\', 'f')
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		}
		i++
		start = i
	}
	b = append(b, s[start:]...)
	return append(b, '"'), nil
}

// appendFloat encodes a number as encoding/json does: the shortest digits, an
// exponent only where it is large or small, and no leading zero in it.
func appendFloat(b []byte, f float64) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return b, fmt.Errorf("%v is no JSON number", f)
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	b = strconv.AppendFloat(b, f, format, -1, 64)
	if n := len(b); format == 'e' && n >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' {
		b[n-2] = b[n-1]
		b = b[:n-1]
	}
	return b, nil
}
