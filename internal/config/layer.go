package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sort"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/jsontree"
	"github.com/sidekick-http/sidekick/internal/notation"
)

// Origins records where options were set, by their paths: "file" or "environment", with the name
// of the file, line and column, or the name of the variable.
type Origins map[string]string

const fromEnvironment = "environment "

// layer holds the options set by one source, a file or the environment.
type layer struct {
	*Schema
	from  string // of a file, for positions
	text  []byte
	given map[string]setting // by the path of the option
	bad   []problem
}

// problem is an error with the position in a file, or the variable, by which it is sorted.
type problem struct {
	at       int
	variable string
	err      error
}

// setting is the value given to an option.
type setting struct {
	name
	value jsontree.Node
}

// name is how problems refer to an option, or to a value in one. option is its path in the
// struct, which differs from field if the option was set by another name; "" if it is not known.
type name struct{ field, variable, option string }

func (n name) below(key string) name {
	n.field = notation.Join(n.field, key)
	if n.option != "" {
		n.option = notation.Join(n.option, key)
	}
	return n
}

// element is the name of an element of a list: the one with that index where it was written,
// and with the index at in the struct.
func (n name) element(index, at int) name {
	n.field += fmt.Sprintf("[%d]", index)
	if n.option != "" {
		n.option += fmt.Sprintf("[%d]", at)
	}
	return n
}

// where describes the origin of a value.
func (l *layer) where(n name, at int) string {
	switch {
	case n.variable != "":
		return fromEnvironment + n.variable
	case l.from == "":
		return ""
	}
	return l.from + ":" + jsontree.Position(l.text, at)
}

// origin describes where an option was set, and by which other name.
func (l *layer) origin(s setting) string {
	where := l.where(s.name, s.value.At)
	if s.field != s.option {
		where += " (" + s.field + ")"
	}
	return where
}

// add reports a problem. It does not show secrets.
func (l *layer) add(n name, at int, value any, reason string) *cfgerr.Error {
	e := &cfgerr.Error{Package: l.pkg, Field: n.field, Where: l.where(n, at), Value: value, Reason: reason, Option: n.option}
	if o := l.within(n.option); o != nil {
		switch {
		case n.variable != "":
		case l.within(n.field) == o:
			e.Also = o.Variable
		default:
			e.Also = o.Path
		}
		if o.Secret {
			e.Value = nil
		}
	}
	l.bad = append(l.bad, problem{at, n.variable, e})
	return e
}

// refuse reports a value that does not fit.
func (l *layer) refuse(n name, x jsontree.Node, reason string) { l.add(n, x.At, x.Shown(), reason) }

// give notes the values of the options that a name sets. reason says why the value is refused; ""
// means that it is accepted.
func (l *layer) give(n name, k *known, x jsontree.Node) (reason string) {
	if k.aliases == nil {
		l.set(k.option, n, x)
	}
	for _, a := range k.aliases {
		to := l.option(a.To)
		value, reason := a.value(x, to.Type)
		if reason != "" {
			return reason
		}
		if value.Raw != nil {
			l.set(to, n, value)
		}
	}
	return ""
}

// set notes the value of an option. Setting it by two names is a problem, unless both are
// variables with the same value.
func (l *layer) set(o *Option, n name, x jsontree.Node) {
	n.option = o.Path
	old, twice := l.given[o.Path]
	switch {
	case !twice:
		l.given[o.Path] = setting{n, x}
	case n.variable == "" || !bytes.Equal(old.value.Raw, x.Raw):
		l.add(n, x.At, nil, cmp.Or(old.variable, old.field)+" means the same: leave one of them out").Option = "" // it has a value
	}
}

// apply sets the options of the struct dst and notes their origins. Meanwhile all parts are on.
func (l *layer) apply(dst reflect.Value, origins Origins, check Check) error {
	if origins == nil {
		origins = Origins{}
	}
	on := map[string]bool{}
	for _, o := range l.options {
		v := dst.FieldByIndex(o.index)
		s, given := l.given[o.Path]
		if given {
			origins[o.Path] = l.origin(s)
		}
		_, isText := s.value.Scalar.(string)
		switch {
		case o.Part:
			on[o.Path] = l.switchOn(o, v, origins)
		case given && o.password && !isText && !s.value.IsNull(): // it may contain a password, too
			l.add(s.name, s.value.At, nil, "want a URL, as a string")
		case given:
			l.value(s.name, v, s.value, o.fold)
		}
	}
	for _, o := range slices.Backward(l.options) {
		if o.Part && !on[o.Path] {
			l.switchOff(o, dst.FieldByIndex(o.index), origins, check)
		}
	}
	return l.problems()
}

// problems returns everything that is wrong, in the order of the file or of the variables' names.
func (l *layer) problems() error {
	sort.SliceStable(l.bad, func(i, j int) bool {
		a, b := l.bad[i], l.bad[j]
		return a.at < b.at || a.at == b.at && a.variable < b.variable
	})
	var bad []error
	for _, p := range l.bad {
		bad = append(bad, p.err)
	}
	return errors.Join(bad...)
}
