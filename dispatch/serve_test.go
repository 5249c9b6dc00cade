package dispatch_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/respw"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/static"
)

func runs(name string, f func(ctx context.Context, c *dispatch.Connection) (any, error)) dispatch.Action {
	return dispatch.Action{Name: name, Run: f}
}

func TestPanicsEndOnlyTheirRequest(t *testing.T) {
	var log logBuffer
	d, _ := newDispatcher(t, dispatch.Options{
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Actions: []dispatch.Action{
			runs("text", func(context.Context, *dispatch.Connection) (any, error) { panic("secret\nline") }),
			runs("nilpointer", func(context.Context, *dispatch.Connection) (any, error) {
				var p *dispatch.Action
				return p.Name, nil
			}),
			runs("abort", func(context.Context, *dispatch.Connection) (any, error) { panic(http.ErrAbortHandler) }),
			runs("late", func(_ context.Context, c *dispatch.Connection) (any, error) {
				io.WriteString(c.ResponseWriter(), "half")
				panic("late")
			}),
			runs("brokenPipe", func(_ context.Context, c *dispatch.Connection) (any, error) {
				return nil, c.Pipe(io.MultiReader(strings.NewReader(strings.Repeat("x", 100_000)), iotest.ErrReader(errors.New("disk"))), nil)
			}),
			runs("headers", func(_ context.Context, c *dispatch.Connection) (any, error) {
				for name, value := range map[string]string{"Cache-Control": "public, max-age=9", "Content-Encoding": "gzip", "Content-Type": "image/png", "ETag": `"x"`, "X-Kept": "1"} {
					c.SetHeader(name, value)
				}
				panic("x")
			}),
			runs("piped", func(_ context.Context, c *dispatch.Connection) (any, error) {
				c.Pipe("half", nil)
				panic("late")
			}),
			{Name: "handler", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { panic("early") })},
			{Name: "validator", Inputs: dispatch.Inputs{"a": {Default: 1, Validators: []dispatch.Validator{func(context.Context, any) error { panic("v") }}}},
				Run: func(context.Context, *dispatch.Connection) (any, error) { return nil, nil }},
			action("fine", nil),
		},
	})
	srv := httptest.NewServer(d)
	defer srv.Close()
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	for name, broken := range map[string]bool{"text": false, "nilpointer": false, "handler": false, "validator": false, "headers": false, "abort": true, "late": true, "brokenPipe": true, "piped": true} {
		t.Run(name, func(t *testing.T) {
			log.Reset()
			res, err := http.Get(srv.URL + "/" + name)
			var body []byte
			if err == nil {
				body, err = io.ReadAll(res.Body)
				res.Body.Close()
			}
			if (err != nil) != broken {
				t.Fatalf("got %v, want a broken connection: %v", err, broken)
			}
			if !broken && (res.StatusCode != 500 || !strings.Contains(string(body), `"error":"panic: `)) {
				t.Errorf("got %d %s", res.StatusCode, body)
			}
			if name == "headers" && (res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Content-Encoding") != "" || res.Header.Get("ETag") != "" ||
				res.Header.Get("Content-Type") != "application/json; charset=utf-8" || res.Header.Get("X-Kept") != "1") {
				t.Errorf("got %v", res.Header)
			}
			if logged := strings.Contains(log.String(), "handler panicked"); logged == (name == "abort" || name == "brokenPipe") {
				t.Errorf("got log %q", log.String())
			}
			if strings.Count(log.String(), "\n") > 2 {
				t.Errorf("a panic's text broke the lines of the log: %q", log.String())
			}
		})
	}
	if got := ask(t, d, "GET", "/fine", "").Code; got != 200 {
		t.Errorf("afterwards: got %d", got)
	}
}

