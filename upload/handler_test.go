package upload_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/upload"
)

func TestHandler(t *testing.T) {
	t.Run("form in the context", func(t *testing.T) {
		p, dir := newParser(t, upload.Options{})
		inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			f, ok := upload.FromContext(r.Context())
			if !ok || len(f.Files) != 1 || len(list(t, dir)) != 1 {
				t.Errorf("got no form, or not what was sent")
			}
			w.WriteHeader(http.StatusNoContent)
		})
		w := httptest.NewRecorder()
		p.Handler(p.Handler(inner)).ServeHTTP(w, request(form(file("f", "f", "x")))) // twice is harmless
		if w.Code != http.StatusNoContent {
			t.Errorf("got status %d", w.Code)
		}
		wantEmpty(t, dir)
	})
	t.Run("U10 the next handler panics", func(t *testing.T) {
		p, dir := newParser(t, upload.Options{})
		defer func() {
			if recover() != http.ErrAbortHandler {
				t.Error("the panic is lost")
			}
			wantEmpty(t, dir)
		}()
		p.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })).
			ServeHTTP(httptest.NewRecorder(), request(form(file("f", "f", "x"))))
	})
	t.Run("others pass", func(t *testing.T) {
		p, _ := newParser(t, upload.Options{})
		passed := 0
		h := p.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if _, ok := upload.FromContext(r.Context()); ok {
				t.Error("got a form")
			}
			passed++
		}))
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		json := httptest.NewRequest("POST", "/", strings.NewReader("{}"))
		json.Header.Set("Content-Type", "application/json")
		h.ServeHTTP(httptest.NewRecorder(), json)
		get := httptest.NewRequest("GET", "/", nil)
		get.Header.Set("Content-Type", formType)
		h.ServeHTTP(httptest.NewRecorder(), get)
		if passed != 3 {
			t.Errorf("%d of 3 passed", passed)
		}
	})
	t.Run("error", func(t *testing.T) {
		p, _ := newParser(t, upload.Options{MaxFileBytes: 3})
		h := p.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("next was called") }))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request(form(file("f", "f", "1234"))))
		if w.Code != 413 || w.Body.String() != `{"error":"A file is too large: at most 3 bytes are accepted."}` {
			t.Errorf("got %d %q", w.Code, w.Body)
		}
		w = httptest.NewRecorder()
		h.ServeHTTP(w, request("nothing"))
		if w.Code != 400 || w.Body.String() != `{"error":"The body is not complete: it ends before its last boundary."}` {
			t.Errorf("got %d %q", w.Code, w.Body)
		}
	})
	t.Run("error handler", func(t *testing.T) {
		var got error
		p, _ := newParser(t, upload.Options{ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			got = err
			w.WriteHeader(http.StatusTeapot)
		}})
		w := httptest.NewRecorder()
		p.Handler(http.NotFoundHandler()).ServeHTTP(w, request("nothing"))
		if !errors.Is(got, upload.ErrMalformed) || w.Code != http.StatusTeapot {
			t.Errorf("got %v, %d", got, w.Code)
		}
	})
}
