package notation

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"reflect"

	"github.com/sidekick-http/sidekick/internal/jsontree"
)

var (
	anyType   = reflect.TypeFor[any]()
	readsText = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// ReadsItself reports whether the values of a type are written as strings that only the type, or
// its notation, can read.
func ReadsItself(t reflect.Type) bool {
	_, ok := Of(t)
	return ok || reflect.PointerTo(t).Implements(readsText)
}

// Want says what a type accepts, as an error does.
func Want(t reflect.Type) string {
	own, hasOwn := Of(t)
	switch k := t.Kind(); {
	case hasOwn:
		return own.Want
	case t == anyType:
		return "want a string or a number"
	case ReadsItself(t), k == reflect.String:
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

// Set sets v to a value other than a list or object. reason says why it cannot; "" means that it
// has.
func Set(v reflect.Value, x jsontree.Node) (reason string) {
	t := v.Type()
	text, isText := x.Scalar.(string)
	_, isNumber := x.Scalar.(json.Number)
	var value any
	var err error
	own, std := Of(t)
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
		return Want(t)
	case err != nil:
		return err.Error()
	}
	v.Set(reflect.ValueOf(value))
	return ""
}

// Append appends a value in the form that Set reads.
func Append(b []byte, v reflect.Value) ([]byte, error) {
	value := v.Interface()
	if own, std := Of(v.Type()); std {
		value = own.Write(value)
	}
	text := bytes.NewBuffer(b)
	e := json.NewEncoder(text)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return bytes.TrimRight(text.Bytes(), "\n"), err
}

// Quoted returns a string in JSON.
func Quoted(s string) []byte {
	b, _ := Append(nil, reflect.ValueOf(s)) // encoding a string cannot fail
	return b
}