func TestPanicsShowNothingInProduction(t *testing.T) {
	env, err := envelope.New(envelope.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := dispatch.New(dispatch.Options{Renderer: env, Actions: []dispatch.Action{
		runs("boom", func(context.Context, *dispatch.Connection) (any, error) { panic("password=hunter2") }),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if a := ask(t, d, "GET", "/boom", ""); a.Code != 500 || strings.Contains(a.Body.String(), "hunter2") {
		t.Errorf("got %d %s", a.Code, a.Body)
	}
}

func TestDeadlinesEndActions(t *testing.T) {
	d, _ := newDispatcher(t, dispatch.Options{
		Timeout: 20 * time.Millisecond,
		Actions: []dispatch.Action{
			runs("heeds", func(ctx context.Context, _ *dispatch.Connection) (any, error) {
				<-ctx.Done()
				return nil, fmt.Errorf("query: %w", ctx.Err())
			}),
			runs("finishes", func(ctx context.Context, _ *dispatch.Connection) (any, error) {
				<-ctx.Done()
				return map[string]any{"late": true}, nil
			}),
			runs("fails", func(context.Context, *dispatch.Connection) (any, error) { return nil, context.DeadlineExceeded }),
		},
	})
	if a := ask(t, d, "GET", "/heeds", ""); a.Code != 504 || a.err() != "the action took too long" {
		t.Errorf("heeds: got %d %s", a.Code, a.Body)
	}
	if a := ask(t, d, "GET", "/finishes", ""); a.Code != 200 || a.object()["late"] != true {
		t.Errorf("finishes: got %d %s", a.Code, a.Body)
	}
	if a := ask(t, d, "GET", "/fails", ""); a.Code != 500 {
		t.Errorf("a deadline of its own: got %d %s", a.Code, a.Body)
	}
}

func TestDeadlinesFromOutside(t *testing.T) {
	d, rc := newDispatcher(t, dispatch.Options{Logger: slog.New(slog.DiscardHandler), Actions: []dispatch.Action{
		runs("heeds", func(ctx context.Context, _ *dispatch.Connection) (any, error) {
			<-ctx.Done()
			return nil, fmt.Errorf("query: %w", ctx.Err())
		}),
		runs("tells", func(ctx context.Context, _ *dispatch.Connection) (any, error) {
			<-ctx.Done()
			return nil, fmt.Errorf("query: %w", context.Cause(ctx))
		}),
		runs("fails", func(ctx context.Context, _ *dispatch.Connection) (any, error) {
			<-ctx.Done()
			return nil, errors.New("the disk is gone")
		}),
	}})
	for name, status := range map[string]int{"heeds": 504, "tells": 504, "fails": 500} {
		within := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeoutCause(r.Context(), time.Millisecond, errors.New("the budget is spent"))
			defer cancel()
			d.ServeHTTP(w, r.WithContext(ctx))
		})
		if a := ask(t, within, "GET", "/"+name, ""); a.Code != status || errors.Is(rc.last.Err, dispatch.ErrTimeout) != (status == 504) {
			t.Errorf("%s: got %d %s", name, a.Code, a.Body)
		}
	}
}

func TestTheContextEndsWithTheClient(t *testing.T) {
	began, ended := make(chan struct{}), make(chan error, 1)
	d, _ := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{
		runs("wait", func(ctx context.Context, _ *dispatch.Connection) (any, error) {
			close(began)
			<-ctx.Done()
			ended <- ctx.Err()
			return nil, ctx.Err()
		}),
	}})
	srv := httptest.NewServer(d)
	defer srv.Close()
	c, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(c, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
	<-began
	c.Close()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("the context was not cancelled")
	}
}

