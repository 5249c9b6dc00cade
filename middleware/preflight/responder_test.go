package preflight_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/respw/respwtest"
	"github.com/sidekick-http/sidekick/middleware/preflight"
)

func newResponder(t testing.TB, o preflight.Options) *preflight.Responder {
	t.Helper()
	p, err := preflight.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ask plays one request to h without a connection.
func ask(h http.Handler, method, target string, header ...string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

var reached = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "reached") })

func readAll(resp *http.Response) string {
	b, _ := io.ReadAll(resp.Body)
	return string(b)
}

func TestMatrix(t *testing.T) { respwtest.Run(t, newResponder(t, preflight.Options{}).Handler) }

func TestResponderOptions(t *testing.T) {
	_, err := preflight.New(preflight.Options{Methods: []string{"GET", "PO ST", ""}, Origin: "a\nb"})
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v, want three problems", err)
	}
}

// The responses of the reference, recorded with and without configured headers.
func TestResponderAnswers(t *testing.T) {
	configured := map[string]string{
		"Access-Control-Allow-Methods": "GET, POST",
		"Access-Control-Allow-Origin":  "https://www.example.com",
		"Access-Control-Allow-Headers": "Content-Type",
	}
	for _, tt := range []struct {
		name            string
		outside         map[string]string
		options         preflight.Options
		methods, origin string
	}{
		{"nothing is configured", nil, preflight.Options{}, "HEAD, GET, POST, PUT, PATCH, DELETE, OPTIONS, TRACE", "*"},
		{"configured headers", configured, preflight.Options{}, "GET, POST", "https://www.example.com"},
		{"own values", nil, preflight.Options{Methods: []string{"GET"}, Origin: "https://a.example"}, "GET", "https://a.example"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newResponder(t, tt.options).Handler(reached)
			for _, header := range [][]string{nil, {"Origin", "http://other.example", "Access-Control-Request-Method", "PUT"}} {
				resp := ask(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					for name, value := range tt.outside {
						w.Header().Set(name, value)
					}
					h.ServeHTTP(w, r)
				}), "OPTIONS", "/api/cacheTest", header...)
				if resp.StatusCode != 200 || readAll(resp) != "" || resp.Header.Get("Content-Type") != "application/json; charset=utf-8" {
					t.Errorf("got %d %v", resp.StatusCode, resp.Header)
				}
				if got := resp.Header["Access-Control-Allow-Methods"]; len(got) != 1 || got[0] != tt.methods {
					t.Errorf("methods: got %q, want %q", got, tt.methods)
				}
				if got := resp.Header["Access-Control-Allow-Origin"]; len(got) != 1 || got[0] != tt.origin {
					t.Errorf("origin: got %q, want %q", got, tt.origin)
				}
			}
		})
	}
	if got := readAll(ask(newResponder(t, preflight.Options{}).Handler(reached), "GET", "/")); got != "reached" {
		t.Errorf("GET: got %q", got)
	}
}

func TestResponderPassOthers(t *testing.T) {
	h := newResponder(t, preflight.Options{PassOthers: true}).Handler(reached)
	for _, tt := range []struct {
		name   string
		target string
		header []string
		want   string
	}{
		{"C4 plain OPTIONS", "/x", nil, "reached"},
		{"C4 an origin only", "/x", []string{"Origin", "https://a.example"}, "reached"},
		{"C4 a method only", "/x", []string{"Access-Control-Request-Method", "PUT"}, "reached"},
		{"C4 a preflight", "/x", []string{"Origin", "https://a.example", "Access-Control-Request-Method", "PUT"}, ""},
		{"C4 the server as a whole", "*", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if resp := ask(h, "OPTIONS", tt.target, tt.header...); resp.StatusCode != 200 || readAll(resp) != tt.want {
				t.Errorf("got %d, want 200 %q", resp.StatusCode, tt.want)
			}
		})
	}
}

// A server that leaves "OPTIONS *" to its handler.
func TestResponderServerWide(t *testing.T) {
	s := httptest.NewUnstartedServer(newResponder(t, preflight.Options{PassOthers: true}).Handler(reached))
	s.Config.DisableGeneralOptionsHandler = true
	s.Start()
	defer s.Close()
	got := respwtest.Raw(t, s, "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 200 ") || strings.Contains(got, "reached") {
		t.Errorf("got %q", got)
	}
}

