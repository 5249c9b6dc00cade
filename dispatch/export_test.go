package dispatch

import (
	"context"
	"reflect"
)

// TypedOf is Typed for types made at run time; run gets a pointer to the inputs.
func TypedOf(name string, in, out reflect.Type, run func(in any) any) Action {
	a := typedAction(name, in, out, nil)
	a.Run = func(_ context.Context, c *Connection) (any, error) { return run(c.typed), nil }
	return a
}
