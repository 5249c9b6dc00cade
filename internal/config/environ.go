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
	"github.com/sidekick-http/sidekick/internal/suggest"
)

const fromEnvironment = "environment "

// ReadEnviron reads options from variables, by name, over those in dst. Strings, numbers, times,
// true and false are written plainly. Lists of them are separated by commas, or are JSON; other
// lists and objects are JSON; null is the default. Unknown variables with the schema's prefix are
// problems, except others. Empty variables count as not set.
func (s *Schema) ReadEnviron(dst any, environ map[string]string, others []string, origins Origins, check Check) error {
	l := &layer{Schema: s, given: map[string]setting{}}
	paths := map[string]string{} // of options and aliases, by variable
	for _, a := range s.aliases {
		for _, v := range append(a.Variables, notation.Variable(s.prefix, a.Key)) {
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
			l.unknownVariable(n, paths)
		}
	}
	return l.apply(reflect.ValueOf(dst).Elem(), origins, check)
}

// unknownVariable reports a variable that belongs to nothing. paths has all that do.
func (l *layer) unknownVariable(n name, paths map[string]string) {
	known, rest := slices.Sorted(maps.Keys(paths)), strings.TrimPrefix(n.variable, l.prefix)
	inGroup := slices.IndexFunc(l.options, func(o Option) bool { return strings.HasPrefix(o.Variable, n.variable+"_") })
	meant := l.nearest(rest, known)
	lacking, variables := l.withoutGroup(rest)
	for _, d := range l.derived {
		if d.Variable == n.variable {
			l.add(n, 0, nil, "the server takes it from %s: set that", d.From)
			return
		}
	}
	switch {
	case len(lacking) > 0 && inGroup < 0:
		l.misplaced(n, 0, "variable", lacking, variables)
	case meant != "":
		l.add(n, 0, nil, "unknown variable; did you mean %s?", meant).Option = l.optionOf(paths[meant])
	case inGroup >= 0:
		l.add(n, 0, nil, "unknown variable: it would be a group of options, each of which has a variable of its own, such as %s", l.options[inGroup].Variable)
	default:
		some := l.options[max(0, slices.IndexFunc(l.options, func(o Option) bool { return o.Type.Kind() != reflect.Bool }))]
		l.add(n, 0, nil, "unknown variable; there is one for each option, such as %s for %s", some.Variable, some.Path)
	}
}

// withoutGroup returns the options whose variables are rest if their groups are left out, and these
// variables.
func (l *layer) withoutGroup(rest string) (paths, variables []string) {
	for _, o := range l.options {
		_, path, below := strings.Cut(o.Path, ".")
		for ; below; _, path, below = strings.Cut(path, ".") {
			if notation.Variable("", path) == rest {
				paths, variables = append(paths, o.Path), append(variables, o.Variable)
			}
		}
	}
	return paths, variables
}

// nearest returns the variable that is most likely meant. The prefix, which most of them share,
// does not count as something that they have in common.
func (l *layer) nearest(rest string, known []string) string {
	short := make([]string, len(known))
	for i, v := range known {
		short[i] = strings.TrimPrefix(v, l.prefix)
	}
	if i := slices.Index(short, suggest.Nearest(rest, short)); i >= 0 {
		return known[i]
	}
	return ""
}

// variable notes what a variable sets. A value to be converted is tried as JSON first, then as a
// string.
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
	case reason == "":
	case opt != nil && opt.Secret:
		l.add(n, 0, nil, "%s", reason).Option = l.optionOf(n.field)
	default:
		l.add(n, 0, value, "%s", reason).Option = l.optionOf(n.field)
	}
}

// rawOf returns the JSON for a variable's value, or why there is none.
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
	return quoted(value), "" // the type will refuse it
}

// isOne reports whether a type is written as one value, without brackets.
func isOne(t reflect.Type) bool {
	k := t.Kind()
	return readsItself(t) || k != reflect.Slice && k != reflect.Map && k != reflect.Struct
}

// listOf converts a comma-separated list. Secrets may also be separated by white space and line
// breaks.
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
		return nil, "the list is empty: want values separated by commas"
	}
	return slices.Concat([]byte("["), bytes.Join(list, []byte(",")), []byte("]")), ""
}