func TestPendingIsLimited(t *testing.T) {
	release := make(chan struct{})
	var began sync.WaitGroup
	d, _ := newDispatcher(t, dispatch.Options{
		MaxPending: 2,
		Actions: []dispatch.Action{
			runs("wait", func(context.Context, *dispatch.Connection) (any, error) { began.Done(); <-release; return nil, nil }),
			runs("boom", func(context.Context, *dispatch.Connection) (any, error) { panic("x") }),
			action("quick", nil),
		},
	})
	from := func(addr, target string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", target, nil)
		r.RemoteAddr = addr
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		return w
	}
	began.Add(2)
	var done sync.WaitGroup
	for range 2 {
		done.Go(func() { from("192.0.2.1:1", "/wait") })
	}
	began.Wait()
	w := from("192.0.2.1:2", "/quick")
	if w.Code != 429 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "you have too many pending requests") {
		t.Errorf("past the limit: got %d %v %s", w.Code, w.Header(), w.Body)
	}
	if w := from("192.0.2.9:1", "/quick"); w.Code != 200 {
		t.Errorf("another client: got %d", w.Code)
	}
	if w := from("@", "/quick"); w.Code != 200 {
		t.Errorf("a unix socket: got %d", w.Code)
	}
	ctx, rec := facts.NewContext(t.Context()) // a request that the client does not know about
	rec.SetUncounted()
	r := httptest.NewRequestWithContext(ctx, "GET", "/quick", nil)
	r.RemoteAddr = "192.0.2.1:3"
	w = httptest.NewRecorder()
	if d.ServeHTTP(w, r); w.Code != 200 {
		t.Errorf("one that does not count: got %d", w.Code)
	}
	close(release)
	done.Wait()
	for range 5 {
		from("192.0.2.1:3", "/boom")
	}
	if w := from("192.0.2.1:2", "/quick"); w.Code != 200 {
		t.Errorf("afterwards: got %d, want the counters at zero", w.Code)
	}
}

func TestDrainingRefuses(t *testing.T) {
	d, _ := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{action("a", nil)}})
	d.Drain()
	a := ask(t, d, "GET", "/a", "")
	if a.Code != 503 || a.err() != "the server is shutting down" || a.Header().Get("Retry-After") == "" || a.Header().Get("Connection") != "close" {
		t.Errorf("got %d %v %s", a.Code, a.Header(), a.Body)
	}
}

func TestMiddleware(t *testing.T) {
	type key struct{}
	note := func(c *dispatch.Connection, word string) {
		words, _ := c.Value(key{}).([]string)
		c.Set(key{}, append(words, word))
	}
	mw := func(name string, priority int) dispatch.Middleware {
		return dispatch.Middleware{
			Name: name, Priority: priority,
			Before: func(_ context.Context, c *dispatch.Connection) error { note(c, "+"+name); return nil },
			After: func(_ context.Context, c *dispatch.Connection, result any) (any, error) {
				note(c, "-"+name)
				return map[string]any{"trace": c.Value(key{}), "inner": result}, nil
			},
		}
	}
	refuse := dispatch.Middleware{Before: func(context.Context, *dispatch.Connection) error { return envelope.Errorf(403, "not allowed") }}
	stop := dispatch.Middleware{Before: func(_ context.Context, c *dispatch.Connection) error { c.Stop("stopped"); return nil }}
	add := dispatch.Middleware{Before: func(_ context.Context, c *dispatch.Connection) error { c.Params["need"] = "7"; return nil }}
	fail := dispatch.Middleware{After: func(context.Context, *dispatch.Connection, any) (any, error) {
		return nil, envelope.Errorf(409, "after")
	}}
	ran := false
	make := func(name string, m ...dispatch.Middleware) dispatch.Action {
		return dispatch.Action{Name: name, Middleware: m, Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			note(c, "run")
			ran = true
			return "result", nil
		}}
	}
	added := make("added", add)
	added.Inputs = dispatch.Inputs{"need": {Required: true, Formatters: []dispatch.Formatter{dispatch.ToInt}}}
	added.Run = func(_ context.Context, c *dispatch.Connection) (any, error) {
		return map[string]any{"need": c.Params["need"]}, nil
	}
	d, _ := newDispatcher(t, dispatch.Options{
		Middleware: []dispatch.Middleware{mw("late", 200), mw("default", 0), mw("early", 1)},
		Actions:    []dispatch.Action{make("order", mw("b", 2), mw("a", 1)), make("refused", refuse), make("stopped", stop, mw("never", 0)), added, make("fails", fail)},
	})
	trace := func(a answer) string { return fmt.Sprint(a.object()["trace"]) }
	if got, want := trace(ask(t, d, "GET", "/order", "")), "[+early +default +late +b +a run -early -default -late -b -a]"; got != want {
		t.Errorf("order: got %s, want %s", got, want)
	}
	ran = false
	if a := ask(t, d, "GET", "/refused", ""); a.Code != 403 || a.err() != "not allowed" || ran {
		t.Errorf("refused: got %d %s, ran %v", a.Code, a.Body, ran)
	}
	a := ask(t, d, "GET", "/stopped", "")
	if got, want := trace(a), "[+early +default +late -early -default -late -never]"; a.Code != 200 || got != want || ran {
		t.Errorf("stopped: got %d %s, want %s", a.Code, got, want)
	}
	if a := ask(t, d, "GET", "/added", ""); a.Code != 200 || !strings.Contains(a.Body.String(), `"need":7`) {
		t.Errorf("added: got %d %s", a.Code, a.Body)
	}
	if a := ask(t, d, "GET", "/fails", ""); a.Code != 409 || a.err() != "after" {
		t.Errorf("after fails: got %d %s", a.Code, a.Body)
	}
}

