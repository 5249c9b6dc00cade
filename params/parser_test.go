package params_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/internal/errcode"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

const (
	typeJSON  = "application/json"
	typeForm  = "application/x-www-form-urlencoded"
	typeMulti = "multipart/form-data; boundary=X-BOUNDARY"
)

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

// parse returns the parsed set; files appear as their content.
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

// TestPhases checks that the query can be read first, and the body once it is known which files
// are wanted.
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

// A body that package upload takes for a single file is one here, and nothing else is.
func TestWholeBodies(t *testing.T) {
	uploads, err := upload.New(upload.Options{WholeBodyTypes: []string{"image/*", "text/csv", "application/*"}, WholeBodyUntyped: true})
	if err != nil {
		t.Fatal(err)
	}
	p := newParser(t, params.Options{Upload: uploads, JSON: params.JSONOptions{Types: []string{"application/csp-report"}}})
	plain := newParser(t, params.Options{})
	for _, tt := range []struct {
		kind, body string
		p          *params.Parser
		file       bool
		want       any // the parameter a
	}{
		{"image/png", "bytes", p, true, nil},
		{"text/csv; charset=iso-8859-1", "bytes", p, true, nil},
		{"", "bytes", p, true, nil},
		{"", "", p, false, nil},
		{"text/plain", "bytes", p, false, nil},
		{"application/json", `{"a":"1"}`, p, false, "1"},
		{"application/csp-report", `{"a":"1"}`, p, false, "1"},
		{"application/x-www-form-urlencoded", "a=1", p, false, "1"},
		{"image/png", "bytes", plain, false, nil},
		{"", "bytes", plain, false, nil},
		{"application/octet-stream", "bytes", plain, true, nil},
	} {
		set, err := tt.p.Parse(httptest.NewRecorder(), request("POST", "/", tt.kind, tt.body))
		if err != nil {
			t.Errorf("%q: %v", tt.kind, err)
			continue
		}
		f, ok := set.Values.File("file")
		if ok != tt.file || ok && f.Size != int64(len(tt.body)) || set.IsWholeBody() != tt.file || set.Values["a"] != tt.want {
			t.Errorf("%q: got %v", tt.kind, set.Values)
		}
		if err := set.Close(); err != nil {
			t.Error(err)
		}
	}
	// A boundary that package upload accepts is accepted here.
	body := strings.ReplaceAll(multi(part{name: "a", value: "1"}), "X-BOUNDARY", "x/y")
	set, err := plain.Parse(httptest.NewRecorder(), request("POST", "/", "multipart/form-data; boundary=x/y", body))
	if err != nil || set.Values["a"] != "1" {
		t.Errorf("got %v", err)
	}
}

