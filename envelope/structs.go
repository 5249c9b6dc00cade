package envelope

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// plan describes how to encode values of one type without encoding/json.
type plan struct {
	kind   reflect.Kind
	bits   int         // of a float
	elem   *plan       // of a list or pointer
	fields []fieldPlan // of a struct
	// reserved reports that a field has a reserved name.
	reserved bool
}

type fieldPlan struct {
	plan
	index     int
	key       string // the name in quotes, with the colon
	omitEmpty bool
}

// mostPlans limits how many types an envelope remembers, so that a program that makes types at
// run time does not fill the memory. Plans of further types are made each time. mostParts limits
// the size of one plan, which has a part for every occurrence of a type.
const (
	mostPlans = 1024
	mostParts = 1000
)

// planOf returns the plan of a struct or a list, or nil if only encoding/json can encode the
// type.
func (e *Envelope) planOf(t reflect.Type) *plan {
	known := *e.plans.Load()
	p, ok := known[t]
	switch {
	case ok:
	case len(known) < mostPlans:
		p = e.learn(t)
	default:
		p = newPlan(t)
	}
	return p
}

// learn makes the plan of a type and remembers it.
func (e *Envelope) learn(t reflect.Type) *plan {
	e.learning.Lock()
	defer e.learning.Unlock()
	known := *e.plans.Load()
	if p, ok := known[t]; ok {
		return p // another goroutine was faster
	}
	p := newPlan(t)
	if len(known) < mostPlans {
		grown := maps.Clone(known)
		grown[t] = p
		e.plans.Store(&grown)
	}
	return p
}

// newPlan makes the plan of a type, or nil if there is none.
func newPlan(t reflect.Type) *plan {
	parts := 0
	if p := (&plan{}); (t.Kind() == reflect.Struct || t.Kind() == reflect.Slice) && p.fits(t, nil, &parts) {
		return p
	}
	return nil
}

// fits completes the plan for a type and reports whether there is one. outer are the enclosing
// structs and lists: a type that contains itself is left to encoding/json, which detects cycles.
// parts counts the parts of the plan so far.
func (p *plan) fits(t reflect.Type, outer []reflect.Type, parts *int) bool {
	if *parts++; *parts > mostParts || slices.Contains(outer, t) {
		return false
	}
	// encoding/json calls a method of the pointer only for addressable values.
	if marshals(reflect.PointerTo(t)) || t == reflect.TypeFor[json.Number]() {
		return false
	}
	p.kind = t.Kind()
	switch p.kind {
	case reflect.Bool, reflect.String,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return true
	case reflect.Float32, reflect.Float64:
		p.bits = t.Bits()
		return true
	case reflect.Interface:
		return t.NumMethod() == 0
	case reflect.Map:
		return t == reflect.TypeFor[map[string]any]()
	case reflect.Slice:
		p.elem = &plan{}
		return t.Elem().Kind() != reflect.Uint8 && p.elem.fits(t.Elem(), append(slices.Clone(outer), t), parts)
	case reflect.Pointer:
		p.elem = &plan{}
		return t.Elem().Kind() == reflect.Struct && p.elem.fits(t.Elem(), outer, parts)
	case reflect.Struct:
		return p.fitsStruct(t, append(slices.Clone(outer), t), parts)
	}
	return false
}

func (p *plan) fitsStruct(t reflect.Type, outer []reflect.Type, parts *int) bool {
	var names []string
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			return false
		}
		tag := f.Tag.Get("json")
		if !f.IsExported() || tag == "-" {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if name == "" {
			name = f.Name
		}
		if options != "" && options != "omitempty" || !isPlainName(name) || slices.Contains(names, name) {
			return false
		}
		names = append(names, name)
		fp := fieldPlan{index: i, key: `"` + name + `":`, omitEmpty: options == "omitempty"}
		if !fp.fits(f.Type, outer, parts) {
			return false
		}
		p.fields = append(p.fields, fp)
		p.reserved = p.reserved || slices.Contains(reservedNames(true), name)
	}
	return true
}

// isPlainName reports whether a name is surely one that encoding/json accepts in a tag and writes
// without escapes. It does not know all of them.
func isPlainName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return name != ""
}

// appendPlanned encodes a value by the plan of its type.
func (buf *buffer) appendPlanned(b []byte, p *plan, v reflect.Value, depth int) (_ []byte, err error) {
	switch p.kind {
	case reflect.String:
		return appendString(b, v.String())
	case reflect.Bool:
		return strconv.AppendBool(b, v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(b, v.Int(), 10), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return strconv.AppendUint(b, v.Uint(), 10), nil
	case reflect.Float32, reflect.Float64:
		return appendFloat(b, v.Float(), p.bits)
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, "null"...), nil
		}
		return buf.appendPlanned(b, p.elem, v.Elem(), depth)
	case reflect.Slice:
		if v.IsNil() {
			return append(b, "null"...), nil
		}
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			if err = buf.within(b); err != nil {
				return b, err
			}
			if b, err = buf.appendPlanned(b, p.elem, v.Index(i), depth+1); err != nil {
				return b, err
			}
		}
		return append(b, ']'), nil
	case reflect.Struct:
		return buf.appendStruct(b, p, v, depth)
	default:
		return buf.appendValue(b, v.Interface(), depth)
	}
}

func (buf *buffer) appendStruct(b []byte, p *plan, v reflect.Value, depth int) (_ []byte, err error) {
	buf.suspect = buf.suspect || p.reserved && depth == 1
	b = append(b, '{')
	for i := range p.fields {
		f := &p.fields[i]
		field := v.Field(f.index)
		if f.omitEmpty && isEmpty(field) {
			continue
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = append(b, f.key...)
		if b, err = buf.appendPlanned(b, &f.plan, field, depth+1); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

// isEmpty reports whether omitempty leaves a value out.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}
