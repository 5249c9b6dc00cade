package envelope

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"sync"
	"unicode/utf8"
)

var (
	errInvalidUTF8 = errors.New("invalid UTF-8 in a string")
	errTooLarge    = errors.New("more bytes than MaxBytes allows")
	errTooDeep     = errors.New("nested too deeply, or a cycle")
	// errAbort represents a MarshalJSON that panicked with http.ErrAbortHandler, which is passed
	// on.
	errAbort = errors.New("aborted")
)

// deepest is how deep values may nest; deeper ones are probably cycles.
const deepest = 1000

// buffer encodes a response. Plain values, of which most responses consist (maps and lists of any,
// and structs and lists of them), are encoded directly, with the same result as encoding/json,
// and measured on the way. encoding/json encodes everything else.
//
// The methods pass the growing slice on as parameter and result instead of storing it: storing it
// each time would cost as much as encoding many of the values.
type buffer struct {
	e      *Envelope
	b      []byte // for Write
	enc    *json.Encoder
	padded bytes.Buffer
	// suspect reports that the object may have members with reserved names, because some were
	// seen or because encoding/json encoded it.
	suspect bool
	quiet   bool // log nothing
	bare    bool // leave out the metadata
}

var buffers = sync.Pool{New: func() any {
	buf := &buffer{b: make([]byte, 0, 1024)}
	buf.renewEncoder()
	return buf
}}

// free returns the buffer, with the bytes encoded in it, to the pool, unless a large response has
// made it too large to keep.
func (buf *buffer) free() {
	const keep = 1 << 20
	if cap(buf.b) > keep || buf.padded.Cap() > keep {
		return
	}
	buf.e = nil
	buffers.Put(buf)
}

// Write is for the json.Encoder.
func (buf *buffer) Write(p []byte) (int, error) {
	buf.b = append(buf.b, p...)
	return len(p), buf.within(buf.b)
}

func (buf *buffer) within(b []byte) error {
	if most := buf.e.opts.MaxBytes; most > 0 && len(b) > most {
		return errTooLarge
	}
	return nil
}

// appendValue encodes v like encoding/json, but does not escape HTML, and refuses invalid UTF-8
// instead of replacing it.
func (buf *buffer) appendValue(b []byte, v any, depth int) ([]byte, error) {
	if depth > deepest {
		return b, errTooDeep
	}
	if err := buf.within(b); err != nil {
		return b, err
	}
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendString(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case float64:
		return appendFloat(b, v, 64)
	case json.Number:
		if !isWhole(v) {
			return buf.appendByLibrary(b, v, depth)
		}
		return append(b, v...), nil
	case map[string]any:
		return buf.appendMap(b, v, depth)
	case []any:
		return buf.appendList(b, v, depth)
	default:
		return buf.appendOther(b, v, depth)
	}
}

func (buf *buffer) appendList(b []byte, list []any, depth int) (_ []byte, err error) {
	if list == nil {
		return append(b, "null"...), nil
	}
	b = append(b, '[')
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = buf.appendValue(b, list[i], depth+1); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}

// member is a member of a map.
type member struct {
	name  string
	value any
}

// appendMap encodes a map with sorted keys.
func (buf *buffer) appendMap(b []byte, m map[string]any, depth int) ([]byte, error) {
	if m == nil {
		return append(b, "null"...), nil
	}
	// Small maps are sorted here, on the stack.
	var few [8]member
	if len(m) > len(few) {
		return buf.appendLarge(b, m, depth)
	}
	n := 0
	for name, value := range m {
		i := n
		for ; i > 0 && few[i-1].name > name; i-- {
			few[i] = few[i-1]
		}
		few[i] = member{name, value}
		n++
	}
	return buf.appendMembers(b, few[:n], depth)
}

// byName sorts with package sort, since slices.SortFunc adds 15 KB to a program for each type of
// element.
type byName []member

func (m byName) Len() int           { return len(m) }
func (m byName) Less(i, j int) bool { return m[i].name < m[j].name }
func (m byName) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }

func (buf *buffer) appendLarge(b []byte, m map[string]any, depth int) ([]byte, error) {
	members := make([]member, 0, len(m))
	for name, value := range m {
		members = append(members, member{name, value})
	}
	sort.Sort(byName(members))
	return buf.appendMembers(b, members, depth)
}