func TestAnsweringByItself(t *testing.T) {
	d, _ := newDispatcher(t, dispatch.Options{
		Files: folder{"public"},
		Actions: []dispatch.Action{
			runs("string", func(_ context.Context, c *dispatch.Connection) (any, error) {
				c.SetStatus(201)
				return nil, c.Pipe("a string", map[string]string{"X-A": "1", "X-Bad": "a\r\nX-Evil: 1"})
			}),
			runs("bytes", func(_ context.Context, c *dispatch.Connection) (any, error) { return nil, c.Pipe([]byte{0, 1}, nil) }),
			runs("reader", func(_ context.Context, c *dispatch.Connection) (any, error) {
				return nil, c.Pipe(strings.NewReader("read"), map[string]string{"Content-Type": "text/css"})
			}),
			runs("twice", func(_ context.Context, c *dispatch.Connection) (any, error) {
				if err := c.Pipe("first", nil); err != nil {
					return nil, err
				}
				if c.Pipe("second", nil) == nil || c.SendFile("x") == nil {
					t.Error("a second answer: got no error")
				}
				return map[string]any{"third": 1}, nil
			}),
			runs("wrong", func(_ context.Context, c *dispatch.Connection) (any, error) { return nil, c.Pipe(7, nil) }),
			runs("file", func(_ context.Context, c *dispatch.Connection) (any, error) { return nil, c.SendFile("a/b.txt") }),
			runs("writer", func(_ context.Context, c *dispatch.Connection) (any, error) {
				w := c.ResponseWriter()
				w.WriteHeader(202)
				io.WriteString(w, "by hand")
				return nil, nil
			}),
			runs("deadlineOnly", func(_ context.Context, c *dispatch.Connection) (any, error) {
				http.NewResponseController(c.ResponseWriter()).SetWriteDeadline(time.Now().Add(time.Minute))
				c.SetStatus(202)
				return nil, nil
			}),
			runs("unused", func(_ context.Context, c *dispatch.Connection) (any, error) {
				c.ResponseWriter()
				return map[string]any{"a": 1}, nil
			}),
			runs("unusedError", func(_ context.Context, c *dispatch.Connection) (any, error) {
				c.ResponseWriter()
				return nil, envelope.Errorf(409, "no")
			}),
			runs("hijacked", func(_ context.Context, c *dispatch.Connection) (any, error) {
				conn, rw, err := http.NewResponseController(c.ResponseWriter()).Hijack()
				if err != nil {
					return nil, err
				}
				fmt.Fprint(rw, "HTTP/1.1 299 Mine\r\nContent-Length: 0\r\n\r\n")
				rw.Flush()
				return nil, conn.Close()
			}),
			runs("content", func(_ context.Context, c *dispatch.Connection) (any, error) {
				return nil, c.ServeContent(static.Content{Reader: strings.NewReader("rows"), Name: "résumé.csv", Download: true})
			}),
			runs("text", func(_ context.Context, c *dispatch.Connection) (any, error) {
				c.SetHeader("Content-Type", "text/plain")
				return "plain words", nil
			}),
		},
	})
	srv := httptest.NewServer(d)
	defer srv.Close()
	for _, tt := range []struct {
		name, want, kind string
		status           int
	}{
		{"string", "a string", "text/plain; charset=utf-8", 201},
		{"bytes", "\x00\x01", "application/octet-stream", 200},
		{"reader", "read", "text/css", 200},
		{"twice", "first", "text/plain; charset=utf-8", 200},
		{"file", "file public:a/b.txt", "text/plain; charset=utf-8", 200},
		{"writer", "by hand", "text/plain; charset=utf-8", 202},
		{"hijacked", "", "", 299},
		{"content", "rows", "text/csv", 200},
		{"text", "plain words", "text/plain", 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, err := http.Get(srv.URL + "/" + tt.name)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, _ := io.ReadAll(res.Body)
			if res.StatusCode != tt.status || string(body) != tt.want || res.Header.Get("Content-Type") != tt.kind {
				t.Errorf("got %d %q %q, want %d %q %q", res.StatusCode, body, res.Header.Get("Content-Type"), tt.status, tt.want, tt.kind)
			}
			if d := res.Header.Get("Content-Disposition"); tt.name == "content" && !strings.HasPrefix(d, "attachment") {
				t.Errorf("got Content-Disposition %q", d)
			}
			if tt.name == "string" && (res.Header.Get("X-A") != "1" || res.Header.Get("X-Bad") != "" || res.Header.Get("X-Evil") != "") {
				t.Errorf("H1 got %v", res.Header)
			}
		})
	}
	if a := ask(t, d, "GET", "/unused", ""); a.object()["a"] != 1.0 {
		t.Errorf("unused: got %s", a.Body)
	}
	if a := ask(t, d, "GET", "/deadlineOnly", ""); a.Code != 202 {
		t.Errorf("a writer used for its deadline: got %d", a.Code)
	}
	if a := ask(t, d, "HEAD", "/string", ""); a.Header().Get("Content-Length") != "8" {
		t.Errorf("HEAD of a piped text: got %v", a.Header())
	}
	if a := ask(t, d, "GET", "/unusedError", ""); a.Code != 409 {
		t.Errorf("unused, error: got %d", a.Code)
	}
	if a := ask(t, d, "GET", "/wrong", ""); a.Code != 500 || !strings.Contains(fmt.Sprint(a.err()), "content is int") {
		t.Errorf("wrong: got %d %s", a.Code, a.Body)
	}
	if a := ask(t, d, "HEAD", "/string", ""); a.Code != 201 || a.Body.Len() != 0 {
		t.Errorf("HEAD: got %d %q", a.Code, a.Body)
	}
}

