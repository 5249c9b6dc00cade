package headers_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/respw/respwtest"
	"github.com/sidekick-http/sidekick/middleware/clientaddr"
	"github.com/sidekick-http/sidekick/middleware/headers"
)

func newFields(t testing.TB, set map[string]string) *headers.Fields {
	t.Helper()
	h, err := headers.New(headers.Options{Set: set})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// client returns a middleware/clientaddr that trusts the given proxies.
func client(t testing.TB, trusted ...string) *clientaddr.Resolver {
	t.Helper()
	var o clientaddr.Options
	for _, p := range trusted {
		o.TrustedProxies = append(o.TrustedProxies, netip.MustParsePrefix(p))
	}
	c, err := clientaddr.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
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

func TestMatrix(t *testing.T) {
	respwtest.Run(t, newFields(t, map[string]string{
		"X-Powered-By": "matrix", "Cache-Control": "no-cache", "Vary": "Origin", "Strict-Transport-Security": "max-age=1",
	}).Handler)
}

func TestFieldsOptions(t *testing.T) {
	_, err := headers.New(headers.Options{Set: map[string]string{
		"":               "x",
		"Bad Name":       "x",
		"Bad:Name":       "x",
		"X-Break":        "a\r\nX-B: 1",
		"X-Nul":          "a\x00",
		"X-Blank":        " a",
		"x-twice":        "1",
		"X-Twice":        "2",
		"Content-Length": "5",
		"set-cookie":     "a=1",
		"X-Fine":         "a\tb, ü",
	}})
	if err == nil {
		t.Fatal("got no error")
	}
	if got := strings.Count(err.Error(), "\n") + 1; got != 9 {
		t.Errorf("got %d problems, want 9:\n%v", got, err)
	}
	var problem *headers.ConfigError
	if !errors.As(err, &problem) || problem.Package != "headers" {
		t.Errorf("got %T, want a ConfigError", err)
	}
}

func TestFields(t *testing.T) {
	fields := map[string]string{"X-Powered-By": "us", "x-frame-options": "DENY", "Vary": "Origin"}
	for _, tt := range []struct {
		name    string
		handler func(http.ResponseWriter)
		header  string
		want    []string
	}{
		{"an empty answer", func(http.ResponseWriter) {}, "X-Powered-By", []string{"us"}},
		{"any case", func(http.ResponseWriter) {}, "X-Frame-Options", []string{"DENY"}},
		{"a body", func(w http.ResponseWriter) { _, _ = io.WriteString(w, "x") }, "X-Powered-By", []string{"us"}},
		{"a handler replaces", func(w http.ResponseWriter) { w.Header().Set("X-Powered-By", "me") }, "X-Powered-By", []string{"me"}},
		{"a handler replaces by Add what has one value", func(w http.ResponseWriter) { w.Header().Add("X-Frame-Options", "SAMEORIGIN") }, "X-Frame-Options", []string{"SAMEORIGIN"}},
		{"a handler adds", func(w http.ResponseWriter) { w.Header().Add("X-Powered-By", "me") }, "X-Powered-By", []string{"us", "me"}},
		{"a handler deletes", func(w http.ResponseWriter) { w.Header().Del("X-Powered-By") }, "X-Powered-By", []string{"us"}},
		{"a handler leaves out", func(w http.ResponseWriter) { w.Header()["X-Powered-By"] = nil }, "X-Powered-By", nil},

		{"H2 the last of several", func(w http.ResponseWriter) {
			for _, v := range []string{"/a", "/b", "/c"} {
				w.Header().Add("Location", v)
			}
		}, "Location", []string{"/c"}},
		{"H2 lines of one's own are kept", func(w http.ResponseWriter) {
			w.Header().Add("X-Url-Delete", "/a/1")
			w.Header().Add("X-Url-Delete", "/b/2")
		}, "X-Url-Delete", []string{"/a/1", "/b/2"}},
		{"H2 lists that are young are kept", func(w http.ResponseWriter) {
			w.Header().Add("Cache-Groups", `"a"`)
			w.Header().Add("Cache-Groups", `"b"`)
		}, "Cache-Groups", []string{`"a"`, `"b"`}},
		{"H2 lists without a standard are kept", func(w http.ResponseWriter) {
			w.Header().Add("Surrogate-Key", "a")
			w.Header().Add("Surrogate-Key", "b")
		}, "Surrogate-Key", []string{"a", "b"}},
		{"H2 cookies are kept", func(w http.ResponseWriter) {
			w.Header().Add("Set-Cookie", "value_1=1")
			w.Header().Add("Set-Cookie", "value_2=2")
		}, "Set-Cookie", []string{"value_1=1", "value_2=2"}},
		{"H2 lists are kept", func(w http.ResponseWriter) {
			w.Header().Add("Link", "</a>; rel=preload")
			w.Header().Add("Link", "</b>; rel=preload")
		}, "Link", []string{"</a>; rel=preload", "</b>; rel=preload"}},
		{"H2 policies are kept", func(w http.ResponseWriter) {
			w.Header().Add("Content-Security-Policy", "a")
			w.Header().Add("Content-Security-Policy", "b")
		}, "Content-Security-Policy", []string{"a", "b"}},
		{"H2 trailers are no headers", func(w http.ResponseWriter) {
			w.Header()[http.TrailerPrefix+"X-T"] = []string{"1", "2"}
		}, http.TrailerPrefix + "X-T", []string{"1", "2"}},
		{"H2 origin trials are kept", func(w http.ResponseWriter) {
			w.Header().Add("Origin-Trial", "a")
			w.Header().Add("Origin-Trial", "b")
		}, "Origin-Trial", []string{"a", "b"}},
		{"H2 Vary is merged", func(w http.ResponseWriter) {
			w.Header().Add("Vary", "Accept-Encoding, origin")
			w.Header().Add("Vary", "accept-encoding ,Cookie,")
		}, "Vary", []string{"Origin, Accept-Encoding, Cookie"}},
		{"H2 Vary was replaced", func(w http.ResponseWriter) { w.Header().Set("Vary", "Cookie") }, "Vary", []string{"Origin, Cookie"}},
		{"H2 Vary is everything", func(w http.ResponseWriter) { w.Header().Add("Vary", "Cookie, *") }, "Vary", []string{"*"}},

		{"H1 a line break", func(w http.ResponseWriter) { w.Header().Set("X-A", "a\r\nX-B:1") }, "X-A", nil},
		{"H1 a NUL in one of several", func(w http.ResponseWriter) {
			w.Header().Add("Set-Cookie", "a=1\x00")
			w.Header().Add("Set-Cookie", "b=1")
		}, "Set-Cookie", []string{"b=1"}},
		{"H1 a tab is fine", func(w http.ResponseWriter) { w.Header().Set("X-A", "a\tb") }, "X-A", []string{"a\tb"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newFields(t, fields).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { tt.handler(w) }))
			if got := ask(h, "GET", "/").Header[tt.header]; !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// What is dropped is logged.
func TestFieldsLogWhatTheyDrop(t *testing.T) {
	var log strings.Builder
	h, err := headers.New(headers.Options{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	ask(h.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Etag"] = []string{`"1"`, `"2"`, `"3"`}
		w.Header()["X-Own"] = []string{"1", "2"}
	})), "GET", "/")
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "level=DEBUG") || !strings.Contains(got, "header=Etag dropped=2") {
		t.Errorf("got %q", got)
	}
}

func TestFieldsRawInjection(t *testing.T) {
	var log strings.Builder
	h, err := headers.New(headers.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-A", r.URL.Query().Get("v"))
		w.Header().Set("Location", "/"+r.URL.Query().Get("v"))
	})))
	defer s.Close()
	t.Run("H1 header injection", func(t *testing.T) {
		got := respwtest.Raw(t, s, "GET /?v=a%0d%0aX-B:1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
		if !strings.HasPrefix(got, "HTTP/1.1 200") || strings.Contains(got, "X-B") || strings.Contains(got, "X-A") || strings.Contains(got, "Location") {
			t.Errorf("got %q", got)
		}
		if strings.Count(log.String(), "header value refused") != 2 || strings.Contains(log.String(), "X-B") {
			t.Errorf("log: got %q", log.String())
		}
	})
}

