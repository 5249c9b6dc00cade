package accesslog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/respw/respwtest"
	"github.com/sidekick-http/sidekick/middleware/accesslog"
	"github.com/sidekick-http/sidekick/middleware/clientaddr"
	"github.com/sidekick-http/sidekick/middleware/recovery"
)

// logs are the two forms of a log, and the access log that writes both.
type logs struct {
	mu       sync.Mutex
	record   bytes.Buffer
	combined bytes.Buffer
	wrote    chan struct{} // a line of the combined form was written
	piece    *accesslog.Log
}

// Write takes the lines of the combined form.
func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.combined.Write(p)
	return n, err
}

type recordWriter struct{ *logs }

func (l recordWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.record.Write(p)
	l.wrote <- struct{}{} // the record is written last
	return n, err
}

func newLog(t testing.TB, o accesslog.Options) *accesslog.Log {
	t.Helper()
	a, err := accesslog.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func newRecoverer(t testing.TB, o recovery.Options) *recovery.Recoverer {
	t.Helper()
	c, err := recovery.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// behindProxy returns the middleware that believes the given proxies.
func behindProxy(t testing.TB, proxies string) func(http.Handler) http.Handler {
	t.Helper()
	c, err := clientaddr.New(clientaddr.Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix(proxies)}})
	if err != nil {
		t.Fatal(err)
	}
	return c.Handler
}

func quietLogger() *slog.Logger { return slog.New(slog.NewJSONHandler(io.Discard, nil)) }

var reached = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "reached") })

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

func readAll(resp *http.Response) string {
	b, _ := io.ReadAll(resp.Body)
	return string(b)
}

func TestMatrix(t *testing.T) {
	respwtest.Run(t, newLog(t, accesslog.Options{Logger: quietLogger(), Combined: io.Discard}).Handler)
}

func newLogs(t testing.TB, text bool, query bool) *logs {
	t.Helper()
	l := &logs{wrote: make(chan struct{}, 100)}
	o := accesslog.Options{Logger: slog.New(slog.NewJSONHandler(recordWriter{l}, nil)), Combined: l, LogQuery: query}
	if text {
		o.Logger = slog.New(slog.NewTextHandler(recordWriter{l}, nil))
	}
	l.piece = newLog(t, o)
	return l
}

// last waits for one request's log and returns both forms of it.
func (l *logs) last() (record, line string) {
	<-l.wrote
	l.mu.Lock()
	defer l.mu.Unlock()
	record, line = l.record.String(), l.combined.String()
	l.record.Reset()
	l.combined.Reset()
	return record, line
}

func TestLogOfNothing(t *testing.T) {
	a := newLog(t, accesslog.Options{})
	if got := readAll(ask(a.Handler(reached), "GET", "/")); got != "reached" {
		t.Errorf("got %q", got)
	}
}

func TestLogAttributes(t *testing.T) {
	l := newLogs(t, false, false)
	h := l.piece.Handler(behindProxy(t, "192.0.2.0/24")(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := facts.From(r.Context())
		rec.SetAction(facts.Action{Name: "user", Version: "2", Route: "/user/:id"})
		rec.MessageIDOr(func() string { return "m-1" })
		rec.SetReceived(paramsOf(map[string]any{"id": json.Number("7"), "password": "***", "list": []any{"a", map[string]any{"b": true}}}))
		r.Method, r.URL.Path = "CHANGED", "/changed"
		w.WriteHeader(201)
		_, _ = io.WriteString(w, "made")
	})))
	ask(h, "POST", "/user/a%20b%2Fc?token=secret", "X-Forwarded-For", "5.6.7.8", "Referer", "https://a.example/x?token=secret", "User-Agent", `me "too"`)
	record, line := l.last()
	var got map[string]any
	if err := json.Unmarshal([]byte(record), &got); err != nil {
		t.Fatal(err)
	}
	if d, ok := got["duration"].(float64); !ok || d <= 0 {
		t.Errorf("duration: got %v", got["duration"])
	}
	for name, want := range map[string]any{
		"msg": "request", "level": "INFO", "method": "POST", "path": "/user/a%20b%2Fc", "status": 201.0, "bytes": 4.0,
		"client": "5.6.7.8", "action": "user", "version": "2", "route": "/user/:id", "messageId": "m-1",
	} {
		if got[name] != want {
			t.Errorf("%s: got %v, want %v", name, got[name], want)
		}
	}
	if want := `"params":{"id":7,"list":["a",{"b":true}],"password":"***"}`; !strings.Contains(record, want) {
		t.Errorf("got %s, want %s", record, want)
	}
	if strings.Contains(record+line, "secret") {
		t.Errorf("the query is in the log: %s%s", record, line)
	}
	want := regexp.MustCompile(`^5\.6\.7\.8 - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "POST /user/a%20b%2Fc HTTP/1\.1" 201 4 "https://a\.example/x" "me \\"too\\""` + "\n$")
	if !want.MatchString(line) {
		t.Errorf("got %q", line)
	}
}

