package dispatch

import (
	"context"
	"fmt"
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"
)

// Typed makes an action of a function that takes its inputs as a struct and
// returns a result of any type that can be encoded as JSON.
//
// The fields of In are the inputs, named as encoding/json names them; a field
// tagged `json:"-"` is none. Values are converted from what was sent, text
// included, so that one struct serves queries, forms and JSON:
//
//   - string, bool, integers and floats;
//   - time.Time, as RFC 3339 text, and time.Duration, as text like "1m30s";
//   - types with UnmarshalText, such as netip.Addr;
//   - structs, maps with string keys, slices (one value that is sent as text
//     makes a slice of one), and any for what was sent as it is;
//   - pointers, which are nil where nothing was sent;
//   - *upload.File and []*upload.File, which take uploads.
//
// What does not fit is [InvalidParamsError], which names every input in the
// wrong and says what was expected. An empty text is as good as none for
// everything but text.
//
// Tags say more:
//
//	required:"true"    refuse requests without it; a nested field, too
//	default:"10"       the value where nothing was sent, written as in a query
//	description:"…"    for people
//	minimum:"1" maximum:"100"
//	minLength:"3" maxLength:"20"    in characters
//	minItems:"1" maxItems:"5"
//	pattern:"^[a-z]+$"  RE2
//	enum:"red,green"
//
// On a slice, all but minItems and maxItems speak of its elements. Package
// jsonschema-go makes the schema of them and validates by it.
//
// The functions in change get the action before it is returned, to set its
// Version, Description, Middleware and so on; its Inputs and Run are taken. A
// struct that cannot be read so is reported by [New].
func Typed[In, Out any](name string, run func(ctx context.Context, in In) (Out, error), change ...func(*Action)) Action {
	a := Action{Name: name}
	for _, f := range change {
		f(&a)
	}
	plan, err := planOf(reflect.TypeFor[In]())
	if err != nil {
		a.problem = err
		plan = &structPlan{}
	}
	a.typed = plan
	a.Inputs = plan.inputs()
	if a.out, err = schemaOf(reflect.TypeFor[Out]()); err != nil && a.problem == nil {
		a.problem = err
	}
	a.Run = func(ctx context.Context, c *Connection) (any, error) {
		out, err := run(ctx, *c.typed.(*In))
		if err != nil {
			// A typed nil or zero beside an error is no result.
			return nil, err
		}
		return out, nil
	}
	return a
}

// InputSchema returns the JSON schema of a typed action's inputs; nil for
// others. It must not be changed.
func (a *Action) InputSchema() *jsonschema.Schema {
	if a.typed == nil {
		return nil
	}
	return a.typed.schema
}

// OutputSchema returns the JSON schema of a typed action's result, or nil.
func (a *Action) OutputSchema() *jsonschema.Schema { return a.out }

// schemaOf describes a type of results. One that no schema can describe (any,
// say) is not a problem: it is encoded as it comes.
func schemaOf(t reflect.Type) (*jsonschema.Schema, error) {
	switch t.Kind() {
	case reflect.Func, reflect.Chan, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return nil, fmt.Errorf("a result of type %s cannot be encoded as JSON", t)
	}
	s, err := jsonschema.ForType(t, &jsonschema.ForOptions{IgnoreInvalidTypes: true})
	if err != nil {
		return nil, nil
	}
	return s, nil
}
