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

// What most requests send needs no detour: a JSON body is decoded into the
// struct in one pass over its bytes, a flat query is bound pair by pair. Both
// give up on whatever is out of the ordinary (a value of another kind, a rule
// that is broken, a name twice), and leave it to [Inputs.Bind], which knows what
// to say of it. So they never fail: they are a shorter way to the same value.

// JSONLimits bound a body, as params.JSONOptions do.
type JSONLimits struct {
	MaxDepth, MaxKeys, MaxItems int
	AllowNUL                    bool
}

// mostFields is how many fields a struct may have to be decoded in one pass: one
// bit tells of each whether it was sent.
const mostFields = 64

// shareBytes is up to how long a body its strings share its memory. A string of
// a longer one, kept by the program, would hold all of it.
const shareBytes = 4 << 10

// DecodeJSON decodes the object that data is into a new struct and returns a
// pointer to it. ok is false where that takes [Inputs.Bind], and where data has a
// member that is named in but.
func (in *Inputs) DecodeJSON(data []byte, limits JSONLimits, but string) (_ any, ok bool) {
	if !in.direct || !utf8.Valid(data) {
		return nil, false
	}
	d := decoder{data: data, keys: limits.MaxKeys, items: limits.MaxItems, maxDepth: limits.MaxDepth, allowNUL: limits.AllowNUL, but: but}
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

// decoder decodes JSON text. Its methods return false to give up.
type decoder struct {
	data     []byte
	text     string // data again, where strings share its memory
	pos      int
	keys     int // that may still come
	items    int
	maxDepth int
	allowNUL bool
	but      string
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

// take moves past c, and the white space behind it.
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
	next := 0 // the field that is expected: members mostly come in its order
	for first := true; !d.take('}'); first = false {
		name, ok := d.member(first)
		if !ok {
			return false
		}
		i := p.fieldNamed(name, next)
		switch {
		case i < 0:
			ok = !(depth == 1 && string(name) == d.but) && d.skip(depth+1)
		case sent&(1<<i) != 0:
			return false // the last of several counts, and the first may have left something
		case d.null(): // as good as not sent
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

// member reads the name of a member of an object and the colon behind it, and the
// comma before it where it is not the first.
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

// place returns the field of a struct, through its pointers.
func place(f *fieldPlan, to reflect.Value) reflect.Value {
	if len(f.index) == 1 {
		to = to.Field(f.index[0])
	} else {
		to = fieldAt(to, f.index)
	}
	return through(f.plan, to)
}

// through makes what the pointers before a value point to.
func through(p *plan, to reflect.Value) reflect.Value {
	for range p.pointer {
		to.Set(reflect.New(to.Type().Elem()))
		to = to.Elem()
	}
	return to
}

// fieldNamed returns the index of a field, -1 where there is none. expected is
// looked at first.
func (p *plan) fieldNamed(name []byte, expected int) int {
	if expected < len(p.fields) && p.fields[expected].name == string(name) {
		return expected
	}
	if i, ok := p.byName[string(name)]; ok {
		return i
	}
	return -1
}

// complete sets the defaults of the fields that were not sent. It is false where
// one of them is required.
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

// value decodes a value that is not null into to, which is of the plan's type
// without its pointers.
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

// other decodes what is neither a scalar nor made of others.
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
		// As time.Time itself does it, without the way through an interface.
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
			elem.SetZero() // Grow may have left something there
		}
		if d.null() {
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
		if !d.null() && !d.value(p.elem, through(p.elem, elem), depth+1) {
			return false
		}
		m.SetMapIndex(key, elem)
		d.space()
	}
	to.Set(m)
	return true
}

func (d *decoder) null() bool { return d.word("null") }

// at tells whether w comes next.
func (d *decoder) at(w string) bool {
	return len(d.data)-d.pos >= len(w) && string(d.data[d.pos:d.pos+len(w)]) == w
}

// word moves past w, if it comes next.
func (d *decoder) word(w string) bool {
	if !d.at(w) {
		return false
	}
	d.pos += len(w)
	return true
}

// rawString reads a string that has no escapes and returns what is between its
// quotes, as part of data.
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

// escaped reads the rest of a string that began at start and has an escape at i.
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

// plainRune reads four hex digits of a character that stands alone; -1 for
// others, halves of a pair among them.
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

// int reads a whole number of at most 18 digits, which no int64 is too small for.
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

// uint is int for numbers that are not negative.
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

// isZero tells a zero from a number that is too small for float64.
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

// unsafeString is for a call that does not keep it.
func unsafeString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// longestPlain is up to how many bytes a number surely fits into float64.
const longestPlain = 300

// number moves past a number, by the grammar of RFC 8259. One that float64 cannot
// hold, and one of very many digits, is left to others.
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

// digits returns where digits that begin at i end.
func (d *decoder) digits(i int) int {
	for i < len(d.data) && d.data[i] >= '0' && d.data[i] <= '9' {
		i++
	}
	return i
}

// inRange tells whether float64 holds a number, be it rounded.
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

// lastByte returns the position right behind the last c before pos: take has
// gone past the white space that follows it, which belongs to no value.
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

// Pair is a parameter of a query, decoded.
type Pair struct{ Name, Value string }

// BindPairs fills a new struct with the parameters of a query and returns a
// pointer to it. ok is false where that takes [Inputs.Bind]: for names that nest,
// for inputs that are no scalars or lists of them, for what is wrong or missing.
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

// pairsByField are, of each field, the last pair of its name, counted from 1, and
// how many there are.
type pairsByField struct{ last, count [mostFields]uint8 }

// sort finds the fields of pairs. It is false where some need more.
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

// takesText tells whether one string makes a value of the plan without ado, or
// an element of its list.
func (p *plan) takesText() bool {
	if p.quoted {
		return false
	}
	return p.kind <= lastScalar || p.kind == kindSlice && p.elem.kind <= lastScalar && p.elem.pointer == 0
}

// isLeftBlank tells whether an empty string is no value of the field.
func (f *fieldPlan) isLeftBlank(value string) bool {
	return value == "" && (f.kind != kindString || f.required || f.rules.bindStrings())
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
		if f.elem.kind != kindString && (value == "" || value[0] == '[') || value == "" && f.elem.rules.bindStrings() || !f.elem.fromText(value, to.Index(at)) {
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
