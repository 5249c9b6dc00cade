package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/idempotency"
	"github.com/sidekick-http/sidekick/params"
)

// outcome is what one Around function has seen of a request.
type outcome struct {
	action, version string
	result          any
	err             error
	status          int // of an answer that the action wrote itself
}

func (o outcome) String() string {
	what := fmt.Sprint(o.result)
	var panicked *dispatch.PanicError
	switch {
	case errors.As(o.err, &panicked):
		what = fmt.Sprint("panic ", panicked.Value)
	case o.err != nil:
		what = o.err.Error()
	case o.status != 0:
		what = fmt.Sprint("status ", o.status)
	}
	return strings.TrimSpace(o.action+" "+o.version) + ": " + what
}

// outcomes is middleware that records each outcome.
func outcomes(saw *[]outcome, name string) dispatch.Middleware {
	return dispatch.Middleware{Name: name, Around: func(next dispatch.Runner) dispatch.Runner {
		return func(ctx context.Context, c *dispatch.Connection) (any, error) {
			result, err := next(ctx, c)
			action, version := c.Action()
			*saw = append(*saw, outcome{action, version, result, err, c.Status()})
			return result, err
		}
	}}
}

// manyOutcomes returns the options of a dispatcher whose actions and routes end in every way that
// there is. All actions have the middleware.
func manyOutcomes(t *testing.T, own ...dispatch.Middleware) dispatch.Options {
	parser, err := params.New(params.Options{MaxBodyBytes: 1 << 10})
	if err != nil {
		t.Fatal(err)
	}
	keyed, err := idempotency.New(idempotency.Options{Required: true})
	if err != nil {
		t.Fatal(err)
	}
	x := dispatch.Inputs{"x": {}}
	done := func(context.Context, *dispatch.Connection) (any, error) { return "done", nil }
	actions := []dispatch.Action{
		{Name: "one", Inputs: x, Run: done}, {Name: "read", Inputs: x, Run: done},
		{Name: "two", Inputs: x, Run: done}, {Name: "two", Version: "2", Inputs: x, Run: done},
		{Name: "needs", Inputs: dispatch.Inputs{"key": {Required: true}}, Run: done},
		{Name: "fails", Run: func(context.Context, *dispatch.Connection) (any, error) { return nil, errors.New("broken") }},
		{Name: "panics", Run: func(context.Context, *dispatch.Connection) (any, error) { panic("boom") }},
		{Name: "unencodable", Run: func(context.Context, *dispatch.Connection) (any, error) { return math.Inf(1), nil }},
		{Name: "slow", Timeout: time.Second, Run: func(ctx context.Context, _ *dispatch.Connection) (any, error) { <-ctx.Done(); return nil, ctx.Err() }},
		{Name: "piped", Run: func(_ context.Context, c *dispatch.Connection) (any, error) { return nil, c.Pipe("x", nil) }},
		{Name: "handles", Inputs: x, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })},
		{Name: "handler panics", Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })},
		{Name: "blocked", BlockedConnectionTypes: []string{"web"}, Run: done},
		{Name: "keyed", Idempotency: keyed, Inputs: x, Run: done},
		dispatch.Typed("typed", func(_ context.Context, in number) (number, error) { return in, nil }),
		{Name: "refused", Run: done, Middleware: []dispatch.Middleware{{Before: func(context.Context, *dispatch.Connection) error { return errors.New("not you") }}}},
		{Name: "before panics", Run: done, Middleware: []dispatch.Middleware{{Before: func(context.Context, *dispatch.Connection) error { panic("before") }}}},
		{Name: "inner panics", Run: done, Middleware: []dispatch.Middleware{{Around: func(dispatch.Runner) dispatch.Runner {
			return func(context.Context, *dispatch.Connection) (any, error) { panic("inner") }
		}}}},
	}
	for i := range actions {
		actions[i].Middleware = slices.Concat(own, actions[i].Middleware)
	}
	return dispatch.Options{
		Params: parser, Actions: actions,
		Files:  folder{"files"},
		Folder: func(dir string) (dispatch.Files, error) { return folder{dir}, nil },
		Routes: dispatch.Routes{
			get("/r/:x", "read"), {Method: "all", Path: "/old/:x", Action: "two"}, {Method: "post", Path: "/first/:x", Action: "two", APIVersion: 1},
			get("/file/:file", "file"), {Method: "get", Path: "/folder", Dir: "public", MatchTrailingPathParts: true},
			{Method: "all", Path: "/none/:x", Action: "two", APIVersion: 7},
		},
		AllowDeadRoutes: true,
	}
}

