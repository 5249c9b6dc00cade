package upload_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/upload"
)

func TestWholeBodyTypes(t *testing.T) {
	images := upload.Options{WholeBodyTypes: []string{"application/octet-stream", "Image/*", "text/csv", "application/*"}}
	for _, tt := range []struct {
		name, kind string // kind is "" for none
		o          upload.Options
		body       string
		accepted   bool
	}{
		{"by default", "application/octet-stream", upload.Options{}, "x", true},
		{"others by default", "image/png", upload.Options{}, "x", false},
		{"none by default", "", upload.Options{}, "x", false},
		{"one of a group", "image/png", images, "x", true},
		{"case and parameters", "IMAGE/PNG; q=1", images, "x", true},
		{"a type of its own", "text/csv; charset=utf-8", images, "x", true},
		{"another of its group", "text/plain", images, "x", false},
		{"another group", "images/png", images, "x", false},
		{"no group", "image", images, "x", false},
		{"octet-stream beside others", "application/octet-stream", images, "x", true},
		{"octet-stream where others are named", "application/octet-stream", upload.Options{WholeBodyTypes: []string{"image/png"}}, "x", false},
		{"all applications", "application/pdf", images, "x", true},
		{"but not JSON", "application/json", images, "{}", false},
		{"nor its kind", "application/problem+json", images, "{}", false},
		{"nor forms", "application/x-www-form-urlencoded", images, "a=1", false},
		{"no type", "", upload.Options{WholeBodyUntyped: true}, "x", true},
		{"no type and nothing to read", "", upload.Options{WholeBodyUntyped: true}, "", false},
		{"JSON beside no type", "application/json", upload.Options{WholeBodyUntyped: true}, "{}", false},
		{"off", "application/octet-stream", upload.Options{DisableWholeBody: true}, "x", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := newParser(t, tt.o)
			r := httptest.NewRequest("PUT", "/", strings.NewReader(tt.body))
			if tt.kind != "" {
				r.Header.Set("Content-Type", tt.kind)
			}
			if got := p.Accepts(r); got != tt.accepted {
				t.Fatalf("Accepts: got %v", got)
			}
			called := false
			p.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				called = true
				f, parsed := upload.FromContext(r.Context())
				if parsed != tt.accepted {
					t.Errorf("parsed: got %v", parsed)
				}
				if !parsed {
					if b, err := io.ReadAll(r.Body); string(b) != tt.body || err != nil {
						t.Errorf("the body has %q, %v", b, err)
					}
					return
				}
				got, ok := f.File("file")
				if !ok || len(f.Files) != 1 || content(t, got) != tt.body || got.Type != tt.kind {
					t.Errorf("got %d files, or another: %+v", len(f.Files), f.Files)
				}
			})).ServeHTTP(httptest.NewRecorder(), r)
			if !called {
				t.Error("refused")
			}
		})
	}
}

func TestWholeBodyTypesAreChecked(t *testing.T) {
	for _, entry := range []string{
		"", "image", "image/", "/png", "*/*", "*/png", "image/p*", "image/png; q=1", "image /png", "image/*/x",
		"multipart/form-data", "Application/JSON", "application/ld+json", "application/x-www-form-urlencoded",
	} {
		_, err := upload.New(upload.Options{WholeBodyTypes: []string{"image/png", entry}})
		var ce *upload.ConfigError
		if !errors.As(err, &ce) || ce.Field != "WholeBodyTypes[1]" {
			t.Errorf("%q: got %v, want a ConfigError", entry, err)
		}
	}
	for _, o := range []upload.Options{
		{DisableWholeBody: true, WholeBodyTypes: []string{"image/png"}},
		{DisableWholeBody: true, WholeBodyUntyped: true},
	} {
		if _, err := upload.New(o); err == nil {
			t.Error("off and on: got no error")
		}
	}
}
