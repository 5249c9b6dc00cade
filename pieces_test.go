package sidekick_test

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/internal/respw/respwtest"
	"github.com/sidekick-http/sidekick/middleware/accesslog"
	"github.com/sidekick-http/sidekick/middleware/clientaddr"
	"github.com/sidekick-http/sidekick/middleware/compress"
	"github.com/sidekick-http/sidekick/middleware/headers"
	"github.com/sidekick-http/sidekick/middleware/jsonp"
	"github.com/sidekick-http/sidekick/middleware/preflight"
	"github.com/sidekick-http/sidekick/middleware/recovery"
)

// pieces are the small pieces of middleware/, each with defaults.
type pieces struct {
	recoverer  *recovery.Recoverer
	accessLog  *accesslog.Log
	clientAddr *clientaddr.Resolver
	headers    *headers.Fields
	preflight  *preflight.Responder
	compressor *compress.Compressor
	jsonp      *jsonp.Wrapper
}

// newPieces makes the pieces; set are the configured headers.
func newPieces(t testing.TB, set map[string]string, logger *slog.Logger) pieces {
	t.Helper()
	var p pieces
	var errs [7]error
	p.recoverer, errs[0] = recovery.New(recovery.Options{Logger: logger})
	p.accessLog, errs[1] = accesslog.New(accesslog.Options{Logger: logger})
	p.clientAddr, errs[2] = clientaddr.New(clientaddr.Options{})
	p.headers, errs[3] = headers.New(headers.Options{Set: set})
	p.preflight, errs[4] = preflight.New(preflight.Options{})
	p.compressor, errs[5] = compress.New(compress.Options{})
	p.jsonp, errs[6] = jsonp.New(jsonp.Options{})
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	return p
}

// together puts all pieces around next, in the order of the chain.
func (p pieces) together(next http.Handler) http.Handler {
	h := p.compressor.Handler(p.jsonp.Handler(next))
	return p.recoverer.Handler(p.accessLog.Handler(p.clientAddr.Handler(p.headers.Handler(p.preflight.Handler(h)))))
}

func toNowhere() *slog.Logger { return slog.New(slog.NewJSONHandler(io.Discard, nil)) }

// What handlers do with a response writer passes through all pieces at once.
func TestPiecesTogetherKeepTheWriter(t *testing.T) {
	p := newPieces(t, map[string]string{
		"X-Powered-By": "matrix", "Cache-Control": "no-cache", "Vary": "Origin", "Strict-Transport-Security": "max-age=1",
	}, toNowhere())
	respwtest.Run(t, p.together)
}

// sink has the methods of net/http's own writer for HTTP/1, and does nothing.
type sink struct{ header http.Header }

func (w *sink) Header() http.Header                          { return w.header }
func (w *sink) WriteHeader(int)                              {}
func (w *sink) Write(p []byte) (int, error)                  { return len(p), nil }
func (w *sink) WriteString(s string) (int, error)            { return len(s), nil }
func (w *sink) ReadFrom(r io.Reader) (int64, error)          { return io.Copy(io.Discard, r) }
func (w *sink) Flush()                                       {}
func (w *sink) FlushError() error                            { return nil }
func (w *sink) CloseNotify() <-chan bool                     { return nil }
func (w *sink) SetReadDeadline(time.Time) error              { return nil }
func (w *sink) SetWriteDeadline(time.Time) error             { return nil }
func (w *sink) EnableFullDuplex() error                      { return nil }
func (w *sink) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, nil }

// What all pieces together allocate for a short response: the copy of the request,
// the tap with the record of facts, the values of the headers, and the compressor's
// wrapper.
func TestPiecesAllocateLittle(t *testing.T) {
	body, contentType, length := []byte("{}"), []string{"application/json"}, []string{"2"}
	p := newPieces(t, map[string]string{"X-Frame-Options": "DENY", "X-Powered-By": "tests", "Referrer-Policy": "no-referrer"}, slog.New(slog.DiscardHandler))
	h := p.together(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"], w.Header()["Content-Length"] = contentType, length
		_, _ = w.Write(body)
	}))
	r := httptest.NewRequest("GET", "/api/list?limit=10", nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br")
	w := &sink{http.Header{}}
	if n := testing.AllocsPerRun(100, func() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}); n > 4 {
		t.Errorf("got %v allocations, want 4", n)
	}
	if w.header.Get("Vary") == "" || w.header.Get("X-Frame-Options") == "" {
		t.Errorf("the pieces did nothing: %v", w.header)
	}
}