func TestFieldsHSTS(t *testing.T) {
	const hsts = "max-age=31536000; includeSubDomains"
	h := newFields(t, map[string]string{"Strict-Transport-Security": hsts, "X-Other": "1"})
	ok := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "ok") })
	get := func(t *testing.T, s *httptest.Server, proto string) string {
		t.Helper()
		r, _ := http.NewRequest("GET", s.URL, nil)
		if proto != "" {
			r.Header.Set("X-Forwarded-Proto", proto)
		}
		resp, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.Header.Get("X-Other") != "1" {
			t.Error("the other header is missing")
		}
		return resp.Header.Get("Strict-Transport-Security")
	}
	trusting := client(t, "127.0.0.1/32", "::1/128").Handler(h.Handler(ok))
	doubting := client(t).Handler(h.Handler(ok))
	sets := client(t).Handler(h.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", hsts)
	})))
	for _, tt := range []struct {
		name    string
		handler http.Handler
		tls     bool
		proto   string
		want    string
	}{
		{"H3 plain", trusting, false, "", ""},
		{"H3 a trusted proxy says https", trusting, false, "https", hsts},
		{"H3 a trusted proxy says http", trusting, true, "http", ""},
		{"H3 somebody says https", doubting, false, "https", ""},
		{"H3 TLS", doubting, true, "", hsts},
		{"H3 TLS, and somebody says http", doubting, true, "http", hsts},
		{"H3 TLS without another piece", h.Handler(ok), true, "", hsts},
		{"H3 plain, set by a handler", sets, false, "", hsts},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := httptest.NewUnstartedServer(tt.handler)
			if tt.tls {
				s.StartTLS()
			} else {
				s.Start()
			}
			defer s.Close()
			if got := get(t, s, tt.proto); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFieldsOnErrors(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f.txt"), []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT", "Etag": `"kit"`}
	s := httptest.NewServer(newFields(t, fields).Handler(http.FileServer(http.Dir(dir))))
	defer s.Close()
	for _, tt := range []struct {
		name, path, byteRange string
		status                int
	}{
		{"H5 a missing file", "/missing", "", 404},
		{"H5 a range that cannot be", "/f.txt", "bytes=100-", 416},
		{"H5 a file", "/f.txt", "", 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, _ := http.NewRequest("GET", s.URL+tt.path, nil)
			if tt.byteRange != "" {
				r.Header.Set("Range", tt.byteRange)
			}
			resp, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != tt.status {
				t.Errorf("got %d, want %d", resp.StatusCode, tt.status)
			}
			for name, want := range fields {
				if name == "Last-Modified" && tt.status == 200 {
					continue // the file's own wins
				}
				if got := resp.Header[name]; !slices.Equal(got, []string{want}) {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
		})
	}
}

// Values that the pieces put into header maps are shared with nothing else.
func TestFieldsFreshSlices(t *testing.T) {
	h := newFields(t, map[string]string{"X-A": "1", "X-B": "2"}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X-A"][0] = "changed"
		_ = append(w.Header()["X-A"], "over the next")
		if r.URL.Path == "/look" {
			t.Log(w.Header())
		}
	}))
	ask(h, "GET", "/")
	if got := ask(h, "GET", "/look").Header; got.Get("X-B") != "2" || got.Get("X-A") != "changed" {
		t.Errorf("got %v", got)
	}
	plain := newFields(t, map[string]string{"X-A": "1"}).Handler(http.NotFoundHandler())
	ask(plain, "GET", "/").Header["X-A"][0] = "changed"
	if got := ask(plain, "GET", "/").Header.Get("X-A"); got != "1" {
		t.Errorf("after somebody changed it: got %q, want 1", got)
	}
}

