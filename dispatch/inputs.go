package dispatch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"

	"github.com/sidekick-http/sidekick/dispatch/internal/typed"
	"github.com/sidekick-http/sidekick/internal/clip"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

// Inputs declares the parameters of an action by name. The names action,
// apiVersion, callback and messageId are reserved.
type Inputs map[string]Input

// Input declares one parameter.
type Input struct {
	// Description is for people.
	Description string
	// Required refuses requests without the parameter with [MissingParamsError]. null and an
	// empty string count as missing. An input for a file or an object counts an empty string
	// as not sent, required or not: forms send it for a field that was left blank. So does a list
	// or map of them for its elements, except in a JSON body.
	Required bool
	// Default is the value of a parameter that was not sent at all: []any for a List,
	// map[string]any for a Map or a Schema. All requests share the value: use DefaultFunc for
	// maps and lists that actions change.
	Default any
	// DefaultFunc makes the default for each request. It is used instead of Default.
	DefaultFunc func(ctx context.Context) any
	// Formatters change the value, one after the other; an error refuses the request. They also
	// see defaults, but neither missing parameters nor null.
	Formatters []Formatter
	// Validators check the value after the formatters, one after the other. The first error
	// refuses the request; the client sees its message.
	Validators []Validator
	// Schema declares the members of a parameter that is an object; undeclared members are
	// dropped, unless [Options.DisableParamScrubbing] is set. With List or Map it declares the
	// members of each element.
	Schema Inputs
	// File makes the input take uploads and nothing else. Files are stored for such inputs only;
	// see [params.Values.File].
	File bool
	// List makes the input a list: []any, or []*upload.File with File. It collects every value
	// sent under its name, in whatever notation. A single string or file is a list of one. See
	// [params.Set.Shape].
	List bool
	// Map makes the input an object whose members may have any name, even one that looks like an
	// index: map[string]any.
	Map bool
}

// Formatter converts a parameter's value. The value is a string, a json.Number, a bool, a list or
// a map, or the result of the previous formatter. The client sees the error's message.
type Formatter func(ctx context.Context, value any) (any, error)

// Validator refuses a parameter's value by returning an error, whose message the client sees. The
// error's StatusCode() int chooses a status other than 422.
type Validator func(ctx context.Context, value any) error

// undeclared are the parameters that every action takes without declaring them. Only "file" may
// be declared: the others decide how the request is answered.
var undeclared = []string{"action", "apiVersion", "callback", "file", "messageId"}

func isReserved(name string) bool { return name != "file" && slices.Contains(undeclared, name) }

// compiledInput is an Input with its name. The inputs below it are sorted, so that problems are
// always reported in the same order.
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
	// sort.Slice, here and in other things done once at the start: slices.SortFunc would add about 7 KB
	// to a program for each type of struct.
	sort.Slice(out, func(i, j int) bool { return out[i].name < out[j].name })
	return out
}

// shapesOf returns the shapes of the inputs declared as a file, a list, a map or an object. rest
// is the shape of undeclared members, nil if they are dropped.
func shapesOf(in Inputs, rest *params.Shape) map[string]*params.Shape {
	shapes := map[string]*params.Shape{}
	for name, input := range in {
		if s := shapeOf(input, rest); s != nil {
			shapes[name] = s
		}
	}
	return shapes
}

