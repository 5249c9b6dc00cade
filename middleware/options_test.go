package middleware_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/middleware"
)

func newPreflight(t testing.TB, o middleware.PreflightOptions) *middleware.Preflight {
	t.Helper()
	return must(t, func() (*middleware.Preflight, error) { return middleware.NewPreflight(o) })
}

var reached = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "reached") })

func readAll(resp *http.Response) string {
	b, _ := io.ReadAll(resp.Body)
	return string(b)
}

func TestPreflightOptions(t *testing.T) {
	_, err := middleware.NewPreflight(middleware.PreflightOptions{Methods: []string{"GET", "PO ST", ""}, Origin: "a\nb"})
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v, want three problems", err)
	}
}

// The answers of the reference, recorded with and without configured headers.
func TestPreflightAnswers(t *testing.T) {
	configured := map[string]string{
		"Access-Control-Allow-Methods": "GET, POST",
		"Access-Control-Allow-Origin":  "https://www.example.com",
		"Access-Control-Allow-Headers": "Content-Type",
	}
	for _, tt := range []struct {
		name            string
		headers         map[string]string
		options         middleware.PreflightOptions
		methods, origin string
	}{
		{"nothing is configured", nil, middleware.PreflightOptions{}, "HEAD, GET, POST, PATCH, PUT, DELETE, OPTIONS, TRACE", "*"},
		{"configured headers", configured, middleware.PreflightOptions{}, "GET, POST", "https://www.example.com"},
		{"own values", nil, middleware.PreflightOptions{Methods: []string{"GET"}, Origin: "https://a.example"}, "GET", "https://a.example"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHeaders(t, tt.headers).Handler(newPreflight(t, tt.options).Handler(reached))
			for _, header := range [][]string{nil, {"Origin", "http://other.example", "Access-Control-Request-Method", "PUT"}} {
				resp := ask(h, "OPTIONS", "/api/cacheTest", header...)
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
	if got := readAll(ask(newPreflight(t, middleware.PreflightOptions{}).Handler(reached), "GET", "/")); got != "reached" {
		t.Errorf("GET: got %q", got)
	}
}

func TestPreflightPassOthers(t *testing.T) {
	h := newPreflight(t, middleware.PreflightOptions{PassOthers: true}).Handler(reached)
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
func TestPreflightServerWide(t *testing.T) {
	s := httptest.NewUnstartedServer(newPreflight(t, middleware.PreflightOptions{PassOthers: true}).Handler(reached))
	s.Config.DisableGeneralOptionsHandler = true
	s.Start()
	defer s.Close()
	got := raw(t, s, "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 200 ") || strings.Contains(got, "reached") {
		t.Errorf("got %q", got)
	}
}

func TestTraceAndConnect(t *testing.T) {
	s := httptest.NewServer(newPreflight(t, middleware.PreflightOptions{}).Handler(reached))
	defer s.Close()
	for _, request := range []string{
		"TRACE /api/x?key=secret HTTP/1.1\r\nHost: a\r\nCookie: secret\r\nConnection: close\r\n\r\n",
		"TRACE /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret",
		"CONNECT secret.example:443 HTTP/1.1\r\nHost: secret.example:443\r\nConnection: close\r\n\r\n",
	} {
		got := raw(t, s, request)
		if !strings.HasPrefix(got, "HTTP/1.1 405 ") || strings.Contains(got, "secret") || strings.Contains(got, "reached") ||
			!strings.Contains(got, "\r\nAllow: HEAD, GET, POST, PATCH, PUT, DELETE, OPTIONS\r\n") {
			t.Errorf("got %q", got)
		}
	}
}

func TestPreflightOversized(t *testing.T) {
	t.Run("C5 half a megabyte of commas", func(t *testing.T) {
		h := newPreflight(t, middleware.PreflightOptions{}).Handler(reached)
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

func TestCORSHeadersOnEveryStatus(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ok", func(w http.ResponseWriter, r *http.Request) {})
	mux.HandleFunc("/dir/", func(w http.ResponseWriter, r *http.Request) {})
	mux.HandleFunc("/large", func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
	})
	mux.HandleFunc("/panic", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Del("Access-Control-Allow-Origin")
		panic("on purpose")
	})
	headers := newHeaders(t, map[string]string{"Access-Control-Allow-Origin": "https://www.example.com", "Access-Control-Allow-Headers": "Content-Type"})
	recoverer := must(t, func() (*middleware.Recoverer, error) {
		return middleware.NewRecoverer(middleware.RecovererOptions{Logger: quietLogger()})
	})
	h := recoverer.Handler(headers.Handler(newPreflight(t, middleware.PreflightOptions{}).Handler(mux)))
	for _, tt := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/ok", 200}, {"GET", "/dir", 307}, {"GET", "/none", 404}, {"POST", "/ok", 405}, {"POST", "/large", 413}, {"GET", "/panic", 500},
		{"OPTIONS", "/ok", 200}, {"OPTIONS", "/dir", 200}, {"OPTIONS", "/none", 200},
	} {
		t.Run("C8 "+tt.method+" "+tt.path, func(t *testing.T) {
			resp := ask(h, tt.method, tt.path, "Origin", "https://www.example.com", "Access-Control-Request-Method", "POST")
			if resp.StatusCode != tt.status {
				t.Errorf("got %d, want %d", resp.StatusCode, tt.status)
			}
			if got := resp.Header["Access-Control-Allow-Origin"]; len(got) != 1 || got[0] != "https://www.example.com" {
				t.Errorf("got %q", got)
			}
			if got := resp.Header["Access-Control-Allow-Headers"]; len(got) != 1 {
				t.Errorf("got %q", got)
			}
		})
	}
}

// CORS decides what a page may read. What it may send is decided by a piece
// that fits between.
func TestCORSIsNoAccessControl(t *testing.T) {
	t.Run("C9 a simple request of another origin", func(t *testing.T) {
		preflight := newPreflight(t, middleware.PreflightOptions{})
		header := []string{"Origin", "https://evil.example", "Content-Type", "text/plain", "Sec-Fetch-Site", "cross-site"}
		if resp := ask(preflight.Handler(reached), "POST", "https://good.example/x", header...); resp.StatusCode != 200 {
			t.Errorf("without protection: got %d, want 200 as documented", resp.StatusCode)
		}
		protected := preflight.Handler(http.NewCrossOriginProtection().Handler(reached))
		if resp := ask(protected, "POST", "https://good.example/x", header...); resp.StatusCode != 403 {
			t.Errorf("with protection: got %d, want 403", resp.StatusCode)
		}
		if resp := ask(protected, "POST", "https://good.example/x", "Origin", "https://good.example"); resp.StatusCode != 200 {
			t.Errorf("the own origin: got %d, want 200", resp.StatusCode)
		}
	})
}