// Handlers of both packages share one form, in either order.
func TestStackedWithUploads(t *testing.T) {
	dir := t.TempDir()
	store, err := upload.NewDirStore(upload.DirStoreOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	uploads, err := upload.New(upload.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]params.Options{
		"plain": {Upload: uploads}, "with the raw body": {Upload: uploads, SaveRawBody: true},
	} {
		p := newParser(t, o)
		inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			set, ok := params.FromContext(r.Context())
			if !ok {
				t.Error("there are no params")
				return
			}
			form, ok := upload.FromContext(r.Context())
			f, isFile := set.Values.File("f")
			if !ok || !isFile || len(form.Files) != 1 || form.Files[0] != f || f.Name != "a.txt" || f.Size != 1 {
				t.Errorf("got the form %+v, the file %+v", form, f)
			}
			if got := set.Values["a"]; got != "1" {
				t.Errorf("got a=%v", got)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
				t.Errorf("stored are %v, %v", left, err)
			}
			w.WriteHeader(http.StatusNoContent)
		})
		for order, h := range map[string]http.Handler{
			"params inside":        uploads.Handler(p.Handler(inner)),
			"params outside":       p.Handler(uploads.Handler(inner)),
			"both outside":         p.Handler(uploads.Handler(p.Handler(uploads.Handler(inner)))),
			"both, uploads inside": uploads.Handler(p.Handler(uploads.Handler(inner))),
		} {
			t.Run(name+"/"+order, func(t *testing.T) {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, request("POST", "/", typeMulti, multi(part{name: "a", value: "1"}, part{"f", "a.txt", "x"})))
				if w.Code != http.StatusNoContent {
					t.Errorf("got %d %s", w.Code, w.Body)
				}
				if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
					t.Errorf("left are %v, %v", left, err)
				}
			})
		}
	}
	t.Run("only the files that are wanted", func(t *testing.T) {
		p := newParser(t, params.Options{Upload: uploads})
		w := httptest.NewRecorder()
		uploads.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			set, err := p.Query(r)
			if err == nil {
				err = p.Body(w, r, set, params.Files{Keep: func(field string) bool { return field == "f" }})
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := set.Values.File("f"); !ok || set.Values["g"] != nil {
				t.Errorf("got %v", set.Values)
			}
			if err := set.Close(); err != nil {
				t.Error(err)
			}
			// The owner of the form still has both files.
			form, _ := upload.FromContext(r.Context())
			for _, f := range form.Files {
				if _, err := os.Stat(f.Path); err != nil {
					t.Error(err)
				}
			}
		})).ServeHTTP(w, request("POST", "/", typeMulti, multi(part{"f", "a.txt", "x"}, part{"g", "b.txt", "y"})))
		if left, err := os.ReadDir(dir); w.Code != 200 || err != nil || len(left) > 0 {
			t.Errorf("got %d, left are %v, %v", w.Code, left, err)
		}
	})
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
	h := p.Handler(p.Handler(inner)) // the second one does nothing

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
		if got := w.Body.String(); w.Code != 400 || got != `{"error":"The body is not valid JSON: want a value, but the text ends, at byte 5."}` || w.Header().Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("got %d %s", w.Code, got)
		}
		w = httptest.NewRecorder()
		h.ServeHTTP(w, request("POST", "/", typeMulti, "--X-BOUNDARY\r\n"))
		if got := w.Body.String(); w.Code != 400 || got != `{"error":"The body is not complete: it ends before its last boundary, in part 1."}` {
			t.Errorf("a cut multipart body: got %d %s", w.Code, got)
		}
	})
	t.Run("own error handler", func(t *testing.T) {
		own := newParser(t, params.Options{ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusTeapot)
		}})
		w := httptest.NewRecorder()
		own.Handler(inner).ServeHTTP(w, request("GET", "/?a=%zz", "", ""))
		if w.Code != http.StatusTeapot || !strings.Contains(w.Body.String(), "the escape \"%zz\" at byte 2 is broken") {
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
	small := params.Options{MaxBodyBytes: 60, MaxFields: 2, Query: params.QueryOptions{ParameterLimit: 2}, JSON: params.JSONOptions{MaxKeys: 1, MaxItems: 2, MaxDepth: 2, RefuseDuplicateKeys: true}}
	semicolons, excerpts, gzips := small, small, small
	semicolons.Query.Delimiter = ";"
	excerpts.ShowExcerpt = true
	gzips.DecodeGzip = true
	const gzip = "gzip" // as Content-Type: gzipped JSON
	malformed, tooMany, unsupported := params.ErrMalformed, params.ErrTooMany, params.ErrUnsupported
	for _, tt := range []struct {
		name, target, contentType, body string
		opts                            params.Options
		kind                            error
		status                          int
		code, client                    string
	}{
		{"an escape in the query", "/?a=1&b=%zz", "", "", small, malformed, 400, "query_malformed", `The query cannot be read: the escape "%zz" at byte 6 is broken.`},
		{"half an escape", "/?a=%4", "", "", small, malformed, 400, "query_malformed", `The query cannot be read: the escape "%4" at byte 2 is broken.`},
		{"an escape of a sign", "/?a=%+1", "", "", small, malformed, 400, "query_malformed", `The query cannot be read: the escape "%+1" at byte 2 is broken.`},
		{"an escape before a wide character", "/?a=%é", "", "", small, malformed, 400, "query_malformed", `The query cannot be read: the escape "%é" at byte 2 is broken.`},
		{"a query that is not UTF-8", "/?a=1&b=%ff", "", "", small, malformed, 400, "query_malformed", "The query cannot be read: the parameter at byte 4 is not UTF-8."},
		{"a NUL in a name of the query", "/?a=1&b%00=1", "", "", small, malformed, 400, "query_malformed", "The query cannot be read: the parameter at byte 4 has a NUL."},
		{"another delimiter", "/?a=1;b=%ff", "", "", semicolons, malformed, 400, "query_malformed", "The query cannot be read: the parameter at byte 4 is not UTF-8."},
		{"params in the query", "/?a&b&c", "", "", small, tooMany, 400, "too_many_params", "There are too many parameters in the query: at most 2 are accepted."},
		{"fields", "/", typeForm, "a&b&c", small, tooMany, 400, "too_many_params", "There are too many parameters in the body: at most 2 are accepted."},
		{"elements", "/", typeJSON, `[1,{},{"":1}`, small, tooMany, 400, "too_many_params", "There are too many elements in the JSON: at most 2 are accepted."},
		{"members", "/", typeJSON, `{"":1,"":2`, params.Options{JSON: params.JSONOptions{MaxKeys: 1}}, tooMany, 400, "too_many_params", "There are too many members in the JSON: at most 1 are accepted."},
		{"an escape in a form", "/", typeForm, "a=1&b=%zz", small, malformed, 400, "body_malformed", `The body is not a valid form: the escape "%zz" at byte 6 is broken.`},
		{"a NUL in a form", "/", typeForm, "a=1&b=%00", small, malformed, 400, "body_malformed", "The body is not a valid form: the parameter at byte 4 has a NUL."},
		{"a NUL in a multipart field", "/", typeMulti, multi(part{"a", "", "x\x00"}), small, malformed, 400, "body_malformed", `The body is not a valid form: the field "a" has a NUL, at byte 1.`},
		{"a multipart field that is not UTF-8", "/", typeMulti, multi(part{"a", "", "\ufffd"}, part{"b[é]", "", "é\xff"}), small, malformed, 400, "body_malformed", `The body is not a valid form: the field "b[é]" is not UTF-8, at byte 2.`},
		{"an excerpt of a multipart field", "/", typeMulti, multi(part{"a", "", "Mot\xf6rhead"}), excerpts, malformed, 400, "body_malformed", `The body is not a valid form: the field "a" is not UTF-8, at byte 3, near "Mot\xf6rhead".`},
		{"JSON", "/", typeJSON, `{"x":1,}`, small, malformed, 400, "body_malformed", "The body is not valid JSON: want a name in quotes, at byte 7."},
		{"JSON without a comma", "/", typeJSON, `{"x":1 "y":2}`, small, malformed, 400, "body_malformed", "The body is not valid JSON: want a comma or }, at byte 7."},
		{"JSON behind a byte order mark", "/", typeJSON, "\ufeff{x}", small, malformed, 400, "body_malformed", "The body is not valid JSON: want a name in quotes, at byte 4."},
		{"JSON that ends", "/", typeJSON, `{"x":`, small, malformed, 400, "body_malformed", "The body is not valid JSON: want a value, but the text ends, at byte 5."},
		{"JSON with more behind", "/", typeJSON, `{} {}`, small, malformed, 400, "body_malformed", "The body is not valid JSON: want the end, at byte 3."},
		{"JSON that is not UTF-8", "/", typeJSON, "{\"é\xff\":1}", small, malformed, 400, "body_malformed", "The body is not valid UTF-8, at byte 4."},
		{"JSON with a NUL", "/", typeJSON, `["a\u0000"]`, small, malformed, 400, "body_malformed", "The body is not accepted: a NUL, at byte 3."},
		{"a scalar", "/", typeJSON, ` 7`, small, malformed, 400, "body_malformed", "The body is not accepted: want a JSON object or array, at byte 1."},
		{"too deep", "/", typeJSON, `[[[`, small, malformed, 400, "body_malformed", "The body is not accepted: JSON nested deeper than 2, at byte 2."},
		{"a number out of range", "/", typeJSON, `[1e-400]`, small, malformed, 400, "body_malformed", "The body is not accepted: a number out of range, at byte 1."},
		{"an excerpt of JSON", "/", typeJSON, `{"éééééééééééééééééé":1,}`, excerpts, malformed, 400, "body_malformed", `The body is not valid JSON: want a name in quotes, at byte 42, near …"éééééééé\":1,}".`},
		{"an excerpt of the beginning", "/", typeJSON, `{x` + strings.Repeat("é", 20), excerpts, malformed, 400, "body_malformed", `The body is not valid JSON: want a name in quotes, at byte 1, near "{xééééééééé"….`},
		{"an excerpt of a query", "/?a=\x1b%zz", "", "", excerpts, malformed, 400, "query_malformed", `The query cannot be read: the escape "%zz" at byte 3 is broken, near "a=\x1b%zz".`},
		{"too large", "/", typeJSON, "[" + strings.Repeat(" ", 60) + "]", small, params.ErrTooLarge, 413, "body_too_large", "The body is too large: at most 60 bytes are accepted."},
		{"charset", "/", typeJSON + "; charset=utf-16", "[]", small, unsupported, 415, "unsupported_charset", `The charset "utf-16" is not accepted: send UTF-8.`},
		{"coding", "/", gzip, "[]", small, unsupported, 415, "unsupported_coding", `The content coding "gzip" is not accepted: send none.`},
		{"no gzip", "/", gzip, "[]", gzips, malformed, 400, "body_malformed", "The body is not valid gzip."},
		{"gzip that ends", "/", gzip, gzipped("[]")[:20], gzips, malformed, 400, "body_malformed", "The body is not valid gzip."},
		{"a type without a value", "/", typeJSON + "; utf-8", "[]", small, malformed, 400, "content_type_malformed", `The Content-Type cannot be read: "application/json; utf-8": invalid media parameter.`},
		{"no type", "/", "/", "[]", small, malformed, 400, "content_type_malformed", `The Content-Type cannot be read: "/": no media type.`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := request("POST", "/", tt.contentType, tt.body)
			_, r.URL.RawQuery, _ = strings.Cut(tt.target, "?")
			if tt.contentType == gzip {
				r.Header.Set("Content-Type", typeJSON)
				r.Header.Set("Content-Encoding", "gzip")
			}
			_, err := parse(t, newParser(t, tt.opts), r)
			var e *params.Error
			if !errors.As(err, &e) || !errors.Is(err, tt.kind) || e.StatusCode() != tt.status || e.ErrorCode() != tt.code {
				t.Fatalf("got %v (%+v)", err, e)
			}
			if got := e.ClientMessage(); got != tt.client {
				t.Errorf("got  %s\nwant %s", got, tt.client)
			}
			if !strings.HasPrefix(err.Error(), "params: ") || !strings.Contains(err.Error(), tt.kind.Error()) || !strings.Contains(err.Error(), e.Reason) {
				t.Errorf("got the text %q", err)
			}
			code, known := errcode.Find(e.ErrorCode())
			for _, name := range code.Args {
				if _, ok := e.ErrorArgs()[name]; !ok {
					t.Errorf("no value for {%s}", name)
				}
			}
			if !known {
				t.Errorf("%s is in no table", e.ErrorCode())
			}
		})
	}
}

