package typed

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"time"
	"unicode/utf8"
)

// decode.go and pairs.go are the fast path for what most requests send: the first decodes a JSON
// body into the struct in one pass over its bytes, with scan.go, and the second binds a flat query
// pair by pair. Both give up on anything unusual (a value of another kind, a broken rule, a name
// twice) and leave it to [Inputs.Bind], which can describe the problem. So they never fail; they
// reach the same value faster.

// JSONLimits limits a body like params.JSONOptions.
type JSONLimits struct {
	MaxDepth, MaxKeys, MaxItems int
	AllowNUL                    bool
}

// mostFields is how many fields a struct decoded in one pass may have: a bit for each field
// records that it was sent.
const mostFields = 64

// shareBytes is the length up to which the decoded strings share the memory of the body. If the
// program kept a string of a longer body, it would keep all of it in memory.
const shareBytes = 4 << 10

// DecodeJSON decodes the JSON object data into a new struct and returns a pointer to it. ok is
// false if that takes [Inputs.Bind], or if data has a member with the name except.
func (in *Inputs) DecodeJSON(data []byte, limits JSONLimits, except string) (_ any, ok bool) {
	if !in.direct || !utf8.Valid(data) {
		return nil, false
	}
	d := decoder{data: data, keys: limits.MaxKeys, items: limits.MaxItems, maxDepth: limits.MaxDepth, allowNUL: limits.AllowNUL, except: except}
	if len(data) <= shareBytes {
		d.text = string(data)
	}
	to := reflect.New(in.typ)
	d.space()
	if d.peek() != '{' || !d.object(in.root, to.Elem(), 1) {
		return nil, false
	}
	if d.space(); d.pos < len(data) {
		return nil, false
	}
	return to.Interface(), true
}

// object decodes an object into a struct.
func (d *decoder) object(p *plan, to reflect.Value, depth int) bool {
	if depth > d.maxDepth || !d.take('{') {
		return false
	}
	var sent uint64
	next := 0 // the expected field: members mostly come in the order of the struct
	for first := true; !d.take('}'); first = false {
		name, ok := d.member(first)
		if !ok {
			return false
		}
		i := p.fieldNamed(name, next)
		switch {
		case i < 0:
			ok = !(depth == 1 && string(name) == d.except) && d.skip(depth+1)
		case sent&(1<<i) != 0:
			return false // the last one counts, and the first may have left traces
		case d.null(): // null counts as not sent
		default:
			sent |= 1 << i
			f := &p.fields[i]
			ok = !(f.required && d.at(`""`)) && d.value(f.plan, place(f, to), depth+1)
		}
		if !ok {
			return false
		}
		if i >= 0 {
			next = i + 1
		}
		d.space()
	}
	return p.complete(sent, to)
}

// member reads the name of an object's member, the colon after it, and, except for the first
// member, the comma before it.
func (d *decoder) member(first bool) (name []byte, ok bool) {
	if !first && !d.take(',') {
		return nil, false
	}
	if d.keys--; d.keys < 0 {
		return nil, false
	}
	if name, ok = d.rawString(); !ok {
		return nil, false
	}
	d.space()
	return name, d.take(':')
}

// place returns the field of a struct, and makes what the pointers on the way point to.
func place(f *fieldPlan, to reflect.Value) reflect.Value {
	if len(f.index) == 1 {
		to = to.Field(f.index[0])
	} else {
		to = fieldAt(to, f.index)
	}
	return through(f.plan, to)
}

// through makes what the pointers in front of a value point to.
func through(p *plan, to reflect.Value) reflect.Value {
	for range p.pointer {
		to.Set(reflect.New(to.Type().Elem()))
		to = to.Elem()
	}
	return to
}

// fieldNamed returns the index of a field, or -1. It tries the index expected first.
func (p *plan) fieldNamed(name []byte, expected int) int {
	if expected < len(p.fields) && p.fields[expected].name == string(name) {
		return expected
	}
	if i, ok := p.byName[string(name)]; ok {
		return i
	}
	return -1
}

// complete sets the defaults of the fields that were not sent. It returns false if one of them is
// required.
func (p *plan) complete(sent uint64, to reflect.Value) bool {
	missing := p.wanted &^ sent
	if missing == 0 {
		return true
	}
	for i := range p.fields {
		if missing&(1<<i) == 0 {
			continue
		}
		f := &p.fields[i]
		if f.def == nil {
			return false
		}
		var r Report
		f.bind(&conversion{report: &r}, "", nil, false, to)
		if len(r.Failed) > 0 {
			return false
		}
	}
	return true
}

