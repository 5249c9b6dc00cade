package importer

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/sidekick-http/sidekick/dispatch"
)

// object is the type of an input whose schema has no members that can be declared.
const object = "object"

// structOf writes the struct for an action's inputs. ok is false if a struct cannot represent
// them.
func structOf(inputs map[string]Input, indent string) (text string, ok bool) {
	var b strings.Builder
	b.WriteString("struct {\n")
	fields := identifiers{}
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		in := inputs[name]
		if !canBeTag(name) {
			return "", false
		}
		kind, ok := in.goType(indent + "\t")
		if !ok {
			return "", false
		}
		_, isDefault := in.scalar()
		for _, line := range in.remarks(isDefault) {
			fmt.Fprintf(&b, "%s\t// %s\n", indent, line)
		}
		fmt.Fprintf(&b, "%s\t%s %s `json:%s%s`\n", indent, fields.field(exported(name)), kind, strconv.Quote(name), in.tags())
	}
	b.WriteString(indent + "}")
	return b.String(), true
}

// canBeTag reports whether encoding/json accepts a name in a tag.
func canBeTag(name string) bool {
	if name == "" || name == "-" {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return !isWord(r) && !strings.ContainsRune("-.:", r) })
}

func (in *Input) goType(indent string) (kind string, ok bool) {
	if len(in.Schema) > 0 {
		return structOf(in.Schema, indent)
	}
	return in.plainType(), true
}

// plainType returns the type of an input without a schema.
func (in *Input) plainType() string {
	switch in.Type {
	case "integer":
		return "int64"
	case "number":
		return "float64"
	case "boolean":
		return "bool"
	case object:
		return "map[string]any"
	}
	switch v := in.Default.(type) {
	case bool:
		return "bool"
	case json.Number:
		return numberType(v)
	case []any:
		return "[]string"
	case map[string]any:
		return "map[string]any"
	}
	return "string"
}

// isRequired reports whether requests without the input are refused.
func (in *Input) isRequired() bool { return in.Required && in.Default == nil && !in.Computed }

func numberType(n json.Number) string {
	if _, err := n.Int64(); err == nil {
		return "int64"
	}
	return "float64"
}

// tags returns the content of the tags besides the name.
func (in *Input) tags() string {
	text, has := in.scalar()
	switch {
	case has:
		return " default:" + strconv.Quote(text)
	case in.isRequired():
		return ` required:"true"`
	}
	return ""
}

// scalar returns the default in the notation of a tag.
func (in *Input) scalar() (text string, ok bool) {
	switch v := in.Default.(type) {
	case json.Number:
		text = v.String()
	case bool:
		text = strconv.FormatBool(v)
	case string:
		text = v
	}
	if len(in.Schema) > 0 {
		return "", false
	}
	kind := in.plainType()
	switch {
	case text == "" || strings.ContainsFunc(text, func(r rune) bool { return strings.ContainsRune("`\"\\", r) || !unicode.IsPrint(r) }):
		return "", false
	case kind == "int64":
		_, err := strconv.ParseInt(text, 10, 64)
		return text, err == nil
	case kind == "float64":
		_, err := dispatch.ToFloat(context.Background(), text)
		return text, err == nil
	case kind == "bool":
		return text, text == "true" || text == "false"
	}
	return text, kind == "string"
}

// remarks say what is still to be written. hasDefault says that the default is in the program.
func (in *Input) remarks(hasDefault bool) []string {
	var out []string
	if in.Formatters > 0 {
		out = append(out, "The old action formats it: "+count(in.Formatters, "formatter")+".")
	}
	if in.Validators > 0 {
		out = append(out, "The old action checks it: "+count(in.Validators, "validator")+".")
	}
	if in.Computed {
		out = append(out, "The old action computes a default.")
	} else if in.Default != nil && !hasDefault {
		if text, err := json.Marshal(in.Default); err == nil {
			out = append(out, "The old action's default is "+oneLine(string(text))+".")
		}
	}
	return out
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// oneLine returns a string that can stand in a comment of one line.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }), " ")
}

// resultOf writes the type of an action's answer, after an example.
func resultOf(example any) string {
	if members, ok := example.(map[string]any); ok && len(members) > 0 {
		return exampleType(members, "")
	}
	return "map[string]any"
}

func exampleType(v any, indent string) string {
	switch v := v.(type) {
	case string:
		return "string"
	case bool:
		return "bool"
	case json.Number:
		return numberType(v)
	case []any:
		if len(v) == 0 {
			return "[]any"
		}
		return "[]" + exampleType(v[0], indent)
	case map[string]any:
		if len(v) == 0 {
			return "map[string]any"
		}
		var b strings.Builder
		fields := identifiers{}
		b.WriteString("struct {\n")
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if !canBeTag(name) {
				return "map[string]any"
			}
			fmt.Fprintf(&b, "%s\t%s %s `json:%s`\n", indent, fields.field(exported(name)), exampleType(v[name], indent+"\t"), strconv.Quote(name))
		}
		return b.String() + indent + "}"
	}
	return "any"
}
