package dispatch

import (
	"context"
	"slices"
	"strings"
)

// Inputs declares the params of an action by name. The names action,
// apiVersion, callback, file and messageId are reserved.
type Inputs map[string]Input

// Input declares one param.
type Input struct {
	// Description is for people.
	Description string
	// Required refuses requests without the param with [MissingParamsError].
	// null and an empty string are missing, too.
	Required bool
	// Default is the value of a param that was not sent at all. The value is
	// shared by all requests: use DefaultFunc for maps and lists.
	Default any
	// DefaultFunc makes the default for one request, instead of Default.
	DefaultFunc func(ctx context.Context) any
	// Formatters change the value, one after the other; an error refuses the
	// request. They see defaults, too, but neither missing params nor null.
	Formatters []Formatter
	// Validators look at the value after the formatters, one after the other;
	// the first error refuses the request. What it says is shown to the client.
	Validators []Validator
	// Schema declares the members of a param that is an object; members that
	// it does not declare are dropped.
	Schema Inputs
	// File makes the input one that takes uploads. Files are stored for such
	// inputs only; see [params.Values.File].
	File bool
}

// Formatter turns a param's value into another. The value is a string, a
// json.Number, a bool, a list or a map, or what the formatter before returned.
// The error's text is shown to the client.
type Formatter func(ctx context.Context, value any) (any, error)

// Validator refuses a param's value by returning an error, whose text is shown
// to the client. StatusCode() int of the error chooses another status than 422.
type Validator func(ctx context.Context, value any) error

// reserved are the params that every action takes and none may declare.
var reserved = []string{"action", "apiVersion", "callback", "file", "messageId"}

func isReserved(name string) bool { return slices.Contains(reserved, name) }

// compiledInput is an Input with its name and the names below it in order, so
// that problems are always reported in the same order.
type compiledInput struct {
	Input
	name   string
	path   string // with the names above it, as "address.street"
	schema []compiledInput
}

func compileInputs(in Inputs, path string) []compiledInput {
	out := make([]compiledInput, 0, len(in))
	for name, input := range in {
		c := compiledInput{Input: input, name: name, path: path + name}
		c.Formatters = slices.Clone(input.Formatters)
		c.Validators = slices.Clone(input.Validators)
		c.schema = compileInputs(input.Schema, c.path+".")
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b compiledInput) int { return strings.Compare(a.name, b.name) })
	return out
}

// check formats, validates and completes values in place, and gathers what is
// wrong with them.
type check struct {
	ctx     context.Context
	missing []string
	failed  []ParamFailure
}

// run checks the values of one object.
func (k *check) run(inputs []compiledInput, values map[string]any) {
	for i := range inputs {
		in := &inputs[i]
		value, sent := values[in.name]
		if !sent {
			switch {
			case in.DefaultFunc != nil:
				value = in.DefaultFunc(k.ctx)
			case in.Default != nil:
				value = in.Default
			default:
				if in.Required {
					k.missing = append(k.missing, in.path)
				}
				continue
			}
			values[in.name] = value
		}
		if in.Required && isNothing(value) {
			k.missing = append(k.missing, in.path)
			continue
		}
		if value == nil {
			continue
		}
		value, err := in.apply(k, value)
		if err != nil {
			k.failed = append(k.failed, ParamFailure{Name: in.path, Err: err})
			continue
		}
		if len(in.Formatters) > 0 || len(in.schema) > 0 {
			values[in.name] = value
		}
	}
}

// isNothing tells whether a value is as good as missing.
func isNothing(value any) bool {
	text, ok := value.(string)
	return ok && text == "" || value == nil
}

// apply runs the formatters, the schema and the validators over one value.
func (in *compiledInput) apply(k *check, value any) (_ any, err error) {
	for _, format := range in.Formatters {
		if value, err = format(k.ctx, value); err != nil {
			return nil, err
		}
	}
	if len(in.schema) > 0 {
		members, ok := value.(map[string]any)
		if !ok {
			return nil, &kindError{want: "an object", got: kindOf(value)}
		}
		kept := make(map[string]any, len(in.schema))
		for i := range in.schema {
			name := in.schema[i].name
			if v, sent := members[name]; sent {
				kept[name] = v
			}
		}
		k.run(in.schema, kept)
		value = kept
	}
	for _, validate := range in.Validators {
		if err := validate(k.ctx, value); err != nil {
			return nil, err
		}
	}
	return value, nil
}

// result returns what is wrong: what is missing before what is invalid.
func (k *check) result() error {
	switch {
	case len(k.missing) > 0:
		return &MissingParamsError{Names: k.missing}
	case len(k.failed) > 0:
		return &InvalidParamsError{Failures: k.failed}
	}
	return nil
}