// value decodes a value other than null into to, which has the plan's type without its pointers.
func (d *decoder) value(p *plan, to reflect.Value, depth int) bool {
	if p.quoted {
		return false
	}
	ok := false
	switch p.kind {
	case kindString:
		var s string
		if s, ok = d.string(); ok {
			to.SetString(s)
		}
	case kindBool:
		switch {
		case d.word("true"):
			to.SetBool(true)
			ok = true
		case d.word("false"):
			to.SetBool(false)
			ok = true
		}
	case kindInt, kindDuration:
		var n int64
		if n, ok = d.int(); ok {
			ok = !to.OverflowInt(n)
			to.SetInt(n)
		}
	case kindUint:
		var n uint64
		if n, ok = d.uint(); ok {
			ok = !to.OverflowUint(n)
			to.SetUint(n)
		}
	case kindFloat:
		var f float64
		if f, ok = d.float(p.typ.Bits()); ok {
			to.SetFloat(f)
		}
	case kindStruct:
		ok = d.object(p, to, depth)
	case kindSlice:
		ok = d.list(p, to, depth)
	case kindMap:
		ok = d.members(p, to, depth)
	default:
		ok = d.other(p, to, depth)
	}
	if !ok || p.rules == nil {
		return ok
	}
	code, _, _ := p.rules.broken(p, nil, to)
	return code == ""
}

// other decodes the remaining kinds: no scalars, lists, maps or structs.
func (d *decoder) other(p *plan, to reflect.Value, depth int) bool {
	switch p.kind {
	case kindNumber:
		start := d.pos
		if !d.number() {
			return false
		}
		to.SetString(string(d.data[start:d.pos]))
		return true
	case kindBytes:
		s, ok := d.rawString()
		if !ok {
			return false
		}
		b := make([]byte, base64.StdEncoding.DecodedLen(len(s)))
		n, err := base64.StdEncoding.Decode(b, s)
		to.SetBytes(b[:n])
		return err == nil
	case kindTime:
		s, ok := d.rawString()
		if !ok {
			return false
		}
		// time.Time does the same, but through an interface.
		return to.Addr().Interface().(*time.Time).UnmarshalText(s) == nil
	case kindText:
		s, ok := d.rawString()
		return ok && p.rules == nil && to.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText(s) == nil
	case kindRaw, kindJSON:
		start := d.pos
		if !d.skip(depth) {
			return false
		}
		raw := d.data[start:d.pos]
		if p.kind == kindRaw {
			to.SetBytes(append([]byte(nil), raw...))
			return true
		}
		return to.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(raw) == nil
	}
	return false
}

// list decodes a list into a slice.
func (d *decoder) list(p *plan, to reflect.Value, depth int) bool {
	if depth > d.maxDepth || !d.take('[') {
		return false
	}
	n := 0
	for ; !d.take(']'); n++ {
		if n > 0 && !d.take(',') {
			return false
		}
		if d.items--; d.items < 0 {
			return false
		}
		if n == to.Cap() {
			to.Grow(max(4, n))
		}
		to.SetLen(n + 1)
		elem := to.Index(n)
		if p.elem.pointer == 0 && p.elem.kind == kindStruct {
			elem.SetZero() // Grow may have left an old value there
		}
		if d.null() {
			if p.elem.checksNull() {
				return false
			}
			elem.SetZero()
		} else if !d.value(p.elem, through(p.elem, elem), depth+1) {
			return false
		}
		d.space()
	}
	if n == 0 {
		to.Set(reflect.MakeSlice(p.typ, 0, 0))
	}
	return true
}

// members decodes an object into a map.
func (d *decoder) members(p *plan, to reflect.Value, depth int) bool {
	if p.key != nil || depth > d.maxDepth || !d.take('{') {
		return false
	}
	m := reflect.MakeMap(p.typ)
	elem := reflect.New(p.typ.Elem()).Elem()
	key := reflect.New(p.typ.Key()).Elem()
	for first := true; !d.take('}'); first = false {
		if !first && !d.take(',') {
			return false
		}
		if d.keys--; d.keys < 0 {
			return false
		}
		name, ok := d.string()
		if !ok {
			return false
		}
		d.space()
		if !d.take(':') {
			return false
		}
		key.SetString(name)
		elem.SetZero()
		if d.null() {
			if p.elem.checksNull() {
				return false
			}
		} else if !d.value(p.elem, through(p.elem, elem), depth+1) {
			return false
		}
		m.SetMapIndex(key, elem)
		d.space()
	}
	to.Set(m)
	return true
}
