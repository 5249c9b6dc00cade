package dispatch_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/params"
)

type roleKey struct{}

// The context that an Around function passes on reaches the action, the actions that it runs,
// typed actions and handlers.
func TestAroundChangesTheContext(t *testing.T) {
	var got []any
	note := func(ctx context.Context) { got = append(got, ctx.Value(roleKey{})) }
	d, _ := newDispatcher(t, dispatch.Options{
		Middleware: []dispatch.Middleware{{Around: func(next dispatch.Runner) dispatch.Runner {
			return func(ctx context.Context, c *dispatch.Connection) (any, error) {
				return next(context.WithValue(ctx, roleKey{}, c.Params["role"]), c)
			}
		}}},
		Actions: []dispatch.Action{
			{Name: "plain", Inputs: dispatch.Inputs{"role": {}}, Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
				note(ctx)
				note(c.Request().Context())
				if inner, ok := dispatch.FromContext(ctx); !ok || inner != c {
					t.Error("the context has lost its connection")
				}
				return c.Run(ctx, "typed", "", params.Values{"role": "inner"})
			}},
			dispatch.Typed("typed", func(ctx context.Context, _ struct {
				Role string `json:"role"`
			}) (int, error) {
				note(ctx)
				return 0, nil
			}),
			{Name: "handler", Inputs: dispatch.Inputs{"role": {}}, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { note(r.Context()) })},
		},
	})
	ask(t, d, "GET", "/plain?role=admin", "")
	ask(t, d, "GET", "/handler?role=guest", "")
	if want := []any{"admin", "admin", "inner", "guest"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// If an Around function refuses, nothing is uploaded: the body is not read.
func TestAroundRunsBeforeTheBodyIsRead(t *testing.T) {
	d, _ := newDispatcher(t, dispatch.Options{
		Middleware: []dispatch.Middleware{{Around: func(next dispatch.Runner) dispatch.Runner {
			return func(ctx context.Context, c *dispatch.Connection) (any, error) {
				if need, _ := c.Meta("login").(bool); need && c.Params["token"] != "t" {
					return nil, errors.New("who are you?")
				}
				return next(ctx, c)
			}
		}}},
		Actions: []dispatch.Action{{Name: "a", Meta: map[string]any{"login": true}, Inputs: dispatch.Inputs{"token": {}, "key": {}}, Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			return map[string]any{"key": c.Params["key"]}, nil
		}}},
	})
	for target, want := range map[string]string{"/a": "who are you?", "/a?token=t": ""} {
		body := &countingBody{Reader: strings.NewReader(`{"key":"k"}`)}
		r := httptest.NewRequest("POST", target, body)
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		d.ServeHTTP(rec, r)
		a := answer{rec, t}
		if want != "" && (a.err() != want || body.read > 0) {
			t.Errorf("%s: got %v, and %d bytes were read", target, a.err(), body.read)
		}
		if want == "" && a.object()["key"] != "k" {
			t.Errorf("%s: got %s", target, rec.Body)
		}
	}
}

type countingBody struct {
	*strings.Reader
	read int
}

func (b *countingBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	b.read += n
	return n, err
}

func TestPanicsOfMiddleware(t *testing.T) {
	d, _ := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{
		{Name: "around", Run: run, Middleware: []dispatch.Middleware{{Around: func(dispatch.Runner) dispatch.Runner {
			return func(context.Context, *dispatch.Connection) (any, error) { panic("around") }
		}}}},
		{Name: "swallowed", Run: func(context.Context, *dispatch.Connection) (any, error) { panic("x") }, Middleware: []dispatch.Middleware{{Around: func(next dispatch.Runner) dispatch.Runner {
			return func(ctx context.Context, c *dispatch.Connection) (any, error) {
				next(ctx, c)
				return map[string]any{"fine": true}, nil
			}
		}}}},
		{Name: "abort", Run: func(context.Context, *dispatch.Connection) (any, error) { panic(http.ErrAbortHandler) }, Middleware: []dispatch.Middleware{{Around: func(next dispatch.Runner) dispatch.Runner { return next }}}},
	}})
	if a := ask(t, d, "GET", "/around", ""); a.Code != 500 {
		t.Errorf("got %d", a.Code)
	}
	if a := ask(t, d, "GET", "/swallowed", ""); a.Code != 200 || a.object()["fine"] != true {
		t.Errorf("got %d %s", a.Code, a.Body)
	}
	func() {
		defer func() {
			if p := recover(); p != http.ErrAbortHandler {
				t.Errorf("got %v, want the abort passed on", p)
			}
		}()
		ask(t, d, "GET", "/abort", "")
	}()
}

