package prometheus

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
)

// Middleware returns dispatcher middleware that times actions, including those run
// by other actions. It is for the global middleware. Its Priority of -1000 puts it
// outside all with a higher one.
func (m *Metrics) Middleware() dispatch.Middleware {
	return dispatch.Middleware{Name: "prometheus", Priority: -1000, Around: m.around}
}

func (m *Metrics) around(next dispatch.Runner) dispatch.Runner {
	if m.actions == nil {
		return next
	}
	return func(ctx context.Context, c *dispatch.Connection) (any, error) {
		start := time.Now()
		result, err := next(ctx, c)
		name, version := c.Action()
		m.actions.WithLabelValues(name, version, outcome(ctx, err)).Observe(time.Since(start).Seconds())
		return result, err
	}
}

// outcome says how an action ended.
func outcome(ctx context.Context, err error) string {
	var panicked *dispatch.PanicError
	var coded interface{ StatusCode() int }
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, http.ErrAbortHandler):
		return "aborted"
	case errors.As(err, &panicked):
		return "panic"
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return "left"
	case errors.As(err, &coded) && coded.StatusCode() < 500:
		return "refused"
	}
	return "failed"
}