func TestLogQuery(t *testing.T) {
	l := newLogs(t, false, true)
	ask(l.piece.Handler(reached), "GET", "/x?a=1", "Referer", "https://a.example/?b=2")
	record, line := l.last()
	if !strings.Contains(record, `"query":"a=1"`) || !strings.Contains(line, `"GET /x?a=1 HTTP/1.1" 200 7 "https://a.example/?b=2" "-"`) {
		t.Errorf("got %s%s", record, line)
	}
}

// What is behind many "=" costs no more than other queries: every name is looked for in
// all that is before it.
func TestManyEqualSignsAreMaskedAtOnce(t *testing.T) {
	var records, lines bytes.Buffer
	a := newLog(t, accesslog.Options{
		Logger: slog.New(slog.NewJSONHandler(&records, nil)), Combined: &lines,
		LogQuery: true, MaskQuery: []string{"token", "card.number"},
	})
	for _, query := range []string{strings.Repeat("a=", 20000), "a" + strings.Repeat("=", 20000) + "b", strings.Repeat("card=", 20000)} {
		allocations := testing.AllocsPerRun(1, func() {
			ask(a.Handler(reached), "GET", "/x?"+query, "Referer", "https://a.example/?"+query)
		})
		if allocations > 2000 {
			t.Errorf("%.6s…: %v allocations", query, allocations)
		}
		if !strings.Contains(records.String(), "[FILTERED]") {
			t.Errorf("%.6s…: not masked", query)
		}
		records.Reset()
	}
}

func TestLogPattern(t *testing.T) {
	l := newLogs(t, false, false)
	mux := http.NewServeMux()
	mux.Handle("GET /user/{id}", reached)
	ask(l.piece.Handler(mux), "GET", "/user/7")
	if record, _ := l.last(); !strings.Contains(record, `"route":"GET /user/{id}"`) {
		t.Errorf("got %s", record)
	}
}

