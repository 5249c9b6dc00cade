package dispatch_test

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"math/big"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/textproto"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/dispatch/internal/typed/typedtest"
	"github.com/sidekick-http/sidekick/internal/rounds"
)

// instances makes values that the document allows.
type instances struct {
	*typedtest.Random
	d *described
}

// of makes a value for inputs of a type. If the schema does not describe the type, because only
// its methods know its form, a value of the type is used.
func (in *instances) of(s *jsonschema.Schema, t reflect.Type, depth int) any {
	s = in.d.target(s)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case s.Enum != nil:
		return s.Enum[in.IntN(len(s.Enum))]
	case s.OneOf != nil:
		return in.of(s.OneOf[in.IntN(len(s.OneOf))], t, depth)
	case t == reflect.TypeFor[time.Duration]() && strings.Contains(s.Pattern, "ns|us"):
		return in.duration()
	case s.Pattern != "":
		return in.matching(s.Pattern, t)
	case t == reflect.TypeFor[big.Int]():
		return json.Number(strconv.Itoa(in.Int()) + "000000000000000000000")
	case isOpaque(t):
		return in.sample(t)
	}
	switch s.Type {
	case "object":
		return in.object(s, t, depth)
	case "array":
		return in.list(s, t, depth)
	case "boolean":
		return in.IntN(2) == 0
	case "integer", "number":
		return in.number(s)
	case "string":
		return in.string(s)
	}
	return []any{"x", "some text"}[in.IntN(2)] // any value that is the same in a form
}

// isOpaque reports whether only the methods of a type know what it accepts.
func isOpaque(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) || t == reflect.TypeFor[[]byte]()
}

func (in *instances) sample(t reflect.Type) any {
	v := reflect.New(t).Elem()
	in.Fill(v)
	text, err := json.Marshal(v.Addr().Interface())
	if err != nil {
		panic(err)
	}
	return decodedExactly(text)
}

func decodedExactly(text []byte) (v any) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		panic(err)
	}
	return v
}

func (in *instances) duration() any {
	return []string{"0", "1m30s", "-2h", "1.5s", "+10ms", "3us"}[in.IntN(6)]
}

// matching makes a string for one of the existing patterns.
func (in *instances) matching(pattern string, t reflect.Type) any {
	switch pattern {
	case `^[a-c]{1,3}$`:
		return []string{"a", "bc", "cab"}[in.IntN(3)]
	case `^[a-z]+$`:
		return []string{"abc", "x"}[in.IntN(2)]
	case `^".*"$`:
		return strconv.Quote([]string{"a", "b c", "5"}[in.IntN(3)])
	}
	v := reflect.New(t).Elem() // a number in quotes
	in.Fill(v)
	if v.Kind() == reflect.String {
		return v.String() // a json.Number
	}
	return fmt.Sprint(reflect.ValueOf(v.Interface()).Convert(numberOf(t)).Interface())
}

// numberOf returns the type's number type without its methods.
func numberOf(t reflect.Type) reflect.Type {
	switch k := t.Kind(); {
	case k >= reflect.Int && k <= reflect.Int64:
		return reflect.TypeFor[int64]()
	case k >= reflect.Uint && k <= reflect.Uint64:
		return reflect.TypeFor[uint64]()
	}
	return reflect.TypeFor[float64]()
}

func (in *instances) object(s *jsonschema.Schema, t reflect.Type, depth int) any {
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) { // in the same order in every run
		p := s.Properties[name]
		f, ok := fieldNamed(t, name)
		if !ok {
			panic("no field " + name + " in " + t.String())
		}
		if name == "id" || slices.Contains(s.Required, name) || depth > 0 && in.IntN(3) > 0 {
			out[name] = in.of(p, f, depth-1)
		}
	}
	if t.Kind() != reflect.Map {
		return out
	}
	for range 1 + in.IntN(2) {
		key := reflect.New(t.Key()).Elem()
		name := []string{"a", "b c", "7", "ü"}[in.IntN(4)]
		if key.Kind() != reflect.String {
			in.Fill(key)
			name = fmt.Sprint(key.Interface())
			if m, ok := key.Interface().(encoding.TextMarshaler); ok {
				text, _ := m.MarshalText()
				name = string(text)
			}
		}
		out[name] = in.of(s.AdditionalProperties, t.Elem(), depth-1)
	}
	return out
}

