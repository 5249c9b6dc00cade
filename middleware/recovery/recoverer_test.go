package recovery_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/respw/respwtest"
	"github.com/sidekick-http/sidekick/middleware/recovery"
)

func newRecoverer(t testing.TB, o recovery.Options) *recovery.Recoverer {
	t.Helper()
	c, err := recovery.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ask plays one request to h without a connection.
func ask(h http.Handler, method, target string) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	return w.Result()
}

func readAll(resp *http.Response) string {
	b, _ := io.ReadAll(resp.Body)
	return string(b)
}

var reached = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "reached") })

func quietLogger() *slog.Logger { return slog.New(slog.NewJSONHandler(io.Discard, nil)) }

func panics(v any) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Length", "1000")
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Type", "image/png")
		h.Set("Etag", `"x"`)
		h.Set("Cache-Control", "public, max-age=1000")
		h.Set("X-Kept", "yes")
		panic(v)
	})
}

func TestMatrix(t *testing.T) {
	respwtest.Run(t, newRecoverer(t, recovery.Options{Logger: quietLogger()}).Handler)
}

func TestRecoverer(t *testing.T) {
	envelope := func(w http.ResponseWriter, r *http.Request, err error) {
		var p *recovery.PanicError
		if !errors.As(err, &p) || len(p.Stack) == 0 || p.StatusCode() != 500 || err.Error() != "panic: on purpose" {
			t.Errorf("Respond: got %v", err)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(500)
		_, _ = io.WriteString(w, `{"error":"sorry"}`)
	}
	for _, tt := range []struct {
		name    string
		respond func(http.ResponseWriter, *http.Request, error)
		body    string
		kind    string
	}{
		{"by default", nil, "Internal Server Error\n", "text/plain; charset=utf-8"},
		{"Respond", envelope, `{"error":"sorry"}`, "application/json"},
		{"Respond writes nothing", func(http.ResponseWriter, *http.Request, error) {}, "Internal Server Error\n", "text/plain; charset=utf-8"},
		{"Respond panics", func(http.ResponseWriter, *http.Request, error) { panic("again") }, "Internal Server Error\n", "text/plain; charset=utf-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			c := newRecoverer(t, recovery.Options{Respond: tt.respond, Logger: slog.New(slog.NewJSONHandler(&log, nil))})
			resp := ask(c.Handler(panics("on purpose")), "GET", "/a%20b?token=secret")
			if resp.StatusCode != 500 || readAll(resp) != tt.body || resp.Header.Get("Content-Type") != tt.kind {
				t.Errorf("got %d %v", resp.StatusCode, resp.Header)
			}
			for _, name := range []string{"Content-Length", "Content-Encoding", "Etag", "Cache-Control"} {
				if got := resp.Header.Get(name); got != "" {
					t.Errorf("%s of the answer that was not sent: got %q", name, got)
				}
			}
			if resp.Header.Get("X-Kept") != "yes" {
				t.Error("another header is lost")
			}
			lines := strings.Split(strings.TrimSpace(log.String()), "\n")
			var rec struct {
				Level, Msg, Method, Path, Error, Stack, MessageID string
				Status                                            int
			}
			if err := json.Unmarshal([]byte(lines[len(lines)-1]), &rec); err != nil {
				t.Fatal(err)
			}
			if rec.Level != "ERROR" || rec.Msg != "handler panicked" || rec.Method != "GET" || rec.Path != "/a%20b" || rec.Error != "panic: on purpose" || rec.Status != 500 || rec.MessageID == "" || !strings.Contains(rec.Stack, "recoverer_test.go") {
				t.Errorf("log: got %+v", rec)
			}
			if tt.name == "Respond panics" && len(lines) != 2 {
				t.Errorf("log: got %d records, want one of each panic", len(lines))
			}
		})
	}
}

// A value that a handler passed to panic must not be taken for an HTTP error.
type teapot struct{}

func (teapot) Error() string   { return "short and stout" }
func (teapot) StatusCode() int { return http.StatusTeapot }

func TestPanicError(t *testing.T) {
	var err error = &recovery.PanicError{Value: teapot{}}
	var status interface{ StatusCode() int }
	if !errors.As(err, &status) || status.StatusCode() != 500 || errors.Is(err, teapot{}) {
		t.Errorf("got %d", status.StatusCode())
	}
}

func TestRecovererAborts(t *testing.T) {
	for _, tt := range []struct {
		name    string
		respond func(http.ResponseWriter, *http.Request, error)
		handler http.HandlerFunc
		logged  string
	}{
		{"ErrAbortHandler", nil, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, ""},
		{"after a part", nil, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "a part")
			panic("on purpose")
		}, "handler panicked after its response began"},
		{"after WriteHeader", nil, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(200)
			panic("on purpose")
		}, "handler panicked after its response began"},
		{"Respond panics halfway", func(w http.ResponseWriter, r *http.Request, err error) {
			_, _ = io.WriteString(w, "half")
			panic("again")
		}, func(http.ResponseWriter, *http.Request) { panic("on purpose") }, "Respond panicked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			c := newRecoverer(t, recovery.Options{Respond: tt.respond, Logger: slog.New(slog.NewJSONHandler(&log, nil))})
			defer func() {
				if p := recover(); p != http.ErrAbortHandler {
					t.Errorf("got %v, want http.ErrAbortHandler itself", p)
				}
				if tt.logged == "" && log.Len() > 0 || !strings.Contains(log.String(), tt.logged) {
					t.Errorf("log: got %q, want %q", log.String(), tt.logged)
				}
			}()
			ask(c.Handler(tt.handler), "GET", "/")
			t.Error("no panic came out")
		})
	}
}

func TestRecovererDefaultLogger(t *testing.T) {
	before := slog.Default()
	defer slog.SetDefault(before)
	var log bytes.Buffer
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	ask(newRecoverer(t, recovery.Options{}).Handler(panics("a\nforged line \x1b[31m")), "GET", "/")
	t.Run("V9 the value of a panic", func(t *testing.T) {
		if strings.Count(log.String(), "\n") != 1 || strings.Contains(log.String(), "\x1b") || !strings.Contains(log.String(), "forged line") {
			t.Errorf("got %q", log.String())
		}
	})
}

func TestTwoRecoverers(t *testing.T) {
	inner := newRecoverer(t, recovery.Options{Logger: quietLogger(), Respond: func(w http.ResponseWriter, r *http.Request, err error) {
		http.Error(w, "inner", 500)
	}})
	outer := newRecoverer(t, recovery.Options{Logger: quietLogger()})
	if got := readAll(ask(outer.Handler(inner.Handler(panics("x"))), "GET", "/")); got != "inner\n" {
		t.Errorf("got %q", got)
	}
	resp := httptest.NewRecorder()
	outer.Handler(outer.Handler(reached)).ServeHTTP(resp, httptest.NewRequest("GET", "/", nil))
	if resp.Body.String() != "reached" {
		t.Errorf("got %q", resp.Body)
	}
}
