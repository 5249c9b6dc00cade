package config

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/jsontree"
	"github.com/sidekick-http/sidekick/internal/suggest"
)

// unknownKey reports an unknown key in a group. It may belong to another group.
func (l *layer) unknownKey(group name, m jsontree.Member) {
	var elsewhere []string
	for _, k := range l.endingIn(m.Key) {
		elsewhere = append(elsewhere, k.path)
	}
	accepted, names := l.in(group.field, ofOptions), l.in(group.field, ofAliases)
	if len(accepted) == 0 {
		accepted = names
	}
	l.unknownMember(group, m, names, elsewhere, accepted)
}

// unknownMember reports an unknown key of an object. It suggests a similar one of names.
func (l *layer) unknownMember(object name, m jsontree.Member, names, elsewhere, accepted []string) {
	near, meant := "", object
	if similar := suggest.Nearest(m.Key, names); similar != "" {
		meant = object.below(similar)
		near = meant.field
	}
	otherwise := "accepted are " + strings.Join(slices.Sorted(slices.Values(accepted)), ", ")
	n := name{field: join(object.field, m.Key), variable: object.variable}
	e := l.unknown(n, m.At, "unknown key", near, elsewhere, otherwise)
	e.Option = cmp.Or(e.Option, meant.option)
}

// unknownVariable reports a variable that sets nothing.
func (l *layer) unknownVariable(variable string) {
	n, written := name{variable: variable}, strings.TrimPrefix(variable, l.prefix)
	for _, o := range l.unsettable {
		if isCalled(o.Path, written) {
			l.add(n, 0, nil, l.byPath[o.Path].refused)
			return
		}
	}
	var otherwise string
	var elsewhere []string
	begun := func(o Option) bool { return strings.HasPrefix(o.Variable, variable+"_") }
	if i := slices.IndexFunc(l.options, begun); i >= 0 {
		otherwise = "it would be a group of options, each of which has a variable of its own, such as " + l.options[i].Variable
	} else {
		some := l.options[max(0, slices.IndexFunc(l.options, func(o Option) bool { return o.Type.Kind() != reflect.Bool }))]
		otherwise = "there is one for each option, such as " + some.Variable + " for " + some.Path
		for _, k := range l.endingIn(written) {
			if k.variable != "" {
				elsewhere = append(elsewhere, k.variable)
			}
		}
	}
	l.unknown(n, 0, "unknown variable", l.similarVariable(written), elsewhere, otherwise)
}

// similarVariable returns the variable that is most like what was written after the prefix, or "".
// The prefix, which most of them share, does not count as something that they have in common.
func (l *layer) similarVariable(written string) string {
	variables := slices.Sorted(maps.Keys(l.byVariable))
	var short []string
	for _, v := range variables {
		short = append(short, strings.TrimPrefix(v, l.prefix))
	}
	if i := slices.Index(short, suggest.Nearest(written, short)); i >= 0 {
		return variables[i]
	}
	return ""
}

// unknown reports a name that nothing has. It suggests a similar one, near, and those that it may
// be part of. If there are none, it says otherwise.
func (l *layer) unknown(n name, at int, what, near string, elsewhere []string, otherwise string) *cfgerr.Error {
	meant := elsewhere
	if near != "" && !slices.Contains(meant, near) {
		meant = append([]string{near}, meant...)
	}
	if len(meant) == 0 {
		return l.add(n, at, nil, what+"; "+otherwise)
	}
	last := len(meant) - 1
	list := meant[last]
	if last > 0 {
		list = strings.Join(meant[:last], ", ") + " or " + list
	}
	e := l.add(n, at, nil, what+"; did you mean "+list+"?")
	if last == 0 {
		e.Option = l.optionOf(list)
	}
	return e
}
