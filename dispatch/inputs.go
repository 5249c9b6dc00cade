package dispatch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/dispatch/internal/typed"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

// Inputs declares the parameters of an action by name. The names action,
// apiVersion, callback and messageId are reserved.
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
	// Schema declares the members of a parameter that is an object; members
	// that it does not declare are dropped. With List or Map it declares the
	// members of each element.
	Schema Inputs
	// File makes the input one that takes uploads, and nothing else. Files are
	// stored for such inputs only; see [params.Values.File].
	File bool
	// List makes the input a list: []any, or []*upload.File with File. It takes
	// every value that was sent under its name, however the name is spelled;
	// one string or file is a list of one. See [params.Set.Shape].
	List bool
	// Map makes the input an object whose members may have any name, also one
	// that looks like an index: map[string]any.
	Map bool
}

// Formatter turns a param's value into another. The value is a string, a
// json.Number, a bool, a list or a map, or what the formatter before returned.
// The error's text is shown to the client.
type Formatter func(ctx context.Context, value any) (any, error)

// Validator refuses a param's value by returning an error, whose text is shown
// to the client. StatusCode() int of the error chooses another status than 422.
type Validator func(ctx context.Context, value any) error

// undeclared are the parameters that every action takes without declaring them.
// Only "file" may be declared: the others decide how the request is answered.
var undeclared = []string{"action", "apiVersion", "callback", "file", "messageId"}

func isReserved(name string) bool { return name != "file" && slices.Contains(undeclared, name) }

// compiledInput is an Input with its name and the names below it in order, so
// that problems are always reported in the same order.
type compiledInput struct {
	Input
	name   string
	schema []compiledInput
}

func compileInputs(in Inputs) []compiledInput {
	out := make([]compiledInput, 0, len(in))
	for name, input := range in {
		c := compiledInput{Input: input, name: name}
		c.Formatters = slices.Clone(input.Formatters)
		c.Validators = slices.Clone(input.Validators)
		c.schema = compileInputs(input.Schema)
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b compiledInput) int { return strings.Compare(a.name, b.name) })
	return out
}

// shapesOf returns the shapes of the inputs that have one: what is declared as a
// file, a list, a map or an object.
func shapesOf(in Inputs) map[string]*params.Shape {
	shapes := map[string]*params.Shape{}
	for name, input := range in {
		if s := shapeOf(input); s != nil {
			shapes[name] = s
		}
	}
	return shapes
}

func shapeOf(in Input) *params.Shape {
	var s *params.Shape
	switch {
	case in.File:
		s = &params.Shape{Kind: params.ShapeFile}
	case len(in.Schema) > 0:
		s = &params.Shape{Kind: params.ShapeObject, Members: shapesOf(in.Schema)}
		for name := range in.Schema {
			if s.Members[name] == nil {
				s.Members[name] = &params.Shape{}
			}
		}
	}
	switch {
	case in.List:
		return &params.Shape{Kind: params.ShapeList, Elem: s}
	case in.Map:
		return &params.Shape{Kind: params.ShapeMap, Elem: s}
	}
	return s
}

// hasShape tells whether the shape of the input is checked.
func (in *Input) hasShape() bool { return in.List || in.Map || in.File || len(in.Schema) > 0 }

// check formats, validates and completes values in place, and gathers what is
// wrong with them.
type check struct {
	ctx       context.Context
	isMissing func(value any) bool
	failed    []ParamFailure
	report    typed.Report // missing ones, and what typed inputs fail
}

// run checks the values of the object that lies at path.
func (k *check) run(inputs []compiledInput, path string, values map[string]any) {
	for i := range inputs {
		in := &inputs[i]
		value, given := k.given(in, path, values)
		if !given || value == nil {
			continue
		}
		value, err := in.apply(k, path+in.name, value)
		if err != nil {
			k.failed = append(k.failed, ParamFailure{Name: path + in.name, Err: err})
			if value == nil {
				continue
			}
		}
		if len(in.Formatters) > 0 || in.hasShape() {
			values[in.name] = value
		}
	}
}

// given returns the value of an input, its default where it was not sent. It
// notes one that is missing.
func (k *check) given(in *compiledInput, path string, values map[string]any) (value any, ok bool) {
	value, ok = values[in.name]
	if ok && in.File && value == "" {
		ok = false // a file input of a form without a choice
		delete(values, in.name)
	}
	if !ok {
		if value = in.defaultValue(k.ctx); value != nil {
			values[in.name], ok = value, true
		}
	}
	if in.Required && (!ok || k.isMissing(value)) {
		k.report.Missing = append(k.report.Missing, path+in.name)
		return nil, false
	}
	return value, ok
}

