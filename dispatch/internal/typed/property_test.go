package typed_test

import (
	"bytes"
	"encoding"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/dispatch/internal/typed"
	"github.com/sidekick-http/sidekick/dispatch/internal/typed/typedtest"
	"github.com/sidekick-http/sidekick/internal/rounds"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

var (
	typeDuration = reflect.TypeFor[time.Duration]()
	typeRaw      = reflect.TypeFor[json.RawMessage]()
	typeBytes    = reflect.TypeFor[[]byte]()
	typeFile     = reflect.TypeFor[*upload.File]()
)

// spelling is how the names of lists are written.
type spelling int

const (
	repeated spelling = iota // tags=a&tags=b
	brackets                 // tags[]=a&tags[]=b
	indexed                  // tags[0]=a&tags[1]=b
)

// pair is a name and its value: a string or a file.
type pair struct {
	name string
	text string
	file *upload.File
}

// pairs writes a value as names and values. Lists within lists, and structs and maps in lists,
// need indexes; in the other spellings they are written as JSON.
func (s spelling) pairs(name string, v reflect.Value, out []pair) []pair {
	switch v.Type() {
	case typeFile:
		if v.IsNil() {
			return out
		}
		return append(out, pair{name: name, file: v.Interface().(*upload.File)})
	case typeBytes:
		return append(out, pair{name: name, text: base64.StdEncoding.EncodeToString(v.Bytes())})
	case typeRaw:
		return append(out, pair{name: name, text: string(v.Bytes())})
	case typeDuration:
		return append(out, pair{name: name, text: v.Interface().(fmt.Stringer).String()})
	}
	if t, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := t.MarshalText()
		if err != nil {
			panic(err)
		}
		return append(out, pair{name: name, text: string(text)})
	}
	if _, ok := v.Interface().(json.Marshaler); ok {
		return append(out, pair{name: name, text: asJSON(v)})
	}
	switch v.Kind() {
	case reflect.Pointer:
		return s.pairs(name, v.Elem(), out)
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			at := name
			switch s {
			case brackets:
				at += "[]"
			case indexed:
				at += fmt.Sprintf("[%d]", i)
			}
			if s != indexed && isCompound(v.Type().Elem()) && !hasFile(v.Type().Elem()) {
				out = append(out, pair{name: at, text: asJSON(v.Index(i))})
				continue
			}
			if s != indexed && isCompound(v.Type().Elem()) {
				at = name + fmt.Sprintf("[%d]", i)
			}
			out = s.pairs(at, v.Index(i), out)
		}
		return out
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			out = s.pairs(name+"["+keyText(it.Key())+"]", it.Value(), out)
		}
		return out
	case reflect.Struct:
		for i := range v.NumField() {
			member := v.Type().Field(i).Tag.Get("json")
			if name != "" {
				member = name + "[" + member + "]"
			}
			out = s.pairs(member, v.Field(i), out)
		}
		return out
	}
	return append(out, pair{name: name, text: fmt.Sprint(v.Interface())})
}

func isCompound(t reflect.Type) bool {
	if t == typeBytes || t == typeRaw || t == typeFile || t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) || t.Implements(reflect.TypeFor[json.Marshaler]()) {
		return false
	}
	return t.Kind() == reflect.Struct || t.Kind() == reflect.Map || t.Kind() == reflect.Slice || t.Kind() == reflect.Array
}

func hasFile(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return t == typeFile
	}
	for i := range t.NumField() {
		if t.Field(i).Type == typeFile {
			return true
		}
	}
	return false
}

func asJSON(v reflect.Value) string {
	b, err := json.Marshal(v.Interface())
	if err != nil {
		panic(err)
	}
	return string(b)
}

func keyText(key reflect.Value) string {
	if t, ok := key.Interface().(encoding.TextMarshaler); ok {
		b, _ := t.MarshalText()
		return string(b)
	}
	return fmt.Sprint(key.Interface())
}

