package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

const (
	friend   = "https://app.example.com"
	stranger = "https://elsewhere.example"
)

// ask sends a request from a page of an origin; asksFor is the method that a
// preflight asks for.
func ask(h http.Handler, method, path, origin, asksFor string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	if asksFor != "" {
		r.Header.Set("Access-Control-Request-Method", asksFor)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPolicy(t *testing.T) {
	servers := map[string]func() (http.Handler, error){"chain": newChain, "kit": newKit}
	for name, newServer := range servers {
		h, err := newServer()
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			name, method, origin, asksFor string
			allowOrigin, allowMethods     string
			body                          string
		}{
			{"preflight of a friend", "OPTIONS", friend, "PUT", friend, "PUT", ""},
			{"preflight for too much", "OPTIONS", friend, "DELETE", "", "", ""},
			{"preflight of a stranger", "OPTIONS", stranger, "PUT", "", "", ""},
			{"a friend", "GET", friend, "", friend, "", `"hello":"world"`},
			{"a friend changes", "PUT", friend, "", friend, "", `"hello":"world"`},
			{"a stranger", "GET", stranger, "", "", "", `"hello":"world"`}, // the browser shows a stranger nothing
			{"no browser", "GET", "", "", "", "", `"hello":"world"`},
		} {
			t.Run(name+"/"+tt.name, func(t *testing.T) {
				w := ask(h, tt.method, "/api/hello", tt.origin, tt.asksFor)
				if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), tt.body) {
					t.Errorf("got %d %s, want 200 with %s", w.Code, w.Body, tt.body)
				}
				if got := strings.Join(w.Header()["Access-Control-Allow-Origin"], " and "); got != tt.allowOrigin {
					t.Errorf("Access-Control-Allow-Origin: got %q, want %q", got, tt.allowOrigin)
				}
				if got := strings.Join(w.Header()["Access-Control-Allow-Methods"], " and "); got != tt.allowMethods {
					t.Errorf("Access-Control-Allow-Methods: got %q, want %q", got, tt.allowMethods)
				}
				if got := w.Header().Get("Access-Control-Allow-Credentials"); (got == "true") != (tt.allowOrigin != "") {
					t.Errorf("Access-Control-Allow-Credentials: got %q", got)
				}
				// A cache must not hand one origin's answer to another.
				vary := strings.Split(w.Header().Get("Vary"), ", ")
				if !slices.Contains(vary, "Origin") {
					t.Errorf("Vary: got %q, want Origin among them", vary)
				}
			})
		}
	}
}

func TestChainPassesOthers(t *testing.T) {
	h, err := newChain()
	if err != nil {
		t.Fatal(err)
	}
	w := ask(h, "OPTIONS", "/api/hello", "", "")
	if got, want := w.Header().Get("Allow"), "HEAD, GET, PUT, OPTIONS"; w.Code != http.StatusNoContent || got != want {
		t.Errorf("OPTIONS that is no preflight: got %d, Allow %q, want 204 and %q", w.Code, got, want)
	}
	if w.Header().Get("X-Frame-Options") != "DENY" {
		t.Errorf("headers are missing: %v", w.Header())
	}
	if w := ask(h, "TRACE", "/api/hello", "", ""); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("TRACE: got %d", w.Code)
	}
}
