package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/jsontree"
	"github.com/sidekick-http/sidekick/internal/logtext"
	"github.com/sidekick-http/sidekick/internal/suggest"
)

// Origins records where options were set, by their paths: "file" or "environment", with the name
// of the file, line and column, or the name of the variable.
type Origins map[string]string

// Check checks the options of a part that is off, which are otherwise not checked. options points
// to their struct.
type Check func(path string, options any) error

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
type name struct{ field, also, variable, option string }

func (n name) below(key string) name {
	n.field = join(n.field, key)
	if n.option != "" {
		n.option = join(n.option, key)
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

func (l *layer) add(n name, at int, value any, format string, args ...any) *cfgerr.Error {
	e := &cfgerr.Error{
		Package: l.pkg, Field: n.field, Also: n.also, Where: l.where(n, at), Value: value, Reason: fmt.Sprintf(format, args...),
	}
	l.bad = append(l.bad, problem{at, n.variable, e})
	return e
}

// refuse reports a value that does not fit.
func (l *layer) refuse(n name, x jsontree.Node, reason string) {
	l.add(n, x.At, x.Shown(), "%s", reason).Option = n.option
}

// give notes the value of an option. Setting it by two names is a problem, unless both are
// variables with the same value.
func (l *layer) give(path string, s setting) {
	old, ok := l.given[path]
	switch {
	case !ok:
		l.given[path] = s
	case s.variable == "" || !bytes.Equal(old.value.Raw, s.value.Raw):
		other := old.field
		if old.variable != "" {
			other = old.variable
		}
		l.add(s.name, s.value.At, nil, "%s means the same: leave one of them out", other)
	}
}

// aliasesOf returns the aliases with that key.
func (s *Schema) aliasesOf(key string) (found []Alias) {
	for _, a := range s.aliases {
		if a.Key == key {
			found = append(found, a)
		}
	}
	return found
}

// giveAlias notes the values of the options that a key sets. reason says why the value is
// refused; "" means that it is accepted.
func (l *layer) giveAlias(n name, x jsontree.Node) (reason string) {
	for _, a := range l.aliasesOf(n.field) {
		s := setting{n, x}
		if n.variable == "" {
			s.also = a.To
		}
		switch t := l.option(a.To).Type; {
		case a.Convert != nil:
			raw, reason := a.Convert(x.Raw)
			if reason != "" {
				return reason
			}
			if raw == nil {
				continue
			}
			s.value, _, _ = jsontree.Parse(raw)
			s.value.At = x.At
		case t.Kind() == reflect.Slice && !readsItself(t) && x.Raw[0] == '"':
			s.value = jsontree.Node{Raw: slices.Concat([]byte("["), x.Raw, []byte("]")), At: x.At, List: []jsontree.Node{x}}
		}
		l.give(a.To, s)
	}
	return ""
}

// apply sets the options of the struct dst and notes their origins. Meanwhile all parts are on,
// each with a struct of its own.
func (l *layer) apply(dst reflect.Value, origins Origins, check Check) error {
	on := map[string]bool{}
	for _, o := range l.options {
		v := dst.FieldByIndex(o.index)
		s, given := l.given[o.Path]
		s.option = o.Path
		switch {
		case o.Part:
			on[o.Path] = l.isOn(o, s, !v.IsNil())
			fresh := reflect.New(o.Type.Elem())
			if !v.IsNil() {
				fresh.Elem().Set(v.Elem())
			}
			v.Set(fresh)
		case given && o.password && !isString(s.value): // it may contain a password, too
			l.add(s.name, s.value.At, nil, "want a URL, as a string").Option = o.Path
		case given:
			l.value(s.name, v, s.value, o.fold)
		}
		if given && origins != nil {
			origins[o.Path] = l.where(s.name, s.value.At)
			if s.field != o.Path {
				origins[o.Path] += " (" + s.field + ")"
			}
		}
	}
	l.switchParts(dst, on, origins, check)
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

// switchParts removes the parts that are off, and notes the origins of those that are on.
func (l *layer) switchParts(dst reflect.Value, on map[string]bool, origins Origins, check Check) {
	for _, o := range slices.Backward(l.options) {
		switch {
		case !o.Part:
		case !on[o.Path]:
			l.switchOff(o, dst.FieldByIndex(o.index), origins, check)
		case origins != nil && origins[o.Path] == "":
			l.setOriginOfPart(o.Path, origins)
		}
	}
}

// setOriginOfPart gives a part that one of its options has switched on the origin of that option.
func (l *layer) setOriginOfPart(part string, origins Origins) {
	for _, o := range l.options {
		if _, given := l.given[o.Path]; given && strings.HasPrefix(o.Path, part+".") {
			origins[part] = origins[o.Path]
			return
		}
	}
}

// isString reports whether a value is a string, or null.
func isString(x jsontree.Node) bool {
	_, is := x.Scalar.(string)
	return is || x.IsNull()
}

// switchOff removes a part, after checking its options.
func (l *layer) switchOff(o Option, v reflect.Value, origins Origins, check Check) {
	if check != nil && !v.Elem().IsZero() {
		if err := check(o.Path, v.Interface()); err != nil {
			l.bad = append(l.bad, problem{len(l.text), last, l.Locate(err, origins)})
		}
	}
	v.SetZero()
}

// last sorts after the variables.
const last = "\xff"

// isOn reports whether a part is on: as its switch says, or because one of its options is set, or
// else as before.
func (l *layer) isOn(o Option, s setting, was bool) bool {
	switch {
	case s.value.Raw == nil:
		for path := range l.given {
			was = was || strings.HasPrefix(path, o.Path+".")
		}
		return was
	case s.value.Scalar != true && s.value.Scalar != false && !s.value.IsNull():
		reason := "want true, false or an object of its options"
		if s.variable != "" {
			reason = "want true or false; each of its options has a variable of its own"
		}
		l.refuse(s.name, s.value, reason)
	}
	return s.value.Scalar == true
}

// value sets v and reports whether the value fits. If it does not, v stays as it is. Of a list
// or an object it reports what does not fit and reads the rest, so that whoever checks the options
// sees everything else that is wrong; an element that does not fit is a zero value.
func (l *layer) value(n name, v reflect.Value, x jsontree.Node, fold bool) (fits bool) {
	fresh := reflect.New(v.Type()).Elem()
	fits = true
	switch k := v.Kind(); {
	case x.IsNull():
	case k == reflect.Slice && !readsItself(v.Type()):
		fits = l.list(n, fresh, x)
	case k == reflect.Map && x.IsObject():
		l.entries(n, fresh, v, x, fold)
	case isStruct(v.Type()) && x.IsObject():
		l.members(n, fresh, x)
	default:
		if reason := setScalar(fresh, x); reason != "" {
			l.refuse(n, x, reason+unitOf(n, v.Type()))
			fits = false
		}
	}
	if fits {
		v.Set(fresh)
	}
	return fits
}

// unitOf adds the unit of numbers to what they accept; times say theirs themselves.
func unitOf(n name, t reflect.Type) string {
	if strings.HasSuffix(n.option, "Bytes") && t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64 {
		return " of bytes, in digits"
	}
	return ""
}

// list reads a list, and reports whether it is one. If its elements have a field for it (the tag
// "by"), it may be an object of lists.
func (l *layer) list(n name, v reflect.Value, x jsontree.Node) bool {
	by := -1
	if e := v.Type().Elem(); isStruct(e) {
		for _, f := range fieldsOf(e) {
			if f.by {
				by = f.at
			}
		}
	}
	if by < 0 || !x.IsObject() {
		return l.elements(n, v, x, func(reflect.Value) {})
	}
	for _, m := range l.unique(n, x.Members) {
		below := n.below(m.Key)
		below.option = n.option
		l.elements(below, v, m.Value, func(e reflect.Value) { e.Field(by).SetString(m.Key) })
	}
	return true
}

// elements appends the elements of a list to v, and reports whether x is one.
func (l *layer) elements(n name, v reflect.Value, x jsontree.Node, complete func(reflect.Value)) bool {
	if !x.IsList() {
		l.refuse(n, x, wanted(v.Type()))
		return false
	}
	for i, one := range x.List {
		e, n := reflect.New(v.Type().Elem()).Elem(), n.element(i, v.Len())
		if one.IsNull() {
			l.refuse(n, one, wanted(e.Type()))
		}
		if several, named := l.named(n, e.Type(), one); named {
			v.Set(reflect.AppendSlice(v, several))
			continue
		}
		l.value(n, e, one, false)
		complete(e)
		v.Set(reflect.Append(v, e))
	}
	return true
}

// named returns the elements that a string in a list stands for. If they cannot be read, it
// reports that and returns none.
func (l *layer) named(n name, t reflect.Type, x jsontree.Node) (several reflect.Value, ok bool) {
	text, isText := x.Scalar.(string)
	list := l.lists[t]
	if list == nil || !isText {
		return reflect.Value{}, false
	}
	elements, err := list(text)
	switch {
	case err != nil:
		problems := cfgerr.Joined(err)
		if problems == nil {
			problems = []error{err}
		}
		for _, problem := range problems {
			l.refuse(n, x, logtext.Printable(problem.Error()))
		}
		return reflect.Zero(reflect.SliceOf(t)), true
	case elements == nil:
		return reflect.Value{}, false
	}
	return reflect.ValueOf(elements), true
}

// entries adds the entries of a map to those of old.
func (l *layer) entries(n name, v, old reflect.Value, x jsontree.Node, fold bool) {
	v.Set(reflect.MakeMap(v.Type()))
	for _, key := range old.MapKeys() {
		v.SetMapIndex(key, old.MapIndex(key))
	}
	seen := map[string]bool{}
	for _, m := range l.unique(n, x.Members) {
		if lower := strings.ToLower(m.Key); fold && seen[lower] {
			l.add(n.below(m.Key), m.At, nil, "given twice: names are the same in upper and lower case")
		} else {
			seen[lower] = true
		}
		for _, key := range v.MapKeys() {
			if fold && strings.EqualFold(key.String(), m.Key) {
				v.SetMapIndex(key, reflect.Value{})
			}
		}
		if e := reflect.New(v.Type().Elem()).Elem(); l.value(n.below(m.Key), e, m.Value, false) {
			v.SetMapIndex(reflect.ValueOf(m.Key).Convert(v.Type().Key()), e)
		}
	}
}

// members reads the members of an object into a struct.
func (l *layer) members(n name, v reflect.Value, x jsontree.Node) {
	known := slices.DeleteFunc(fieldsOf(v.Type()), func(f field) bool { return f.kind == goOnly || f.kind == derived })
	var names []string
	for _, f := range known {
		names = append(names, f.name)
	}
	for _, m := range l.unique(n, x.Members) {
		if i := slices.Index(names, m.Key); i >= 0 {
			l.value(n.below(m.Key), v.Field(known[i].at), m.Value, known[i].fold)
		} else {
			l.unknown(n, m, names, names)
		}
	}
}

// unique returns the members of an object. Of repeated members it keeps the first and reports the
// others.
func (l *layer) unique(n name, members []jsontree.Member) []jsontree.Member {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(members), func(m jsontree.Member) bool {
		twice := seen[m.Key]
		if seen[m.Key] = true; twice {
			l.add(n.below(m.Key), m.At, nil, "given twice")
		}
		return twice
	})
}

// optionOf returns the option that a path or an alias stands for, or "".
func (s *Schema) optionOf(path string) string {
	if s.option(path) != nil {
		return path
	}
	if aliases := s.aliasesOf(path); len(aliases) > 0 {
		return aliases[0].To
	}
	return ""
}

// unknown reports an unknown key. It suggests similar names from all, or else lists those in
// listed.
func (l *layer) unknown(n name, m jsontree.Member, all, listed []string) {
	n.also = ""
	if near := suggest.Nearest(m.Key, all); near != "" {
		meant := n.below(near)
		l.add(n.below(m.Key), m.At, nil, "unknown key; did you mean %s?", meant.field).Option = cmp.Or(meant.option, l.optionOf(meant.field))
		return
	}
	l.add(n.below(m.Key), m.At, nil, "unknown key; accepted are %s", strings.Join(slices.Sorted(slices.Values(listed)), ", ")).Option = n.option
}
