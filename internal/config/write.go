package config

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"sort"
	"strconv"

	"github.com/sidekick-http/sidekick/internal/logtext"
	"github.com/sidekick-http/sidekick/internal/notation"
)

// WriteJSON writes all options of the struct src except secrets, so that ReadJSON restores them
// whatever the previous values are. A part that is off is false. null stands for a URL with a
// password, and for a zero value that cannot be written otherwise.
func (s *Schema) WriteJSON(src any) ([]byte, error) { return appendValue(nil, reflect.ValueOf(src)) }

// Settings yields options by their paths with their values in JSON, in the order of the struct.
// For secrets it only says how many there are; it omits the options of parts that are off.
func (s *Schema) Settings(src any) iter.Seq2[string, string] {
	return func(yield func(path, value string) bool) {
		for _, o := range s.options {
			v, err := reflect.ValueOf(src).FieldByIndexErr(o.index)
			if err == nil && !yield(o.Path, shown(o, v)) {
				return
			}
		}
	}
}

// shown returns the value of an option in JSON, or what is shown instead of a secret.
func shown(o Option, v reflect.Value) string {
	switch {
	case o.Part:
		return strconv.FormatBool(!v.IsNil())
	case o.Secret && v.IsZero():
		return "(none)"
	case o.Secret && notation.IsList(v.Type()):
		return fmt.Sprintf("(%d, not shown)", v.Len())
	case o.Secret:
		return "(not shown)"
	case notation.IsNull(v):
		return "null"
	case o.password:
		return string(notation.Quoted(logtext.URL(v.String())))
	}
	text, err := appendValue(nil, v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// appendValue writes a value in the form in which it is read. It omits elements of a list that
// cannot be written, which their method reports as errors.ErrUnsupported.
func appendValue(b []byte, v reflect.Value) ([]byte, error) {
	var in items
	switch k := v.Kind(); {
	case notation.ReadsItself(v.Type()):
		return notation.Append(b, v)
	case k == reflect.Pointer && v.Type().Elem().Kind() == reflect.Struct && v.IsNil():
		return append(b, "false"...), nil // a part
	case k == reflect.Pointer && !v.IsNil():
		return appendValue(b, v.Elem())
	case k == reflect.Struct:
		for _, f := range fieldsOf(v.Type()) {
			switch member := v.Field(f.at); {
			case !f.isWritten() || f.Secret:
			case notation.IsNull(member), f.password && logtext.URL(member.String()) != member.String():
				in.list = append(in.list, append(notation.Quoted(f.name), ":null"...))
			default:
				in.add(append(notation.Quoted(f.name), ':'), member)
			}
		}
		return in.within(b, '{', '}')
	case k == reflect.Slice:
		for i := range v.Len() {
			in.add(nil, v.Index(i))
		}
		return in.within(b, '[', ']')
	case k == reflect.Map:
		keys := v.MapKeys()
		sort.Slice(keys, func(i, j int) bool { return keys[i].String() < keys[j].String() })
		for _, key := range keys {
			in.add(append(notation.Quoted(key.String()), ':'), v.MapIndex(key))
		}
		return in.within(b, '{', '}')
	}
	return notation.Append(b, v)
}

// items are the members of an object or the elements of a list.
type items struct {
	list [][]byte
	err  error
}

func (in *items) add(key []byte, v reflect.Value) {
	item, err := appendValue(key, v)
	if key == nil && errors.Is(err, errors.ErrUnsupported) {
		return
	}
	in.list, in.err = append(in.list, item), errors.Join(in.err, err)
}

func (in *items) within(b []byte, open, end byte) ([]byte, error) {
	return append(append(append(b, open), bytes.Join(in.list, []byte(","))...), end), in.err
}
