package dispatch_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
)

func TestRunReturnsThePanicsOfMiddleware(t *testing.T) {
	t.Parallel()
	panics := func(value any) dispatch.Runner {
		return func(context.Context, *dispatch.Connection) (any, error) { panic(value) }
	}
	for name, m := range map[string]func(value any) dispatch.Middleware{
		"Around, without the action": func(value any) dispatch.Middleware {
			return dispatch.Middleware{Around: func(dispatch.Runner) dispatch.Runner { return panics(value) }}
		},
		"Around, after the action": func(value any) dispatch.Middleware {
			return dispatch.Middleware{Around: func(next dispatch.Runner) dispatch.Runner {
				return func(ctx context.Context, c *dispatch.Connection) (any, error) {
					if result, err := next(ctx, c); result != 1 || err != nil {
						return result, err
					}
					panic(value)
				}
			}}
		},
		"Before": func(value any) dispatch.Middleware {
			return dispatch.Middleware{Before: func(context.Context, *dispatch.Connection) error { panic(value) }}
		},
		"After": func(value any) dispatch.Middleware {
			return dispatch.Middleware{After: func(context.Context, *dispatch.Connection, any) (any, error) { panic(value) }}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, value := range []any{"boom", http.ErrAbortHandler} {
				outer, err := dispatch.New(dispatch.Options{
					Actions: []dispatch.Action{
						{Name: "inner", Run: func(context.Context, *dispatch.Connection) (any, error) { return 1, nil }, Middleware: []dispatch.Middleware{m(value)}},
						{Name: "outer", Run: func(ctx context.Context, c *dispatch.Connection) (any, error) { return c.Run(ctx, "inner", "", nil) }},
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				for _, action := range []string{"inner", "outer"} {
					result, err := outer.Run(t.Context(), action, "", nil)
					var panicked *dispatch.PanicError
					isPanic := errors.As(err, &panicked) && panicked.Value == "boom" && len(panicked.Stack) > 0
					if result != nil || isPanic != (value == "boom") || errors.Is(err, http.ErrAbortHandler) == isPanic {
						t.Errorf("%s with a panic of %v: got %v, %v", action, value, result, err)
					}
				}
			}
		})
	}
}

func TestRunCallsNoConnectionHooks(t *testing.T) {
	t.Parallel()
	hook := func(context.Context, *dispatch.Connection) { panic("not to be called") }
	d, err := dispatch.New(dispatch.Options{
		Actions:    []dispatch.Action{{Name: "a", Run: func(context.Context, *dispatch.Connection) (any, error) { return 1, nil }}},
		Middleware: []dispatch.Middleware{{Create: hook, Destroy: hook}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if result, err := d.Run(t.Context(), "a", "", nil); result != 1 || err != nil {
		t.Errorf("got %v, %v", result, err)
	}
}
