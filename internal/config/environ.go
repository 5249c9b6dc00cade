package config

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/jsontree"
	"github.com/sidekick-http/sidekick/internal/notation"
)

// ReadEnviron reads options from variables, by name, over those in dst. Strings, numbers, times,
// true and false are written plainly. Lists of them are separated by commas, or are JSON; other
// lists and objects are JSON; null is the default. Unknown variables with the schema's prefix are
// problems, except others. Empty variables count as not set.
func (s *Schema) ReadEnviron(dst any, environ map[string]string, others []string, origins Origins, check Check) error {
	l := &layer{Schema: s, given: map[string]setting{}}
	for _, variable := range slices.Sorted(maps.Keys(environ)) {
		k, value := s.byVariable[variable], environ[variable]
		switch {
		case value == "":
		case k != nil && k.refused != "":
			l.add(name{variable: variable}, 0, nil, k.refused)
		case k != nil:
			l.variable(name{field: k.path, variable: variable}, k, value)
		case strings.HasPrefix(variable, s.prefix) && !slices.Contains(others, variable):
			l.unknownVariable(variable)
		}
	}
	return l.apply(reflect.ValueOf(dst).Elem(), origins, check)
}

// variable notes what a variable sets.
func (l *layer) variable(n name, k *known, value string) {
	raw, reason := k.rawOf(value)
	if reason == "" {
		x, _, _ := jsontree.Parse(raw)
		reason = l.give(n, k, x)
	}
	if reason != "" {
		n.option = k.option.Path
		l.add(n, 0, value, reason)
	}
}

// rawOf returns the JSON for a variable's value, or why there is none. A value to be converted is
// JSON if that can be converted, or else a string.
func (k *known) rawOf(value string) (raw []byte, reason string) {
	trimmed := []byte(strings.TrimSpace(value))
	switch {
	case !utf8.ValidString(value):
		return nil, "want UTF-8"
	case k.aliases == nil || k.aliases[0].Convert == nil:
		return rawOfOption(k.option, value)
	case json.Valid(trimmed):
		if _, refused := k.aliases[0].Convert(trimmed); refused == "" {
			return trimmed, ""
		}
	}
	return notation.Quoted(value), ""
}

// rawOfOption returns the JSON for an option's value, or why there is none.
func rawOfOption(o *Option, value string) (raw []byte, reason string) {
	trimmed := strings.TrimSpace(value)
	switch t := o.Type; {
	case trimmed == "null":
		return []byte(trimmed), ""
	case notation.ReadsItself(t):
		return notation.Quoted(trimmed), ""
	case t.Kind() == reflect.String:
		return notation.Quoted(value), ""
	case notation.IsList(t) && !strings.HasPrefix(trimmed, "[") && notation.IsOne(t.Elem()):
		return listOf(o, value)
	case json.Valid([]byte(trimmed)):
		return []byte(trimmed), ""
	case !notation.IsOne(t):
		return nil, notation.Want(t) + ", as JSON"
	}
	return notation.Quoted(value), "" // the type will refuse it
}

// listOf converts a comma-separated list. Secrets may also be separated by white space and line
// breaks.
func listOf(opt *Option, value string) (raw []byte, reason string) {
	var list [][]byte
	for one := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || opt.Secret && unicode.IsSpace(r) }) {
		one = strings.TrimSpace(one)
		switch e := opt.Type.Elem(); {
		case one == "":
		case e.Kind() == reflect.String || notation.ReadsItself(e) || !json.Valid([]byte(one)):
			list = append(list, notation.Quoted(one))
		default:
			list = append(list, []byte(one))
		}
	}
	if len(list) == 0 {
		return nil, "the list is empty: want values separated by commas"
	}
	return slices.Concat([]byte("["), bytes.Join(list, []byte(",")), []byte("]")), ""
}
