package config

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/jsontree"
	"github.com/sidekick-http/sidekick/internal/notation"
	"github.com/sidekick-http/sidekick/internal/suggest"
)

// unknownKey reports an unknown key in a group. It may belong to another group.
func (l *layer) unknownKey(group name, m jsontree.Member) {
	var elsewhere []string
	for _, k := range l.endingIn(m.Key) {
		elsewhere = append(elsewhere, k.path)
	}
	accepted := l.in(group.field, min(l.byPath[group.field].rank, ofAliases))
	l.unknownMember(group, m, l.in(group.field, ofAliases), elsewhere, accepted)
}

// unknownMember reports an unknown key of an object. It suggests a similar one of names.
func (l *layer) unknownMember(object name, m jsontree.Member, names, elsewhere, accepted []string) {
	near, meant := "", object
	if similar := suggest.Nearest(m.Key, names); similar != "" {
		meant = object.below(similar)
		near = meant.field
	}
	otherwise := "; accepted are " + strings.Join(slices.Sorted(slices.Values(accepted)), ", ")
	n := name{field: notation.Join(object.field, m.Key), variable: object.variable}
	e := l.unknown(n, m.At, "unknown key", near, elsewhere, otherwise)
	e.Option = cmp.Or(e.Option, meant.option)
}

// unknownVariable reports a variable that sets nothing.
func (l *layer) unknownVariable(variable string) {
	written := strings.TrimPrefix(variable, l.prefix)
	some := l.options[max(0, slices.IndexFunc(l.options, func(o Option) bool { return o.Type.Kind() != reflect.Bool }))]
	otherwise := "; there is one for each option, such as " + some.Variable + " for " + some.Path
	var elsewhere []string
	begun := func(o Option) bool { return strings.HasPrefix(o.Variable, variable+"_") }
	if i := slices.IndexFunc(l.options, begun); i >= 0 {
		otherwise = ": it would be a group of options, each of which has a variable of its own, such as " + l.options[i].Variable
	} else {
		for _, k := range l.endingIn(written) {
			if k.variable != "" {
				elsewhere = append(elsewhere, k.variable)
			}
		}
	}
	l.unknown(name{variable: variable}, 0, "unknown variable", l.similarVariable(written), elsewhere, otherwise)
}

// similarVariable returns the variable that is most like what was written after the prefix, or "".
// The prefix, which most of them share, does not count as something that they have in common.
func (l *layer) similarVariable(written string) string {
	var short []string
	for variable, k := range l.byVariable {
		if k.option != nil {
			short = append(short, strings.TrimPrefix(variable, l.prefix))
		}
	}
	slices.Sort(short)
	near := suggest.Nearest(written, short)
	if l.byVariable[l.prefix+near] != nil {
		return l.prefix + near
	}
	return near
}

// unknown reports a name that nothing has. It suggests a similar one, near, and unless that differs
// only in case and underscores, those that it may be part of. If there are none, it says otherwise.
func (l *layer) unknown(n name, at int, what, near string, elsewhere []string, otherwise string) *cfgerr.Error {
	meant := elsewhere
	if near != "" {
		written := cmp.Or(n.field, n.variable)
		certain := strings.EqualFold(strings.ReplaceAll(near, "_", ""), strings.ReplaceAll(written, "_", ""))
		meant = slices.DeleteFunc(meant, func(other string) bool { return certain || other == near })
		meant = append([]string{near}, meant...)
	}
	if len(meant) == 0 {
		return l.add(n, at, nil, what+otherwise)
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