// Both forms, for everything that can happen to a response.
func TestLogWhatWasSent(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "big.txt"), bytes.Repeat([]byte("x"), 100_000), 0o600); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(dir)))
	mux.HandleFunc("/nothing", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/stream", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "one")
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, "two")
	})
	mux.HandleFunc("/copy", func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, strings.NewReader("abcde")) })
	mux.HandleFunc("/204", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(204)
		_, _ = io.WriteString(w, "x")
	})
	mux.HandleFunc("/early", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(103)
		w.WriteHeader(202)
		w.WriteHeader(500)
	})
	mux.HandleFunc("/panic", func(w http.ResponseWriter, r *http.Request) { panic("on purpose") })
	mux.HandleFunc("/abort", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/half", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(201)
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic("on purpose")
	})
	mux.HandleFunc("/hijack", func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			_ = conn.Close()
		}
	})
	for _, tt := range []struct {
		name, method, path string
		header             []string
		record, line       string // parts that must be there
		bare               string // of the record, without an outer recoverer
	}{
		{"a file through ReadFrom", "GET", "/big.txt", nil, `"status":200,"bytes":100000`, " 200 100000 ", ""},
		{"a range", "GET", "/big.txt", []string{"Range", "bytes=10-19"}, `"status":206,"bytes":10`, " 206 10 ", ""},
		{"HEAD", "HEAD", "/big.txt", nil, `"status":200,"bytes":0`, " 200 0 ", ""},
		{"not found", "GET", "/none", nil, `"status":404,"bytes":19`, " 404 19 ", ""},
		{"nothing", "GET", "/nothing", nil, `"status":200,"bytes":0`, " 200 0 ", ""},
		{"a stream", "GET", "/stream", nil, `"status":200,"bytes":6`, " 200 6 ", ""},
		{"a copy", "GET", "/copy", nil, `"status":200,"bytes":5`, " 200 5 ", ""},
		{"204", "GET", "/204", nil, `"status":204,"bytes":0`, " 204 0 ", ""},
		{"1xx, and a second status", "GET", "/early", nil, `"status":202,"bytes":0`, " 202 0 ", ""},
		{"hijacked", "GET", "/hijack", nil, `"hijacked":true,"bytes":0`, " 0 0 ", ""},
		{"a panic", "GET", "/panic", nil, `"status":500,"bytes":22`, " 500 22 ", `"status":0,"bytes":0`},
		{"an abort", "GET", "/abort", nil, `"status":0,"bytes":0`, " 0 0 ", ""},
		{"half an answer", "GET", "/half", nil, `"status":201,"bytes":4`, " 201 4 ", ""},
	} {
		for _, place := range []string{"recoverer outside", "alone", "recoverer inside"} {
			t.Run(tt.name+"/"+place, func(t *testing.T) {
				l := newLogs(t, false, false)
				recoverer := newRecoverer(t, recovery.Options{Logger: quietLogger()})
				var h http.Handler
				wantRecord, wantLine := tt.record, tt.line
				switch place {
				case "recoverer outside":
					h = recoverer.Handler(l.piece.Handler(mux))
				case "recoverer inside":
					h = l.piece.Handler(recoverer.Handler(mux))
				default:
					h = l.piece.Handler(mux)
					if tt.bare != "" {
						wantRecord, wantLine = tt.bare, " 0 0 "
					}
				}
				s := httptest.NewUnstartedServer(h)
				s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
				s.Start()
				defer s.Close()
				r, _ := http.NewRequest(tt.method, s.URL+tt.path, nil)
				for i := 0; i < len(tt.header); i += 2 {
					r.Header.Set(tt.header[i], tt.header[i+1])
				}
				resp, err := s.Client().Do(r)
				if err == nil {
					_, _ = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
				record, line := l.last()
				if !strings.Contains(record, wantRecord) || strings.Count(record, "\n") != 1 {
					t.Errorf("record: got %s, want %s", record, wantRecord)
				}
				if !strings.Contains(line, wantLine) || strings.Count(line, "\n") != 1 {
					t.Errorf("line: got %s, want %s", line, wantLine)
				}
				aborted := tt.path == "/abort" || tt.path == "/half" || tt.path == "/panic" && place == "alone"
				if got := strings.Contains(record, `"aborted":true`); got != aborted {
					t.Errorf("aborted: got %t in %s", got, record)
				}
			})
		}
	}
}

func TestLogInjection(t *testing.T) {
	for _, text := range []bool{false, true} {
		name := "JSON"
		if text {
			name = "text"
		}
		l := newLogs(t, text, true)
		s := httptest.NewServer(l.piece.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := facts.From(r.Context())
			rec.SetReceived(paramsOf(map[string]any{"k\nforged\x1b\u009b": "v\nforged\x1b\u009b\x7f", "list": []any{"\u009b\n"}}))
			rec.MessageIDOr(func() string { return "m\nforged\x1b\u009b" })
			rec.SetAction(facts.Action{Name: "a", Version: "1\nforged\u009b"})
		})))
		for _, tt := range []struct{ name, request string }{
			{"V9 the path", "GET /a%0d%0aforged%1b[31m%c2%9b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"},
			{"V9 raw bytes in the path and the query", "GET /\xc2\x9bforged?\xc2\x9b\xff HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"},
			{"V9 headers", "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: \xc2\x9bforged\" \xff\\\r\nReferer: \xc2\x9bforged\"\r\nConnection: close\r\n\r\n"},
			{"V9 the user of an absolute target", "GET http://u%0aforged%1b:p@a/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"},
			{"V9 the method", "G%0A|~ / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"},
		} {
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				if got := respwtest.Raw(t, s, tt.request); !strings.HasPrefix(got, "HTTP/1.1 200 ") {
					t.Fatalf("got %q", got)
				}
				record, line := l.last()
				for _, s := range []string{record, line} {
					if strings.Count(s, "\n") != 1 || !strings.HasSuffix(s, "\n") || strings.ContainsAny(s, "\r\x1b\u009b\x7f") || strings.Contains(s, "\xff") {
						t.Errorf("got %q", s)
					}
				}
				if strings.Contains(line, "u%0a") || strings.Contains(line, "u\\n") {
					t.Errorf("the user is in the log: %q", line)
				}
			})
		}
		s.Close()
	}
	t.Run("V9 a request that no server would make", func(t *testing.T) {
		l := newLogs(t, false, false)
		r := httptest.NewRequest("GET", "/", nil)
		r.Method, r.Proto, r.RemoteAddr, r.URL.Path = "GET\nforged", "HTTP\nforged", "x\nforged", ""
		l.piece.Handler(reached).ServeHTTP(httptest.NewRecorder(), r)
		record, line := l.last()
		if strings.Count(record, "\n") != 1 || strings.Count(line, "\n") != 1 || !strings.HasPrefix(line, "- - - [") || !strings.Contains(line, `] "- - -" 200 7 `) {
			t.Errorf("got %q, %q", record, line)
		}
	})
}

