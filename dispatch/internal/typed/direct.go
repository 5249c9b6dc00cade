package typed

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
	"unsafe"
)

// This file is the fast path for what most requests send: it decodes a JSON body into the struct
// in one pass over its bytes, and binds a flat query pair by pair. Both give up on anything
// unusual (a value of another kind, a broken rule, a name twice) and leave it to [Inputs.Bind],
// which can describe the problem. So they never fail; they reach the same value faster.

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

// decoder decodes JSON. Its methods return false to give up.
type decoder struct {
	data     []byte
	text     string // a string that shares the memory of data, or ""
	pos      int
	keys     int // how many more may come
	items    int
	maxDepth int
	allowNUL bool
	except   string
}

func (d *decoder) peek() byte {
	if d.pos < len(d.data) {
		return d.data[d.pos]
	}
	return 0
}

func (d *decoder) space() {
	for d.pos < len(d.data) {
		switch d.data[d.pos] {
		case ' ', '\t', '\n', '\r':
			d.pos++
		default:
			return
		}
	}
}

// take moves past c and the white space after it.
func (d *decoder) take(c byte) bool {
	if d.peek() != c {
		return false
	}
	d.pos++
	d.space()
	return true
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

func (d *decoder) null() bool { return d.word("null") }

// at reports whether w comes next.
func (d *decoder) at(w string) bool {
	return len(d.data)-d.pos >= len(w) && string(d.data[d.pos:d.pos+len(w)]) == w
}

// word moves past w if it comes next.
func (d *decoder) word(w string) bool {
	if !d.at(w) {
		return false
	}
	d.pos += len(w)
	return true
}

// rawString reads a string without escapes and returns its content as a part of data.
func (d *decoder) rawString() ([]byte, bool) {
	if d.peek() != '"' {
		return nil, false
	}
	start := d.pos + 1
	for i := start; i < len(d.data); i++ {
		switch c := d.data[i]; {
		case c == '"':
			d.pos = i + 1
			return d.data[start:i], true
		case c == '\\' || c < ' ':
			return nil, false
		}
	}
	return nil, false
}

// string reads a string.
func (d *decoder) string() (string, bool) {
	if d.peek() != '"' {
		return "", false
	}
	start := d.pos + 1
	for i := start; i < len(d.data); i++ {
		switch c := d.data[i]; {
		case c == '"':
			d.pos = i + 1
			if d.text != "" {
				return d.text[start:i], true
			}
			return string(d.data[start:i]), true
		case c == '\\':
			return d.escaped(start, i)
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

// escaped reads the rest of a string that began at start and has its first escape at i.
func (d *decoder) escaped(start, i int) (string, bool) {
	text := append(make([]byte, 0, 2*(i-start)+16), d.data[start:i]...)
	for i < len(d.data) {
		c := d.data[i]
		switch {
		case c == '"':
			d.pos = i + 1
			return unsafe.String(unsafe.SliceData(text), len(text)), true
		case c < ' ':
			return "", false
		case c != '\\':
			text = append(text, c)
			i++
			continue
		}
		if i++; i == len(d.data) {
			return "", false
		}
		switch c = d.data[i]; c {
		case '"', '\\', '/':
			text = append(text, c)
		case 'b':
			text = append(text, '\b')
		case 'f':
			text = append(text, '\f')
		case 'n':
			text = append(text, '\n')
		case 'r':
			text = append(text, '\r')
		case 't':
			text = append(text, '\t')
		case 'u':
			r := d.plainRune(i + 1)
			if r < 0 {
				return "", false
			}
			text = utf8.AppendRune(text, r)
			i += 4
		default:
			return "", false
		}
		i++
	}
	return "", false
}

// plainRune reads the four hex digits of a character. It returns -1 for invalid digits and for
// halves of surrogate pairs.
func (d *decoder) plainRune(at int) rune {
	if at+4 > len(d.data) {
		return -1
	}
	r := rune(0)
	for _, c := range d.data[at : at+4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	if r >= 0xd800 && r < 0xe000 || r == 0 && !d.allowNUL {
		return -1
	}
	return r
}

// int reads a whole number of at most 18 digits, which always fits into int64.
func (d *decoder) int() (int64, bool) {
	const most = 18
	i := d.pos
	negative := i < len(d.data) && d.data[i] == '-'
	if negative {
		i++
	}
	first := i
	n := int64(0)
	for ; i < len(d.data) && d.data[i] >= '0' && d.data[i] <= '9'; i++ {
		if i-first == most {
			return d.longInt()
		}
		n = n*10 + int64(d.data[i]-'0')
	}
	if i == first || d.data[first] == '0' && i-first > 1 || i < len(d.data) && (d.data[i] == '.' || d.data[i]|0x20 == 'e') {
		return 0, false
	}
	d.pos = i
	if negative {
		n = -n
	}
	return n, true
}

func (d *decoder) longInt() (int64, bool) {
	start := d.pos
	if !d.number() {
		return 0, false
	}
	n, err := strconv.ParseInt(unsafeString(d.data[start:d.pos]), 10, 64)
	return n, err == nil
}

// uint reads such a number that is not negative.
func (d *decoder) uint() (uint64, bool) {
	start := d.pos
	if n, ok := d.int(); ok {
		return uint64(n), n >= 0 && d.data[start] != '-'
	}
	if d.pos = start; !d.number() {
		return 0, false
	}
	n, err := strconv.ParseUint(unsafeString(d.data[start:d.pos]), 10, 64)
	return n, err == nil
}

func (d *decoder) float(bits int) (float64, bool) {
	start := d.pos
	if !d.number() {
		return 0, false
	}
	f, err := strconv.ParseFloat(unsafeString(d.data[start:d.pos]), bits)
	return f, err == nil && (f != 0 || isZero(d.data[start:d.pos]))
}

// isZero distinguishes zero from numbers that are too small for float64.
func isZero(digits []byte) bool {
	for _, c := range digits {
		if c|0x20 == 'e' {
			return true
		}
		if c >= '1' && c <= '9' {
			return false
		}
	}
	return true
}

// unsafeString is for calls that do not keep the string.
func unsafeString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// longestPlain is the length up to which a number always fits into float64.
const longestPlain = 300

// number moves past a number in the grammar of RFC 8259. It gives up on numbers that float64
// cannot hold and on very long ones.
func (d *decoder) number() bool {
	start := d.pos
	i := start
	if i < len(d.data) && d.data[i] == '-' {
		i++
	}
	first := i
	if i = d.digits(i); i == first || d.data[first] == '0' && i > first+1 {
		return false
	}
	if i < len(d.data) && d.data[i] == '.' {
		fraction := i + 1
		if i = d.digits(fraction); i == fraction {
			return false
		}
	}
	if i < len(d.data) && d.data[i]|0x20 == 'e' {
		i++
		if i < len(d.data) && (d.data[i] == '+' || d.data[i] == '-') {
			i++
		}
		exponent := i
		if i = d.digits(exponent); i == exponent || !inRange(d.data[start:i]) {
			return false
		}
	}
	d.pos = i
	return i-start <= longestPlain
}

// digits returns the end of the digits that begin at i.
func (d *decoder) digits(i int) int {
	for i < len(d.data) && d.data[i] >= '0' && d.data[i] <= '9' {
		i++
	}
	return i
}

// inRange reports whether float64 can hold a number, possibly rounded.
func inRange(digits []byte) bool {
	f, err := strconv.ParseFloat(unsafeString(digits), 64)
	return err == nil && (f != 0 || isZero(digits))
}

// skip moves past a value of any kind.
func (d *decoder) skip(depth int) bool {
	switch d.peek() {
	case '{':
		return d.skipMembers(depth)
	case '[':
		return d.skipElements(depth)
	case '"':
		return d.skipString()
	case 't':
		return d.word("true")
	case 'f':
		return d.word("false")
	case 'n':
		return d.word("null")
	}
	return d.number()
}

func (d *decoder) skipMembers(depth int) bool {
	if depth > d.maxDepth || !d.take('{') {
		return false
	}
	for first := true; !d.take('}'); first = false {
		if !first && !d.take(',') {
			return false
		}
		if d.keys--; d.keys < 0 || !d.skipString() {
			return false
		}
		d.space()
		if !d.take(':') || !d.skip(depth+1) {
			return false
		}
		d.space()
	}
	d.pos = lastByte(d.data, d.pos, '}')
	return true
}

func (d *decoder) skipElements(depth int) bool {
	if depth > d.maxDepth || !d.take('[') {
		return false
	}
	for first := true; !d.take(']'); first = false {
		if !first && !d.take(',') {
			return false
		}
		if d.items--; d.items < 0 || !d.skip(depth+1) {
			return false
		}
		d.space()
	}
	d.pos = lastByte(d.data, d.pos, ']')
	return true
}

// lastByte returns the position after the last c before pos. It is needed because take has moved
// past the white space that follows a value.
func lastByte(data []byte, pos int, c byte) int {
	for pos > 0 && data[pos-1] != c {
		pos--
	}
	return pos
}

func (d *decoder) skipString() bool {
	if _, ok := d.rawString(); ok {
		return true
	}
	_, ok := d.string()
	return ok
}

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