func TestErrorsMadeByHand(t *testing.T) {
	for client, e := range map[string]*params.Error{
		"The body cannot be read.":                                           {Kind: params.ErrMalformed, From: "body"},
		"The query cannot be read.":                                          {Kind: params.ErrMalformed, From: "query"},
		"The charset or content coding of the body is not accepted.":         {Kind: params.ErrUnsupported, From: "body"},
		"There are too many parameters in the body: at most 9 are accepted.": {Kind: params.ErrTooMany, From: "body", Limit: 9},
		"The body was sent too slowly.":                                      {Kind: params.ErrTooSlow, From: "body"},
	} {
		if got := e.ClientMessage(); got != client {
			t.Errorf("got %q, want %q", got, client)
		}
	}
}

// TestAcceptEncoding checks RFC 9110, section 15.5.16.
func TestAcceptEncoding(t *testing.T) {
	for gzips, want := range map[bool]string{false: "identity", true: "gzip, identity"} {
		p := newParser(t, params.Options{DecodeGzip: gzips, Logger: slog.New(slog.DiscardHandler)})
		for _, contentType := range []string{typeJSON, typeForm, typeMulti} {
			r := request("POST", "/", contentType, "x")
			r.Header.Set("Content-Encoding", "br")
			w := httptest.NewRecorder()
			p.Handler(http.NotFoundHandler()).ServeHTTP(w, r)
			if w.Code != 415 || w.Header().Get("Accept-Encoding") != want || !strings.Contains(w.Body.String(), `\"br\"`) {
				t.Errorf("%s: got %d %v %s", contentType, w.Code, w.Header(), w.Body)
			}
		}
	}
	p := newParser(t, params.Options{Logger: slog.New(slog.DiscardHandler)})
	w := httptest.NewRecorder()
	p.Handler(http.NotFoundHandler()).ServeHTTP(w, request("POST", "/", typeJSON+"; charset=utf-16", "x"))
	if w.Code != 415 || w.Header().Get("Accept-Encoding") != "" {
		t.Errorf("a charset: got %d %v, want no Accept-Encoding", w.Code, w.Header())
	}
}

