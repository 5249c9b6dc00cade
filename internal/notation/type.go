package notation

import (
	"reflect"

	"github.com/sidekick-http/sidekick/internal/jsontree"
)

// IsStruct reports whether a type is a struct that does not read itself from a string.
func IsStruct(t reflect.Type) bool { return t.Kind() == reflect.Struct && !ReadsItself(t) }

// IsOne reports whether a type is written as one value, without brackets.
func IsOne(t reflect.Type) bool {
	k := t.Kind()
	return ReadsItself(t) || k != reflect.Slice && k != reflect.Map && k != reflect.Struct
}

// IsList reports whether a type is a slice that does not read itself from a string.
func IsList(t reflect.Type) bool { return t.Kind() == reflect.Slice && !ReadsItself(t) }

// IsPlain reports whether a value of the type can be written completely as text.
func IsPlain(t reflect.Type) bool { return isPlain(t, 0) }

func isPlain(t reflect.Type, depth int) bool {
	const deep = 8 // types may contain themselves
	switch k := t.Kind(); {
	case depth > deep:
		return false
	case ReadsItself(t), t == anyType, k >= reflect.Bool && k <= reflect.Float64 && k != reflect.Uintptr, k == reflect.String:
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

// IsNull reports whether a value is the zero value of a type that does not read it, such as that of
// http.SameSite.
func IsNull(v reflect.Value) bool {
	if !v.IsZero() || !IsOne(v.Type()) {
		return false
	}
	text, err := Append(nil, v)
	if err != nil {
		return true
	}
	x, _, err := jsontree.Parse(text)
	return err != nil || Set(reflect.New(v.Type()).Elem(), x) != ""
}
