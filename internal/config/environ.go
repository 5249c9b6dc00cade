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
	"github.com/sidekick-http/sidekick/internal/suggest"
)

const fromEnvironment = "environment "

// ReadEnviron reads options over those of dst from variables, by name. Strings,
// numbers, times, true and false stand as they are; lists of such have commas
// between them, or are JSON; other lists and objects are JSON; null is the default.
// Unknown variables with the schema's prefix are problems, but for others. Empty
// ones count as not set.
func (s *Schema) ReadEnviron(dst any, environ map[string]string, others []string, origins Origins, check Check) error {
	l := &layer{Schema: s, given: map[string]setting{}}
	paths := map[string]string{} // of options and aliases, by variable
	for _, a := range s.aliases {
		for _, v := range append(a.Variables, Variable(s.prefix, a.Key)) {
			paths[v] = a.Key
		}
	}
	for _, o := range s.options {
		paths[o.Variable] = o.Path
	}
	for _, variable := range slices.Sorted(maps.Keys(environ)) {
		n, value := name{field: paths[variable], variable: variable}, environ[variable]
		switch {
		case value == "":
		case n.field != "":
			l.variable(n, value)
		case strings.HasPrefix(variable, s.prefix) && !slices.Contains(others, variable):
			n.field = join("", variable)
			if near := suggest.Nearest(variable, slices.Sorted(maps.Keys(paths))); near != "" {
				l.add(n, 0, nil, "unknown variable; did you mean %s?", near)
			} else {
				l.add(n, 0, nil, "unknown variable; there is one for each option, such as %s for %s", s.options[0].Variable, s.options[0].Path)
			}
		}
	}
	return l.apply(reflect.ValueOf(dst).Elem(), origins, check)
}

// variable notes what a variable sets. A value that has to be converted is taken for
// JSON if it is accepted as that, and else for a string.
func (l *layer) variable(n name, value string) {
	opt, aliases := l.option(n.field), l.aliasesOf(n.field)
	isAlias := opt == nil
	if isAlias && aliases[0].Convert == nil {
		opt = l.option(aliases[0].To)
	}
	raw, reason := quoted(value), ""
	switch trimmed := []byte(strings.TrimSpace(value)); {
	case !utf8.ValidString(value):
		reason = "want UTF-8"
	case opt != nil:
		raw, reason = rawOf(opt, value)
	case json.Valid(trimmed):
		if _, refused := aliases[0].Convert(trimmed); refused == "" {
			raw = trimmed
		}
	}
	if reason == "" {
		x, _, _ := jsontree.Parse(raw)
		if isAlias {
			reason = l.giveAlias(n, x)
		} else {
			l.give(n.field, setting{name: n, value: x})
		}
	}
	switch {
	case reason != "" && opt != nil && opt.Secret:
		l.add(n, 0, nil, "%s", reason)
	case reason != "":
		l.add(n, 0, value, "%s", reason)
	}
}

// rawOf returns the JSON that a variable stands for, or why it stands for none.
func rawOf(opt *Option, value string) (raw []byte, reason string) {
	t := opt.Type
	trimmed := strings.TrimSpace(value)
	isList := t.Kind() == reflect.Slice && !readsItself(t)
	switch {
	case trimmed == "null":
		return []byte(trimmed), ""
	case t.Kind() == reflect.String && !readsItself(t):
		return quoted(value), ""
	case readsItself(t):
		return quoted(trimmed), ""
	case isList && !strings.HasPrefix(trimmed, "[") && isOne(t.Elem()):
		return listOf(opt, value)
	case json.Valid([]byte(trimmed)):
		return []byte(trimmed), ""
	case isList, t.Kind() == reflect.Map:
		return nil, wanted(t) + ", as JSON"
	}
	return quoted(value), "" // which its type refuses
}

// isOne reports whether a type is written as one value, without brackets.
func isOne(t reflect.Type) bool {
	k := t.Kind()
	return readsItself(t) || k != reflect.Slice && k != reflect.Map && k != reflect.Struct
}

// listOf returns the list whose elements stand between commas; secrets may have
// blanks and line ends between them.
func listOf(opt *Option, value string) (raw []byte, reason string) {
	var list [][]byte
	for one := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || opt.Secret && unicode.IsSpace(r) }) {
		one = strings.TrimSpace(one)
		switch e := opt.Type.Elem(); {
		case one == "":
		case e.Kind() == reflect.String || readsItself(e) || !json.Valid([]byte(one)):
			list = append(list, quoted(one))
		default:
			list = append(list, []byte(one))
		}
	}
	if len(list) == 0 {
		return nil, "it lists nothing: want values with commas between them"
	}
	return slices.Concat([]byte("["), bytes.Join(list, []byte(",")), []byte("]")), ""
}
