package dispatch_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
)

// tenant is a context that cannot be compared.
type tenant struct {
	context.Context
	m map[string]any
}

func TestContextsThatCannotBeCompared(t *testing.T) {
	d, _ := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{
		{Name: "handler", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "ok") })},
		{Name: "request", Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			return map[string]any{"path": c.Request().URL.Path}, nil
		}},
	}})
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.ServeHTTP(w, r.WithContext(tenant{r.Context(), map[string]any{}}))
	})
	for _, name := range []string{"/handler", "/request"} {
		if a := ask(t, h, "GET", name, ""); a.Code != 200 {
			t.Errorf("%s: got %d %s", name, a.Code, a.Body)
		}
	}
}
