package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestServer(t *testing.T) {
	h, err := newServer()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	defer server.Close()
	server.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

	for _, tt := range []struct {
		name, method, path string
		status             int
		body               string
	}{
		{"the mux goes on", "GET", "/", 200, "the old home page"},
		{"what the mux knows better", "GET", "/api/old", 200, "an old endpoint"},
		{"outside of the prefix", "GET", "/hello?name=you", 404, "404 page not found\n"},

		{"by name", "GET", "/api/hello?name=you", 200, `{"hello":"you"}`},
		{"by any method", "POST", "/api/hello?name=you", 200, `{"hello":"you"}`},
		{"by param", "GET", "/api?action=hello&name=you", 200, `{"hello":"you"}`},
		{"by route", "GET", "/api/users/7", 200, `{"id":7,"name":"Ada"}`},
		{"an error of the action", "GET", "/api/users/8", 404, `"error":"no such user"`},
		{"an input that does not fit", "GET", "/api/users/me", 422, `"error":`},
		{"an input that is missing", "GET", "/api/hello", 422, `{"error":"name is a required parameter for this action"}`},
		{"no such action", "GET", "/api/nope", 404, `{"error":"unknown action or invalid apiVersion"}`},

		{"stripped: by name", "GET", "/v2/hello?name=you", 200, `{"hello":"you"}`},
		{"stripped: by param", "GET", "/v2/?action=hello&name=you", 200, `{"hello":"you"}`},
		{"stripped: by route", "GET", "/v2/users/7", 200, `{"id":7,"name":"Ada"}`},
		{"stripped: no such action", "GET", "/v2/api/hello?name=you", 404, `{"error":"unknown action or invalid apiVersion"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := http.NewRequest(tt.method, server.URL+tt.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tt.status || !strings.Contains(string(body), tt.body) {
				t.Errorf("got %d %s, want %d %s", resp.StatusCode, body, tt.status, tt.body)
			}
		})
	}
}

// Metrics around the mux find the action's route; behind http.StripPrefix only
// the mux's own.
func TestPattern(t *testing.T) {
	h, err := newServer()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/":                   "GET /{$}",
		"/api/users/7":        "/api/users/:id",
		"/api/hello?name=you": "/api/hello",
		"/v2/users/7":         "/v2/",
	} {
		r := httptest.NewRequest("GET", path, nil)
		h.ServeHTTP(httptest.NewRecorder(), r)
		if r.Pattern != want {
			t.Errorf("%s: got pattern %q, want %q", path, r.Pattern, want)
		}
	}
}