func TestTraceAndConnect(t *testing.T) {
	s := httptest.NewServer(newResponder(t, preflight.Options{}).Handler(reached))
	defer s.Close()
	for _, request := range []string{
		"TRACE /api/x?key=secret HTTP/1.1\r\nHost: a\r\nCookie: secret\r\nConnection: close\r\n\r\n",
		"TRACE /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret",
		"CONNECT secret.example:443 HTTP/1.1\r\nHost: secret.example:443\r\nConnection: close\r\n\r\n",
	} {
		got := respwtest.Raw(t, s, request)
		if !strings.HasPrefix(got, "HTTP/1.1 405 ") || strings.Contains(got, "secret") || strings.Contains(got, "reached") ||
			!strings.Contains(got, "\r\nAllow: HEAD, GET, POST, PUT, PATCH, DELETE, OPTIONS\r\n") {
			t.Errorf("got %q", got)
		}
	}
}

func TestResponderOversized(t *testing.T) {
	t.Run("C5 half a megabyte of commas", func(t *testing.T) {
		h := newResponder(t, preflight.Options{}).Handler(reached)
		commas := strings.Repeat(",", 500_000)
		header := []string{"Origin", "https://a.example", "Access-Control-Request-Method", "PUT", "Access-Control-Request-Headers", commas}
		if resp := ask(h, "OPTIONS", "/x", header...); resp.StatusCode != 431 || resp.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("got %d %v, want 431", resp.StatusCode, resp.Header)
		}
		small := httptest.NewRequest("OPTIONS", "/x", nil)
		large := httptest.NewRequest("OPTIONS", "/x", nil)
		large.Header["Access-Control-Request-Headers"] = []string{commas}
		count := func(r *http.Request) float64 {
			return testing.AllocsPerRun(20, func() { h.ServeHTTP(httptest.NewRecorder(), r) })
		}
		if a, b := count(small), count(large); b > a+10 {
			t.Errorf("got %v allocations for it, %v for a small one", b, a)
		}
	})
}

func TestErrorHandler(t *testing.T) {
	for _, tt := range []struct {
		method, field, code string
		status              int // 0: it is not called
	}{
		{"TRACE", "", "method_not_allowed", 405},
		{"CONNECT", "", "method_not_allowed", 405},
		{"OPTIONS", strings.Repeat("a", 5000), "header_too_large", 431},
		{"OPTIONS", "a", "", 0},
		{"GET", "", "", 0},
	} {
		var got *preflight.RefusedError
		p := newResponder(t, preflight.Options{ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			if !errors.As(err, &got) || got.Status == 405 && w.Header().Get("Allow") == "" {
				t.Errorf("%s: got %v under %v", tt.method, err, w.Header())
			}
			w.WriteHeader(http.StatusTeapot)
		}})
		resp := ask(p.Handler(http.NotFoundHandler()), tt.method, "/", "Access-Control-Request-Headers", tt.field)
		switch {
		case (got != nil) != (tt.status != 0) || (resp.StatusCode == http.StatusTeapot) != (tt.status != 0):
			t.Errorf("%s: got %v and %d", tt.method, got, resp.StatusCode)
		case got != nil && (got.StatusCode() != tt.status || got.ErrorCode() != tt.code || got.ClientMessage() == ""):
			t.Errorf("%s: got %d %s %q", tt.method, got.StatusCode(), got.ErrorCode(), got.ClientMessage())
		}
	}
}

// CORS decides what a page may read. What it may send is decided by another piece,
// which fits in between.
func TestCORSIsNoAccessControl(t *testing.T) {
	t.Run("C9 a simple request of another origin", func(t *testing.T) {
		responder := newResponder(t, preflight.Options{})
		header := []string{"Origin", "https://evil.example", "Content-Type", "text/plain", "Sec-Fetch-Site", "cross-site"}
		if resp := ask(responder.Handler(reached), "POST", "https://good.example/x", header...); resp.StatusCode != 200 {
			t.Errorf("without protection: got %d, want 200 as documented", resp.StatusCode)
		}
		protected := responder.Handler(http.NewCrossOriginProtection().Handler(reached))
		if resp := ask(protected, "POST", "https://good.example/x", header...); resp.StatusCode != 403 {
			t.Errorf("with protection: got %d, want 403", resp.StatusCode)
		}
		if resp := ask(protected, "POST", "https://good.example/x", "Origin", "https://good.example"); resp.StatusCode != 200 {
			t.Errorf("the own origin: got %d, want 200", resp.StatusCode)
		}
	})
}
