package main

import (
	"bytes"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// request returns a request for the name that the server has.
func request(method, path, contentType, body string) *http.Request {
	r := httptest.NewRequest(method, "http://www.example.com"+path, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

func photoForm(t *testing.T) (contentType, body string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("photo", "cat.jpg")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(part, "not really"); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return form.FormDataContentType(), b.String()
}

func TestRouter(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	var log bytes.Buffer
	h, err := newRouter(slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	const form, json = "application/x-www-form-urlencoded", "application/json"
	photoType, photo := photoForm(t)

	for _, tt := range []struct {
		name   string
		r      *http.Request
		status int
		body   string            // in the response
		header map[string]string // "" means absent
	}{
		{"action by name", request("GET", "/api/hello?name=you", "", ""), 200, `{"hello":"you","known":true}`,
			map[string]string{"Content-Type": "application/json; charset=utf-8", "X-Frame-Options": "DENY", "Cache-Control": "private"}},
		{"action with a body", request("POST", "/api/hello", json, `{"name":"you"}`), 200, `"hello":"you"`, nil},
		{"action by param", request("GET", "/api?action=hello&name=you", "", ""), 200, `"hello":"you"`, nil},
		{"action under a route of chi", request("GET", "/greetings/you%20all", "", ""), 200, `"hello":"you all"`, nil},
		{"its variable wins", request("GET", "/greetings/you?name=me", "", ""), 200, `"hello":"you"`, nil},
		{"input missing", request("GET", "/api/hello", "", ""), 422, `"error":"name is a required parameter for this action"`,
			map[string]string{"Cache-Control": "no-store"}},
		{"no such action", request("GET", "/api/nope", "", ""), 404, `"error":"unknown action or invalid apiVersion"`, nil},
		{"script", request("GET", "/greetings/you?callback=show", "", ""), 200, `/**/show({"hello":"you",`,
			map[string]string{"Content-Type": "text/javascript; charset=utf-8"}},
		{"file", request("GET", "/public/", "", ""), 200, "It was there before.",
			map[string]string{"Content-Type": "text/html; charset=utf-8", "Set-Cookie": "", "X-Frame-Options": "DENY"}},
		{"no such file", request("GET", "/public/nope", "", ""), 404, "that file is not found", nil},
		{"note", request("POST", "/notes", form, "text=milk"), 200, "4 characters noted", nil},
		{"broken note", request("POST", "/notes", json, "{"), 400, "The body is not valid JSON: want a name in quotes, but the text ends, at byte 1.", nil},
		{"photo", request("POST", "/photos", photoType, photo), 200, "cat.jpg: 10 bytes", nil},
		{"preflight", request("OPTIONS", "/api/hello", "", ""), 200, "",
			map[string]string{"Access-Control-Allow-Origin": "https://app.example.com", "X-Frame-Options": "DENY"}},
		{"another name", httptest.NewRequest("GET", "http://example.com/api/hello", nil), 302, "",
			map[string]string{"Location": "http://www.example.com/api/hello"}},
		{"no such route", request("GET", "/nope", "", ""), 404, "404 page not found", map[string]string{"X-Frame-Options": "DENY"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, tt.r)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.body) {
				t.Errorf("got %d %s, want %d %s", w.Code, w.Body, tt.status, tt.body)
			}
			for name, want := range tt.header {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
		})
	}
	for _, want := range []string{
		"path=/api/hello status=200", "action=hello version=1", `route=/greetings/{name}`, "path=/nope status=404",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, &log)
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
