package importer

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/dispatch"
)

// inputsOf writes the dispatch.Inputs for inputs that a struct cannot represent. It says as much
// as the struct would, except that a string is not converted.
func inputsOf(inputs map[string]Input, indent string) string {
	var b strings.Builder
	b.WriteString("dispatch.Inputs{\n")
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		in := inputs[name]
		standard, isDefault := in.literal()
		for _, line := range in.remarks(isDefault) {
			fmt.Fprintf(&b, "%s\t// %s\n", indent, line)
		}
		var fields []string
		if in.isRequired() {
			fields = append(fields, "Required: true")
		}
		if isDefault {
			fields = append(fields, "Default: "+standard)
		}
		if len(in.Schema) > 0 {
			fields = append(fields, "Schema: "+inputsOf(in.Schema, indent+"\t"))
		} else if shape := shapes[in.plainType()]; shape != "" {
			fields = append(fields, shape)
		}
		fmt.Fprintf(&b, "%s\t%s: {%s},\n", indent, strconv.Quote(name), strings.Join(fields, ", "))
	}
	b.WriteString(indent + "}")
	return b.String()
}

// shapes are the fields of a dispatch.Input that say what the type of a struct's field says.
var shapes = map[string]string{
	"int64":          "Formatters: []dispatch.Formatter{dispatch.ToInt}",
	"float64":        "Formatters: []dispatch.Formatter{dispatch.ToFloat}",
	"bool":           "Formatters: []dispatch.Formatter{dispatch.ToBool}",
	"[]string":       "List: true",
	"map[string]any": "Map: true",
}

// literal returns the default as Go. ok is false if there is none, or the input would not take it.
func (in *Input) literal() (text string, ok bool) {
	if in.Default == nil {
		return "", false
	}
	var shape dispatch.Input
	switch kind := in.plainType(); {
	case len(in.Schema) > 0:
		shape.Schema = dispatch.Inputs{"a": {}}
	case kind == "[]string":
		shape.List = true
	case kind == "map[string]any":
		shape.Map = true
	case kind == "string":
		s, ok := in.Default.(string)
		return strconv.Quote(s), ok
	case kind == "bool":
		return in.scalar()
	default:
		text, ok := in.scalar()
		if !ok {
			return "", false
		}
		return goLiteral(json.Number(text))
	}
	shape.Default = in.Default
	if _, err := dispatch.New(dispatch.Options{Actions: []dispatch.Action{idleWith(dispatch.Inputs{"a": shape})}}); err != nil {
		return "", false
	}
	return goLiteral(in.Default)
}

// goLiteral writes a value that was read from JSON as Go. ok is false for numbers that Go has no
// type for.
func goLiteral(v any) (text string, ok bool) {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v), true
	case string:
		return strconv.Quote(v), true
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return fmt.Sprintf("int64(%d)", n), true
		}
		f, err := v.Float64()
		return fmt.Sprintf("float64(%v)", f), err == nil
	case []any:
		elements := make([]string, len(v))
		for i, one := range v {
			if elements[i], ok = goLiteral(one); !ok {
				return "", false
			}
		}
		return "[]any{" + strings.Join(elements, ", ") + "}", true
	case map[string]any:
		var members []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			value, ok := goLiteral(v[name])
			if !ok {
				return "", false
			}
			members = append(members, strconv.Quote(name)+": "+value)
		}
		return "map[string]any{" + strings.Join(members, ", ") + "}", true
	}
	return "nil", true
}
