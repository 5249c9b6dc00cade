package config

import (
	"reflect"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/notation"
)

// field is a field of a struct. It holds a value, unless it is a group, GoOnly, or takes the
// value of another option.
type field struct {
	name string // in JSON
	at   int
	Type reflect.Type

	group  bool   // a struct of options
	Part   bool   // a pointer to one, which is off if it is nil: true, false or an object
	GoOnly bool   // it cannot be written as text
	From   string // the path of the option that it takes its value from

	Secret             bool // not shown, and not read from files
	password, fold, by bool // see the package comment
}

// isWritten reports whether JSON has the field.
func (f field) isWritten() bool { return !f.GoOnly && f.From == "" }

// fieldsOf returns the exported fields of a struct that are not embedded.
func fieldsOf(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		sf := t.Field(i)
		if !sf.IsExported() || sf.Anonymous {
			continue
		}
		tag := sf.Tag.Get("config")
		f := field{
			name: notation.Name(sf.Name), at: i, Type: sf.Type,
			group: isStruct(sf.Type) && hasOptions(sf.Type), Part: isPart(sf.Type),
			Secret: tag == "secret", password: tag == "password", fold: tag == "fold", by: tag == "by",
		}
		f.GoOnly = !f.group && !f.Part && !isPlain(sf.Type, 0)
		if from, derived := strings.CutPrefix(tag, "from="); derived {
			f.From = from
		}
		out = append(out, f)
	}
	return out
}

// isStruct reports whether a type is a struct that does not read itself from a string.
func isStruct(t reflect.Type) bool { return t.Kind() == reflect.Struct && !notation.ReadsItself(t) }

// isPart reports whether a type is a pointer to a struct of options that begins with a blank field.
func isPart(t reflect.Type) bool {
	if t.Kind() != reflect.Pointer || !isStruct(t.Elem()) || t.Elem().NumField() == 0 {
		return false
	}
	first := t.Elem().Field(0)
	return first.Name == "_" && first.Type == reflect.TypeFor[struct{}]() && hasOptions(t.Elem())
}

// hasOptions reports whether any field of a struct can be configured.
func hasOptions(t reflect.Type) bool { return slices.ContainsFunc(fieldsOf(t), field.isWritten) }

// isList reports whether a type is a slice that does not read itself from a string.
func isList(t reflect.Type) bool { return t.Kind() == reflect.Slice && !notation.ReadsItself(t) }

// isPlain reports whether a value of the type can be written completely as text.
func isPlain(t reflect.Type, depth int) bool {
	const deep = 8 // types may contain themselves
	switch k := t.Kind(); {
	case depth > deep:
		return false
	case notation.ReadsItself(t), t == reflect.TypeFor[any](), k >= reflect.Bool && k <= reflect.Float64 && k != reflect.Uintptr, k == reflect.String:
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