// fieldNamed returns the type of the field with that JSON name.
func fieldNamed(t reflect.Type, name string) (reflect.Type, bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if tag == name || tag == "" && f.Name == name {
			return f.Type, true
		}
		embedded := f.Type
		if embedded.Kind() == reflect.Pointer {
			embedded = embedded.Elem()
		}
		if f.Anonymous && embedded.Kind() == reflect.Struct {
			if found, ok := fieldNamed(embedded, name); ok {
				return found, true
			}
		}
	}
	return nil, false
}

func (in *instances) list(s *jsonschema.Schema, t reflect.Type, depth int) any {
	n := 1 + in.IntN(3)
	if s.MinItems != nil {
		n = max(n, *s.MinItems)
	}
	if s.MaxItems != nil {
		n = min(n, *s.MaxItems)
	}
	if depth < 0 && t.Elem() == t {
		n = 0 // a list of itself
	}
	list := make([]any, n)
	for i := range list {
		list[i] = in.of(s.Items, t.Elem(), depth-1)
	}
	return list
}

func (in *instances) number(s *jsonschema.Schema) any {
	low, high := -1e15, 1e15
	switch s.Format {
	case "int32":
		low, high = math.MinInt32, math.MaxInt32
	case "float", "double":
		low, high = -1e30, 1e30
	}
	if s.Minimum != nil {
		low = *s.Minimum
	}
	if s.Maximum != nil {
		high = *s.Maximum
	}
	f := low + in.Float64()*(high-low)
	if s.Type == "number" {
		return json.Number(strconv.FormatFloat(f, []byte{'f', 'e', 'g'}[in.IntN(3)], -1, 64))
	}
	n := int64(math.Max(math.Ceil(low), math.Trunc(f)))
	switch in.IntN(8) {
	case 0:
		return json.Number(strconv.FormatInt(n, 10) + ".0")
	case 1:
		return json.Number(strconv.FormatInt(n, 10) + "e0")
	}
	return json.Number(strconv.FormatInt(n, 10))
}

func (in *instances) string(s *jsonschema.Schema) any {
	text := []rune(in.Text())
	if s.MinLength != nil {
		for len(text) < *s.MinLength {
			text = append(text, 'ü')
		}
	}
	if s.MaxLength != nil && len(text) > *s.MaxLength {
		text = text[:*s.MaxLength]
	}
	return string(text)
}

// text writes a value as one string.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool, float64:
		return fmt.Sprint(v)
	}
	return jsonText(v)
}

func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// elements returns the values sent under one name: several for a list that is not written as
// JSON.
func elements(v any, style string) []any {
	if list, ok := v.([]any); ok && style == "form" {
		return list
	}
	return []any{v}
}

// written writes a value in the notation that the document's schema for text describes.
func (d *described) written(s *jsonschema.Schema, v any) string {
	if s = d.target(s); s.ContentMediaType == "application/json" {
		return jsonText(v)
	}
	return text(v)
}

// addTo adds one input in its style.
func (d *described) addTo(out url.Values, name, style string, s *jsonschema.Schema, v any) {
	if style == "deepObject" {
		for member, one := range v.(map[string]any) {
			out.Add(name+"["+member+"]", text(one))
		}
		return
	}
	for _, one := range elements(v, style) {
		if style == "form" {
			out.Add(name, d.written(d.target(s).Items, one))
		} else {
			out.Add(name, d.written(s, one))
		}
	}
}

// ways are the ways to send an instance that the document describes.
var ways = map[string]func(d *described, path string, instance map[string]any) *http.Request{
	"JSON": func(_ *described, path string, instance map[string]any) *http.Request {
		return body(path, "application/json", strings.NewReader(jsonText(instance)))
	},
	"query": func(d *described, path string, instance map[string]any) *http.Request {
		query := url.Values{}
		for _, p := range d.paths[path]["get"].Parameters {
			if v, sent := instance[p.Name]; sent {
				d.addTo(query, p.Name, p.Style, p.Schema, v)
			}
		}
		return httptest.NewRequest("GET", path+"?"+query.Encode(), nil)
	},
	"form": func(d *described, path string, instance map[string]any) *http.Request {
		const form = "application/x-www-form-urlencoded"
		content := d.paths[path]["post"].RequestBody.Content[form]
		values := url.Values{}
		for name, s := range d.target(content.Schema).Properties {
			if v, sent := instance[name]; sent {
				d.addTo(values, name, content.Encoding[name].Style, s, v)
			}
		}
		return body(path, form, strings.NewReader(values.Encode()))
	},
	"multipart": func(d *described, path string, instance map[string]any) *http.Request {
		content := d.paths[path]["post"].RequestBody.Content["multipart/form-data"]
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		part := func(name, contentType, text string) {
			h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + name + `"`}}
			if contentType != "" {
				h.Set("Content-Type", contentType)
			}
			p, err := w.CreatePart(h)
			if err != nil {
				panic(err)
			}
			io.WriteString(p, text)
		}
		for name, s := range d.target(content.Schema).Properties {
			v, sent := instance[name]
			encoding := content.Encoding[name]
			switch list, isList := v.([]any); {
			case !sent:
			case encoding.ContentType != "" && isList:
				for _, one := range list {
					part(name, encoding.ContentType, jsonText(one))
				}
			case encoding.ContentType != "":
				part(name, encoding.ContentType, jsonText(v))
			case isList && d.target(s).Type == "array":
				for _, one := range list {
					part(name, "", d.written(d.target(s).Items, one))
				}
			default:
				part(name, "", d.written(s, v))
			}
		}
		if err := w.Close(); err != nil {
			panic(err)
		}
		return body(path, w.FormDataContentType(), &b)
	},
}

