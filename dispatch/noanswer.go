package dispatch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/params"
)

// Run runs another action within this request and returns its result. Its inputs, middleware,
// timeout and errors are treated as if a client had sent the parameters. version "" means the
// newest. The error is [ErrUnknownAction] if there is no such action, [ErrTimeout] if its time has
// passed, and [ErrHandlerAction] if it has a Handler or writes its response itself instead of
// returning a result. The status, header and cookies that it sets are discarded.
func (c *Connection) Run(ctx context.Context, name, version string, values params.Values) (any, error) {
	a := c.call.d.find(name, version)
	if a == nil {
		return nil, ErrUnknownAction
	}
	if c.depth >= deepestRun {
		return nil, ErrTooDeep
	}
	return c.call.runInside(ctx, a, c.depth+1, values)
}

const deepestRun = 100

// runInside runs an action that has no response of its own.
func (c *call) runInside(ctx context.Context, a *compiledAction, depth int32, values params.Values) (any, error) {
	inner := &Connection{call: c, w: &noAnswer{}, action: a, depth: depth}
	inner.Params = params.Values{"action": a.name, "apiVersion": a.value}
	for name, value := range values {
		if _, own := inner.Params[name]; !own && c.d.takes(a, name) {
			inner.Params[name] = value
		}
	}
	ctx = context.WithValue(ctx, connectionKey{}, inner)
	result, err := inner.withoutAnswer(inner.run(ctx, a))
	if err == http.ErrAbortHandler {
		panic(err)
	}
	return result, err
}

// Run runs an action outside of any request: at start-up, in a job, in a test. Its inputs,
// middleware, timeout and errors are treated as if a client had sent the parameters. It has no
// response, and its connection has no client and no request. A panic of the action or of middleware
// is returned as a [*PanicError], except that of [http.ErrAbortHandler], which is returned as that
// error. Create and Destroy functions do not run. version "" means the newest. The errors are
// those of [Connection.Run]; [ErrTimeout] also stands for a deadline of ctx that has passed.
//
// Within a request use [Connection.Run].
func (d *Dispatcher) Run(ctx context.Context, name, version string, values params.Values) (result any, err error) {
	// A panic of the action has already become an error. This one comes from an Around function, or
	// it is http.ErrAbortHandler, for which there is no server to recover it.
	defer recoverAs(&result, &err)
	a := d.find(name, version)
	if a == nil {
		return nil, ErrUnknownAction
	}
	ctx, rec := facts.NewContext(ctx)
	c := &call{d: d, ctx: ctx, rec: rec, copied: true, r: (&http.Request{URL: &url.URL{}, Header: http.Header{}, Body: http.NoBody}).WithContext(ctx)}
	c.conn = Connection{call: c, w: &noAnswer{}, depth: 1}
	return c.runInside(ctx, a, 1, values)
}

// noAnswer is the response writer of an action that has no response of its own.
type noAnswer struct{ written bool } // the action tried to write one

func (w *noAnswer) Header() http.Header { return http.Header{} }

func (w *noAnswer) WriteHeader(status int) {
	if status >= http.StatusOK { // an earlier one only informs
		w.written = true
	}
}

func (w *noAnswer) Write([]byte) (int, error) { return 0, w.FlushError() }

func (w *noAnswer) FlushError() error {
	w.written = true
	return ErrHandlerAction
}

// withoutAnswer makes an error of the outcome if the action tried to write a response, which it
// does not have, instead of returning a result.
func (c *Connection) withoutAnswer(result any, err error) (any, error) {
	w, ok := c.w.(*noAnswer)
	switch {
	case !ok || !w.written || err == nil && result != nil || errors.Is(err, ErrHandlerAction):
		return result, err
	case err == nil:
		return nil, ErrHandlerAction
	default:
		return nil, fmt.Errorf("%w: %w", ErrHandlerAction, err)
	}
}
