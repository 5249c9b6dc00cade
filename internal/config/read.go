package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/jsontree"
	"github.com/sidekick-http/sidekick/internal/logtext"
	"github.com/sidekick-http/sidekick/internal/notation"
)

// value sets v and reports whether the value fits. If it does not, v stays as it is. Of a list
// or an object it reports what does not fit and reads the rest, so that whoever checks the options
// sees everything else that is wrong; an element that does not fit is a zero value.
func (l *layer) value(n name, v reflect.Value, x jsontree.Node, fold bool) (fits bool) {
	fresh := reflect.New(v.Type()).Elem()
	fits = true
	switch {
	case x.IsNull():
	case notation.IsList(v.Type()):
		fits = l.list(n, fresh, x)
	case v.Kind() == reflect.Map && x.IsObject():
		l.entries(n, fresh, v, x, fold)
	case notation.IsStruct(v.Type()) && x.IsObject():
		l.members(n, fresh, x)
	default:
		if reason := notation.Set(fresh, x); reason != "" {
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
	fields := fieldsOf(v.Type().Elem())
	by := slices.IndexFunc(fields, func(f field) bool { return f.by })
	if by < 0 || !x.IsObject() {
		return l.elements(n, v, x)
	}
	for _, m := range l.unique(n, x.Members, false) {
		below, first := n.below(m.Key), v.Len()
		below.option = n.option
		l.elements(below, v, m.Value)
		for i := first; i < v.Len(); i++ {
			v.Index(i).Field(fields[by].at).SetString(m.Key)
		}
	}
	return true
}

// elements appends the elements of a list to v, and reports whether x is one.
func (l *layer) elements(n name, v reflect.Value, x jsontree.Node) bool {
	if !x.IsList() {
		l.refuse(n, x, notation.Want(v.Type()))
		return false
	}
	for i, one := range x.List {
		e, n := reflect.New(v.Type().Elem()).Elem(), n.element(i, v.Len())
		if one.IsNull() {
			l.refuse(n, one, notation.Want(e.Type()))
		}
		if several, named := l.named(n, e.Type(), one); named {
			v.Set(reflect.AppendSlice(v, several))
			continue
		}
		l.value(n, e, one, false)
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
	for _, problem := range cfgerr.All(err) {
		l.refuse(n, x, logtext.Printable(problem.Error()))
	}
	if err != nil || elements == nil {
		return reflect.Zero(reflect.SliceOf(t)), err != nil
	}
	return reflect.ValueOf(elements), true
}

// entries adds the entries of a map to those of old.
func (l *layer) entries(n name, v, old reflect.Value, x jsontree.Node, fold bool) {
	v.Set(reflect.MakeMap(v.Type()))
	for _, key := range old.MapKeys() {
		v.SetMapIndex(key, old.MapIndex(key))
	}
	for _, m := range l.unique(n, x.Members, fold) {
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
	fields := map[string]field{}
	for _, f := range fieldsOf(v.Type()) {
		if f.isWritten() {
			fields[f.name] = f
		}
	}
	for _, m := range l.unique(n, x.Members, false) {
		if f, ok := fields[m.Key]; ok {
			l.value(n.below(m.Key), v.Field(f.at), m.Value, f.fold)
		} else {
			names := slices.Sorted(maps.Keys(fields))
			l.unknownMember(n, m, names, nil, names)
		}
	}
}

// unique returns the members of an object, whose keys may ignore case. Of repeated members it keeps
// the first and reports the others.
func (l *layer) unique(n name, members []jsontree.Member, fold bool) []jsontree.Member {
	seen, reason := map[string]bool{}, "given twice"
	if fold {
		reason += ": names are the same in upper and lower case"
	}
	return slices.DeleteFunc(slices.Clone(members), func(m jsontree.Member) bool {
		key := m.Key
		if fold {
			key = strings.ToLower(key)
		}
		twice := seen[key]
		if seen[key] = true; twice {
			l.add(n.below(m.Key), m.At, nil, reason).Option = "" // it has a value
		}
		return twice
	})
}