func TestFilesByTheActionFile(t *testing.T) {
	d, _ := newDispatcher(t, dispatch.Options{Files: folder{"public"}, Actions: []dispatch.Action{action("a", nil)}})
	if got := ask(t, d, "GET", "/?action=file&fileName=x/y.txt", "").Body.String(); got != "file public:x/y.txt" {
		t.Errorf("fileName: got %q", got)
	}
	if got := ask(t, d, "GET", "/?action=file&file=z.txt", "").Body.String(); got != "file public:z.txt" {
		t.Errorf("file: got %q", got)
	}
	routed, _ := newDispatcher(t, dispatch.Options{Files: folder{"public"}, Routes: dispatch.Routes{{Method: "get", Path: "/dl/:fileName(.*)", Action: "file", MatchTrailingPathParts: true}}, AllowDeadRoutes: true})
	if got := ask(t, routed, "GET", "/dl/a/b.txt", "").Body.String(); got != "file public:a/b.txt" {
		t.Errorf("by a route: got %q", got)
	}
	none, _ := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{runs("a", func(_ context.Context, c *dispatch.Connection) (any, error) { return nil, c.SendFile("x") })}})
	if got := ask(t, none, "GET", "/?action=file&fileName=x", "").Code; got != 404 {
		t.Errorf("without files: got %d", got)
	}
	if got := ask(t, none, "GET", "/a", ""); got.Code != 500 || !strings.Contains(got.Body.String(), "no Options.Files") {
		t.Errorf("SendFile without files: got %d %s", got.Code, got.Body)
	}
}

