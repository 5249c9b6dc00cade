package upload_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/upload"
)

// An existing handler finds the same fields as without the piece.
func TestHandlersOfNetHTTPFindTheFields(t *testing.T) {
	type found struct {
		A, Q         string
		All, Posted  url.Values
		Multipart    map[string][]string
		MissingError string
	}
	var got found
	existing := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = found{A: r.FormValue("a"), Q: r.PostFormValue("q")}
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			t.Errorf("ParseMultipartForm: %v", err)
		}
		got.All, got.Posted, got.Multipart = r.Form, r.PostForm, r.MultipartForm.Value
		_, _, err := r.FormFile("none")
		got.MissingError = err.Error()
	})
	body := form(field("a", "1"), field("b", "2"), file("f", "f.txt", "x"), field("a", "3"))
	make := func() *http.Request {
		r := request(body)
		r.URL.RawQuery = "a=0&q=4"
		return r
	}
	existing.ServeHTTP(httptest.NewRecorder(), make())
	want := got
	p, _ := newParser(t, upload.Options{})
	for name, outer := range map[string]func(http.Handler) http.Handler{
		"at once": func(h http.Handler) http.Handler { return h },
		"behind a handler that has parsed the query": func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query(); r.ParseForm() != nil {
					t.Error("ParseForm failed")
				}
				before := r.Form.Encode()
				h.ServeHTTP(w, r)
				if r.Form.Encode() != before || len(r.PostForm) > 0 || r.MultipartForm != nil {
					t.Error("the outer request was changed")
				}
			})
		},
	} {
		got = found{}
		outer(p.Handler(existing)).ServeHTTP(httptest.NewRecorder(), make())
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// With an option r.FormFile works, too.
func TestHandlersOfNetHTTPFindCopiesOfFiles(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // for net/http's copies
	const size = 33 << 20           // more than net/http holds in memory
	big := strings.Repeat("0123456789abcdef", size/16)
	body := form(file("f", `a\"b.txt`, "one"), field("a", "1"), file(`ü\"`, "ü.bin", big),
		part{header: `Content-Disposition: form-data; name=none; filename=".."`, value: "unnamed"})
	for _, store := range []string{"folder", "memory"} {
		t.Run(store, func(t *testing.T) {
			o := upload.Options{CopyForFormFile: true}
			if store == "memory" {
				memory, err := upload.NewMemoryStore(upload.MemoryStoreOptions{})
				if err != nil {
					t.Fatal(err)
				}
				o.Store = memory
			}
			p, dir := newParser(t, o)
			var kept *multipart.FileHeader
			w := httptest.NewRecorder()
			p.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for field, want := range map[string]struct{ name, content string }{
					"f": {"a_b.txt", "one"}, "ü\"": {"ü.bin", big}, "none": {"file", "unnamed"},
				} {
					got, header, err := r.FormFile(field)
					if err != nil {
						t.Errorf("%s: %v", field, err)
						continue
					}
					b := make([]byte, len(want.content)+1)
					n, err := io.ReadFull(got, b)
					if b = b[:n]; err != io.ErrUnexpectedEOF || string(b) != want.content || header.Filename != want.name || header.Size != int64(len(want.content)) {
						t.Errorf("%s: got %q with %d bytes, %v", field, header.Filename, len(b), err)
					}
					if err := got.Close(); err != nil {
						t.Error(err)
					}
					if field == "f" && header.Header.Get("Content-Type") != "application/octet-stream" {
						t.Errorf("got the type %q", header.Header.Get("Content-Type"))
					}
					if len(b) > 1<<20 {
						kept = header
					}
				}
				if r.FormValue("a") != "1" || len(r.MultipartForm.File["f"]) != 1 {
					t.Errorf("got a=%q, %d files f", r.FormValue("a"), len(r.MultipartForm.File["f"]))
				}
				if f, _ := upload.FromContext(r.Context()); len(f.Files) != 3 || content(t, f.Files[0]) != "one" {
					t.Error("the form is not what was sent")
				}
			})).ServeHTTP(w, request(body))
			if w.Code != 200 || kept == nil {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			if _, err := kept.Open(); err == nil {
				t.Error("a copy is there when its request is over")
			}
			wantEmpty(t, dir)
			if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "multipart-*")); len(left) > 0 {
				t.Errorf("left are %q", left)
			}
		})
	}
	t.Run("a store whose files cannot be opened", func(t *testing.T) {
		store := &failingStore{}
		log := &strings.Builder{}
		p, _ := newParser(t, upload.Options{CopyForFormFile: true, Store: store, Logger: debugLogger(log)})
		w := httptest.NewRecorder()
		p.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("next was called") })).ServeHTTP(w, request(body))
		if w.Code != 500 || store.held != 0 || !strings.Contains(log.String(), "cannot be opened") {
			t.Errorf("got %d, the store holds %d, log %s", w.Code, store.held, log)
		}
	})
}

// A body that is a single file is not a form for net/http.
func TestWholeBodiesFillNoForm(t *testing.T) {
	p, _ := newParser(t, upload.Options{CopyForFormFile: true})
	r := httptest.NewRequest("POST", "/?a=1", bytes.NewReader([]byte("x")))
	r.Header.Set("Content-Type", "application/octet-stream")
	p.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.FormValue("a") != "1" || r.MultipartForm != nil || !slices.Equal(r.Form["a"], []string{"1"}) {
			t.Errorf("got %v", r.Form)
		}
	})).ServeHTTP(httptest.NewRecorder(), r)
}
