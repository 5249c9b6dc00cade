package typedtest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

var inputTypes = []reflect.Type{
	reflect.TypeFor[Node](), reflect.TypeFor[*Node](), reflect.TypeFor[[]Node](), reflect.TypeFor[map[string]Node](), reflect.TypeFor[Pair[int, Node]](),
	reflect.TypeFor[Embeds](), reflect.TypeFor[*EmbedsPointer](), reflect.TypeFor[Level](), reflect.TypeFor[[]Level](), reflect.TypeFor[map[Level]int](), reflect.TypeFor[map[int8]string](),
	reflect.TypeFor[[][]int](), reflect.TypeFor[map[string][]string](), reflect.TypeFor[any](), reflect.TypeFor[[]any](), reflect.TypeFor[Tree](),
}

// InputStruct makes a struct of inputs with rules. The first field is an int with the name "id",
// so that no element of a list is empty.
func (r *Random) InputStruct(n, depth int) reflect.Type {
	fields := []reflect.StructField{{Name: "ID", Type: reflect.TypeFor[int](), Tag: `json:"id"`}}
	for i := range 1 + r.IntN(n) {
		t := r.TypeOf(depth, false)
		if r.IntN(4) == 0 {
			t = inputTypes[r.IntN(len(inputTypes))]
		}
		if t.Kind() == reflect.Struct && t.Name() == "" && depth > 0 {
			t = r.InputStruct(2, depth-1)
		}
		name := fmt.Sprintf("f%d", i)
		option := []string{"", "", "", ",string", ",omitempty"}[r.IntN(5)]
		fields = append(fields, reflect.StructField{Name: strings.ToUpper(name), Type: t, Tag: reflect.StructTag(`json:"` + name + option + `"` + r.rules(t, option))})
	}
	return reflect.StructOf(fields)
}

// rules makes tags that fit a type.
func (r *Random) rules(t reflect.Type, option string) string {
	var tags []string
	if r.IntN(3) == 0 {
		tags = append(tags, `required:"true"`)
	}
	if r.IntN(4) == 0 {
		tags = append(tags, `description:"what it is"`)
	}
	list := t.Kind() == reflect.Slice && t != typeBytes && t != typeRaw && t.Name() == ""
	if list && r.IntN(2) == 0 {
		tags = append(tags, []string{`minItems:"1" maxItems:"3"`, `maxItems:"2"`, `minItems:"2"`}[r.IntN(3)])
	}
	leaf := t
	if list || t.Kind() == reflect.Pointer {
		leaf = t.Elem()
	}
	if leaf.PkgPath() != "" || option == ",string" || r.IntN(2) == 0 {
		return " " + strings.Join(tags, " ")
	}
	switch k := leaf.Kind(); {
	case k == reflect.String:
		tags = append(tags, []string{`minLength:"2" maxLength:"4"`, `maxLength:"3"`, `enum:"red,blue green"`, `pattern:"^[a-c]{1,3}$"`, `default:"x"`, `pattern:"^[a-z]+$" default:"abc" example:"abc"`}[r.IntN(6)])
	case k >= reflect.Int && k <= reflect.Int64:
		tags = append(tags, []string{`minimum:"-3" maximum:"7"`, `maximum:"9"`, `enum:"1,2,3"`, `default:"4"`, `minimum:"1" example:"5"`}[r.IntN(5)])
	case k >= reflect.Uint && k <= reflect.Uint64:
		tags = append(tags, []string{`minimum:"3"`, `maximum:"9"`, `enum:"1,2,3"`, `default:"4" deprecated:"true"`}[r.IntN(4)])
	case k == reflect.Float32 || k == reflect.Float64:
		tags = append(tags, []string{`minimum:"-0.5" maximum:"2"`, `maximum:"1e3"`, `default:"1.5"`}[r.IntN(3)])
	case k == reflect.Bool:
		tags = append(tags, `default:"true"`)
	}
	if list {
		// A default is a list with one element, which may be too short.
		tags = slices.DeleteFunc(tags, func(tag string) bool { return strings.Contains(tag, "default:") || strings.Contains(tag, "example:") })
	}
	return " " + strings.Join(tags, " ")
}