func TestHandlers(t *testing.T) {
	plain := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, ok := dispatch.FromContext(r.Context())
		if !ok {
			t.Error("no connection in the context")
			return
		}
		fmt.Fprintf(w, "n is %v", c.Params["n"])
	})
	reads := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	d, _ := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{
		{Name: "plain", Handler: plain, Inputs: dispatch.Inputs{"n": {Required: true, Formatters: []dispatch.Formatter{dispatch.ToInt}}}},
		{Name: "reads", Handler: reads},
		{Name: "reads", Version: "2", Handler: reads},
		{Name: "tapped", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _, tap := respw.Of(w, r)
			tap.BeforeHeader(func(int) { w.Header().Set("X-Late", "1") })
		})},
		{Name: "stoppedHandler", Handler: reads, Middleware: []dispatch.Middleware{{Before: func(_ context.Context, c *dispatch.Connection) error {
			c.Stop(map[string]any{"stopped": true})
			return nil
		}}}},
		{Name: "silent", Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})},
		action("echo", dispatch.Inputs{"id": {}}),
	}})
	if a := ask(t, d, "GET", "/plain?n=7", ""); a.Body.String() != "n is 7" {
		t.Errorf("got %s", a.Body)
	}
	if a := ask(t, d, "GET", "/plain", ""); a.Code != 422 {
		t.Errorf("inputs are checked first: got %d", a.Code)
	}
	if a := ask(t, d, "POST", "/reads", `{"untouched": }`); a.Body.String() != `{"untouched": }` {
		t.Errorf("the body of a handler without inputs: got %s", a.Body)
	}
	if a := ask(t, d, "GET", "/silent", ""); a.Code != 200 || a.Body.Len() != 0 {
		t.Errorf("a silent handler: got %d %s", a.Code, a.Body)
	}
	if a := ask(t, d, "GET", "/stoppedHandler", ""); a.Code != 200 || a.object()["stopped"] != true {
		t.Errorf("a handler that was stopped: got %d %s", a.Code, a.Body)
	}
	if a := ask(t, d, "GET", "/tapped", ""); a.Header().Get("X-Late") != "1" {
		t.Errorf("what waits for the header of an empty answer: got %v", a.Header())
	}
	h, err := d.Action("ECHO", "")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /things/{id}", h)
	if v := ask(t, mux, "GET", "/things/a%2Fb?id=q", "").object(); v["params"].(map[string]any)["id"] != "a/b" {
		t.Errorf("under a mux: got %v", v)
	}
	mux.Handle("/anything", h)
	if a := ask(t, mux, "OPTIONS", "/anything", ""); a.Code != 204 || a.Header().Get("Allow") == "" || a.Body.Len() > 0 {
		t.Errorf("OPTIONS of one action: got %d %v %s", a.Code, a.Header(), a.Body)
	}
	if a := ask(t, mux, "BREW", "/anything", ""); a.Code != 405 {
		t.Errorf("an unknown method of one action: got %d", a.Code)
	}
	if _, err := d.Action("nope", ""); !errors.Is(err, dispatch.ErrUnknownAction) {
		t.Errorf("unknown: got %v", err)
	}
}