func TestLogLargeParams(t *testing.T) {
	l := newLogs(t, false, false)
	var deep any = "bottom"
	for range 50 {
		deep = map[string]any{"d": deep}
	}
	many := map[string]any{}
	for i := range 1000 {
		many[strings.Repeat("n", i)] = strings.Repeat("v", 10_000)
	}
	params := map[string]any{
		"text": strings.Repeat("ü", 100_000), "number": json.Number(strings.Repeat("9", 100_000)),
		"list": slices.Repeat([]any{[]any{strings.Repeat("x", 1000)}}, 100_000), "deep": deep, "many": many,
		"long": slices.Repeat([]any{slices.Repeat([]any{"x"}, 1000)}, 1000),
	}
	ask(l.piece.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		facts.From(r.Context()).SetReceived(paramsOf(params))
	})), "GET", "/")
	record, _ := l.last()
	var got struct{ Params map[string]any }
	if err := json.Unmarshal([]byte(record), &got); err != nil {
		t.Fatal(err)
	}
	if len(record) > 20_000 || len(got.Params) == 0 {
		t.Errorf("got a record of %d bytes", len(record))
	}
	if len(params["text"].(string)) != 200_000 || len(params["list"].([]any)) != 100_000 {
		t.Error("the params themselves were changed")
	}
}

// A value that cannot be encoded must not lose the rest of the record.
type unencodable struct{}

func (unencodable) MarshalJSON() ([]byte, error) { return nil, errors.New("no") }

func TestLogUnencodableParams(t *testing.T) {
	l := newLogs(t, false, false)
	ask(l.piece.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		facts.From(r.Context()).SetReceived(paramsOf(map[string]any{"x": unencodable{}}))
	})), "GET", "/")
	if record, _ := l.last(); !strings.Contains(record, `"status":200`) {
		t.Errorf("got %s", record)
	}
}

// dial sends a request over a connection that the test can break.
func dial(t *testing.T, s *httptest.Server, request string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	return conn
}

// A client that leaves is not a failure of the server.
func TestLogClientThatLeft(t *testing.T) {
	const long = 64 << 20
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		status  int
	}{
		{"before it was answered", func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}, 499},
		{"and the handler says so", func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		}, 499},
		{"while it was answered", func(w http.ResponseWriter, r *http.Request) {
			part := make([]byte, 1<<20)
			for range long / len(part) {
				if _, err := w.Write(part); err != nil {
					<-r.Context().Done() // net/http may find out later
					return
				}
			}
			t.Error("everything was taken")
		}, 200},
		{"while a file was sent", func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.CopyN(w, neverEnding{}, long); err == nil {
				t.Error("everything was taken")
			}
			<-r.Context().Done()
		}, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLogs(t, false, false)
			started := make(chan struct{})
			h := newRecoverer(t, recovery.Options{Logger: quietLogger()}).Handler(l.piece.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				close(started)
				tt.handler(w, r)
			})))
			s := httptest.NewUnstartedServer(h)
			s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
			s.Start()
			defer s.Close()
			conn := dial(t, s, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			<-started
			_ = conn.Close()
			record, line := l.last()
			var got struct {
				Level   string
				Status  int
				Aborted bool
			}
			if err := json.Unmarshal([]byte(record), &got); err != nil {
				t.Fatal(err)
			}
			if got.Level != "INFO" || got.Status != tt.status || !got.Aborted || !strings.Contains(line, fmt.Sprintf(`" %d `, tt.status)) {
				t.Errorf("got %s%s, want status %d, aborted, at level info", record, line, tt.status)
			}
		})
	}
}