func run(context.Context, *dispatch.Connection) (any, error) { return nil, nil }

func TestTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := func(ctx context.Context, _ *dispatch.Connection) (any, error) {
			select {
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			case <-time.After(time.Minute):
				return "done", nil
			}
		}
		stream := func(ctx context.Context, c *dispatch.Connection) (any, error) {
			w := c.ResponseWriter()
			for range 3 {
				if _, err := w.Write([]byte("event\n")); err != nil || ctx.Err() != nil {
					return nil, errors.Join(err, ctx.Err())
				}
				time.Sleep(10 * time.Second)
			}
			return nil, nil
		}
		d, rc := newDispatcher(t, dispatch.Options{Timeout: 5 * time.Second, Actions: []dispatch.Action{
			{Name: "wait", Run: wait}, {Name: "own", Timeout: 20 * time.Second, Run: wait}, {Name: "none", Timeout: -1, Run: wait}, {Name: "stream", Run: stream},
			{Name: "deadline", Run: func(ctx context.Context, _ *dispatch.Connection) (any, error) {
				at, ok := ctx.Deadline()
				return map[string]any{"left": time.Until(at).String(), "ok": ok}, nil
			}},
			{Name: "child", Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
				ctx, cancel := context.WithTimeout(ctx, time.Hour)
				defer cancel()
				<-ctx.Done()
				return nil, ctx.Err()
			}},
		}})
		for _, tt := range []struct {
			name   string
			status int
			took   time.Duration
		}{{"wait", 504, 5 * time.Second}, {"own", 504, 20 * time.Second}, {"none", 200, time.Minute}, {"stream", 200, 30 * time.Second}, {"deadline", 200, 0}, {"child", 504, 5 * time.Second}} {
			start := time.Now()
			a := ask(t, d, "GET", "/"+tt.name, "")
			if took := time.Since(start); a.Code != tt.status || took != tt.took || (tt.status == 504) != errors.Is(rc.last.Err, dispatch.ErrTimeout) && tt.name != "stream" {
				t.Errorf("%s: got %d after %v, want %d after %v", tt.name, a.Code, took, tt.status, tt.took)
			}
		}
		if got := ask(t, d, "GET", "/deadline", "").object()["left"]; got != "5s" {
			t.Errorf("a deadline in %v", got)
		}
	})
}

// Middleware finds parameters that no action declares.
func TestSentHasWhatIsNotDeclared(t *testing.T) {
	var token any
	var ok bool
	d, _ := newDispatcher(t, dispatch.Options{
		Middleware: []dispatch.Middleware{{Before: func(_ context.Context, c *dispatch.Connection) error {
			token, ok = c.Sent("csrfToken")
			return nil
		}}},
		Actions: []dispatch.Action{action("a", dispatch.Inputs{"key": {}})},
	})
	for target, want := range map[string]any{"/a?csrfToken=t1&key=k": "t1", "/a?key=k": nil} {
		a := ask(t, d, "GET", target, "")
		if token != want || ok != (want != nil) || strings.Contains(a.Body.String(), "t1") {
			t.Errorf("%s: got %v; %s", target, token, a.Body)
		}
	}
	if ask(t, d, "POST", "/a", `{"csrfToken":"t2"}`); token != "t2" {
		t.Errorf("of a body: got %v", token)
	}
}

func TestStatusCanBeRead(t *testing.T) {
	var got []int
	note := dispatch.Middleware{Around: func(next dispatch.Runner) dispatch.Runner {
		return func(ctx context.Context, c *dispatch.Connection) (any, error) {
			result, err := next(ctx, c)
			got = append(got, c.Status())
			return result, err
		}
	}}
	d, _ := newDispatcher(t, dispatch.Options{Middleware: []dispatch.Middleware{note}, Actions: []dispatch.Action{
		{Name: "set", Run: func(_ context.Context, c *dispatch.Connection) (any, error) { c.SetStatus(201); return nil, nil }},
		{Name: "left", Run: run},
		{Name: "sent", Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(418) })},
	}})
	for _, name := range []string{"/set", "/left", "/sent"} {
		ask(t, d, "GET", name, "")
	}
	if !slices.Equal(got, []int{201, 0, 418}) {
		t.Errorf("got %v", got)
	}
}