func TestTwoFields(t *testing.T) {
	inner := newFields(t, map[string]string{"X-A": "inner", "Vary": "Cookie"})
	outer := newFields(t, map[string]string{"X-A": "outer", "X-B": "outer", "Vary": "Origin"})
	got := ask(outer.Handler(inner.Handler(http.NotFoundHandler())), "GET", "/").Header
	if got.Get("X-A") != "inner" || got.Get("X-B") != "outer" || got.Get("Vary") != "Origin, Cookie" {
		t.Errorf("got %v", got)
	}
	twice := ask(inner.Handler(inner.Handler(http.NotFoundHandler())), "GET", "/").Header
	if !slices.Equal(twice["Vary"], []string{"Cookie"}) {
		t.Errorf("mounted twice: got %v", twice)
	}
}

// Values are checked in words of eight bytes, which must not hide any byte.
func TestFieldsControlCharacterAnywhere(t *testing.T) {
	value := ""
	h := newFields(t, nil).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X-Test"] = []string{value}
		w.WriteHeader(200)
	}))
	r := httptest.NewRequest("GET", "/", nil)
	for _, filler := range []string{"x", "\t", "\x80"} {
		for at := range 17 {
			for c := range 256 {
				value = strings.Repeat(filler, at) + string([]byte{byte(c)}) + strings.Repeat(filler, 16-at)
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				_, sent := w.Header()["X-Test"]
				if control := c < ' ' && c != '\t' || c == 0x7f; sent == control {
					t.Fatalf("%q: sent %t", value, sent)
				}
			}
		}
	}
}

// TestEmptyValueIsNotSent checks that "" removes a configured header.
func TestEmptyValueIsNotSent(t *testing.T) {
	h := newFields(t, map[string]string{"X-A": "", "Vary": "", "Strict-Transport-Security": "", "X-B": "1"})
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "https://www.example.com/", nil)
	h.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })).ServeHTTP(w, r)
	if got := w.Result().Header; len(got) != 1 || got.Get("X-B") != "1" {
		t.Errorf("got %v, want X-B alone", got)
	}
}

// A Content-Type that must not be sent does not leave it to net/http to guess one from the body.
func TestNoTypeIsGuessedInPlaceOfARefusedOne(t *testing.T) {
	h, err := headers.New(headers.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/png\r\nX-B: 1")
		io.WriteString(w, "<html><script>alert(1)</script></html>")
	})))
	defer s.Close()
	got := respwtest.Raw(t, s, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	if !strings.Contains(got, "\r\nContent-Type: application/octet-stream\r\n") || strings.Contains(got, "X-B") || strings.Count(got, "Content-Type") != 1 {
		t.Errorf("got %q", got)
	}
}