// ways are the ways to send a struct.
var ways = map[string]func(t *testing.T, v reflect.Value, pairs []pair) *http.Request{
	"query": func(_ *testing.T, _ reflect.Value, pairs []pair) *http.Request {
		return httptest.NewRequest("GET", "/?"+encodePairs(pairs), nil)
	},
	"urlencoded": func(_ *testing.T, _ reflect.Value, pairs []pair) *http.Request {
		r := httptest.NewRequest("POST", "/", strings.NewReader(encodePairs(pairs)))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return r
	},
	"JSON": func(_ *testing.T, v reflect.Value, _ []pair) *http.Request {
		r := httptest.NewRequest("POST", "/", strings.NewReader(asJSON(v)))
		r.Header.Set("Content-Type", "application/json")
		return r
	},
	"multipart": func(t *testing.T, _ reflect.Value, pairs []pair) *http.Request {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		for _, p := range pairs {
			if p.file == nil {
				if err := w.WriteField(p.name, p.text); err != nil {
					t.Fatal(err)
				}
				continue
			}
			part, err := w.CreateFormFile(p.name, p.file.Name)
			if err != nil {
				t.Fatal(err)
			}
			part.Write(make([]byte, p.file.Size))
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("POST", "/", &body)
		r.Header.Set("Content-Type", w.FormDataContentType())
		return r
	},
}

func encodePairs(pairs []pair) string {
	var b strings.Builder
	for i, p := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(p.name) + "=" + url.QueryEscape(p.text))
	}
	return b.String()
}

// same compares two structs: files by the client's description, raw JSON by its meaning. null
// counts as missing, although encoding/json passes it to json.RawMessage.
var same = cmp.Options{
	cmp.Exporter(func(reflect.Type) bool { return true }),
	cmp.Comparer(func(a, b *upload.File) bool {
		return (a == nil) == (b == nil) && (a == nil || a.Name == b.Name && a.Size == b.Size)
	}),
	cmp.FilterPath(func(p cmp.Path) bool { return p.Last().Type() == typeRaw }, cmp.Comparer(func(a, b json.RawMessage) bool {
		return compact(a) == compact(b)
	})),
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b *big.Int) bool { return a == b || a != nil && b != nil && a.Cmp(b) == 0 }),
}

func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	if err := json.Compact(&b, raw); err != nil {
		return err.Error()
	}
	return b.String()
}

// Every value arrives unchanged, whichever way it is sent and however the names are spelled.
func TestEveryWayGivesTheSameValue(t *testing.T) {
	t.Parallel()
	rounds := rounds.Of(t, 250)
	store, err := upload.NewMemoryStore(upload.MemoryStoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	uploads, err := upload.New(upload.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	parser, err := params.New(params.Options{Upload: uploads, MaxFields: 100_000, Query: params.QueryOptions{ParameterLimit: 100_000}})
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(1)
	if text := os.Getenv("TEST_SEED"); text != "" {
		fmt.Sscan(text, &seed)
	}
	r := typedtest.New(seed)
	for round := range rounds {
		typ := r.StructType(4, 3)
		files := round%4 == 0
		if files {
			typ = r.WithFiles(typ)
		}
		inputs, err := typed.Of(typ)
		if err != nil {
			t.Fatalf("%s: %v", typ, err)
		}
		sent := reflect.New(typ).Elem()
		r.Fill(sent)
		s := spelling(round % 3)
		pairs := s.pairs("", sent, nil)
		for name, request := range ways {
			if files && name != "multipart" {
				continue
			}
			got, report := arrived(t, parser, inputs, request(t, sent, pairs))
			if diff := cmp.Diff(sent.Interface(), reflect.ValueOf(got).Elem().Interface(), same); diff != "" || len(report.Failed)+len(report.Missing) > 0 {
				t.Fatalf("round %d, %s, spelling %d, %s\nsent %v\nreport %v\n%s", round, name, s, typ, pairs, report, diff)
			}
		}
	}
}

// arrived reads a request like the dispatcher.
func arrived(t *testing.T, parser *params.Parser, inputs *typed.Inputs, r *http.Request) (any, typed.Report) {
	t.Helper()
	set, err := parser.Query(r)
	if err != nil {
		t.Fatal(err)
	}
	err = parser.Body(httptest.NewRecorder(), r, set, params.Files{
		Keep: func(field string) bool { return parser.TakesFile(inputs.Shapes(), field) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	if err := set.Shape(inputs.Shapes()); err != nil {
		t.Fatal(err)
	}
	var report typed.Report
	return inputs.Bind(set.Values, set.IsJSON, &report), report
}
