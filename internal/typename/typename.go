// Package typename is the common convention of the schemas of package dispatch and
// the documents of package openapi: how Go types are named, by their package and a
// name that is readable whatever type parameters they have, and the text of a note.
package typename

import (
	"reflect"
	"strings"
)

// JSONText is the $comment of a schema for any JSON. In a query or a form, its
// value must be written as JSON and cannot be any other string.
const JSONText = "in a query or a form it is JSON text"

// Of returns the name of a named type: its package path, a dot and its name, in
// which type arguments stand without brackets. Page[shop.Order] of package list is
// "example.com/list.PageOfOrder". Types of the same name that are declared in
// functions of one package get the same name, and so may types whose arguments
// differ only in their packages.
func Of(t reflect.Type) string {
	name, _ := readable(t.Name())
	if t.PkgPath() == "" {
		return name
	}
	return t.PkgPath() + "." + name
}

// Split splits what Of returns.
func Split(name string) (pkg, short string) {
	i := strings.LastIndexByte(name, '.')
	return name[:max(0, i)], name[i+1:]
}

// readable reads one type as written by package reflect, and returns the rest of
// the string: a "]" or "," of the type arguments that it is in.
func readable(text string) (name, rest string) {
	switch {
	case strings.HasPrefix(text, "*"):
		return readable(text[1:])
	case strings.HasPrefix(text, "map["):
		_, rest = readable(text[len("map["):])
		name, rest = readable(strings.TrimPrefix(rest, "]"))
		return "MapOf" + capital(name), rest
	case strings.HasPrefix(text, "["):
		_, rest, _ = strings.Cut(text, "]")
		name, rest = readable(rest)
		return "ListOf" + capital(name), rest
	}
	for _, literal := range []struct{ text, name string }{{"struct {", "Object"}, {"interface {", "Any"}, {"func(", "Func"}, {"chan ", "Chan"}, {"<-chan ", "Chan"}} {
		if strings.HasPrefix(text, literal.text) {
			return literal.name, text[endOfLiteral(text):]
		}
	}
	end := len(text)
	if i := strings.IndexAny(text, "[],"); i >= 0 {
		end = i
	}
	name, rest = text[:end], text[end:]
	if _, short := Split(name); short != "" {
		name = short
	}
	name, _, _ = strings.Cut(name, "·") // what distinguishes local types
	if !strings.HasPrefix(rest, "[") {
		return name, rest
	}
	for between := "Of"; strings.HasPrefix(rest, "[") || strings.HasPrefix(rest, ","); between = "And" {
		var argument string
		argument, rest = readable(rest[1:])
		name += between + capital(argument)
	}
	return name, strings.TrimPrefix(rest, "]")
}

// endOfLiteral returns where a type without a name ends: before a "]" or "," that
// belongs to the type around it.
func endOfLiteral(text string) int {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{', c == '(', c == '[':
			depth++
		case (c == ']' || c == ',') && depth == 0:
			return i
		case c == '}', c == ')', c == ']':
			depth--
		}
	}
	return len(text)
}

func capital(name string) string {
	if name == "" {
		return ""
	}
	return strings.ToUpper(name[:1]) + name[1:]
}
