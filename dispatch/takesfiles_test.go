package dispatch_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

// A client that sends a file in a way that leads to no input learns that, and how to send it,
// instead of a success without its file.
func TestABodyThatLeadsToNoFileInputIsRefused(t *testing.T) {
	type two struct {
		F  *upload.File   `json:"f"`
		Fs []*upload.File `json:"fs"`
	}
	type nested struct {
		User struct {
			Avatar *upload.File `json:"avatar"`
		} `json:"user"`
	}
	type one struct {
		F *upload.File `json:"f"`
	}
	actions := []dispatch.Action{
		dispatch.Typed("two", func(context.Context, two) (any, error) { return "ran", nil }),
		dispatch.Typed("nested", func(context.Context, nested) (any, error) { return "ran", nil }),
		dispatch.Typed("one", func(_ context.Context, in one) (any, error) {
			if in.F == nil {
				return "without a file", nil
			}
			return "with a file", nil
		}),
		action("none", dispatch.Inputs{"x": {}}),
		{Name: "handler", Inputs: dispatch.Inputs{"f": {File: true}}, Handler: http.NotFoundHandler()},
	}
	const octets = "application/octet-stream"
	raw, err := params.New(params.Options{Upload: newMemoryUploads(t, upload.Options{}), SaveRawBody: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]*params.Parser{"plain": newMemoryParams(t, upload.Options{}), "with the raw body": raw} {
		for _, tt := range []struct {
			action, kind, body string
			status             int
			says               string
		}{
			{"two", octets, "x", 415, `of the type \"application/octet-stream\"; send a multipart form: it takes files in f, fs`},
			{"two", "image/png", "x", 415, `of the type \"image/png\"`},
			{"two", "", "x", 415, "without a Content-Type"},
			{"two", octets, "", 200, "ran"},
			{"two", "", "", 200, "ran"},
			{"nested", octets, "x", 415, "it takes files in user[avatar]"},
			{"one", octets, "x", 200, "with a file"},
			{"one", "image/png", "x", 415, "it takes files in f"},
			{"one", "application/x-ndjson", "{}", 415, "it takes files in f"},
			{"one", "", "x", 415, "it takes files in f"},
			{"one", "", "", 200, "without a file"},
			{"one", "application/json", "{}", 200, "without a file"},
			{"handler", "image/png", "x", 415, "it takes files in f"},
			{"none", octets, "x", 200, ""},
			{"none", "image/png", "x", 200, ""},
		} {
			for _, length := range []string{"announced", "unknown"} {
				for order, around := range map[string]func(http.Handler) http.Handler{
					"alone": func(h http.Handler) http.Handler { return h }, "behind params": p.Handler,
				} {
					if order != "alone" && tt.kind == octets && tt.action != "one" {
						continue // the outer handler has stored it: see below
					}
					d, rc := newDispatcher(t, dispatch.Options{Params: p, Actions: actions})
					body := io.Reader(strings.NewReader(tt.body))
					if length == "unknown" {
						body = io.MultiReader(body)
					}
					r := httptest.NewRequest("POST", "/"+tt.action, body)
					if tt.kind != "" {
						r.Header.Set("Content-Type", tt.kind)
					}
					w := httptest.NewRecorder()
					around(d).ServeHTTP(w, r)
					if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.says) || tt.status == 415 && !errors.Is(rc.last.Err, dispatch.ErrFileNotTaken) {
						t.Errorf("%s, %s: %s %q, %d bytes, length %s: got %d %s", name, order, tt.action, tt.kind, len(tt.body), length, w.Code, w.Body)
					}
				}
			}
		}
	}
	t.Run("an option lets the action read it", func(t *testing.T) {
		for _, kind := range []string{octets, "image/png"} {
			a := dispatch.Action{Name: "a", Inputs: dispatch.Inputs{"f": {File: true}, "g": {File: true}}, Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
				content, err := io.ReadAll(c.Request().Body)
				return string(content), err
			}}
			d, _ := newDispatcher(t, dispatch.Options{Params: newMemoryParams(t, upload.Options{}), Actions: []dispatch.Action{a}, IgnoreUndeclaredFiles: true})
			r := httptest.NewRequest("POST", "/a", io.MultiReader(strings.NewReader("content")))
			r.Header.Set("Content-Type", kind)
			w := httptest.NewRecorder()
			if d.ServeHTTP(w, r); w.Code != 200 || !strings.Contains(w.Body.String(), "content") {
				t.Errorf("%s: got %d %s", kind, w.Code, w.Body)
			}
		}
	})
}

// A body that is a single file reaches the same input, whatever has read it.
func TestAWholeBodyReadByAnOuterPieceReachesItsInput(t *testing.T) {
	uploads := newMemoryUploads(t, upload.Options{WholeBodyField: "photo"})
	p, err := params.New(params.Options{Upload: uploads})
	if err != nil {
		t.Fatal(err)
	}
	run := func(_ context.Context, c *dispatch.Connection) (any, error) {
		if f, ok := c.Params.File("image"); ok && f.Size == 5 && len(c.Params) == 3 {
			return "image", nil
		}
		return "lost", nil
	}
	d, _ := newDispatcher(t, dispatch.Options{Params: p, Actions: []dispatch.Action{
		{Name: "one", Inputs: dispatch.Inputs{"image": {File: true}}, Run: run},
		{Name: "two", Inputs: dispatch.Inputs{"image": {File: true}, "other": {File: true}}, Run: run},
	}})
	for name, h := range map[string]http.Handler{"alone": d, "behind params": p.Handler(d), "behind upload": uploads.Handler(d), "behind both": uploads.Handler(p.Handler(d))} {
		for target, want := range map[string]string{"/one": "image", "/two": "it takes files in image, other"} {
			for _, body := range []io.Reader{strings.NewReader("bytes"), io.MultiReader(strings.NewReader("bytes"))} {
				r := httptest.NewRequest("POST", target, body)
				r.Header.Set("Content-Type", "application/octet-stream")
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if status := map[string]int{"/one": 200, "/two": 415}[target]; w.Code != status || !strings.Contains(w.Body.String(), want) {
					t.Errorf("%s: %s: got %d %s", name, target, w.Code, w.Body)
				}
			}
		}
	}
}

