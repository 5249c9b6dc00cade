package typed

import (
	"bytes"
	"encoding"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/clip"
	"github.com/sidekick-http/sidekick/upload"
)

// conversion is one run of [Inputs.Bind].
type conversion struct {
	report *Report
	// text reports that a query or a form sent the current value as a string, so that a blank one
	// counts as missing.
	text bool
}

// Bind makes a new struct, fills it with values and returns a pointer to it. isJSON reports which
// of them came as typed JSON values; nil means none. Missing and wrong values are noted in
// report. Once it is full, the rest of the values are left out.
func (in *Inputs) Bind(values map[string]any, isJSON func(name string) bool, report *Report) any {
	to := reflect.New(in.typ)
	c := conversion{report: report}
	for i := range in.root.fields {
		if report.More {
			break
		}
		f := &in.root.fields[i]
		value, sent := values[f.name]
		c.text = sent && (isJSON == nil || !isJSON(f.name))
		f.bind(&c, "", value, sent, to.Elem())
	}
	return to.Interface()
}

// bind fills a field of the struct to.
func (f *fieldPlan) bind(c *conversion, path string, value any, sent bool, to reflect.Value) {
	if sent && (value == nil || f.isBlank(c, value)) {
		sent = false
	}
	wasText := c.text
	if !sent && f.def != nil {
		value, sent, c.text = f.def, true, true
	}
	at := path + f.name
	switch {
	case f.required && (!sent || value == ""):
		c.report.Miss(at)
	case sent:
		f.set(c, at, value, fieldAt(to, f.index))
	}
	c.text = wasText
}

// isBlank reports whether a value is what a form sends for a field that was not filled in.
func (p *plan) isBlank(c *conversion, value any) bool {
	switch v := value.(type) {
	case string:
		switch {
		case v != "" || p.kind == kindAny:
			return false
		case p.kind == kindString:
			return c.text && p.rules.restrictsStrings()
		case p.kind == kindBytes, p.kind == kindText, p.kind == kindJSON, p.kind == kindRaw:
			return c.text // in JSON it may be meant
		}
		return true
	case []any:
		if p.kind == kindJSON { // its schema describes a list, so a blank field is one
			return c.text && len(v) == 1 && v[0] == ""
		}
		// A form with several inputs of one name, none of them filled in.
		if !c.text || !p.isList() || p.elem.kind == kindString && !p.elem.rules.restrictsStrings() || len(v) == 0 {
			return false
		}
		return !slices.ContainsFunc(v, func(one any) bool { return !p.elem.isBlank(c, one) })
	}
	return false
}

// fieldAt returns the field at an index path, and makes the structs that pointers on the way
// point to.
func fieldAt(to reflect.Value, index []int) reflect.Value {
	for i, n := range index {
		if i > 0 && to.Kind() == reflect.Pointer {
			if to.IsNil() {
				to.Set(reflect.New(to.Type().Elem()))
			}
			to = to.Elem()
		}
		to = to.Field(n)
	}
	return to
}

// set converts a value into to, through its pointers.
func (p *plan) set(c *conversion, path string, value any, to reflect.Value) {
	for range p.pointer {
		to.Set(reflect.New(to.Type().Elem()))
		to = to.Elem()
	}
	p.convert(c, path, value, to)
}

// convert puts a value into to, which has the plan's type, and checks the rules.
func (p *plan) convert(c *conversion, path string, value any, to reflect.Value) {
	before := len(c.report.Failed)
	if code, want := p.assign(c, path, value, to); want != "" {
		got := Describe(value)
		if list, ok := value.([]any); ok && code == CodeItems {
			got = strconv.Itoa(len(list))
		}
		f := Failure{Name: path, Code: code, Want: want, Got: got}
		if p.kind == kindArray && code == CodeItems {
			f.Max = strconv.Itoa(p.typ.Len())
		}
		c.report.fail(f)
		return
	}
	if p.rules == nil || len(c.report.Failed) > before || c.report.More {
		return
	}
	if code, want, got := p.rules.broken(p, value, to); code != "" {
		c.failRule(path, code, want, got, p.rules)
	}
}