// form is a body of one file in the field "image"; broken, its end is missing.
func form(broken bool) (contentType, body string) {
	body = "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\ncontent"
	if !broken {
		body += "\r\n--b--\r\n"
	}
	return "multipart/form-data; boundary=b", body
}

// Around functions see what becomes of each request, whichever step ends it: all of them if the
// action is known, otherwise those with Unknown.
func TestAroundSeesEveryOutcome(t *testing.T) {
	const json = "application/json"
	multipart, whole := form(false)
	_, cut := form(true)
	long := `{"x":"` + strings.Repeat("x", 2<<10) + `"}`
	for _, tt := range []struct {
		name, line, contentType, body string
		status                        int
		want                          string // the action that is seen, and how the outcome begins
	}{
		{"a result", "GET /one?x=1", "", "", 200, "one 1: done"},
		{"HEAD", "HEAD /one", "", "", 200, "one 1: done"},
		{"a typed action", "GET /typed?n=1", "", "", 200, "typed 1: {1}"},
		{"an error", "GET /fails", "", "", 500, "fails 1: broken"},
		{"a panic", "GET /panics", "", "", 500, "panics 1: panic boom"},
		{"an answer of its own", "GET /piped", "", "", 200, "piped 1: status 200"},
		{"a handler", "GET /handles", "", "", 202, "handles 1: status 202"},
		{"a handler that panics", "GET /handler%20panics", "", "", 500, "handler panics 1: panic boom"},
		{"a timeout", "GET /slow", "", "", 504, "slow 1: dispatch: the action took too long"},
		{"a Before function refuses", "GET /refused", "", "", 500, "refused 1: not you"},
		{"a Before function panics", "GET /before%20panics", "", "", 500, "before panics 1: panic before"},
		{"an inner Around function panics", "GET /inner%20panics", "", "", 500, "inner panics 1: panic inner"},
		{"an action that web clients may not run", "GET /blocked", "", "", 500, "blocked 1: dispatch: this action does not support"},
		{"a key is missing", "POST /keyed", json, `{"x":1}`, 400, "keyed 1: "},

		{"a missing input", "GET /needs", "", "", 422, "needs 1: dispatch: key is a required parameter"},
		{"an invalid input", "GET /typed?n=x", "", "", 422, "typed 1: dispatch: n must be"},
		{"an invalid input in a body", "POST /typed", json, `{"n":"x"}`, 422, "typed 1: dispatch: n must be"},
		{"a broken variable", "GET /r/%00", "", "", 400, "read 1: params: path"},
		{"a broken variable, two versions", "GET /old/%00", "", "", 400, "two 2: params: path"},
		{"a broken path", "GET /r/%ff", "", "", 400, ": "},
		{"a broken variable, a route that leads nowhere", "GET /none/%00", "", "", 400, ": params: path"},

		{"a broken query", "GET /one?x=%zz", "", "", 400, "one 1: params: query"},
		{"a broken query, a route", "GET /r/1?x=%zz", "", "", 400, "read 1: params: query"},
		{"a broken query, two versions", "GET /two?x=%zz", "", "", 400, "two 2: params: query"},
		{"a broken query, a route with a version", "POST /first/1?x=%zz", "", "", 400, "two 1: params: query"},
		{"a broken query, a blocked action", "GET /blocked?x=%zz", "", "", 400, "blocked 1: params: query"},
		{"a broken query, no action", "GET /?x=%zz", "", "", 400, ": params: query"},
		{"a broken query, another method", "PUT /r?x=%zz", "", "", 400, ": params: query"},

		{"broken JSON", "POST /one", json, `{"x":`, 400, "one 1: params: body"},
		{"broken JSON, two versions", "POST /two", json, `{"x":`, 400, "two 2: params: body"},
		{"broken JSON, a version in the query", "POST /two?apiVersion=1", json, `{"x":`, 400, "two 1: params: body"},
		{"broken JSON, a version of the route", "POST /first/1", json, `{"x":`, 400, "two 1: params: body"},
		{"broken JSON, a version that is not there", "POST /none/1", json, `{"x":`, 400, ": params: body"},
		{"broken JSON, a handler", "POST /handles", json, `{"x":`, 400, "handles 1: params: body"},
		{"broken JSON, a typed action", "POST /typed", json, `{"n":`, 400, "typed 1: params: body"},
		{"broken JSON, which might name the action", "POST /", json, `{"action":`, 400, ": params: body"},
		{"a body that is too large", "POST /one", json, long, 413, "one 1: params: body"},
		{"a body that is too large, two versions", "POST /two", json, long, 413, "two 2: params: body"},
		{"a charset that is not read", "POST /one", json + "; charset=utf-16", `{"x":1}`, 415, "one 1: params: "},
		{"a charset that is not read, two versions", "POST /two", json + "; charset=utf-16", `{"x":1}`, 415, "two 2: params: "},
		{"a broken type", "POST /two", "multipart/form-data", `x`, 400, "two 2: "},
		{"a broken form", "POST /one", multipart, cut, 400, "one 1: "},
		{"a broken form, two versions", "POST /two", multipart, cut, 400, "two 2: "},
		{"a file that no input takes", "POST /one", multipart, whole, 415, "one 1: dispatch: this action does not take the file"},
		{"a file that no input takes, two versions", "POST /two", multipart, whole, 415, "two 2: dispatch: this action does not take the file"},
		{"a version of the body", "POST /two", json, `{"apiVersion":1}`, 200, "two 1: done"},
		{"an unknown version in a body", "POST /one", json, `{"apiVersion":9}`, 404, "one 1: the body asks for another version"},
		{"an unknown version in a body, two versions", "POST /two", json, `{"apiVersion":9}`, 404, ": dispatch: unknown action"},

		{"an unknown name", "GET /nope", "", "", 404, ": dispatch: unknown action"},
		{"an unknown version", "GET /one?apiVersion=9", "", "", 404, ": dispatch: unknown action"},
		{"an unknown version of a route", "GET /none/1", "", "", 404, ": dispatch: unknown action"},
		{"an unknown action as a parameter", "POST /", json, `{"action":"nope"}`, 404, ": dispatch: unknown action"},
		{"a method that the path does not support", "PUT /r/1", "", "", 405, ": dispatch: this method is not allowed"},
		{"a method that the name does not support", "PUT /read", "", "", 405, ": dispatch: this method is not allowed"},
		{"a method that no route can have", "PROPFIND /fails", "", "", 405, ": dispatch: this method is not allowed"},
		{"TRACE", "TRACE /fails", "", "", 405, ": dispatch: this method is not allowed"},
		{"OPTIONS", "OPTIONS /fails", "", "", 204, ": status 204"},
		{"OPTIONS of nothing", "OPTIONS /nope", "", "", 404, ": dispatch: unknown action"},
		{"the action file", "GET /file/a.txt", "", "", 200, ": status 200"},
		{"a folder", "GET /folder/a.txt", "", "", 200, ": status 200"},

		{"a result that cannot be encoded, which is not known yet", "GET /unencodable", "", "", 500, "unencodable 1: +Inf"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for _, unknown := range []bool{true, false} {
					var global, own []outcome
					all := outcomes(&global, "all")
					all.Unknown = unknown
					o := manyOutcomes(t, outcomes(&own, "own"))
					o.Middleware = []dispatch.Middleware{all, {Name: "quiet", Around: func(next dispatch.Runner) dispatch.Runner { return next }}}
					d, _ := newDispatcher(t, o)
					method, target, _ := strings.Cut(tt.line, " ")
					r := httptest.NewRequest(method, "/", strings.NewReader(tt.body))
					r.RequestURI = target
					r.URL.Path, r.URL.RawQuery, _ = strings.Cut(target, "?")
					r.URL.RawPath = r.URL.Path
					if p, err := url.PathUnescape(r.URL.Path); err == nil {
						r.URL.Path = p
					}
					if tt.contentType != "" {
						r.Header.Set("Content-Type", tt.contentType)
					}
					w := httptest.NewRecorder()
					d.ServeHTTP(w, r)
					if w.Code != tt.status {
						t.Errorf("got %d %s, want %d", w.Code, w.Body, tt.status)
					}
					action := !strings.HasPrefix(tt.want, ":")
					if wanted := action || unknown; wanted && len(global) != 1 || !wanted && len(global) != 0 || action && len(own) != 1 {
						t.Fatalf("Unknown %t: seen as %q and %q, want %q", unknown, global, own, tt.want)
					}
					for _, saw := range append(global, own...) {
						if !strings.HasPrefix(saw.String(), tt.want) {
							t.Errorf("seen as %q, want %q", saw, tt.want)
						}
					}
				}
			})
		})
	}
}