// defaultValue returns the default of an input that was not sent, nil for none.
func (in *compiledInput) defaultValue(ctx context.Context) any {
	if in.DefaultFunc != nil {
		return in.DefaultFunc(ctx)
	}
	return in.Default
}

// isNothing is the default of [Options.IsMissing].
func isNothing(value any) bool {
	text, ok := value.(string)
	return ok && text == "" || value == nil
}

// apply runs the formatters, the schema and the validators over one value. What a
// validator refuses is returned beside the error: it is shown as it was looked at.
func (in *compiledInput) apply(k *check, path string, value any) (_ any, err error) {
	if value, err = in.inShape(value); err != nil {
		return nil, err
	}
	for _, format := range in.Formatters {
		if value, err = format(k.ctx, value); err != nil {
			return nil, err
		}
	}
	if len(in.schema) > 0 {
		if value, err = in.applySchema(k, path, value); err != nil {
			return nil, err
		}
	}
	for _, validate := range in.Validators {
		if err := validate(k.ctx, value); err != nil {
			return value, err
		}
	}
	return value, nil
}

// inShape returns the value in the shape in which the input is declared.
func (in *compiledInput) inShape(value any) (any, error) {
	switch {
	case in.List:
		switch v := value.(type) {
		case []any:
			if in.File && len(v) > 0 {
				return nil, wantKind("a list of files", v[0])
			}
			return v, nil
		case []*upload.File:
			return v, nil
		case *upload.File:
			return []*upload.File{v}, nil
		case string:
			if !in.File {
				return []any{v}, nil
			}
			return nil, wantKind("a list of files", value)
		}
		return nil, wantKind("a list", value)
	case in.Map:
		if _, ok := value.(map[string]any); !ok {
			return nil, wantKind("an object", value)
		}
	case in.File:
		switch value.(type) {
		case *upload.File, []*upload.File:
		default:
			return nil, wantKind("a file", value)
		}
	}
	return value, nil
}

// applySchema runs the schema over an object, or over each of several.
func (in *compiledInput) applySchema(k *check, path string, value any) (any, error) {
	switch {
	case in.List:
		list, ok := value.([]any)
		if !ok {
			return nil, wantKind("a list", value)
		}
		list = slices.Clone(list)
		for i := range list {
			at := fmt.Sprintf("%s[%d]", path, i)
			if one, err := in.applyMembers(k, at, list[i]); err == nil {
				list[i] = one
			} else {
				k.failed = append(k.failed, ParamFailure{Name: at, Err: err})
			}
		}
		return list, nil
	case in.Map:
		members, ok := value.(map[string]any)
		if !ok {
			return nil, wantKind("an object", value)
		}
		members = maps.Clone(members)
		for _, name := range slices.Sorted(maps.Keys(members)) {
			at := path + "." + name
			if one, err := in.applyMembers(k, at, members[name]); err == nil {
				members[name] = one
			} else {
				k.failed = append(k.failed, ParamFailure{Name: at, Err: err})
			}
		}
		return members, nil
	}
	return in.applyMembers(k, path, value)
}

// applyMembers runs the schema over one object. It copies what is declared.
func (in *compiledInput) applyMembers(k *check, path string, value any) (any, error) {
	members, ok := value.(map[string]any)
	if !ok {
		return nil, wantKind("an object", value)
	}
	kept := make(map[string]any, len(in.schema))
	for i := range in.schema {
		name := in.schema[i].name
		if v, sent := members[name]; sent {
			kept[name] = v
		}
	}
	k.run(in.schema, path+".", kept)
	return kept, nil
}

// result returns what is wrong: what is missing before what is invalid.
func (k *check) result(c *call) error {
	for _, f := range k.report.Failed {
		k.failed = append(k.failed, ParamFailure{Name: f.Name, Err: &kindError{f.Code, f.Want, f.Got, f.Min, f.Max}})
	}
	if len(k.report.Missing) == 0 && len(k.failed) == 0 {
		return nil
	}
	c.masks().hideSecrets(k.failed)
	missing, invalid := &MissingParamsError{Names: k.report.Missing}, &InvalidParamsError{Failures: k.failed}
	switch {
	case len(invalid.Failures) == 0:
		return missing
	case len(missing.Names) == 0:
		return invalid
	case c.d.opts.MissingFirst:
		return missing
	}
	return &paramsError{missing, invalid}
}
