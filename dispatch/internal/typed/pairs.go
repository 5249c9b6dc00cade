package typed

import (
	"reflect"
	"strconv"
)

// Pair is a decoded parameter of a query.
type Pair struct{ Name, Value string }

// BindPairs fills a new struct with the parameters of a query and returns a pointer to it. ok is
// false if that takes [Inputs.Bind]: for nested names, for inputs other than scalars and lists of
// scalars, and for anything wrong or missing.
func (in *Inputs) BindPairs(pairs []Pair) (_ any, ok bool) {
	if !in.direct || len(pairs) > 255 {
		return nil, false
	}
	var found pairsByField
	if !found.sort(in.root, pairs) {
		return nil, false
	}
	to := reflect.New(in.typ)
	v := to.Elem()
	var sent uint64
	for i := range in.root.fields {
		if found.count[i] == 0 {
			continue
		}
		f := &in.root.fields[i]
		value := pairs[found.last[i]-1].Value
		if f.isLeftBlank(value) {
			if f.kind == kindSlice || f.required {
				return nil, false
			}
			continue
		}
		sent |= 1 << i
		if dest := place(f, v); f.kind == kindSlice {
			ok = f.listOf(pairs, int(found.count[i]), dest)
		} else {
			ok = f.fromText(value, dest)
		}
		if !ok {
			return nil, false
		}
	}
	if !in.root.complete(sent, v) {
		return nil, false
	}
	return to.Interface(), true
}

// pairsByField holds, for each field, the number of its pairs and the last of them, counted from
// 1.
type pairsByField struct{ last, count [mostFields]uint8 }

// sort assigns the pairs to fields. It returns false if a pair takes [Inputs.Bind].
func (found *pairsByField) sort(p *plan, pairs []Pair) bool {
	for i := range pairs {
		f, ok := p.byName[pairs[i].Name]
		switch {
		case ok && p.fields[f].plan.takesText():
			found.last[f], found.count[f] = uint8(i+1), found.count[f]+1
		case ok || nests(pairs[i].Name):
			return false
		}
	}
	return true
}

// takesText reports whether the plan makes a value directly from one string, or a list of such
// values.
func (p *plan) takesText() bool {
	if p.quoted {
		return false
	}
	return p.kind <= lastScalar || p.kind == kindSlice && p.elem.kind <= lastScalar && p.elem.pointer == 0
}

// isLeftBlank reports whether the value is an empty string that counts as not sent.
func (f *fieldPlan) isLeftBlank(value string) bool {
	return value == "" && (f.kind != kindString || f.required || f.rules.restrictsStrings())
}

func nests(name string) bool {
	for i := range len(name) {
		if c := name[i]; c == '[' || c == '.' {
			return true
		}
	}
	return false
}

// listOf fills a list with the n values of its name.
func (f *fieldPlan) listOf(pairs []Pair, n int, to reflect.Value) bool {
	to.Set(reflect.MakeSlice(f.typ, n, n))
	at := 0
	for i := range pairs {
		if pairs[i].Name != f.name {
			continue
		}
		value := pairs[i].Value
		if f.elem.kind != kindString && (value == "" || value[0] == '[') || value == "" && f.elem.rules.restrictsStrings() || !f.elem.fromText(value, to.Index(at)) {
			return false
		}
		at++
	}
	if f.rules == nil {
		return true
	}
	code, _, _ := f.rules.broken(f.plan, nil, to)
	return code == ""
}

// fromText converts a string that is not blank, or gives up.
func (p *plan) fromText(s string, to reflect.Value) bool {
	ok := true
	switch p.kind {
	case kindString:
		to.SetString(s)
	case kindBool:
		var b bool
		switch s {
		case "true", "on", "1":
			b = true
		case "false", "off", "0":
		default:
			ok = false
		}
		to.SetBool(b)
	case kindInt:
		n, err := strconv.ParseInt(s, 10, p.typ.Bits())
		ok = err == nil
		to.SetInt(n)
	case kindUint:
		n, err := strconv.ParseUint(s, 10, p.typ.Bits())
		ok = err == nil
		to.SetUint(n)
	default:
		return false
	}
	if !ok || p.rules == nil {
		return ok
	}
	code, _, _ := p.rules.broken(p, nil, to)
	return code == ""
}
