package dispatch

import (
	"encoding"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/sidekick-http/sidekick/upload"
)

// read makes the struct of what was sent and notes what is missing or wrong.
func (p *structPlan) read(k *check, path string, values map[string]any, to reflect.Value) {
	for i := range p.fields {
		f := &p.fields[i]
		value, sent := values[f.name]
		if sent && (value == nil || value == "" && f.emptyIsNothing()) {
			sent = false
		}
		if !sent && f.def != nil {
			value, sent = f.def, true
		}
		at := path + f.name
		switch {
		case f.required && (!sent || value == ""):
			k.missing = append(k.missing, at)
		case sent:
			f.set(k, at, value, to.FieldByIndex(f.index))
		}
	}
}

// emptyIsNothing tells whether an empty text is no value, as forms send it for
// what was left blank.
func (p *plan) emptyIsNothing() bool { return p.kind != kindString && p.kind != kindAny }

// set converts a value into a field, through its pointers.
func (p *plan) set(k *check, path string, value any, to reflect.Value) {
	for range p.pointer {
		to.Set(reflect.New(to.Type().Elem()))
		to = to.Elem()
	}
	p.convert(k, path, value, to)
}

// convert puts value into to, which is of the plan's type, and validates it.
func (p *plan) convert(k *check, path string, value any, to reflect.Value) {
	want := p.assign(k, path, value, to)
	if want != "" {
		k.failed = append(k.failed, ParamFailure{Name: path, Err: &kindError{want: want, got: described(value)}})
		return
	}
	if p.rules != nil {
		instance := to
		if p.kind == kindText {
			instance = reflect.ValueOf(textOf(value))
		}
		if p.rules.Validate(instance.Interface()) != nil {
			k.failed = append(k.failed, ParamFailure{Name: path, Err: &kindError{want: p.expect, got: described(value)}})
		}
	}
}

// assign converts by kind; it returns what was expected where value does not
// fit. Failures inside lists and objects are noted where they are.
func (p *plan) assign(k *check, path string, value any, to reflect.Value) (want string) {
	switch p.kind {
	case kindAny:
		to.Set(reflect.ValueOf(value))
		return ""
	case kindString:
		s, err := ToString(k.ctx, value)
		if err != nil {
			return "text"
		}
		to.SetString(s.(string))
		return ""
	case kindBool:
		b, err := ToBool(k.ctx, value)
		if err != nil {
			return "true or false"
		}
		to.SetBool(b.(bool))
		return ""
	case kindInt:
		n, err := strconv.ParseInt(numberText(value), 10, 64)
		if err != nil || to.OverflowInt(n) {
			return wholeNumber(p.typ)
		}
		to.SetInt(n)
		return ""
	case kindUint:
		n, err := strconv.ParseUint(numberText(value), 10, 64)
		if err != nil || to.OverflowUint(n) {
			return wholeNumber(p.typ)
		}
		to.SetUint(n)
		return ""
	case kindFloat:
		f, err := ToFloat(k.ctx, value)
		if err != nil || to.OverflowFloat(f.(float64)) {
			return "a number"
		}
		to.SetFloat(f.(float64))
		return ""
	case kindTime:
		t, err := time.Parse(time.RFC3339, textOf(value))
		if err != nil {
			return `a time like "2006-01-02T15:04:05Z"`
		}
		to.Set(reflect.ValueOf(t))
		return ""
	case kindDuration:
		d, err := time.ParseDuration(textOf(value))
		if err != nil {
			return `a duration like "1m30s"`
		}
		to.SetInt(int64(d))
		return ""
	case kindText:
		text, ok := ToString(k.ctx, value)
		if ok != nil || to.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text.(string))) != nil {
			return "a valid " + p.typ.Name()
		}
		return ""
	case kindFile:
		if list, ok := value.([]*upload.File); ok && len(list) > 0 {
			value = list[len(list)-1]
		}
		f, ok := value.(*upload.File)
		if !ok {
			return "a file"
		}
		to.Set(reflect.ValueOf(f))
		return ""
	case kindSlice:
		return p.assignSlice(k, path, value, to)
	case kindMap:
		members, ok := value.(map[string]any)
		if !ok {
			return "an object"
		}
		to.Set(reflect.MakeMapWithSize(p.typ, len(members)))
		for _, name := range slices.Sorted(maps.Keys(members)) {
			elem := reflect.New(p.typ.Elem()).Elem()
			if members[name] != nil {
				p.elem.set(k, path+"."+name, members[name], elem)
			}
			to.SetMapIndex(reflect.ValueOf(name).Convert(p.typ.Key()), elem)
		}
		return ""
	case kindStruct:
		members, ok := value.(map[string]any)
		if !ok {
			return "an object"
		}
		p.fields.read(k, path+".", members, to)
		return ""
	}
	return "a value"
}

// assignSlice converts a list; one text or file is a list of one.
func (p *plan) assignSlice(k *check, path string, value any, to reflect.Value) (want string) {
	var list []any
	switch v := value.(type) {
	case []any:
		list = v
	case string, *upload.File:
		list = []any{v}
	case []*upload.File:
		for _, f := range v {
			list = append(list, f)
		}
	default:
		return "a list"
	}
	to.Set(reflect.MakeSlice(p.typ, len(list), len(list)))
	for i, v := range list {
		at := path + "[" + strconv.Itoa(i) + "]"
		if v == nil && p.elem.pointer == 0 && p.elem.kind != kindAny {
			k.failed = append(k.failed, ParamFailure{Name: at, Err: &kindError{want: "a value", got: "null"}})
		} else if v != nil {
			p.elem.set(k, at, v, to.Index(i))
		}
	}
	return ""
}

// numberText returns the digits of a number or text, "" for anything else.
func numberText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return ""
	}
}

func textOf(value any) string {
	s, _ := value.(string)
	return s
}

// wholeNumber says which numbers a type holds.
func wholeNumber(t reflect.Type) string {
	switch bits := t.Bits(); {
	case t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64:
		if bits == 64 {
			return "a whole number that is not negative"
		}
		return "a whole number from 0 to " + strconv.FormatUint(1<<bits-1, 10)
	case bits == 64:
		return "a whole number"
	default:
		return "a whole number from " + strconv.FormatInt(-1<<(bits-1), 10) + " to " + strconv.FormatInt(1<<(bits-1)-1, 10)
	}
}

// described tells the client what it sent.
func described(value any) string {
	switch v := value.(type) {
	case string:
		return clipped(v)
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case *upload.File, []*upload.File:
		return "a file"
	default:
		return kindOf(value)
	}
}