func TestFurtherJSONTypes(t *testing.T) {
	p := newParser(t, params.Options{JSON: params.JSONOptions{Types: []string{"Application/CSP-Report"}}})
	s, err := parse(t, p, request("POST", "/", "application/csp-report; charset=utf-8", `{"a":"b"}`))
	if err != nil || !cmp.Equal(names(s.Values), object{"a": "b"}) {
		t.Errorf("got %v, %v", s, err)
	}
	_, err = params.New(params.Options{JSON: params.JSONOptions{Types: []string{"json", "a/b; c=d", ""}}})
	for _, field := range []string{"JSON.Types[0]", "JSON.Types[1]", "JSON.Types[2]"} {
		if err == nil || !strings.Contains(err.Error(), "params: "+field+": ") {
			t.Errorf("got no problem of %s in %v", field, err)
		}
	}
}

// TestDefaultJSONLimits: a batch of vectors is an ordinary body.
func TestDefaultJSONLimits(t *testing.T) {
	read := params.JSONReader(params.JSONOptions{})
	list := func(n int) []byte { return []byte("[" + strings.Repeat("null,", n-1) + "null]") }
	if _, err := read(list(1_000_000)); err != nil {
		t.Errorf("a million elements: %v", err)
	}
	if _, err := read(list(1_000_001)); err == nil || !strings.Contains(err.Error(), "JSON.MaxItems") {
		t.Errorf("one more: got %v, want an error with the option's name", err)
	}
	members := func(n int) []byte { return []byte("{" + strings.Repeat(`"":null,`, n-1) + `"":null}`) }
	if _, err := read(members(500_000)); err != nil {
		t.Errorf("half a million members: %v", err)
	}
	if _, err := read(members(500_001)); err == nil || !strings.Contains(err.Error(), "JSON.MaxKeys") {
		t.Errorf("one more: got %v, want an error with the option's name", err)
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

// TestDefaultsThatAreSetChangeNothing checks that a parser reads queries by the fast path as well
// if the defaults are set explicitly.
func TestDefaultsThatAreSetChangeNothing(t *testing.T) {
	o := params.Options{}
	if !params.QueriesAlike(newParser(t, o), newParser(t, o.WithDefaults())) {
		t.Error("queries are read in another way")
	}
	o.Query.Delimiter = ";"
	if params.QueriesAlike(newParser(t, o), newParser(t, params.Options{})) {
		t.Error("another delimiter is not noticed")
	}
}

func TestQueryAllocations(t *testing.T) {
	p := newParser(t, params.Options{})
	r := request("GET", "/?key=value&a=1", "", "")
	if got := testing.AllocsPerRun(100, func() { _, _ = p.Query(r) }); got > 5 {
		t.Errorf("got %v allocations, want at most 5: the set, the map and its members, two values", got)
	}
}

// json.Marshal must accept files, since parameters go into answers.
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
