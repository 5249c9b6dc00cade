package params_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

const (
	typeJSON  = "application/json"
	typeForm  = "application/x-www-form-urlencoded"
	typeMulti = "multipart/form-data; boundary=X-BOUNDARY"
)

const formError = "There was an error processing this form."

func newParser(tb testing.TB, o params.Options) *params.Parser {
	tb.Helper()
	if o.Upload == nil {
		store, err := upload.NewDirStore(upload.DirStoreOptions{Dir: tb.TempDir()})
		if err != nil {
			tb.Fatal(err)
		}
		if o.Upload, err = upload.New(upload.Options{Store: store}); err != nil {
			tb.Fatal(err)
		}
	}
	p, err := params.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func request(method, target, contentType, body string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

// part is a part of a multipart body; one with a file name is a file.
type part struct{ name, filename, value string }

func multi(parts ...part) string {
	var b strings.Builder
	w := multipart.NewWriter(&b)
	_ = w.SetBoundary("X-BOUNDARY")
	for _, p := range parts {
		var to io.Writer
		if p.filename != "" {
			to, _ = w.CreateFormFile(p.name, p.filename)
		} else {
			to, _ = w.CreateFormField(p.name)
		}
		_, _ = io.WriteString(to, p.value)
	}
	_ = w.Close()
	return b.String()
}

func gzipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, s)
	_ = z.Close()
	return b.String()
}

// parse returns what the request brought; files appear as their content.
func parse(tb testing.TB, p *params.Parser, r *http.Request) (*params.Set, error) {
	tb.Helper()
	s, err := p.Parse(httptest.NewRecorder(), r)
	if err == nil {
		tb.Cleanup(func() {
			if err := s.Close(); err != nil {
				tb.Error(err)
			}
		})
	}
	return s, err
}

// names shows files by the names that the client gave them.
func names(v params.Values) object {
	shown := object{}
	for name, value := range v {
		switch value := value.(type) {
		case *upload.File:
			shown[name] = "file " + value.Name
		case []*upload.File:
			list := array{}
			for _, f := range value {
				list = append(list, "file "+f.Name)
			}
			shown[name] = list
		default:
			shown[name] = value
		}
	}
	return shown
}

// TestPhases holds that the query can be read first, and the body when it is
// known which files are wanted.
func TestPhases(t *testing.T) {
	p := newParser(t, params.Options{})
	r := request("POST", "/?a=q&b=q", typeMulti, multi(part{"a", "", "body"}, part{"wanted", "w.txt", "1"}, part{"other", "o.txt", "2"}))
	s, err := p.Query(r)
	if err != nil || !cmp.Equal(names(s.Values), object{"a": "q", "b": "q"}) {
		t.Fatalf("got %v, %v", s.Values, err)
	}
	asked := []string{}
	err = p.Body(httptest.NewRecorder(), r, s, params.Files{Keep: func(field string) bool {
		asked = append(asked, field)
		return field == "wanted"
	}})
	if want := (object{"a": "body", "b": "q", "wanted": "file w.txt"}); err != nil || !cmp.Equal(names(s.Values), want) {
		t.Errorf("got %v, %v; want %v", names(s.Values), err, want)
	}
	if !cmp.Equal(asked, []string{"wanted", "other"}) {
		t.Errorf("asked for %v", asked)
	}
	if err := p.Body(httptest.NewRecorder(), r, s, params.Files{}); err == nil {
		t.Error("a second time: got no error")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	s, err = p.Query(request("GET", "/?a=%zz", "", ""))
	if err == nil || s == nil || s.Values == nil {
		t.Errorf("a broken query: got %v, %v; want an error and an empty set", s, err)
	}
}

func TestHandler(t *testing.T) {
	store, err := upload.NewDirStore(upload.DirStoreOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	uploads, err := upload.New(upload.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	p := newParser(t, params.Options{Upload: uploads})
	var kept *upload.File
	inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, ok := params.FromContext(r.Context())
		if !ok {
			t.Error("got no params in the context")
			return
		}
		kept, _ = s.Values.File("f")
		fmt.Fprint(w, len(s.Values))
		if _, ok := s.Values["panic"]; ok {
			panic(http.ErrAbortHandler)
		}
	})
	h := p.Handler(p.Handler(inner)) // the second stands down

	t.Run("answers", func(t *testing.T) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request("POST", "/?a=1", typeJSON, `{"b":1}`))
		if w.Code != 200 || w.Body.String() != "2" {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
	t.Run("files are removed", func(t *testing.T) {
		for _, field := range []string{"x", "panic"} {
			func() {
				defer func() { _ = recover() }()
				h.ServeHTTP(httptest.NewRecorder(), request("POST", "/", typeMulti, multi(part{"f", "1.txt", "1"}, part{field, "", ""})))
			}()
			if kept == nil {
				t.Fatal("got no file")
			}
			if _, err := kept.Open(); err == nil {
				t.Errorf("after the request (%s): the file is still there", field)
			}
		}
	})
	t.Run("errors", func(t *testing.T) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request("POST", "/", typeJSON, `{"b":`))
		if got := w.Body.String(); w.Code != 400 || got != `{"error":"`+formError+`"}` || w.Header().Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("got %d %s", w.Code, got)
		}
		w = httptest.NewRecorder()
		h.ServeHTTP(w, request("POST", "/", typeMulti, "--X-BOUNDARY\r\n"))
		if got := w.Body.String(); w.Code != 400 || got != `{"error":"`+formError+`"}` {
			t.Errorf("a cut multipart body: got %d %s", w.Code, got)
		}
	})
	t.Run("own error handler", func(t *testing.T) {
		own := newParser(t, params.Options{ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusTeapot)
		}})
		w := httptest.NewRecorder()
		own.Handler(inner).ServeHTTP(w, request("GET", "/?a=%zz", "", ""))
		if w.Code != http.StatusTeapot || !strings.Contains(w.Body.String(), "broken percent escape") {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
	t.Run("concurrently", func(t *testing.T) {
		var wg sync.WaitGroup
		quiet := p.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s, _ := params.FromContext(r.Context())
			fmt.Fprint(w, len(s.Values))
		}))
		for range 8 {
			wg.Go(func() {
				for range 20 {
					w := httptest.NewRecorder()
					quiet.ServeHTTP(w, request("POST", "/?a[b]=1&a[c]=2", typeForm, "d=1&e=2"))
					if w.Body.String() != "3" {
						t.Errorf("got %s", w.Body)
					}
				}
			})
		}
		wg.Wait()
	})
	if _, ok := params.FromContext(context.Background()); ok {
		t.Error("got params from an empty context")
	}
}

