package dispatch

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/dispatch/internal/typed"
)

// Typed makes an action from a function that takes its inputs as a struct and returns a result of
// any type that can be encoded as JSON.
//
// The fields of In are the inputs. As in encoding/json, tags name them and the fields of embedded
// structs count, but names are case-sensitive. Fields may have every type that encoding/json
// decodes, at any depth: types with UnmarshalJSON or UnmarshalText, []byte as base64,
// json.RawMessage for any JSON, types that contain themselves, arrays, and maps whose keys are
// strings, integers or have UnmarshalText. Channels, functions and interfaces other than any are
// not supported.
//
// One struct serves queries, forms and JSON. Values are also converted from strings:
//
//   - bool from true and false, 1 and 0, on and off, in any case;
//   - time.Time from RFC 3339, time.Duration from "1m30s" or from nanoseconds,
//     as encoding/json writes it;
//   - integers also from 5.0 and 1e3; strings also from numbers;
//   - a list from every value sent under its name, in whatever notation; other
//     fields from the last value;
//   - structs, maps and lists of them from names with brackets or from a JSON
//     string, by the rules of [params.Set.Shape].
//
// *upload.File and []*upload.File take uploads, also in structs and lists of structs. [New]
// refuses fields that no upload can fill, such as an upload.File without the pointer.
//
// Values that do not fit are reported as [InvalidParamsError], missing ones as
// [MissingParamsError]; one error may be both. null counts as missing, and so does what a form
// sends for a blank field: an empty string is a value only for a string field without rules. At
// most 100 problems are reported for a request.
//
// Tags say more:
//
//	required:"true"    refuse requests without it; also for nested fields
//	default:"10"       the value if nothing was sent, written as in a query
//	description:"…" example:"…" deprecated:"true"    for documents
//	minimum:"1" maximum:"100"
//	minLength:"3" maxLength:"20"    in characters
//	minItems:"1" maxItems:"5"
//	pattern:"^[a-z]+$"  RE2
//	enum:"red,green"
//
// On a slice, all but minItems and maxItems apply to its elements. [New] refuses misspelt tags,
// such as requird; other libraries' tags have no effect.
//
// The fields of Out may have description, enum, example and deprecated. These are for documents
// only: results are not checked against them. A type that encodes and decodes itself may have a
// method JSONSchema() *jsonschema.Schema, called on its zero value, to describe itself. Without
// one, documents describe it as a string if it has MarshalText and UnmarshalText, otherwise as
// any JSON. If the schema describes a list or an object, queries and forms may send it in the
// same notations as a slice or a struct; UnmarshalJSON gets the whole. Without the method they
// have to send JSON text.
//
// The functions in change get the action before it is returned, to set its Version, Description,
// Middleware and so on. Typed itself sets Inputs and Run. [New] refuses inputs that were changed
// later, since their rules would be ignored. It also reports structs that are not supported.
func Typed[In, Out any](name string, run func(ctx context.Context, in In) (Out, error), change ...func(*Action)) Action {
	a := typedAction(name, reflect.TypeFor[In](), reflect.TypeFor[Out](), change)
	if run == nil {
		return a // New refuses it, as it refuses every action without Run
	}
	a.Run = func(ctx context.Context, c *Connection) (any, error) {
		in, ok := c.typed.(*In)
		if !ok {
			return nil, fmt.Errorf("dispatch: the function of the typed action %q was called directly: use Connection.Run", name)
		}
		out, err := run(ctx, *in)
		if err != nil {
			// Beside an error, a typed nil or a zero value is not a result.
			return nil, err
		}
		return out, nil
	}
	return a
}

// typedAction makes an action from the types of its inputs and result.
func typedAction(name string, in, out reflect.Type, change []func(*Action)) Action {
	a := Action{Name: name}
	for _, f := range change {
		f(&a)
	}
	inputs, err := typed.Of(in)
	if err != nil {
		a.problem = err
	} else {
		a.typed = inputs
		a.Inputs = typedInputs(inputs)
	}
	if a.out, err = typed.ResultSchema(out); err != nil {
		a.problem = errors.Join(a.problem, err)
	}
	return a
}

// typedInputs describes the fields as inputs, for the allow-list and for documents.
func typedInputs(in *typed.Inputs) Inputs {
	out := Inputs{}
	for _, f := range in.Fields() {
		out[f.Name] = Input{Description: f.Description, Required: f.Required, Default: f.Default, File: f.File, List: f.List}
	}
	return out
}

// checkTypedInputs refuses inputs that differ from those of the struct: rules added to them would
// be ignored.
func (a *Action) checkTypedInputs() error {
	want := typedInputs(a.typed)
	for name, in := range a.Inputs {
		from, ok := want[name]
		if !ok {
			return fmt.Errorf("input %q: not a field of the struct, which declares the inputs of a typed action", name)
		}
		in.Description, from.Description = "", "" // changes to it are allowed
		if len(in.Formatters) == 0 {
			in.Formatters = nil
		}
		if len(in.Validators) == 0 {
			in.Validators = nil
		}
		if len(in.Schema) == 0 {
			in.Schema = nil
		}
		if !reflect.DeepEqual(in, from) {
			return fmt.Errorf("input %q: the rules of a typed action are the tags of its struct; only Description may be changed here", name)
		}
	}
	if len(a.Inputs) < len(want) {
		return fmt.Errorf("the inputs of a typed action are the fields of its struct, some of which are missing")
	}
	return nil
}

// InputSchema returns the JSON schema of a typed action's inputs as JSON; nil for other actions.
// Its $defs define named types, by package and name. It must not be changed.
func (a *Action) InputSchema() *jsonschema.Schema {
	if a.typed == nil {
		return nil
	}
	return a.typed.Schema()
}

// OutputSchema returns the JSON schema of a typed action's encoded result, with named types among
// its $defs; nil for other actions. It must not be changed.
func (a *Action) OutputSchema() *jsonschema.Schema { return a.out }