// failRule notes a value that breaks one of the rules.
func (c *conversion) failRule(path, code, want, got string, r *rules) {
	f := Failure{Name: path, Code: code, Want: want, Got: got}
	f.Min, f.Max = r.bounds(code)
	c.report.fail(f)
}

// assign converts by kind. If the value does not fit, it returns what was expected; failures
// inside lists and objects are reported directly.
func (p *plan) assign(c *conversion, path string, value any, to reflect.Value) (code, want string) {
	switch p.kind {
	case kindAny:
		to.Set(reflect.ValueOf(value))
	case kindRaw:
		return p.assignRaw(value, to)
	case kindTime, kindText, kindJSON:
		return p.assignOwn(c, value, to)
	case kindFile:
		if list, ok := value.([]*upload.File); ok && len(list) > 0 {
			value = list[len(list)-1]
		}
		f, ok := value.(*upload.File)
		if !ok {
			return CodeType, "a file"
		}
		to.Set(reflect.ValueOf(f))
	case kindSlice, kindArray:
		return p.assignList(c, path, value, to)
	case kindMap:
		return p.assignMap(c, path, value, to)
	case kindStruct:
		members, ok := value.(map[string]any)
		if !ok {
			return WantObject(value)
		}
		for i := range p.fields {
			f := &p.fields[i]
			v, sent := members[f.name]
			f.bind(c, path+".", v, sent, to)
		}
	default:
		return p.assignScalar(c, value, to)
	}
	return "", ""
}

// WantObject describes what is wrong with a value that is not an object. If it is a string that
// looks like JSON, it describes the problem with that JSON.
func WantObject(value any) (code, want string) {
	const object = "an object"
	if text, ok := value.(string); ok && len(text) > 0 && text[0] == '{' {
		var v any
		var syntax *json.SyntaxError
		if err := json.Unmarshal([]byte(text), &v); errors.As(err, &syntax) {
			at := syntax.Offset
			if syntax.Error() != "unexpected end of JSON input" {
				at-- // Offset is behind the wrong character
			}
			return CodeType, object + ", as JSON (" + syntax.Error() + ", at byte " + strconv.FormatInt(at, 10) + ")"
		}
	}
	return CodeType, object
}

// assignScalar converts to strings, numbers and similar types.
func (p *plan) assignScalar(c *conversion, value any, to reflect.Value) (code, want string) {
	if p.quoted {
		value = p.unquote(c, value)
	}
	switch p.kind {
	case kindString:
		s, ok := Text(value)
		return assigned(ok, "a string", func() { to.SetString(s) })
	case kindNumber:
		s, ok := digits(value)
		if _, inRange := Float(value, 64); ok && isNumber(s) && !inRange {
			return CodeType, "a number in the range of float64" // the limit for numbers in JSON bodies
		}
		return assigned(ok && isNumber(s), "a number", func() { to.SetString(s) })
	case kindBool:
		b, ok := Bool(value)
		return assigned(ok, "true or false", func() { to.SetBool(b) })
	case kindInt:
		n, ok := Int(value, p.typ.Bits())
		if !ok {
			return CodeType, wholeNumber(p.typ, value)
		}
		to.SetInt(n)
		return "", ""
	case kindUint:
		n, ok := Uint(value, p.typ.Bits())
		if !ok {
			return CodeType, wholeNumber(p.typ, value)
		}
		to.SetUint(n)
		return "", ""
	case kindFloat:
		f, ok := Float(value, p.typ.Bits())
		want := "a number"
		if text, _ := digits(value); !ok && isNumber(text) {
			want += " in the range of " + p.typ.Kind().String()
		}
		return assigned(ok, want, func() { to.SetFloat(f) })
	case kindDuration:
		d, ok := duration(value)
		return assigned(ok, `a duration like "1m30s", or a number of nanoseconds`, func() { to.SetInt(int64(d)) })
	default:
		return p.assignBytes(value, to)
	}
}

// assigned calls assign if a value could be converted, otherwise it returns what was wanted.
func assigned(ok bool, want string, assign func()) (code, _ string) {
	if !ok {
		return CodeType, want
	}
	assign()
	return "", ""
}

