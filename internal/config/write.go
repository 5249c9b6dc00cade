package config

import (
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// WriteJSON writes all options of src, the struct, but secrets, so that ReadJSON
// reads the same again over whatever is there. A part that is off is false, and null
// is the zero value of what is no list, object or boolean.
func (s *Schema) WriteJSON(src any) ([]byte, error) { return appendValue(nil, reflect.ValueOf(src)) }

// Settings lists options by their paths with their values in JSON, in the order of
// the struct. Of secrets it says how many there are; those of parts that are off
// are left out.
func (s *Schema) Settings(src any) iter.Seq2[string, string] {
	return func(yield func(path, value string) bool) {
		for _, o := range s.options {
			v, err := reflect.ValueOf(src).FieldByIndexErr(o.index)
			if err != nil {
				continue
			}
			text, ok := hidden(o, v)
			if !ok {
				b, err := appendValue(nil, v)
				if text = string(b); err != nil {
					text = err.Error()
				}
			}
			if !yield(o.Path, text) {
				return
			}
		}
	}
}

// hidden returns what stands for a value that is not shown, or not here.
func hidden(o Option, v reflect.Value) (text string, ok bool) {
	switch {
	case !o.Secret && isDefault(v) && !o.Part:
		return "null", true
	case o.Part:
		return strconv.FormatBool(!v.IsNil()), true
	case o.Secret && v.IsZero():
		return "(none)", true
	case o.Secret && v.Kind() == reflect.Slice && v.Type() != bytesType:
		return fmt.Sprintf("(%d, not shown)", v.Len()), true
	}
	return "(not shown)", o.Secret
}

// isDefault tells whether null says a value better than the zero that it is.
func isDefault(v reflect.Value) bool {
	return v.IsZero() && isOne(v.Type()) && v.Kind() != reflect.Bool
}

// appendValue writes a value as it is read. An element of a list of which no text
// can be made, as it says by errors.ErrUnsupported, is left out.
func appendValue(b []byte, v reflect.Value) ([]byte, error) {
	k := v.Kind()
	switch {
	case readsItself(v.Type()):
		return appendScalar(b, v)
	case k == reflect.Pointer && v.Type().Elem().Kind() == reflect.Struct && v.IsNil():
		return append(b, "false"...), nil // a part
	case k == reflect.Pointer && !v.IsNil():
		return appendValue(b, v.Elem())
	case k == reflect.Struct:
		m := begin(b, '{')
		for _, f := range fieldsOf(v.Type()) {
			switch member := v.Field(f.at); {
			case f.kind == goOnly || f.secret:
			case isDefault(member):
				m.null(f.name)
			default:
				m.add(f.name, member)
			}
		}
		return append(m.b, '}'), m.err
	case k == reflect.Slice:
		m := begin(b, '[')
		for i := range v.Len() {
			m.element(v.Index(i))
		}
		return append(m.b, ']'), m.err
	case k == reflect.Map:
		m := begin(b, '{')
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			m.add(key.String(), v.MapIndex(key))
		}
		return append(m.b, '}'), m.err
	}
	return appendScalar(b, v)
}

// members writes what is in an object or a list.
type members struct {
	b     []byte
	first int // where the first begins
	err   error
}

func begin(b []byte, open byte) *members {
	b = append(b, open)
	return &members{b: b, first: len(b)}
}

func (m *members) comma() {
	if len(m.b) > m.first {
		m.b = append(m.b, ',')
	}
}

func (m *members) key(key string) {
	m.comma()
	m.b = append(append(m.b, quoted(key)...), ':')
}

func (m *members) null(key string) {
	m.key(key)
	m.b = append(m.b, "null"...)
}

func (m *members) add(key string, v reflect.Value) {
	m.key(key)
	var err error
	m.b, err = appendValue(m.b, v)
	m.err = errors.Join(m.err, err)
}

func (m *members) element(v reflect.Value) {
	before := len(m.b)
	m.comma()
	var err error
	if m.b, err = appendValue(m.b, v); errors.Is(err, errors.ErrUnsupported) {
		m.b = m.b[:before]
		return
	}
	m.err = errors.Join(m.err, err)
}