// The same holds for what depends on the server or on other requests.
func TestAroundSeesWhatTheServerRefuses(t *testing.T) {
	var saw []outcome
	all := outcomes(&saw, "all")
	all.Unknown = true
	o := manyOutcomes(t)
	o.Middleware, o.MaxPending = []dispatch.Middleware{all}, 1
	var d *dispatch.Dispatcher
	var more func() // is called while an action runs
	o.Actions = append(o.Actions, dispatch.Action{Name: "busy", Run: func(context.Context, *dispatch.Connection) (any, error) {
		more()
		return "done", nil
	}}, dispatch.Action{Name: "waits", Run: func(ctx context.Context, _ *dispatch.Connection) (any, error) {
		more()
		return nil, ctx.Err()
	}})
	d, _ = newDispatcher(t, o)
	two, err := d.Action("two", "1")
	if err != nil {
		t.Fatal(err)
	}
	check := func(status int, want string, got answer) {
		t.Helper()
		if got.Code != status || len(saw) != 1 || !strings.HasPrefix(saw[0].String(), want) {
			t.Errorf("got %d, seen as %q; want %d, %q", got.Code, saw, status, want)
		}
		saw = nil
	}
	const many = ": dispatch: you have too many pending requests"
	more = func() {
		check(429, "one 1"+many, ask(t, d, "GET", "/one", ""))
		check(429, "two 2"+many, ask(t, d, "GET", "/two", ""))
		check(429, "two 1"+many, ask(t, d, "GET", "/two?apiVersion=1", ""))
		check(429, "two 1"+many, ask(t, d, "POST", "/first/1", ""))
		check(429, many, ask(t, d, "GET", "/two?apiVersion=9", ""))
		check(429, "typed 1"+many, ask(t, d, "GET", "/typed?n=1", ""))
		check(429, "two 1"+many, ask(t, two, "GET", "/?apiVersion=2", ""))
	}
	check(200, "busy 1: done", ask(t, d, "GET", "/busy", ""))
	check(400, "two 1: params: query", ask(t, two, "GET", "/?x=%zz", ""))
	check(400, "two 1: params: body", ask(t, two, "POST", "/", `{"x":`))
	check(405, ": dispatch: this method is not allowed", ask(t, two, "PROPFIND", "/", ""))
	check(204, ": status 204", ask(t, two, "OPTIONS", "/", ""))

	// A client leaves while its body is read, or while the action runs.
	for _, tt := range []struct {
		method, target, want string
		status               int
	}{{"POST", "/one", "one 1: params: body", 400}, {"POST", "/two", "two 2: params: body", 400}, {"GET", "/waits", "waits 1: context canceled", 499}} {
		ctx, leave := context.WithCancel(t.Context())
		more = leave
		r := httptest.NewRequestWithContext(ctx, tt.method, tt.target, leaving(leave))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		check(tt.status, tt.want, answer{w, t})
	}

	d.Drain()
	check(503, ": dispatch: the server is shutting down", ask(t, d, "GET", "/one", ""))
}

