package params_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

// formFound is what an existing handler finds in a request.
type formFound struct {
	A, PostedA, Both string
	Form, Posted     url.Values
	Multipart        map[string][]string
	File             string
}

// findForm asks for the form in all ways that net/http offers.
func findForm(r *http.Request) (found formFound) {
	found = formFound{A: r.FormValue("a"), PostedA: r.PostFormValue("a"), Both: r.FormValue("both")}
	if err := r.ParseForm(); err != nil {
		found.A = err.Error()
	}
	if f, _, err := r.FormFile("f"); err == nil {
		content, _ := io.ReadAll(f) // what is missing shows
		_ = f.Close()
		found.File = string(content)
	}
	if found.Form, found.Posted = r.Form, r.PostForm; r.MultipartForm != nil {
		found.Multipart = r.MultipartForm.Value
	}
	return found
}

// An existing handler finds the same form as without the piece.
func TestHandlersOfNetHTTPFindTheForm(t *testing.T) {
	store, err := upload.NewDirStore(upload.DirStoreOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	uploads, err := upload.New(upload.Options{Store: store, CopyForFormFile: true})
	if err != nil {
		t.Fatal(err)
	}
	form := "a=1&b=2&a=%C3%A9+x&both=body&n[x]=y"
	parts := multi(part{name: "a", value: "1"}, part{name: "both", value: "body"}, part{"f", "f.txt", "content"}, part{name: "a", value: "é"})
	for name, tt := range map[string]struct{ method, contentType, body string }{
		"urlencoded":       {"POST", typeForm, form},
		"urlencoded, PUT":  {"PUT", typeForm + "; charset=utf-8", form},
		"nothing but &":    {"POST", typeForm, "&"},
		"multipart":        {"POST", typeMulti, parts},
		"multipart, PATCH": {"PATCH", typeMulti, parts},
		"JSON":             {"POST", typeJSON, `{"a":1}`},
		"a single file":    {"POST", "application/octet-stream", "content"},
		"text":             {"POST", "text/plain", "a=1"},
		"no body":          {"POST", typeForm, ""},
		"a query":          {"GET", "", ""},
	} {
		for kind, o := range map[string]params.Options{"plain": {Upload: uploads}, "with the raw body": {Upload: uploads, SaveRawBody: true}} {
			p := newParser(t, o)
			for order, around := range map[string]func(http.Handler) http.Handler{
				"alone":           p.Handler,
				"uploads inside":  func(h http.Handler) http.Handler { return p.Handler(uploads.Handler(h)) },
				"uploads outside": func(h http.Handler) http.Handler { return uploads.Handler(p.Handler(h)) },
				"twice":           func(h http.Handler) http.Handler { return p.Handler(p.Handler(h)) },
			} {
				t.Run(name+"/"+kind+"/"+order, func(t *testing.T) {
					make := func() *http.Request { return request(tt.method, "/?a=0&both=query&q=3", tt.contentType, tt.body) }
					want := findForm(make())
					var got formFound
					sent := make()
					w := httptest.NewRecorder()
					around(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = findForm(r) })).ServeHTTP(w, sent)
					if diff := cmp.Diff(want, got); diff != "" || w.Code != 200 {
						t.Errorf("got %d %s (-want +got):\n%s", w.Code, w.Body, diff)
					}
					if sent.Form != nil || sent.PostForm != nil || sent.MultipartForm != nil {
						t.Error("the incoming request was changed")
					}
				})
			}
		}
	}
}