func body(path, contentType string, content io.Reader) *http.Request {
	r := httptest.NewRequest("POST", path, content)
	r.Header.Set("Content-Type", contentType)
	return r
}

// sameInputs compares inputs: raw JSON by its meaning.
var sameInputs = cmp.Options{
	cmp.Exporter(func(reflect.Type) bool { return true }),
	cmp.FilterPath(func(p cmp.Path) bool { return !isRaw(p) }, cmpopts.EquateEmpty()),
	cmp.FilterPath(isRaw, cmp.Comparer(func(a, b json.RawMessage) bool {
		return len(a) == 0 && len(b) == 0 || len(a) > 0 && len(b) > 0 && cmp.Equal(decodedExactly(a), decodedExactly(b))
	})),
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b *big.Int) bool { return a == b || a != nil && b != nil && a.Cmp(b) == 0 }),
}

func isRaw(p cmp.Path) bool { return p.Last().Type() == reflect.TypeFor[json.RawMessage]() }

// Whatever the document allows is accepted, in every way that it describes, with the same result.
func TestWhatTheDocumentAllowsIsTaken(t *testing.T) {
	t.Parallel()
	r := random(t, 13)
	const perDocument, perType = 25, 5
	for round := 0; round < rounds.Of(t, 250); {
		types := make([]reflect.Type, perDocument)
		var got any
		var actions []dispatch.Action
		for i := range types {
			types[i] = r.InputStruct(4, 2)
			actions = append(actions, dispatch.TypedOf(fmt.Sprint("a", i), types[i], reflect.TypeFor[string](), func(in any) any {
				got = in
				return "taken"
			}))
		}
		d := describe(t, actions)
		in := instances{r, d}
		for i, typ := range types {
			path := fmt.Sprint("/a", i)
			s := d.paths[path]["post"].RequestBody.Content["application/json"].Schema
			validator := d.resolved(t, s)
			for range perType {
				round++
				instance := in.of(s, typ, 4).(map[string]any)
				if err := validator.Validate(plainly(instance)); err != nil {
					t.Fatalf("%s\n%s is no instance: %v", typ, jsonText(instance), err)
				}
				var first any
				for _, name := range []string{"JSON", "query", "form", "multipart"} {
					got = nil
					request := ways[name](d, path, instance)
					shown := fmt.Sprint(request.URL)
					if name == "form" || name == "multipart" {
						sent, _ := io.ReadAll(request.Body)
						shown, request.Body = string(sent), io.NopCloser(bytes.NewReader(sent))
					}
					w := httptest.NewRecorder()
					d.ServeHTTP(w, request)
					if w.Code != 200 {
						text, _ := json.Marshal(validator.Schema())
						t.Fatalf("round %d, %s, %s\nthe instance %s\nsent as %s\ngot %d %s\nthe document has %s", round, name, typ, jsonText(instance), shown, w.Code, w.Body, text)
					}
					if name == "JSON" {
						first = got
					} else if jsonText(first) == jsonText(got) {
						continue // cmp.Diff is slow
					} else if diff := cmp.Diff(first, got, sameInputs); diff != "" {
						t.Fatalf("round %d, %s\nthe instance %s\nsent as %s\nanother value than by JSON:\n%s", round, typ, jsonText(instance), shown, diff)
					}
				}
			}
		}
	}
}

// plainly returns a value as encoding/json decodes it.
func plainly(v any) (out any) {
	if err := json.Unmarshal([]byte(jsonText(v)), &out); err != nil {
		panic(err)
	}
	return out
}
