package config

import (
	"reflect"
	"slices"

	"github.com/sidekick-http/sidekick/internal/jsontree"
)

// Alias is another name of an option, in JSON and in the environment. A key that sets several
// options has several aliases.
type Alias struct {
	Key, To string // such as flatFileCacheDuration and static.maxAge

	// Convert converts a JSON value to that of the option; nil means that the option is not set.
	// A reason other than "" refuses the value. Without Convert the value is the option's; if
	// that is a list, a single element is enough.
	Convert func(value []byte) (converted []byte, reason string)

	Variables []string // in the environment, beside the one derived from Key
}

// value returns the value of an option of type t that the alias is given x for. Without Raw, the
// option is not set. reason says why x is refused; "" means that it is accepted.
func (a Alias) value(x jsontree.Node, t reflect.Type) (value jsontree.Node, reason string) {
	_, isText := x.Scalar.(string)
	switch {
	case a.Convert != nil:
		raw, reason := a.Convert(x.Raw)
		if raw == nil || reason != "" {
			return jsontree.Node{}, reason
		}
		value, _, _ = jsontree.Parse(raw)
		value.At = x.At
		return value, ""
	case isText && isList(t):
		list := slices.Concat([]byte("["), x.Raw, []byte("]"))
		return jsontree.Node{Raw: list, At: x.At, List: []jsontree.Node{x}}, ""
	}
	return x, ""
}