// If several versions of an action could take the file, it is for the version that the route or
// the query asks for.
func TestAWholeBodyIsForTheVersionThatIsAskedFor(t *testing.T) {
	run := func(version, input string) func(context.Context, *dispatch.Connection) (any, error) {
		return func(_ context.Context, c *dispatch.Connection) (any, error) {
			_, ok := c.Params.File(input)
			return map[string]any{"ran": version, "file": ok}, nil
		}
	}
	d, _ := newDispatcher(t, dispatch.Options{Params: newMemoryParams(t, upload.Options{}), Actions: []dispatch.Action{
		{Name: "a", Version: "1", Inputs: dispatch.Inputs{"old": {File: true}}, Run: run("1", "old")},
		{Name: "a", Version: "2", Inputs: dispatch.Inputs{"new": {File: true}}, Run: run("2", "new")},
		{Name: "a", Version: "3", Run: run("3", "none")},
	}, Routes: []dispatch.Route{{Method: "POST", Path: "/first", Action: "a", APIVersion: 1}, {Method: "POST", Path: "/any", Action: "a"}}})
	for target, want := range map[string]string{
		"/first": `"file":true,"ran":"1"`, "/a?apiVersion=2": `"file":true,"ran":"2"`, "/any?apiVersion=1": `"file":true,"ran":"1"`, "/any": `"file":false,"ran":"3"`,
	} {
		r := httptest.NewRequest("POST", target, strings.NewReader("bytes"))
		r.Header.Set("Content-Type", "application/octet-stream")
		w := httptest.NewRecorder()
		if d.ServeHTTP(w, r); w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: got %d %s, want %s", target, w.Code, w.Body, want)
		}
	}
}

// newMemoryParams reads params and holds uploads in memory.
func newMemoryParams(t *testing.T, o upload.Options) *params.Parser {
	t.Helper()
	p, err := params.New(params.Options{Upload: newMemoryUploads(t, o)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newMemoryUploads(t *testing.T, o upload.Options) *upload.Parser {
	t.Helper()
	store, err := upload.NewMemoryStore(upload.MemoryStoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	o.Store = store
	uploads, err := upload.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return uploads
}

// multipartOf writes a file for each name.
func multipartOf(t *testing.T, fields ...string) (contentType string, body *bytes.Buffer) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	for _, field := range fields {
		p, err := w.CreateFormFile(field, "f.txt")
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(p, "content")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), body
}

func TestFilesThatNoInputTakes(t *testing.T) {
	var skipped []string
	a := dispatch.Action{Name: "a", Inputs: dispatch.Inputs{"image": {File: true}}, Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
		skipped = c.SkippedFiles()
		return nil, nil
	}}
	old := a
	old.Version, old.Inputs = "0", dispatch.Inputs{"picture": {File: true}}
	for ignore, want := range map[bool]int{false: 415, true: 200} {
		d, rc := newDispatcher(t, dispatch.Options{Params: newMemoryParams(t, upload.Options{}), Actions: []dispatch.Action{a, old}, IgnoreUndeclaredFiles: ignore})
		contentType, body := multipartOf(t, "image", "picture", "x[]", "x[]")
		r := httptest.NewRequest("POST", "/a", body)
		r.Header.Set("Content-Type", contentType)
		rec := httptest.NewRecorder()
		d.ServeHTTP(rec, r)
		if rec.Code != want || errors.Is(rc.last.Err, dispatch.ErrFileNotTaken) == ignore {
			t.Errorf("ignored: %t: got %d %s", ignore, rec.Code, rec.Body)
		}
		if !ignore && !strings.Contains(rec.Body.String(), `the files in the fields \"picture\", \"x[]\"; it takes files in image`) {
			t.Errorf("got %s", rec.Body)
		}
	}
	if !slices.Equal(skipped, []string{"picture", "x[]"}) {
		t.Errorf("skipped: %q", skipped)
	}
}

// What is said to take files does take them.
func TestTheNamesOfFilesAreThoseOfAForm(t *testing.T) {
	type node struct {
		Icon     *upload.File `json:"icon"`
		Children []node       `json:"children"`
	}
	type in struct {
		Pics  []*upload.File `json:"pics"`
		Lines []struct {
			Doc  *upload.File   `json:"doc"`
			More []*upload.File `json:"more"`
		} `json:"lines"`
		Tree node `json:"tree"`
	}
	d, _ := newDispatcher(t, dispatch.Options{Params: newMemoryParams(t, upload.Options{}), Actions: []dispatch.Action{
		dispatch.Typed("a", func(context.Context, in) (any, error) { return nil, nil }),
	}})
	accepted := []string{"lines[][doc]", "lines[][more]", "pics", "tree[icon]"}
	for _, field := range append([]string{"lines", "tree", "tree[children]"}, accepted...) {
		contentType, body := multipartOf(t, field)
		r := httptest.NewRequest("POST", "/a", body)
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		status, want := 415, `does not take the file in the field \"`+field+`\"; it takes files in `+strings.Join(accepted, ", ")+`"`
		if slices.Contains(accepted, field) {
			status, want = 200, ""
		}
		if w.Code != status || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: got %d %s", field, w.Code, w.Body)
		}
	}
}