// unquote removes the quotes that the option "string" of encoding/json adds to strings.
func (p *plan) unquote(c *conversion, value any) any {
	text, ok := value.(string)
	if !ok || p.kind != kindString {
		return value
	}
	var inner string
	if json.Unmarshal([]byte(text), &inner) != nil {
		if c.text {
			return value // forms do not use the option
		}
		return []any{} // an error: not a string
	}
	return inner
}

// duration reads a duration written by hand, or in nanoseconds, as encoding/json encodes it.
func duration(value any) (time.Duration, bool) {
	if text, ok := value.(string); ok {
		if d, err := time.ParseDuration(text); err == nil {
			return d, true
		}
	}
	n, ok := Int(value, 64)
	return time.Duration(n), ok
}

// isNumber reports whether encoding/json accepts s as a number.
func isNumber(s string) bool {
	if s == "" || s[0] != '-' && (s[0] < '0' || s[0] > '9') {
		return false
	}
	return json.Valid([]byte(s))
}

// assignBytes accepts base64 and, like encoding/json, a list of numbers.
func (p *plan) assignBytes(value any, to reflect.Value) (code, want string) {
	const expected = "base64 (RFC 4648, section 4)"
	switch v := value.(type) {
	case string:
		b, err := base64.StdEncoding.DecodeString(v)
		if err != nil {
			return CodeValue, expected
		}
		to.SetBytes(b)
		return "", ""
	case []any:
		b := make([]byte, len(v))
		for i, one := range v {
			if one == nil {
				continue
			}
			n, ok := Uint(one, 8)
			if _, text := one.(string); !ok || text {
				return CodeType, expected
			}
			b[i] = byte(n)
		}
		to.SetBytes(b)
		return "", ""
	}
	return CodeType, expected
}

// assignRaw accepts any JSON.
func (p *plan) assignRaw(value any, to reflect.Value) (code, want string) {
	raw, err := encode(value)
	if err != nil {
		return CodeType, "valid JSON"
	}
	to.SetBytes(raw)
	return "", ""
}

// encode encodes a decoded JSON value again.
func encode(value any) ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}

// assignOwn lets a type decode a value itself.
func (p *plan) assignOwn(c *conversion, value any, to reflect.Value) (code, want string) {
	err := p.readOwn(c, value, to)
	if err == nil {
		return "", ""
	}
	var shown interface{ ClientMessage() string }
	switch {
	case p.kind == kindTime:
		return CodeValue, `a time like "2006-01-02T15:04:05Z"`
	case errors.As(err, &shown):
		return CodeValue, "a valid " + p.typ.Name() + " (" + shown.ClientMessage() + ")"
	}
	return CodeValue, "a valid " + p.typ.Name()
}

var errKind = errors.New("another kind of value")

