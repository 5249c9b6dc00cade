package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/static"
)

// An action runs in a job as it does for a client.
func TestRunApartFromARequest(t *testing.T) {
	before := 0
	d, _ := newDispatcher(t, dispatch.Options{
		Middleware: []dispatch.Middleware{{Before: func(context.Context, *dispatch.Connection) error { before++; return nil }}},
		Actions: []dispatch.Action{
			{Name: "double", Inputs: dispatch.Inputs{"n": {Required: true, Formatters: formats(dispatch.ToInt)}}, Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
				if c.Type() != "internal" || c.Remote().IsValid() || c.MessageID() == "" || c.Request() == nil || c.RawQuery() != nil || c.Pipe("x", nil) == nil {
					t.Errorf("a connection of type %s with the client %v", c.Type(), c.Remote())
				}
				return 2 * c.Params["n"].(int64), nil
			}},
			{Name: "outer", Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
				return c.Run(ctx, "double", "", params.Values{"n": 4})
			}},
			{Name: "panics", Run: func(context.Context, *dispatch.Connection) (any, error) { panic("boom") }},
			{Name: "handler", Handler: http.NotFoundHandler()},
		},
	})
	if got, err := d.Run(t.Context(), "double", "", params.Values{"n": "21", "other": 1}); got != int64(42) || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := d.Run(t.Context(), "outer", "", nil); got != int64(8) || err != nil || before != 3 {
		t.Errorf("got %v, %v after %d Before functions", got, err, before)
	}
	var missing *dispatch.MissingParamsError
	if _, err := d.Run(t.Context(), "double", "", nil); !errors.As(err, &missing) {
		t.Errorf("got %v", err)
	}
	var panicked *dispatch.PanicError
	if _, err := d.Run(t.Context(), "panics", "", nil); !errors.As(err, &panicked) || panicked.Value != "boom" || len(panicked.Stack) == 0 {
		t.Errorf("got %v", err)
	}
	for name, want := range map[string]error{"handler": dispatch.ErrHandlerAction, "nope": dispatch.ErrUnknownAction} {
		if _, err := d.Run(t.Context(), name, "", nil); !errors.Is(err, want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestRunningAnother(t *testing.T) {
	inner := action("inner", dispatch.Inputs{"n": {Required: true, Formatters: []dispatch.Formatter{dispatch.ToInt}}, "d": {Default: "default"}})
	inner.BlockedConnectionTypes = []string{"web"}
	type result struct {
		v   any
		err error
	}
	var last result
	outer := func(name, version string, values map[string]any) dispatch.Action {
		return runs("outer", func(ctx context.Context, c *dispatch.Connection) (any, error) {
			v, err := c.Run(ctx, name, version, values)
			last = result{v, err}
			return nil, nil
		})
	}
	try := func(name, version string, values map[string]any) result {
		d, _ := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{outer(name, version, values), inner,
			{Name: "handler", Handler: http.NotFoundHandler()},
			runs("loop", func(ctx context.Context, c *dispatch.Connection) (any, error) { return c.Run(ctx, "loop", "", nil) }),
			runs("answers", func(_ context.Context, c *dispatch.Connection) (any, error) {
				c.SetHeader("X-Inner", "1")
				c.SetStatus(418)
				return nil, c.Pipe("inner", nil)
			}),
			runs("context", func(ctx context.Context, c *dispatch.Connection) (any, error) {
				got, ok := dispatch.FromContext(ctx)
				return ok && got == c && c.RawQuery() == nil && c.RawBody() == nil && c.RawBytes() == nil && c.RawFiles() == nil, nil
			}),
		}})
		a := ask(t, d, "GET", "/outer?n=9", "")
		if a.Code != 200 || a.Header().Get("X-Inner") != "" || strings.Contains(a.Body.String(), `"inner"`) {
			t.Errorf("the inner answer was sent: %d %s", a.Code, a.Body)
		}
		return last
	}
	sent := map[string]any{"n": "3", "unknown": "dropped"}
	r := try("INNER", "1", sent)
	params, _ := r.v.(map[string]any)
	if r.err != nil || fmt.Sprint(params["params"]) != "map[action:inner apiVersion:1 d:default n:3]" || len(sent) != 2 {
		t.Errorf("got %v (%v), sent %v", r.v, r.err, sent)
	}
	var missing *dispatch.MissingParamsError
	if r := try("inner", "", nil); !errors.As(r.err, &missing) || missing.Names[0] != "n" {
		t.Errorf("missing: got %v", r.err)
	}
	for name, want := range map[string]error{"nope": dispatch.ErrUnknownAction, "handler": dispatch.ErrHandlerAction, "loop": dispatch.ErrTooDeep} {
		if r := try(name, "", nil); !errors.Is(r.err, want) {
			t.Errorf("%s: got %v, want %v", name, r.err, want)
		}
	}
	if r := try("inner", "9", nil); !errors.Is(r.err, dispatch.ErrUnknownAction) {
		t.Errorf("version: got %v", r.err)
	}
	if r := try("answers", "", nil); r.err == nil {
		t.Error("answering by itself: got no error")
	}
	if r := try("context", "", nil); r.v != true {
		t.Errorf("context: got %v", r.v)
	}
}

