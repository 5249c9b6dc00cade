package dispatch

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/dispatch/internal/typed"
)

// Typed makes an action of a function that takes its inputs as a struct and
// returns a result of any type that can be encoded as JSON.
//
// The fields of In are the inputs. They are named, and embedded structs are
// read, as encoding/json does it; only the case of a name counts. Every type
// that encoding/json decodes is taken, at any depth: types with UnmarshalJSON or
// UnmarshalText, []byte as base64, json.RawMessage for any JSON, types that
// contain themselves, arrays, maps with keys that are strings, integers or have
// UnmarshalText. Interfaces but any, channels and functions are not.
//
// One struct serves queries, forms and JSON. Values are converted from strings
// too:
//
//   - bool from true and false, 1 and 0, on and off, in any case;
//   - time.Time from RFC 3339, time.Duration from "1m30s" or from nanoseconds,
//     which is how it is encoded;
//   - whole numbers from 5.0 and 1e3, too; a number is a string where a string
//     is wanted;
//   - a list from every value that was sent under its name, however the name is
//     spelled; other fields from the last of them;
//   - structs, maps and lists of them from names with brackets or from JSON text;
//     [params.Set.Shape] has the rule.
//
// *upload.File and []*upload.File take uploads, in structs and lists of structs,
// too. What no upload can fill, such as upload.File itself, is refused by [New].
//
// What does not fit is [InvalidParamsError], what is missing
// [MissingParamsError]; an error may be both. null and what a form sends for a
// field that was left blank are no values: an empty string is one for a string
// without rules only.
//
// Tags say more:
//
//	required:"true"    refuse requests without it; a nested field, too
//	default:"10"       the value where nothing was sent, written as in a query
//	description:"…" example:"…" deprecated:"true"    for documents
//	minimum:"1" maximum:"100"
//	minLength:"3" maxLength:"20"    in characters
//	minItems:"1" maxItems:"5"
//	pattern:"^[a-z]+$"  RE2
//	enum:"red,green"
//
// On a slice, all but minItems and maxItems speak of its elements.
//
// The fields of Out have description, enum, example and deprecated, for documents
// alone: nothing that is sent is held against them. A type whose methods encode
// and decode it may say what they make of it by a method
// JSONSchema() *jsonschema.Schema, called on its zero value; without one it is any
// JSON there, or a string if they are MarshalText and UnmarshalText.
//
// The functions in change get the action before it is returned, to set its
// Version, Description, Middleware and so on; its Inputs and Run are taken. New
// refuses other inputs than those of the struct: what they ask for would not be
// done. A struct that cannot be read is reported by [New], too.
func Typed[In, Out any](name string, run func(ctx context.Context, in In) (Out, error), change ...func(*Action)) Action {
	a := typedAction(name, reflect.TypeFor[In](), reflect.TypeFor[Out](), change)
	a.Run = func(ctx context.Context, c *Connection) (any, error) {
		in, ok := c.typed.(*In)
		if !ok {
			return nil, fmt.Errorf("dispatch: the function of the typed action %q was called by hand: use Connection.Run", name)
		}
		out, err := run(ctx, *in)
		if err != nil {
			// A typed nil or zero beside an error is no result.
			return nil, err
		}
		return out, nil
	}
	return a
}

// typedAction makes an action of the types of its inputs and result.
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

// typedInputs describes the fields as inputs, for the allow-list and for people.
func typedInputs(in *typed.Inputs) Inputs {
	out := Inputs{}
	for _, f := range in.Fields() {
		out[f.Name] = Input{Description: f.Description, Required: f.Required, Default: f.Default, File: f.File, List: f.List}
	}
	return out
}

// checkTypedInputs refuses inputs that are not those of the struct: a rule that
// was put on them would be passed over.
func (a *Action) checkTypedInputs() error {
	want := typedInputs(a.typed)
	for name, in := range a.Inputs {
		from, ok := want[name]
		if !ok {
			return fmt.Errorf("input %q: the inputs of a typed action are the fields of its struct, and this is none of them", name)
		}
		in.Description, from.Description = "", "" // may be changed
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
			return fmt.Errorf("input %q: the rules of a typed action stand in the tags of its struct; what is set here would not be heeded, but for Description", name)
		}
	}
	if len(a.Inputs) < len(want) {
		return fmt.Errorf("the inputs of a typed action are the fields of its struct, and some of them are missing")
	}
	return nil
}

// InputSchema returns the JSON schema of a typed action's inputs, of what JSON
// they take; nil for others. Named types are among its $defs, by their package
// and name. It must not be changed.
func (a *Action) InputSchema() *jsonschema.Schema {
	if a.typed == nil {
		return nil
	}
	return a.typed.Schema()
}

// OutputSchema returns the JSON schema of a typed action's result, as it is
// encoded, with named types among its $defs; nil for others. It must not be
// changed.
func (a *Action) OutputSchema() *jsonschema.Schema { return a.out }