func (p *plan) readOwn(c *conversion, value any, to reflect.Value) error {
	own := to.Addr().Interface()
	text, isText := value.(string)
	byText := p.kind == kindText || p.kind == kindTime || p.byText
	if byText && (isText && c.text || p.kind == kindText) {
		s, ok := Text(value)
		if !ok {
			return errKind
		}
		err := own.(encoding.TextUnmarshaler).UnmarshalText([]byte(s))
		if err == nil || p.kind != kindJSON || !json.Valid([]byte(s)) {
			return err
		}
		return own.(json.Unmarshaler).UnmarshalJSON([]byte(s))
	}
	if p.kind == kindTime {
		if !isText {
			return errKind
		}
		return own.(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
	}
	raw, err := encode(value)
	if err != nil {
		return err
	}
	if err = own.(json.Unmarshaler).UnmarshalJSON(raw); err == nil {
		return nil
	}
	// Clients cannot always send the form that a type expects, so another one is tried: a string
	// for a number of any size, or a string from a number that a form sent, such as 12.34.
	number, isNumber := value.(json.Number)
	switch {
	case isText && p.byText:
		to.SetZero()
		return own.(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
	case isNumber && c.text:
		to.SetZero()
		return own.(json.Unmarshaler).UnmarshalJSON([]byte(strconv.Quote(number.String())))
	}
	return err
}

// assignList converts a list. A single string or file is a list of one.
func (p *plan) assignList(c *conversion, path string, value any, to reflect.Value) (code, want string) {
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
		return CodeType, "a list"
	}
	if c.text {
		list = slices.DeleteFunc(slices.Clone(list), func(v any) bool { return p.elem.isBlank(c, v) && v == "" })
	}
	if p.kind == kindArray {
		if n := p.typ.Len(); len(list) > n {
			return CodeItems, "a list of at most " + strconv.Itoa(n) + " elements"
		}
		to.SetZero()
	} else {
		to.Set(reflect.MakeSlice(p.typ, len(list), len(list)))
	}
	for i, v := range list {
		if c.report.More {
			break
		}
		p.elem.setElement(c, path+"["+strconv.Itoa(i)+"]", v, to.Index(i))
	}
	return "", ""
}

// setElement converts an element of a list or a map. null leaves the zero value, as in
// encoding/json, if the rules accept that.
func (p *plan) setElement(c *conversion, path string, value any, to reflect.Value) {
	switch {
	case value != nil:
		p.set(c, path, value, to)
	case p.pointer > 0:
	case p.kind == kindStruct && p.checksNull():
		p.convert(c, path, map[string]any{}, to)
	case p.rules != nil:
		if code, want, _ := p.rules.broken(p, nil, to); code != "" {
			c.failRule(path, code, want, Describe(nil), p.rules)
		}
	}
}

// checksNull reports whether null may be more than the zero value: if there are rules, or members
// that are required or have a default.
func (p *plan) checksNull() bool {
	return p.pointer == 0 && (p.rules != nil || slices.ContainsFunc(p.fields, func(f fieldPlan) bool { return f.required || f.def != nil }))
}

func (p *plan) assignMap(c *conversion, path string, value any, to reflect.Value) (code, want string) {
	members, ok := value.(map[string]any)
	if !ok {
		return WantObject(value)
	}
	to.Set(reflect.MakeMapWithSize(p.typ, len(members)))
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if c.report.More {
			break
		}
		if c.text && members[name] == "" && p.elem.isBlank(c, "") {
			continue // the field was left blank
		}
		at := path + "." + clip.Text(name, longestQuote)
		key := reflect.New(p.typ.Key()).Elem()
		if p.key == nil {
			key.SetString(name)
		} else {
			before, wasText := len(c.report.Failed), c.text
			c.text = true
			p.key.set(c, at, name, key)
			c.text = wasText
			if c.report.More {
				break
			}
			if len(c.report.Failed) > before {
				f := &c.report.Failed[before]
				f.Want = "named by " + f.Want
				continue
			}
		}
		elem := reflect.New(p.typ.Elem()).Elem()
		p.elem.setElement(c, at, members[name], elem)
		to.SetMapIndex(key, elem)
	}
	return "", ""
}

// wholeNumber describes the range of a type, for a value that does not fit. For large types it
// names the range only if the value is a whole number outside it.
func wholeNumber(t reflect.Type, value any) string {
	k := t.Kind()
	unsigned := k >= reflect.Uint && k <= reflect.Uintptr
	large := k == reflect.Int || k == reflect.Int64 || k == reflect.Uint || k == reflect.Uint64 || k == reflect.Uintptr
	text, _ := digits(value)
	whole := strings.TrimLeft(text, "+-")
	beyond := whole != "" && strings.Trim(whole, "0123456789") == "" && !(unsigned && text[0] == '-')
	switch bits := t.Bits(); {
	case large && !beyond && unsigned:
		return "a whole number that is not negative"
	case large && !beyond:
		return "a whole number"
	case unsigned:
		return "a whole number from 0 to " + strconv.FormatUint(math.MaxUint64>>(64-bits), 10)
	default:
		return "a whole number from " + strconv.FormatInt(math.MinInt64>>(64-bits), 10) + " to " + strconv.FormatInt(math.MaxInt64>>(64-bits), 10)
	}
}