// neverEnding is a source without an end.
type neverEnding struct{}

func (neverEnding) Read(p []byte) (int, error) { return len(p), nil }

func TestLogSkip(t *testing.T) {
	var records, lines bytes.Buffer
	a := newLog(t, accesslog.Options{
		Logger: slog.New(slog.NewTextHandler(&records, nil)), Combined: &lines,
		Skip: func(r *http.Request) bool { return r.URL.Path == "/health" },
	})
	for _, path := range []string{"/health", "/other"} {
		if got := readAll(ask(a.Handler(reached), "GET", path)); got != "reached" {
			t.Errorf("%s: got %q", path, got)
		}
	}
	for _, log := range []string{records.String(), lines.String()} {
		if strings.Count(log, "\n") != 1 || strings.Contains(log, "/health") {
			t.Errorf("got %q", log)
		}
	}
}

func TestLogAttrs(t *testing.T) {
	var log bytes.Buffer
	a := newLog(t, accesslog.Options{
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Attrs:  func(r *http.Request) []slog.Attr { return []slog.Attr{slog.String("agent", r.UserAgent())} },
	})
	ask(a.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		accesslog.Add(r.Context(), slog.String("user", "ann"), slog.Bool("cached", true))
		accesslog.Add(context.WithoutCancel(r.Context()), slog.Int("rows", 3))
	})), "GET", "/", "User-Agent", "me\nforged")
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.HasSuffix(got, ` agent="me\nforged" user=ann cached=true rows=3`+"\n") {
		t.Errorf("got %q", got)
	}
	accesslog.Add(t.Context(), slog.Bool("nobody", true)) // without a log this does nothing
}

func TestLogLevels(t *testing.T) {
	own := func(status int) slog.Level {
		if status >= 400 {
			return slog.LevelWarn
		}
		return slog.LevelDebug
	}
	action := func(level slog.Level, status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			facts.From(r.Context()).SetAction(facts.Action{Name: "a", Level: level})
			w.WriteHeader(status)
		}
	}
	for _, tt := range []struct {
		name    string
		level   func(int) slog.Level
		handler http.HandlerFunc
		want    string
	}{
		{"200", nil, action(0, 200), "INFO"},
		{"404", nil, action(0, 404), "INFO"},
		{"500", nil, action(0, 500), "ERROR"},
		{"503", nil, action(0, 503), "ERROR"},
		{"half an answer", nil, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "half")
			panic("on purpose")
		}, "ERROR"},
		{"a panic that was answered", nil, func(http.ResponseWriter, *http.Request) { panic("on purpose") }, "ERROR"},
		{"own, 200", own, action(0, 200), "DEBUG"},
		{"own, 404", own, action(0, 404), "WARN"},
		{"own, 500", own, action(0, 500), "WARN"},
		{"an action's own", nil, action(slog.LevelDebug, 200), "DEBUG"},
		{"an action's own, failed", nil, action(slog.LevelDebug, 500), "ERROR"},
		{"an action's own before the option's", own, action(slog.LevelInfo+1, 404), "INFO+1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			a := newLog(t, accesslog.Options{Logger: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), Level: tt.level})
			func() {
				defer func() { _ = recover() }()
				ask(newRecoverer(t, recovery.Options{Logger: quietLogger()}).Handler(a.Handler(tt.handler)), "GET", "/")
			}()
			if want := `"level":"` + tt.want + `"`; !strings.Contains(log.String(), want) {
				t.Errorf("got %s, want %s", log.String(), want)
			}
		})
	}
}

// If the logger's handler does not want the level, no record is built.
func TestLogOfALevelThatIsOff(t *testing.T) {
	var log bytes.Buffer
	a := newLog(t, accesslog.Options{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelError}))})
	ask(a.Handler(reached), "GET", "/")
	if log.Len() > 0 {
		t.Errorf("got %q", log.String())
	}
}

