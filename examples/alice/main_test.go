package main

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestServer(t *testing.T) {
	var log bytes.Buffer
	h, err := newServer(slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, method, path string
		status             int
		body               string
		header             map[string]string // "" means absent
	}{
		{"an action", "GET", "/api/hello", 200, `{"hello":"world"}`, map[string]string{"X-Powered-By": "Sidekick API"}},
		{"a file that is not there", "GET", "/", 404, "that file is not found", map[string]string{"X-Powered-By": "Sidekick API"}},
		{"behind the server's chain", "GET", "/metrics", 200, "requests_total 1\n",
			map[string]string{"X-Powered-By": "Sidekick API", "Set-Cookie": ""}},
		{"its OPTIONS", "OPTIONS", "/metrics", 200, "", map[string]string{"Access-Control-Allow-Origin": "*"}},
		{"and one's own piece", "POST", "/metrics", 405, "Method Not Allowed\n", map[string]string{"Allow": "GET, HEAD", "X-Powered-By": "Sidekick API"}},
		{"a chain of one's own", "GET", "/legacy/list", 200, `{"items":[1,2,3]}`, map[string]string{"Vary": "Accept-Encoding", "X-Powered-By": ""}},
		{"its errors", "GET", "/legacy/nope", 404, `{"error":"no such list"}`, map[string]string{"Content-Type": "application/json; charset=utf-8"}},
		{"what comes before the envelope", "POST", "/legacy/list", 405, "Method Not Allowed\n", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
			if w.Code != tt.status || w.Body.String() != tt.body {
				t.Errorf("got %d %s, want %d %s", w.Code, w.Body, tt.status, tt.body)
			}
			for name, want := range tt.header {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
		})
	}
	for _, want := range []string{"path=/metrics status=200", "path=/api/hello status=200", "the fingerprint cookie is signed with a random key"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, &log)
		}
	}
	if strings.Contains(log.String(), "path=/legacy") {
		t.Errorf("the chain of its own has no log, and yet:\n%s", &log)
	}
}