func TestConnection(t *testing.T) {
	var got string
	d, _ := newDispatcher(t, dispatch.Options{
		NewID: func() string { return "id-1" }, Routes: dispatch.Routes{get("/x/:a", "a")},
		Actions: []dispatch.Action{{Name: "a", Inputs: dispatch.Inputs{"a": {}}, Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			fp, ok := c.Fingerprint()
			ext, _ := c.Extension()
			u := c.URL()
			u.Path = "changed"
			got = fmt.Sprintln(c.ID(), c.MessageID(), c.Type(), fp, ok, c.Remote(), c.Method(), c.URL().Path, c.Cookies()["one"], ext, time.Since(c.ConnectedAt()) < time.Minute, c.RawQuery(), c.RawBody())
			c.AddCookie(&http.Cookie{Name: "ok", Value: "1"})
			c.AddCookie(&http.Cookie{Name: "bad name", Value: "1"})
			c.SetHeader("Bad Name", "x")
			c.SetHeader("X-One", "1")
			c.SetHeader("x-one", "2")
			return nil, nil
		}}},
	})
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("POST /x/y.tar HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 7\r\nCookie: one=1; one=2\r\n\r\n{\"b\":1}")))
	if err != nil {
		t.Fatal(err)
	}
	r.Method = "GET"
	r.URL.RawQuery = "q=1&q=2"
	r.RemoteAddr = "192.0.2.3:44"
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	if want := "id-1 id-1 web  false 192.0.2.3:44 GET /x/y.tar 1 tar true map[q:[1 2]] <nil>\n"; got != want {
		t.Errorf("got  %swant %s", got, want)
	}
	if h := w.Header(); h.Get("X-One") != "2" || len(h["Set-Cookie"]) != 1 || h.Get("Bad Name") != "" {
		t.Errorf("got %v", h)
	}
	if _, ok := dispatch.FromContext(context.Background()); ok {
		t.Error("FromContext outside a request: got one")
	}
}

func TestParamsReadBefore(t *testing.T) {
	d, _ := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{action("echo", dispatch.Inputs{"key": {}, "b": {}})}})
	p, err := params.New(params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var after any
	h := p.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.ServeHTTP(w, r)
		set, _ := params.FromContext(r.Context())
		after = set.Values["other"]
	}))
	v := ask(t, h, "POST", "/echo?key=1&other=2", `{"b":3}`).object()
	if got := v["params"].(map[string]any); got["key"] != "1" || got["b"] != 3.0 || got["other"] != nil || after != "2" {
		t.Errorf("got %v, left %v", got, after)
	}
}

func TestMessageIDsAreKeptOrMade(t *testing.T) {
	d, _ := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{action("a", nil)}, NewID: func() string { return "mine" }})
	for id, want := range map[string]any{"aaa": "aaa", strings.Repeat("x", 200): nil, "a%01b": nil, "%E2%98%83": nil} {
		a := ask(t, d, "GET", "/a?messageId="+id, "")
		if got := a.received()["messageId"]; got != want {
			t.Errorf("%s: shown as %v, want %v", id, got, want)
		}
		if info := a.object()["requesterInformation"].(map[string]any); info["messageId"] == "aaa" {
			t.Errorf("the client chose the id: %v", info)
		}
	}
}