func TestNoPieceNamesItself(t *testing.T) {
	h := newPieces(t, nil, toNowhere()).together(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "x") }))
	for _, method := range []string{"GET", "OPTIONS", "TRACE"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, "/", nil))
		for name, values := range w.Header() {
			if name == "Server" || strings.HasPrefix(name, "X-Powered") || strings.Contains(strings.ToLower(fmt.Sprint(values)), "sidekick") {
				t.Errorf("%s: got %s: %q", method, name, values)
			}
		}
	}
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
	p := newPieces(t, map[string]string{"Access-Control-Allow-Origin": "https://www.example.com", "Access-Control-Allow-Headers": "Content-Type"}, toNowhere())
	h := p.recoverer.Handler(p.headers.Handler(p.preflight.Handler(mux)))
	for _, tt := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/ok", 200}, {"GET", "/dir", 307}, {"GET", "/none", 404}, {"POST", "/ok", 405}, {"POST", "/large", 413}, {"GET", "/panic", 500},
		{"OPTIONS", "/ok", 200}, {"OPTIONS", "/dir", 200}, {"OPTIONS", "/none", 200},
	} {
		t.Run("C8 "+tt.method+" "+tt.path, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, tt.path, nil)
			r.Header.Set("Origin", "https://www.example.com")
			r.Header.Set("Access-Control-Request-Method", "POST")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			resp := w.Result()
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

// A script is compressed like other responses.
func TestJSONPIsCompressed(t *testing.T) {
	list := `["` + strings.Repeat("<word> ", 1000) + `"]`
	s := httptest.NewServer(newPieces(t, nil, toNowhere()).together(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, list)
	})))
	defer s.Close()
	s.Client().Transport.(*http.Transport).DisableCompression = true
	r, err := http.NewRequest("GET", s.URL+"/?callback=cb", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	resp, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("Content-Encoding"); got != "gzip" {
		t.Fatalf("got Content-Encoding %q, want gzip", got)
	}
	z, err := gzip.NewReader(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	script, err := io.ReadAll(z)
	if want := "/**/cb(" + strings.ReplaceAll(list, "<", `\u003c`) + ");"; err != nil || string(script) != want {
		t.Errorf("got %.60q, %v", script, err)
	}
}

// The options of preflights count in the whole server, too: the header fields that it
// sends by default do not hide them. Fields of one's own come before both.
func TestPreflightOptionsAreSent(t *testing.T) {
	t.Parallel()
	cfg := good()
	cfg.Preflight.Methods, cfg.Preflight.Origin = []string{"GET", "POST"}, "https://a.example"
	own := cfg
	own.Headers.Set = map[string]string{"access-control-allow-origin": "https://b.example"}
	for _, tt := range []struct {
		name            string
		cfg             sidekick.Config
		methods, origin string
	}{
		{"by default", good(), "HEAD, GET, POST, PUT, PATCH, DELETE, OPTIONS, TRACE", "*"},
		{"options", cfg, "GET, POST", "https://a.example"},
		{"fields of one's own", own, "GET, POST", "https://b.example"},
	} {
		kit := newKit(t, tt.cfg, list)
		for _, method := range []string{"OPTIONS", "GET"} {
			h := get(kit, "/api/list", func(r *http.Request) { r.Method = method }).Header()
			methods, origin := h.Values("Access-Control-Allow-Methods"), h.Values("Access-Control-Allow-Origin")
			if !slices.Equal(methods, []string{tt.methods}) || !slices.Equal(origin, []string{tt.origin}) {
				t.Errorf("%s, %s: got %q and %q, want %q and %q", tt.name, method, methods, origin, tt.methods, tt.origin)
			}
		}
	}
	cfg.Preflight.Methods, cfg.Preflight.Origin = []string{"a b"}, "x\ny"
	_, err := sidekick.New(cfg)
	if err == nil || strings.Count(err.Error(), "\n") != 1 || !strings.Contains(err.Error(), "preflight.methods[0]") || !strings.Contains(err.Error(), "preflight.origin") {
		t.Errorf("got %v, want each problem once", err)
	}
}