func shapeOf(in Input, rest *params.Shape) *params.Shape {
	var s *params.Shape
	switch {
	case in.File:
		s = &params.Shape{Kind: params.ShapeFile}
	case len(in.Schema) > 0:
		s = &params.Shape{Kind: params.ShapeObject, Elem: rest, Members: shapesOf(in.Schema, rest)}
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

// hasShape reports whether the input declares a shape to be checked.
func (in *Input) hasShape() bool { return in.List || in.Map || in.File || len(in.Schema) > 0 }

// check formats, validates and completes values in place, and gathers their problems.
type check struct {
	ctx       context.Context
	isMissing func(value any) bool
	keepAll   bool                   // keep undeclared members of objects
	isJSON    func(name string) bool // which parameters came as JSON; nil means none
	text      bool                   // the current parameter was sent as text, so blank elements were not filled in
	failed    []ParamFailure         // first the misshapen
	misshapen int                    // how many of failed say that a parameter could not be built
	report    typed.Report           // missing inputs, and failures of typed inputs
}

// fail notes a parameter that was refused.
func (k *check) fail(name string, err error) {
	if len(k.report.Missing)+len(k.failed)-k.misshapen >= typed.MostProblems {
		k.report.More = true
		return
	}
	k.failed = append(k.failed, ParamFailure{Name: name, Err: err})
}

// run checks the values of the object at path, as long as there is room for problems.
func (k *check) run(inputs []compiledInput, path string, values map[string]any) {
	for i := range inputs {
		if k.report.More {
			return
		}
		in := &inputs[i]
		if path == "" {
			k.text = k.isJSON == nil || !k.isJSON(in.name)
		}
		value, given := k.given(in, path, values)
		if !given || value == nil {
			continue
		}
		value, err := in.apply(k, path+in.name, value)
		if err != nil {
			k.fail(path+in.name, err)
			if value == nil {
				continue
			}
		}
		if len(in.Formatters) > 0 || in.hasShape() {
			values[in.name] = value
		}
	}
}

// given returns the value of an input, or its default if it was not sent. It notes a missing one.
func (k *check) given(in *compiledInput, path string, values map[string]any) (value any, ok bool) {
	value, ok = values[in.name]
	if ok && in.isBlank(k, value) {
		ok = false
		delete(values, in.name)
	}
	if !ok {
		if value = in.defaultValue(k.ctx); value != nil {
			values[in.name], ok = value, true
		}
	}
	if in.Required && (!ok || k.isMissing(value)) {
		k.report.Miss(path + in.name)
		return nil, false
	}
	return value, ok
}

// isBlank reports whether a value is what a form sends for fields that were left blank: an empty
// string for a file or an object, or a list of nothing but empty strings for a list of them.
func (in *compiledInput) isBlank(k *check, value any) bool {
	if list, ok := value.([]any); ok && in.List {
		return len(list) > 0 && !slices.ContainsFunc(list, func(one any) bool { return !in.isBlankElement(k, one) })
	}
	return value == "" && (in.File || len(in.Schema) > 0 || in.Map && !in.List)
}

// isBlankElement is isBlank for an element of a list or a map. In JSON, an empty string is not a
// field that was left blank.
func (in *compiledInput) isBlankElement(k *check, value any) bool {
	return k.text && value == "" && (in.File || len(in.Schema) > 0)
}

// defaultValue returns the default of an input, or nil.
func (in *compiledInput) defaultValue(ctx context.Context) any {
	if in.DefaultFunc != nil {
		return in.DefaultFunc(ctx)
	}
	return in.Default
}

// takesDefault reports whether the input accepts its own Default, whose kind may be wrong.
func (in *Input) takesDefault() bool {
	c := compiledInput{Input: *in}
	value, err := c.inShape(in.Default)
	if err != nil || len(in.Schema) == 0 {
		return err == nil
	}
	isObject := func(v any) bool { _, ok := v.(map[string]any); return ok }
	if list, ok := value.([]any); ok && in.List {
		return !slices.ContainsFunc(list, func(one any) bool { return !isObject(one) })
	}
	members, ok := value.(map[string]any)
	if ok && in.Map {
		for _, one := range members {
			ok = ok && isObject(one)
		}
	}
	return ok
}

// isNothing is the default of [Options.IsMissing].
func isNothing(value any) bool {
	text, ok := value.(string)
	return ok && text == "" || value == nil
}

// apply runs the formatters, the schema and the validators over one value. If a validator
// refuses, apply returns the value that it saw beside the error, for the envelope.
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
	if k.report.More {
		return value, nil // the rest was not checked
	}
	for _, validate := range in.Validators {
		if err := validate(k.ctx, value); err != nil {
			return value, err
		}
	}
	return value, nil
}

// inShape returns the value in the input's declared shape.
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
			return nil, wantObject(value)
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

// longestName is how much of the name of a map's member an error message shows.
const longestName = 64

// applySchema applies the schema to an object, or to each of several.
func (in *compiledInput) applySchema(k *check, path string, value any) (any, error) {
	switch {
	case in.List:
		list, ok := value.([]any)
		if !ok {
			return nil, wantKind("a list", value)
		}
		kept := make([]any, 0, len(list))
		for i, one := range list {
			if k.report.More {
				break
			}
			if in.isBlankElement(k, one) {
				continue
			}
			kept = append(kept, in.applyToElement(k, fmt.Sprintf("%s[%d]", path, i), one))
		}
		return kept, nil
	case in.Map:
		members, ok := value.(map[string]any)
		if !ok {
			return nil, wantObject(value)
		}
		members = maps.Clone(members)
		maps.DeleteFunc(members, func(_ string, one any) bool { return in.isBlankElement(k, one) })
		for _, name := range slices.Sorted(maps.Keys(members)) {
			if k.report.More {
				break
			}
			members[name] = in.applyToElement(k, path+"."+clip.Text(name, longestName), members[name])
		}
		return members, nil
	}
	return in.applyMembers(k, path, value)
}

// applyToElement applies the schema to an element of a list or a map. It returns the element
// itself, and notes the problem, if that is not an object.
func (in *compiledInput) applyToElement(k *check, path string, one any) any {
	members, err := in.applyMembers(k, path, one)
	if err != nil {
		k.fail(path, err)
		return one
	}
	return members
}

// applyMembers applies the schema to one object. It returns a copy with the declared members, or
// with all of them if keepAll is set.
func (in *compiledInput) applyMembers(k *check, path string, value any) (any, error) {
	members, ok := value.(map[string]any)
	if !ok {
		return nil, wantObject(value)
	}
	kept := make(map[string]any, len(in.schema))
	if k.keepAll {
		maps.Copy(kept, members)
	}
	for i := range in.schema {
		name := in.schema[i].name
		if v, sent := members[name]; sent {
			kept[name] = v
		}
	}
	k.run(in.schema, path+".", kept)
	return kept, nil
}

// result returns the error for all problems: missing inputs first, then invalid ones.
func (k *check) result(c *call) error {
	if misshapen := k.failed[:k.misshapen]; len(misshapen) > 0 {
		// They were removed from the values, but they are not missing.
		k.report.Missing = slices.DeleteFunc(k.report.Missing, func(name string) bool { return reportsOn(misshapen, name) })
	}
	for _, f := range k.report.Failed {
		k.failed = append(k.failed, ParamFailure{Name: f.Name, Err: &kindError{f.Code, f.Want, f.Got, f.Min, f.Max}})
	}
	if len(k.report.Missing) == 0 && len(k.failed) == 0 {
		return nil
	}
	more := k.cut()
	c.masks().hideSecrets(k.failed)
	if c.d.opts.MissingFirst && len(k.report.Missing) > 0 {
		k.report.Missing, more = k.report.Missing[:1], false
	}
	missing, invalid := &MissingParamsError{Names: k.report.Missing}, &InvalidParamsError{Failures: k.failed}
	if len(k.failed) == 0 {
		missing.More = more
	} else {
		invalid.More = more // so that it is said at the end
	}
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

// cut leaves out what exceeds the limit, and reports whether there are more problems than are
// left.
func (k *check) cut() (more bool) {
	room := typed.MostProblems
	k.report.Missing = k.report.Missing[:min(room, len(k.report.Missing))]
	room -= len(k.report.Missing)
	more = k.report.More || len(k.failed) > room
	k.failed = k.failed[:min(room, len(k.failed))]
	return more
}