func (buf *buffer) appendMembers(b []byte, members []member, depth int) (_ []byte, err error) {
	b = append(b, '{')
	for i := range members {
		if i > 0 {
			b = append(b, ',')
		}
		m := &members[i]
		if depth == 1 && slices.Contains(buf.e.reserved, m.name) {
			buf.suspect = true
		}
		if b, err = appendString(b, m.name); err != nil {
			return b, err
		}
		b = append(b, ':')
		if b, err = buf.appendValue(b, m.value, depth+1); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

// appendOther encodes every other value: by the plan of its type, or a list element by element,
// so that a huge list is refused before it is completely encoded, or else by encoding/json.
func (buf *buffer) appendOther(b []byte, v any, depth int) ([]byte, error) {
	rv := reflect.ValueOf(v)
	switch rv.Kind() {
	case reflect.Pointer:
		if p := buf.e.planOf(rv.Type().Elem()); p != nil && !rv.IsNil() {
			return buf.appendPlanned(b, p, rv.Elem(), depth)
		}
	case reflect.Struct, reflect.Slice:
		if p := buf.e.planOf(rv.Type()); p != nil {
			return buf.appendPlanned(b, p, rv, depth)
		}
		if rv.Kind() == reflect.Slice && !rv.IsNil() && rv.Type().Elem().Kind() != reflect.Uint8 && !marshals(rv.Type()) {
			return buf.appendSlice(b, rv, depth)
		}
	}
	return buf.appendByLibrary(b, v, depth)
}

// appendByLibrary lets encoding/json encode a value.
func (buf *buffer) appendByLibrary(b []byte, v any, depth int) ([]byte, error) {
	buf.suspect = buf.suspect || depth == 1
	buf.b = b
	if err := buf.enc.Encode(v); err != nil {
		buf.renewEncoder()
		return b, err
	}
	begin := len(b)
	b = bytes.TrimSuffix(buf.b, []byte{'\n'})
	// encoding/json does not check values that are already JSON, and replaces invalid UTF-8
	// elsewhere by an escape.
	if !utf8.Valid(b[begin:]) || bytes.Contains(b[begin:], []byte(`\ufffd`)) && hasInvalidUTF8(reflect.ValueOf(v)) {
		return b, errInvalidUTF8
	}
	return b, nil
}

// appendSlice encodes a list element by element.
func (buf *buffer) appendSlice(b []byte, rv reflect.Value, depth int) (_ []byte, err error) {
	// Elements are addressable, so methods of pointers to them and to their fields apply.
	t := rv.Type().Elem()
	byPointer := t.Kind() == reflect.Struct || t.Kind() == reflect.Array || marshals(reflect.PointerTo(t))
	b = append(b, '[')
	for i := range rv.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		elem := rv.Index(i)
		if byPointer {
			elem = elem.Addr()
		}
		if b, err = buf.appendValue(b, elem.Interface(), depth+1); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}

// renewEncoder replaces an encoder that has failed, because encoders keep their error.
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

// hasInvalidUTF8 looks for strings that encoding/json has changed. It is only called if the
// result contains the replacement character, which the original may have contained as well. It
// visits the same values as encoding/json.
func hasInvalidUTF8(v reflect.Value) bool {
	switch method, text := textOf(v); {
	case method && text == nil:
		return false // encodes itself, or is null
	case method:
		return !utf8.Valid(text)
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
		return mapHasInvalidUTF8(v)
	case reflect.Struct:
		for i := range v.NumField() {
			if isSent(v.Type().Field(i)) && hasInvalidUTF8(v.Field(i)) {
				return true
			}
		}
	}
	return false
}

func mapHasInvalidUTF8(m reflect.Value) bool {
	for it := m.MapRange(); it.Next(); {
		key := it.Key()
		if key.Kind() == reflect.String { // even if it has methods
			key = reflect.ValueOf(key.String())
		}
		if hasInvalidUTF8(key) || hasInvalidUTF8(it.Value()) {
			return true
		}
	}
	return false
}

// textOf returns the text from a method by which encoding/json encodes v: v's own method or, if v
// is addressable, its pointer's. The text is nil if the method returns JSON or if v is null.
func textOf(v reflect.Value) (method bool, text []byte) {
	if !v.IsValid() {
		return true, nil
	}
	if v.Kind() != reflect.Pointer && v.CanAddr() && marshals(reflect.PointerTo(v.Type())) {
		v = v.Addr()
	}
	if !marshals(v.Type()) {
		return false, nil
	}
	if m, ok := v.Interface().(encoding.TextMarshaler); ok && !v.Type().Implements(typeJSONMarshaler) && !(v.Kind() == reflect.Pointer && v.IsNil()) {
		text, _ = m.MarshalText()
	}
	return true, text
}

// isSent reports whether encoding/json considers a field. It sends the exported fields of an
// embedded struct even if the struct's type is not exported.
func isSent(f reflect.StructField) bool {
	if f.Tag.Get("json") == "-" {
		return false
	}
	t := f.Type
	if f.Anonymous && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return f.IsExported() || f.Anonymous && t.Kind() == reflect.Struct
}