// An action that writes its response itself has none if it is run by another or outside of any
// request. Around functions see the same error as the caller.
func TestActionsThatAnswerByThemselvesAreNotRun(t *testing.T) {
	full := errors.New("the disk is full")
	write := func(c *dispatch.Connection) { io.WriteString(c.ResponseWriter(), "written") }
	for _, tt := range []struct {
		name string
		run  func(c *dispatch.Connection) (any, error)
		want error // nil: the result is "done"
		also error
	}{
		{"writes", func(c *dispatch.Connection) (any, error) { write(c); return nil, nil }, dispatch.ErrHandlerAction, nil},
		{"writes and fails", func(c *dispatch.Connection) (any, error) { write(c); return nil, full }, dispatch.ErrHandlerAction, full},
		{"writes and returns a result", func(c *dispatch.Connection) (any, error) { write(c); return "done", nil }, nil, nil},
		{"sends only a status", func(c *dispatch.Connection) (any, error) { c.ResponseWriter().WriteHeader(204); return nil, nil }, dispatch.ErrHandlerAction, nil},
		{"flushes", func(c *dispatch.Connection) (any, error) {
			return nil, http.NewResponseController(c.ResponseWriter()).Flush()
		}, dispatch.ErrHandlerAction, nil},
		{"pipes", func(c *dispatch.Connection) (any, error) { return nil, c.Pipe("x", nil) }, dispatch.ErrHandlerAction, nil},
		{"pipes nothing", func(c *dispatch.Connection) (any, error) { c.SetStatus(204); return nil, c.Pipe("", nil) }, dispatch.ErrHandlerAction, nil},
		{"sends a file", func(c *dispatch.Connection) (any, error) { return nil, c.SendFile("a") }, dispatch.ErrHandlerAction, nil},
		{"serves content", func(c *dispatch.Connection) (any, error) {
			return nil, c.ServeContent(static.Content{Name: "a.txt", Reader: strings.NewReader("x")})
		}, dispatch.ErrHandlerAction, nil},
		{"announces", func(c *dispatch.Connection) (any, error) {
			c.ResponseWriter().WriteHeader(http.StatusEarlyHints)
			return "done", nil
		}, nil, nil},
		{"sets a header", func(c *dispatch.Connection) (any, error) {
			c.SetStatus(201)
			c.SetHeader("X-Y", "z")
			return "done", nil
		}, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var saw []outcome
			var inner error
			d, _ := newDispatcher(t, dispatch.Options{
				Files: folder{"files"}, Middleware: []dispatch.Middleware{outcomes(&saw, "all")},
				Actions: []dispatch.Action{
					runs("act", func(_ context.Context, c *dispatch.Connection) (any, error) { return tt.run(c) }),
					runs("outer", func(ctx context.Context, c *dispatch.Connection) (any, error) {
						result, err := c.Run(ctx, "act", "", nil)
						inner = err
						return result, nil
					}),
				},
			})
			result, err := d.Run(t.Context(), "act", "", nil)
			if ask(t, d, "GET", "/outer", ""); len(saw) != 3 {
				t.Fatalf("seen as %q", saw)
			}
			for _, err := range []error{err, inner, saw[0].err, saw[1].err} {
				if !errors.Is(err, tt.want) || tt.also != nil && !errors.Is(err, tt.also) {
					t.Errorf("got %v, want %v and %v", err, tt.want, tt.also)
				}
			}
			if tt.want == nil && result != "done" {
				t.Errorf("got %v", result)
			}
		})
	}
}

// The timeout of an action also ends it if it is run by another or outside of any request.
func TestTimeoutsOfActionsThatAreRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := func(ctx context.Context, _ *dispatch.Connection) (any, error) {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(time.Minute):
				return "done", nil
			}
		}
		var saw []outcome
		outer := func(name string, timeout time.Duration) dispatch.Action {
			return dispatch.Action{Name: "outer " + name, Timeout: timeout, Run: func(ctx context.Context, c *dispatch.Connection) (any, error) { return c.Run(ctx, name, "", nil) }}
		}
		d, _ := newDispatcher(t, dispatch.Options{
			Timeout: 5 * time.Second, Middleware: []dispatch.Middleware{outcomes(&saw, "all")},
			Actions: []dispatch.Action{
				{Name: "default", Run: wait}, {Name: "own", Timeout: 20 * time.Second, Run: wait}, {Name: "none", Timeout: -1, Run: wait},
				outer("default", time.Hour), outer("own", time.Hour), outer("none", time.Hour),
			},
		})
		for _, tt := range []struct {
			name string
			took time.Duration
			err  error
		}{
			{"default", 5 * time.Second, dispatch.ErrTimeout}, {"own", 20 * time.Second, dispatch.ErrTimeout}, {"none", time.Minute, nil},
			{"outer default", 5 * time.Second, dispatch.ErrTimeout}, {"outer own", 20 * time.Second, dispatch.ErrTimeout}, {"outer none", time.Minute, nil},
		} {
			saw = nil
			start := time.Now()
			_, err := d.Run(t.Context(), tt.name, "", nil)
			if took := time.Since(start); took != tt.took || !errors.Is(err, tt.err) || !errors.Is(saw[0].err, tt.err) {
				t.Errorf("%s: got %v after %v, seen as %q", tt.name, err, took, saw)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if _, err := d.Run(ctx, "none", "", nil); !errors.Is(err, dispatch.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a deadline of the caller: got %v", err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := d.Run(ctx, "default", "", nil); errors.Is(err, dispatch.ErrTimeout) || !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled by the caller: got %v", err)
		}
	})
}