// leaving is the body of a client that leaves while it is read.
type leaving context.CancelFunc

func (leave leaving) Read([]byte) (int, error) {
	leave()
	return 0, io.ErrUnexpectedEOF
}

// Around functions of a request that does not reach its action still see its parameters, as far
// as they are known and declared, and decide what is answered.
func TestAroundAnswersInsteadOfAnError(t *testing.T) {
	type key struct{}
	var got params.Values
	var stopped bool // next is not called
	answers := dispatch.Middleware{Unknown: true, Around: func(next dispatch.Runner) dispatch.Runner {
		return func(ctx context.Context, c *dispatch.Connection) (any, error) {
			got = c.Params
			if stopped {
				return map[string]any{"mine": true}, nil
			}
			if _, err := next(context.WithValue(ctx, key{}, "mine"), c); err == nil {
				return nil, nil
			}
			return map[string]any{"mine": c.Request().Context().Value(key{}) == "mine"}, nil
		}
	}}
	o := manyOutcomes(t)
	o.Middleware, o.LogResponses = []dispatch.Middleware{answers}, true
	d, _ := newDispatcher(t, o)
	for _, tt := range []struct{ method, target, body, params string }{
		{"GET", "/blocked?x=1&token=t", "", "map[action:blocked apiVersion:1]"},
		{"POST", "/two?x=1&token=t", `{"x":`, "map[action:two apiVersion:2 x:1]"},
		{"PUT", "/r/1", "", "map[]"},
		{"TRACE", "/nope", "", "map[]"},
		{"GET", "/nope", "", "map[]"},
		{"POST", "/", `{"action":`, "map[]"},
	} {
		if a := ask(t, d, tt.method, tt.target, tt.body); a.Code != 200 || a.object()["mine"] != true || fmt.Sprint(got) != tt.params {
			t.Errorf("%s %s: got %d %s with the parameters %v, want %s", tt.method, tt.target, a.Code, a.Body, got, tt.params)
		}
	}
	stopped = true
	for _, target := range []string{"OPTIONS /one", "GET /file/a.txt", "GET /handles", "GET /one", "GET /nope"} {
		method, path, _ := strings.Cut(target, " ")
		if a := ask(t, d, method, path, ""); a.Code != 200 || a.object()["mine"] != true {
			t.Errorf("%s, without next: got %d %s", target, a.Code, a.Body)
		}
	}
}