func TestLogMaskQuery(t *testing.T) {
	var records, lines bytes.Buffer
	a := newLog(t, accesslog.Options{
		Logger: slog.New(slog.NewJSONHandler(&records, nil)), Combined: &lines,
		LogQuery: true, MaskQuery: []string{"token", "Pass", "card.number"},
	})
	for _, tt := range []struct{ query, want string }{
		{"a=1&token=secret&b=2", "a=1&token=[FILTERED]&b=2"},
		{"TOKEN=secret", "TOKEN=[FILTERED]"},
		{"to%6ben=secret", "to%6ben=[FILTERED]"},
		{"user[token]=secret&token[]=secret&token.x=secret", "user[token]=[FILTERED]&token[]=[FILTERED]&token.x=[FILTERED]"},
		{"user%5Bpass%5D=secret&x=1", "user%5Bpass%5D=[FILTERED]&x=1"},
		{"pass=secret;secret", "pass=[FILTERED]"},
		{"a=1;token=secret;b=2&c=3", "a=1;token=[FILTERED]&c=3"},
		{"a=1,token=secret", "a=1,token=[FILTERED]"},
		{"to=/login?token=secret&a=b=c", "to=/login?token=[FILTERED]&a=b=c"},
		{"user[a=b][token]=secret", "user[a=b][token]=[FILTERED]"},
		{"card[number]=secret&card.number=secret&Card[0][Number]=secret", "card[number]=[FILTERED]&card.number=[FILTERED]&Card[0][Number]=[FILTERED]"},
		{"user[card][number][]=secret&number=1&card=2", "user[card][number][]=[FILTERED]&number=1&card=2"},
		{`card={"number":"secret"}&card[0]=%20%7B%22number%22:1}&list={}`, `card=[FILTERED]&card[0]=[FILTERED]&list={}`},
		{"tokens=1&mytoken=2&pass", "tokens=1&mytoken=2&pass"},
		{"token=&token", "token=&token"},
		{"%zz=secret&a=%zz", "%zz=[FILTERED]&a=%zz"},
		{"&&token=secret==x&", "&&token=[FILTERED]&"},
	} {
		records.Reset()
		lines.Reset()
		r := httptest.NewRequest("GET", "/x", nil)
		r.URL.RawQuery = tt.query
		r.Header.Set("Referer", "https://a.example/y?"+tt.query)
		a.Handler(reached).ServeHTTP(httptest.NewRecorder(), r)
		var got struct{ Query string }
		if err := json.Unmarshal(records.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		line := strings.ReplaceAll(lines.String(), `\"`, `"`)
		if got.Query != tt.want || !strings.Contains(line, `"GET /x?`+tt.want+" HTTP") || !strings.Contains(line, `"https://a.example/y?`+tt.want+`"`) {
			t.Errorf("%s: got %s and %s, want %s", tt.query, got.Query, lines.String(), tt.want)
		}
	}
	if _, err := accesslog.New(accesslog.Options{MaskQuery: []string{"a", ""}}); err == nil || err.Error() != `accesslog: MaskQuery[1]: invalid value "": want the name of a parameter such as token` {
		t.Errorf("got %v", err)
	}
}

func TestLogTwice(t *testing.T) {
	l := newLogs(t, false, false)
	ask(l.piece.Handler(l.piece.Handler(reached)), "GET", "/")
	first, _ := l.last()
	if strings.Count(first, "\n") == 0 || !strings.Contains(first, `"bytes":7`) {
		t.Errorf("got %q", first)
	}
}

func TestLogConcurrently(t *testing.T) {
	l := newLogs(t, false, false)
	h := newRecoverer(t, recovery.Options{Logger: quietLogger()}).Handler(l.piece.Handler(reached))
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { ask(h, "GET", "/") })
	}
	wg.Wait()
	lines := strings.Split(strings.TrimSpace(l.combined.String()), "\n")
	if len(lines) != 50 || slices.ContainsFunc(lines, func(s string) bool { return !strings.Contains(s, " 200 7 ") }) {
		t.Errorf("got %d lines", len(lines))
	}
}

// paramsOf converts a map to an unordered list.
func paramsOf(m map[string]any) facts.Params {
	p := make(facts.Params, 0, len(m))
	for name, value := range m {
		p = append(p, facts.Param{Name: name, Value: value})
	}
	return p
}
