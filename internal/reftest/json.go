package reftest

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// JSON values as JavaScript sees them: nil, bool, float64, string, []any, *object,
// and absent if there is none. The recorded responses were written and compared by
// JavaScript, and some of its rules affect what counts as equal.

// absent is JavaScript's undefined.
type absent struct{}

// object is a JSON object that keeps the order of its keys.
type object struct {
	keys   []string // in JavaScript's order: array indices ascending, then the others as written
	values map[string]any
}

func newObject() *object { return &object{values: map[string]any{}} }

func (o *object) set(key string, v any) {
	if _, ok := o.values[key]; !ok {
		at := len(o.keys)
		if n, ok := arrayIndex(key); ok {
			at = slices.IndexFunc(o.keys, func(k string) bool { m, ok := arrayIndex(k); return !ok || m > n })
			if at < 0 {
				at = len(o.keys)
			}
		}
		o.keys = slices.Insert(o.keys, at, key)
	}
	o.values[key] = v
}

func (o *object) remove(key string) {
	if _, ok := o.values[key]; ok {
		delete(o.values, key)
		o.keys = slices.DeleteFunc(o.keys, func(k string) bool { return k == key })
	}
}

// arrayIndex reports whether key is an array index, which comes before other keys.
func arrayIndex(key string) (uint64, bool) {
	n, err := strconv.ParseUint(key, 10, 32)
	return n, err == nil && n < math.MaxUint32 && strconv.FormatUint(n, 10) == key
}

// parseJSON reads text as a single JSON value.
func parseJSON(text string) (v any, ok bool) {
	if !json.Valid([]byte(text)) {
		return absent{}, false
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return readValue(d), true
}

// readValue reads the next value of JSON that is known to be valid.
func readValue(d *json.Decoder) any {
	token, _ := d.Token()
	switch t := token.(type) {
	case json.Number:
		f, _ := strconv.ParseFloat(string(t), 64) // out of range it is infinite, as in JavaScript
		return f
	case json.Delim:
		if t == '[' {
			list := []any{}
			for d.More() {
				list = append(list, readValue(d))
			}
			d.Token()
			return list
		}
		o := newObject()
		for d.More() {
			key, _ := d.Token()
			o.set(key.(string), readValue(d))
		}
		d.Token()
		return o
	default:
		return t
	}
}

// get returns the member of v with this key, or absent{}.
func get(v any, key string) any {
	switch v := v.(type) {
	case *object:
		if m, ok := v.values[key]; ok {
			return m
		}
	case []any:
		if n, ok := arrayIndex(key); ok && n < uint64(len(v)) {
			return v[n]
		}
	}
	return absent{}
}

// keys lists the keys of any value, as Object.keys does.
func keys(v any) []string {
	n := 0
	switch v := v.(type) {
	case *object:
		return v.keys
	case []any:
		n = len(v)
	case string:
		n = len(utf16Of(v))
	}
	list := make([]string, n)
	for i := range list {
		list[i] = strconv.Itoa(i)
	}
	return list
}

// truthy reports whether JavaScript takes v for true.
func truthy(v any) bool {
	switch v := v.(type) {
	case nil, absent:
		return false
	case bool:
		return v
	case float64:
		return v != 0
	case string:
		return v != ""
	}
	return true
}

// same reports whether two values are equal at every depth. The order of keys does
// not matter; 0 and -0 are different numbers.
func same(a, b any) bool {
	switch a := a.(type) {
	case float64:
		b, ok := b.(float64)
		return ok && math.Float64bits(a) == math.Float64bits(b)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, same)
	case *object:
		b, ok := b.(*object)
		if !ok || len(a.keys) != len(b.keys) {
			return false
		}
		for k, v := range a.values {
			if w, ok := b.values[k]; !ok || !same(v, w) {
				return false
			}
		}
		return true
	default: // nil, absent, bool, string
		switch b.(type) {
		case float64, []any, *object:
			return false
		}
		return a == b
	}
}

// clone copies a value at every depth.
func clone(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = clone(v[i])
		}
		return list
	case *object:
		o := &object{keys: slices.Clone(v.keys), values: make(map[string]any, len(v.values))}
		for k, m := range v.values {
			o.values[k] = clone(m)
		}
		return o
	}
	return v
}

// stringify writes a value as JSON.stringify does, with indent spaces per level;
// with 0 on one line.
func stringify(v any, indent int) string {
	w := jsonWriter{indent: indent}
	w.value(v, 0)
	return w.String()
}

type jsonWriter struct {
	strings.Builder
	indent int
}

// line begins a new line, unless everything is on one line.
func (w *jsonWriter) line(depth int) {
	if w.indent > 0 {
		w.WriteString("\n" + strings.Repeat(" ", w.indent*depth))
	}
}

func (w *jsonWriter) value(v any, depth int) {
	switch v := v.(type) {
	case nil:
		w.WriteString("null")
	case absent:
		w.WriteString("undefined")
	case bool:
		w.WriteString(strconv.FormatBool(v))
	case float64:
		w.WriteString(number(v))
	case string:
		quote(&w.Builder, v)
	case []any:
		w.array(v, depth)
	case *object:
		w.object(v, depth)
	}
}

func (w *jsonWriter) array(a []any, depth int) {
	w.WriteByte('[')
	for i, m := range a {
		if i > 0 {
			w.WriteByte(',')
		}
		w.line(depth + 1)
		w.value(m, depth+1)
	}
	if len(a) > 0 {
		w.line(depth)
	}
	w.WriteByte(']')
}

func (w *jsonWriter) object(o *object, depth int) {
	w.WriteByte('{')
	some := false
	for _, k := range o.keys {
		if o.values[k] == (absent{}) {
			continue
		}
		if some {
			w.WriteByte(',')
		}
		some = true
		w.line(depth + 1)
		quote(&w.Builder, k)
		w.WriteByte(':')
		if w.indent > 0 {
			w.WriteByte(' ')
		}
		w.value(o.values[k], depth+1)
	}
	if some {
		w.line(depth)
	}
	w.WriteByte('}')
}

// number writes a number as JavaScript does; a number that JSON cannot represent
// becomes null.
func number(f float64) string {
	if math.IsInf(f, 0) {
		return "null"
	}
	if f == 0 {
		return "0" // also for -0
	}
	text, _ := json.Marshal(f) // encoding/json follows JavaScript's form
	return string(text)
}

// escapes are the characters that JSON.stringify writes as a backslash and a
// letter.
var escapes = strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\b", `\b`, "\f", `\f`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

func quote(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, r := range escapes.Replace(s) {
		if r < ' ' {
			fmt.Fprintf(b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}
