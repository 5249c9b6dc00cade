package config

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"reflect"

	"github.com/sidekick-http/sidekick/internal/jsontree"
	"github.com/sidekick-http/sidekick/internal/notation"
)

var (
	anyType   = reflect.TypeFor[any]()
	readsText = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// readsItself reports whether a type is read from a string.
func readsItself(t reflect.Type) bool {
	_, ok := notation.Of(t)
	return ok || reflect.PointerTo(t).Implements(readsText)
}

// isList reports whether a type is a slice that does not read itself from a string.
func isList(t reflect.Type) bool { return t.Kind() == reflect.Slice && !readsItself(t) }

// isPlain reports whether a value of the type can be written completely as text.
func isPlain(t reflect.Type, depth int) bool {
	const deep = 8 // types may contain themselves
	switch k := t.Kind(); {
	case depth > deep:
		return false
	case readsItself(t), t == anyType, k >= reflect.Bool && k <= reflect.Float64 && k != reflect.Uintptr, k == reflect.String:
		return true
	case k == reflect.Slice:
		return isPlain(t.Elem(), depth+1)
	case k == reflect.Map:
		return t.Key().Kind() == reflect.String && isPlain(t.Elem(), depth+1)
	case k == reflect.Struct:
		fields := 0
		for f := range t.Fields() {
			if f.IsExported() {
				if fields++; !isPlain(f.Type, depth+1) {
					return false
				}
			}
		}
		return fields > 0
	}
	return false
}

// wanted describes what a type accepts.
func wanted(t reflect.Type) string {
	own, hasOwn := notation.Of(t)
	switch k := t.Kind(); {
	case hasOwn:
		return own.Want
	case t == anyType:
		return "want a string or a number"
	case readsItself(t), k == reflect.String:
		return "want a string"
	case k == reflect.Bool:
		return "want true or false"
	case k >= reflect.Int && k <= reflect.Int64:
		return "want a whole number"
	case k >= reflect.Uint && k <= reflect.Uint64:
		return "want a whole number that is not negative"
	case k == reflect.Float32, k == reflect.Float64:
		return "want a number"
	case k == reflect.Slice:
		return "want a list, in brackets"
	}
	return "want an object"
}

// setScalar sets v to a value other than a list or object. reason says why it cannot; "" means
// success.
func setScalar(v reflect.Value, x jsontree.Node) (reason string) {
	t := v.Type()
	text, isText := x.Scalar.(string)
	_, isNumber := x.Scalar.(json.Number)
	var value any
	var err error
	own, std := notation.Of(t)
	switch {
	case std && isText:
		value, err = own.Read(text)
	case t == anyType && (isText || isNumber):
		value = x.Scalar
	case !std && t != anyType:
		fresh := reflect.New(t)
		err = json.Unmarshal(x.Raw, fresh.Interface())
		value = fresh.Elem().Interface()
	}
	var mismatch *json.UnmarshalTypeError
	switch {
	case value == nil, err != nil && (std || errors.As(err, &mismatch)):
		return wanted(t)
	case err != nil:
		return err.Error()
	}
	v.Set(reflect.ValueOf(value))
	return ""
}

// appendScalar writes a value in the form that setScalar reads.
func appendScalar(b []byte, v reflect.Value) ([]byte, error) {
	value := v.Interface()
	if own, std := notation.Of(v.Type()); std {
		value = own.Write(value)
	}
	text := bytes.NewBuffer(b)
	e := json.NewEncoder(text)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return bytes.TrimRight(text.Bytes(), "\n"), err
}

// quoted returns a string as JSON.
func quoted(s string) []byte {
	b, _ := appendScalar(nil, reflect.ValueOf(s)) // encoding a string cannot fail
	return b
}