func TestNoTransform(t *testing.T) {
	plain := runs("plain", func(context.Context, *dispatch.Connection) (any, error) { return nil, nil })
	fails := runs("fails", func(context.Context, *dispatch.Connection) (any, error) { return nil, errors.New("x") })
	plain.DisableCompression, fails.DisableCompression = true, true
	d, _ := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{plain, fails}})
	for target, want := range map[string]string{"/plain": "no-transform", "/fails": "no-store, no-transform"} {
		if got := ask(t, d, "GET", target, "").Header().Get("Cache-Control"); got != want {
			t.Errorf("%s: got %q, want %q", target, got, want)
		}
	}
}

func TestExtensions(t *testing.T) {
	mime := action("mime", dispatch.Inputs{"key": {}})
	mime.MatchExtensionMIMEType = true
	str := runs("str", func(_ context.Context, c *dispatch.Connection) (any, error) { return c.Params["key"], nil })
	str.MatchExtensionMIMEType, str.Inputs = true, dispatch.Inputs{"key": {}}
	opts := dispatch.Options{Actions: []dispatch.Action{str, mime, action("plain", dispatch.Inputs{"key": {}})}, Routes: dispatch.Routes{get("/mime/:key", "mime"), get("/plain/:key", "plain"), get("/me", "plain"), get("/str/:key", "str")}}
	d, _ := newDispatcher(t, opts)
	opts.DangerouslyMatchActiveTypes = true
	active, _ := newDispatcher(t, opts)
	const json = "application/json; charset=utf-8"
	if got := ask(t, active, "GET", "/str/%3Cscript%3E.html", "").Body.String(); got != `"\u003cscript\u003e.html"` {
		t.Errorf("a text under the type of an extension: got %s", got)
	}
	for _, tt := range []struct {
		name, target string
		d            *dispatch.Dispatcher
		status       int
		kind         string
	}{
		{"png", "/mime/a.png", d, 200, "image/png"},
		{"html is active", "/mime/a.html", d, 200, json},
		{"svg is active", "/mime/a.svg", d, 200, json},
		{"xml is active", "/mime/a.xml", d, 200, json},
		{"css is active", "/mime/a.css", d, 200, json},
		{"js is active", "/mime/a.js", d, 200, json},
		{"html when asked for", "/mime/%3Cb%3E.html", active, 200, "text/html"},
		{"unknown", "/mime/a.bogus", d, 200, json},
		{"none", "/mime/a", d, 200, json},
		{"off by default", "/plain/a.png", d, 200, json},
		{"a literal route is no prefix", "/me/a.css", d, 404, json},
		{"an extension on a literal route", "/me.css", d, 404, json},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := ask(t, tt.d, "GET", tt.target, "")
			if a.Code != tt.status || a.Header().Get("Content-Type") != tt.kind {
				t.Errorf("got %d %s, want %d %s", a.Code, a.Header().Get("Content-Type"), tt.status, tt.kind)
			}
			a.object() // the body stays JSON
			if tt.kind != json && (a.Header().Get("X-Content-Type-Options") != "nosniff" || strings.Contains(a.Body.String(), "<")) {
				t.Errorf("got %v %s", a.Header(), a.Body)
			}
		})
	}
}

// A result that is not sent, because the action wrote the response itself, leaves a trace.
func TestAResultThatIsNotSentIsNoted(t *testing.T) {
	for name, tt := range map[string]struct {
		write  bool
		result any
		want   int // records
	}{
		"written, and a result": {true, "lost", 1},
		"written, no result":    {true, nil, 0},
		"a result":              {false, "sent", 0},
	} {
		t.Run(name, func(t *testing.T) {
			var log logBuffer
			d, _ := newDispatcher(t, dispatch.Options{
				Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
				Actions: []dispatch.Action{{Name: "a", Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
					if tt.write {
						fmt.Fprint(c.ResponseWriter(), "own")
					}
					return tt.result, nil
				}}},
			})
			ask(t, d, "GET", "/a", "")
			if got := strings.Count(log.String(), "a result is not sent"); got != tt.want {
				t.Errorf("got %d records, want %d:\n%s", got, tt.want, log.String())
			}
		})
	}
}