// net/http knows neither of these, but the parameters are there.
func TestHandlersFindFormsThatOnlyThePieceReads(t *testing.T) {
	p := newParser(t, params.Options{DecodeGzip: true})
	for name, tt := range map[string]struct {
		method, contentType, body, coding string
		parsed                            bool // an outer handler has parsed the query
	}{
		"a form with DELETE":                          {"DELETE", typeForm, "a=1&a=2", "", false},
		"a form with DELETE, behind a parsed query":   {"DELETE", typeForm, "a=1&a=2", "", true},
		"a gzipped form":                              {"POST", typeForm, gzipped("a=1&a=2"), "gzip", false},
		"a gzipped multipart form":                    {"POST", typeMulti, gzipped(multi(part{name: "a", value: "1"}, part{name: "a", value: "2"})), "gzip", false},
		"a multipart form with DELETE, parsed before": {"DELETE", typeMulti, multi(part{name: "a", value: "1"}, part{name: "a", value: "2"}), "", true},
	} {
		t.Run(name, func(t *testing.T) {
			r := request(tt.method, "/?q=3", tt.contentType, tt.body)
			if tt.coding != "" {
				r.Header.Set("Content-Encoding", tt.coding)
			}
			if tt.parsed && r.ParseForm() != nil {
				t.Fatal("ParseForm failed")
			}
			var got formFound
			w := httptest.NewRecorder()
			p.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = findForm(r) })).ServeHTTP(w, r)
			want := formFound{A: "1", PostedA: "1", Form: url.Values{"a": {"1", "2"}, "q": {"3"}}, Posted: url.Values{"a": {"1", "2"}}}
			if tt.contentType == typeMulti {
				want.Multipart = map[string][]string{"a": {"1", "2"}}
			}
			if diff := cmp.Diff(want, got); diff != "" || w.Code != 200 {
				t.Errorf("got %d %s (-want +got):\n%s", w.Code, w.Body, diff)
			}
			if tt.parsed && (len(r.Form) != 1 || len(r.PostForm) > 0) {
				t.Errorf("the incoming request was changed: %v", r.Form)
			}
		})
	}
}

// JSON and urlencoded bodies can be read again; the others only if the raw body is saved.
func TestHandlersReadTheBodyAgain(t *testing.T) {
	parts := multi(part{name: "a", value: "1"}, part{"f", "f.txt", "x"})
	for name, tt := range map[string]struct {
		contentType, coding, body string
		only                      bool // with the raw body
	}{
		"JSON":             {typeJSON, "", `{"a":1}`, false},
		"a JSON array":     {typeJSON, "", ` [1] `, false},
		"much JSON":        {typeJSON, "", `{"a":"` + strings.Repeat("x", 100_000) + `"}`, false},
		"gzipped JSON":     {typeJSON, "gzip", gzipped(`{"a":1}`), false},
		"urlencoded":       {typeForm, "", "a=1&b=2", false},
		"text":             {"text/plain", "", "a=1", false},
		"a multipart form": {typeMulti, "", parts, true},
		"a single file":    {"application/octet-stream", "", "bytes", true},
	} {
		for _, raw := range []bool{false, true} {
			p := newParser(t, params.Options{SaveRawBody: raw, DecodeGzip: true})
			var got string
			w := httptest.NewRecorder()
			r := request("POST", "/", tt.contentType, tt.body)
			if tt.coding != "" {
				r.Header.Set("Content-Encoding", tt.coding)
			}
			p.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				content, err := io.ReadAll(r.Body)
				if err != nil || r.Body.Close() != nil {
					t.Errorf("%s: %v", name, err)
				}
				got = string(content)
			})).ServeHTTP(w, r)
			want := tt.body
			if tt.only && !raw {
				want = ""
			}
			if got != want || w.Code != 200 {
				t.Errorf("%s, raw %t: got %d and %.50q, want %.50q", name, raw, w.Code, got, want)
			}
		}
	}
}

// What the piece copies for net/http is gone afterwards.
func TestCopiesOfFilesAreRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dir := t.TempDir()
	store, err := upload.NewDirStore(upload.DirStoreOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	uploads, err := upload.New(upload.Options{Store: store, CopyForFormFile: true})
	if err != nil {
		t.Fatal(err)
	}
	p := newParser(t, params.Options{Upload: uploads})
	size := 33 << 20 // more than net/http holds in memory
	w := httptest.NewRecorder()
	p.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, header, err := r.FormFile("f")
		if err != nil || header.Size != int64(size) {
			t.Errorf("got %v", err)
		}
		if copies, err := os.ReadDir(os.TempDir()); err != nil || len(copies) != 1 {
			t.Errorf("got the copies %v, %v", copies, err)
		}
	})).ServeHTTP(w, request("POST", "/", typeMulti, multi(part{"f", "f.bin", strings.Repeat("x", size)})))
	for _, folder := range []string{dir, os.TempDir()} {
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 || w.Code != 200 {
			t.Errorf("got %d, left are %v, %v", w.Code, left, err)
		}
	}
}
