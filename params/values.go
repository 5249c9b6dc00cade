package params

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/sidekick-http/sidekick/internal/decimal"
	"github.com/sidekick-http/sidekick/internal/qs"
	"github.com/sidekick-http/sidekick/upload"
)

// Values are parameters by name. A value is a string, [json.Number], bool, nil, []any,
// map[string]any, *[upload.File] or []*upload.File; lists and maps contain only the first six.
// Formatters, defaults and middleware of actions may add others: Int, Float and Text also accept
// int, int64 and float64, and Strings accepts []string.
//
// The methods return false if the parameter is missing or has another type, since clients can
// send anything under any name.
type Values map[string]any

// String returns a parameter that is a string.
func (v Values) String(name string) (string, bool) {
	s, ok := v[name].(string)
	return s, ok
}

// Text returns a parameter that is a string, a number or a bool, as a string. Use it for strings
// that JSON clients may send as numbers.
func (v Values) Text(name string) (string, bool) {
	if b, ok := v[name].(bool); ok {
		return strconv.FormatBool(b), true
	}
	return v.number(name)
}

// Strings returns a parameter that is a list of strings, or a single string as a list of one. The
// list is a copy.
func (v Values) Strings(name string) ([]string, bool) {
	switch value := v[name].(type) {
	case string:
		return []string{value}, true
	case []string:
		return slices.Clone(value), true
	case []any:
		list := make([]string, len(value))
		for i, item := range value {
			s, ok := item.(string)
			if !ok {
				return nil, false
			}
			list[i] = s
		}
		return list, true
	}
	return nil, false
}

// Int returns a parameter that is a whole number of at most 64 bits: a JSON number, or a decimal
// string, which may have a sign and leading zeros.
func (v Values) Int(name string) (int64, bool) {
	text, ok := v.number(name)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// Float returns a parameter that is a finite number in the range of float64: a JSON number or a
// decimal string. Numbers so small that float64 would round them to 0 are out of range.
func (v Values) Float(name string) (float64, bool) {
	text, ok := v.number(name)
	if !ok {
		return 0, false
	}
	return decimal.Float(text, 64)
}

// number returns a number, or a string that may contain one, as it was sent.
func (v Values) number(name string) (string, bool) {
	switch value := v[name].(type) {
	case json.Number:
		return string(value), true
	case string:
		return value, true
	case int:
		return strconv.Itoa(value), true
	case int64:
		return strconv.FormatInt(value, 10), true
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64), true
	}
	return "", false
}

// Bool returns a parameter that is a JSON boolean, or the string true or false.
func (v Values) Bool(name string) (value, ok bool) {
	switch value := v[name].(type) {
	case bool:
		return value, true
	case string:
		return value == "true", value == "true" || value == "false"
	}
	return false, false
}

// List returns a parameter that is a list. It is not a copy.
func (v Values) List(name string) ([]any, bool) {
	list, ok := v[name].([]any)
	return list, ok
}

// Object returns a parameter that is an object. It is not a copy.
func (v Values) Object(name string) (Values, bool) {
	m, ok := v[name].(map[string]any)
	return m, ok
}

// File returns a parameter that is a file; if there are several, the last.
func (v Values) File(name string) (*upload.File, bool) {
	switch value := v[name].(type) {
	case *upload.File:
		return value, true
	case []*upload.File:
		if n := len(value); n > 0 {
			return value[n-1], true
		}
	}
	return nil, false
}

// Files returns a parameter that is a list of files, or a single file as a list of one.
func (v Values) Files(name string) ([]*upload.File, bool) {
	switch value := v[name].(type) {
	case *upload.File:
		return []*upload.File{value}, true
	case []*upload.File:
		return value, true
	}
	return nil, false
}

// Lookup descends into a parameter: each step is a name, or the index of a list in digits.
func (v Values) Lookup(name string, path ...string) (any, bool) {
	value, ok := v[name]
	for _, step := range path {
		switch container := value.(type) {
		case map[string]any:
			value, ok = container[step]
		case []any:
			var n int
			if n, ok = qs.Index(step); ok && n < len(container) {
				value = container[n]
			} else {
				ok = false
			}
		default:
			ok = false
		}
		if !ok {
			return nil, false
		}
	}
	return value, ok
}