func TestErrors(t *testing.T) {
	small := params.Options{MaxBodyBytes: 10, MaxFields: 2, Query: params.QueryOptions{ParameterLimit: 2}, JSON: params.JSONOptions{MaxKeys: 1, MaxItems: 1}}
	for _, tt := range []struct {
		name, target, contentType, body string
		kind                            error
		status                          int
		client                          string
	}{
		{"query", "/?a=%zz", "", "", params.ErrMalformed, 400, "The query cannot be read."},
		{"params in the query", "/?a&b&c", "", "", params.ErrTooMany, 400, "There are too many params in the query: at most 2 are accepted."},
		{"fields", "/", typeForm, "a&b&c", params.ErrTooMany, 400, "There are too many params in the body: at most 2 are accepted."},
		{"members", "/", typeJSON, `[{},{"":1}`, params.ErrTooMany, 400, "There are too many params in the body: at most 1 are accepted."},
		{"members of one", "/", typeJSON, `{"":1,"":2`, params.ErrTooMany, 400, "There are too many params in the body: at most 1 are accepted."},
		{"a broken form", "/", typeForm, "a=%zz", params.ErrMalformed, 400, formError},
		{"too large", "/", typeJSON, "[          ]", params.ErrTooLarge, 413, "The body is too large: at most 10 bytes are accepted."},
		{"charset", "/", typeJSON + "; charset=utf-16", "[]", params.ErrUnsupported, 415, "The charset or content coding of the body is not accepted."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse(t, newParser(t, small), request("POST", tt.target, tt.contentType, tt.body))
			var e *params.Error
			if !errors.As(err, &e) || !errors.Is(err, tt.kind) || e.StatusCode() != tt.status || e.ClientMessage() != tt.client {
				t.Fatalf("got %v (%+v)", err, e)
			}
			if !strings.HasPrefix(err.Error(), "params: ") || !strings.Contains(err.Error(), tt.kind.Error()) {
				t.Errorf("got the text %q", err)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	_, err := params.New(params.Options{
		Query:        params.QueryOptions{ParameterLimit: -1, Depth: 1001, Delimiter: "]"},
		JSON:         params.JSONOptions{MaxDepth: 1001, MaxKeys: -1, MaxItems: -1},
		MaxBodyBytes: -1, MaxRawBodyBytes: -1, MaxFields: -1,
	})
	if err == nil {
		t.Fatal("got no error")
	}
	for _, field := range []string{"Query.ParameterLimit", "Query.Depth", "Query.Delimiter", "JSON.MaxDepth", "JSON.MaxKeys", "JSON.MaxItems", "MaxBodyBytes", "MaxRawBodyBytes", "MaxFields"} {
		if !strings.Contains(err.Error(), "params: "+field+": ") {
			t.Errorf("got no problem of %s in\n%v", field, err)
		}
	}
	var problem *params.ConfigError
	if !errors.As(err, &problem) {
		t.Errorf("got %T, want it to have a *ConfigError", err)
	}
	p := newParser(t, params.Options{Query: params.QueryOptions{Depth: -1, ArrayLimit: -1}})
	s, err := p.Query(request("GET", "/?a[b]=1&c=1&c=2", "", ""))
	if want := (object{"a[b]": "1", "c": object{"0": "1", "1": "2"}}); err != nil || !cmp.Equal(names(s.Values), want) {
		t.Errorf("neither depth nor lists: got %v, %v; want %v", s.Values, err, want)
	}
}

func TestQueryAllocations(t *testing.T) {
	p := newParser(t, params.Options{})
	r := request("GET", "/?key=value&a=1", "", "")
	if got := testing.AllocsPerRun(100, func() { _, _ = p.Query(r) }); got > 5 {
		t.Errorf("got %v allocations, want at most 5: the set, the map and its members, two values", got)
	}
}

// Files must not be what json.Marshal fails at: params go into answers.
func TestValuesAreJSON(t *testing.T) {
	p := newParser(t, params.Options{Multiples: true})
	s, err := parse(t, p, request("POST", "/?a[b][]=1", typeMulti, multi(part{"f", "1.txt", "1"})))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := json.Marshal(s.Values); err != nil || !strings.Contains(string(got), `"name":"1.txt"`) {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestTextIsWhatAFormWouldHaveSent(t *testing.T) {
	v := params.Values{"s": "x", "n": json.Number("12345678901234567890"), "b": true, "l": []any{"x"}, "z": nil}
	for name, want := range map[string]string{"s": "x", "n": "12345678901234567890", "b": "true"} {
		if got, ok := v.Text(name); !ok || got != want {
			t.Errorf("%s: got %q, %t", name, got, ok)
		}
	}
	for _, name := range []string{"l", "z", "missing"} {
		if got, ok := v.Text(name); ok {
			t.Errorf("%s: got %q", name, got)
		}
	}
}
