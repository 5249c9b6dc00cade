package dispatch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

// begin notes which action the request has reached.
func (c *call) begin(a *compiledAction) {
	c.action, c.conn.action = a, a
	c.rec.SetReached(&a.fact, c.routePath())
	if a.DisableJSONP || a.DisableCompression {
		c.rec.SetWithhold(facts.Withhold{JSONP: a.DisableJSONP, Compress: a.DisableCompression})
	}
	if a.DisableCompression {
		// It is for proxies, and for an outer compressor that has no record.
		c.conn.w.Header().Set("Cache-Control", noTransform)
	}
}

// serveAction reads the parameters of an action, runs it and answers.
func (c *call) serveAction(a *compiledAction) {
	c.begin(a)
	if a.blocked {
		c.fail(ErrBlockedConnectionType)
		return
	}
	c.conn.hasBody = a.readsBody() && c.mayBring()
	_, c.versionAsked = c.set.Values["apiVersion"]
	if !c.conn.hasBody || a.around {
		// Around functions see the parameters of the query and the path. The body is read inside
		// them, so that they can refuse a request before.
		if err := c.receive(); err != nil {
			c.fail(err)
			return
		}
	}
	if a.MatchExtensionMIMEType {
		c.matchExtension()
	}
	c.run(a)
}

// run runs an action and answers.
func (c *call) run(a *compiledAction) {
	if a.Idempotency != nil {
		defer c.abortTurn()
	}
	ctx, stop := c.withTimeout(a)
	result, err := a.run(ctx, &c.conn)
	switch passed := stop != nil && stop(); {
	case err == nil:
	case passed && errors.Is(err, context.Canceled), (passed || c.ctx.Err() == context.DeadlineExceeded) && endedBy(c.ctx, err):
		err = fmt.Errorf("%w: %w", ErrTimeout, err)
	}
	c.answer(result, err)
	c.endTurn()
}

// endedBy reports whether an error says that the deadline of a context has passed.
func endedBy(ctx context.Context, err error) bool {
	cause := context.Cause(ctx)
	return errors.Is(err, context.DeadlineExceeded) || cause != nil && errors.Is(err, cause)
}

func (c *call) routePath() string {
	if c.route == nil {
		return ""
	}
	return c.route.route.Path
}

// compileRun builds the Runner of the action, with the Around functions of all middleware.
func (a *compiledAction) compileRun(all []Middleware, core Runner) {
	a.run = core
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Around != nil {
			a.run, a.around = all[i].Around(a.run), true
		}
	}
}

// perform does what is the same for every action, however it was reached: it reads the rest of
// the body, runs the middleware, checks the inputs and runs the action. It returns a panic as an
// error, so that Around functions see it like any other.
func (c *Connection) perform(ctx context.Context) (result any, err error) {
	defer func() {
		if p := recover(); p == http.ErrAbortHandler {
			result, err = nil, http.ErrAbortHandler
		} else if p != nil {
			result, err = nil, failure.Recovered(p)
		}
	}()
	if c.depth == 0 && (c.action.around || c.timed) {
		c.call.ensureRare().context, c.call.copied = ctx, false
	}
	if c.hasBody {
		if err := c.call.takeBody(); err != nil {
			return nil, err
		}
	}
	if err := c.runBefore(ctx); err != nil {
		return nil, err
	}
	if c.stopped {
		result = c.extra.result
	} else if result, ctx, err = c.runTurn(ctx); ctx == nil || err != nil || c.action.Handler != nil {
		return result, err
	}
	for _, m := range c.action.after {
		if result, err = m.After(ctx, c, result); err != nil {
			return result, err
		}
	}
	return result, nil
}

// runBefore calls the Before functions until one stops the request or fails.
func (c *Connection) runBefore(ctx context.Context) error {
	for _, m := range c.action.before {
		if err := m.Before(ctx, c); err != nil || c.stopped {
			return err
		}
	}
	return nil
}

// runTurn runs the action itself, for an action with an idempotency key only if it is this
// request's turn. The context is the one to continue with. It is nil if the key's earlier request
// answers this one, or if the key refuses it.
func (c *Connection) runTurn(ctx context.Context) (any, context.Context, error) {
	if c.action.Idempotency != nil && c.depth == 0 {
		own, err := c.takeTurn()
		if own == nil {
			return nil, nil, err
		}
		ctx = own
	}
	result, err := c.runItself(ctx)
	return result, ctx, err
}

// runItself checks the inputs of an action and runs its function or handler.
func (c *Connection) runItself(ctx context.Context) (any, error) {
	if c.typed == nil { // otherwise they are already in the struct
		if err := c.checkInputs(ctx); err != nil {
			return nil, err
		}
	}
	if c.depth == 0 {
		c.call.paceBody()
	}
	if c.action.Handler != nil {
		return nil, c.runHandler()
	}
	return c.action.Run(ctx, c)
}

// checkInputs formats, validates and completes the parameters.
func (c *Connection) checkInputs(ctx context.Context) error {
	k := check{ctx: ctx, isMissing: c.call.d.opts.IsMissing, keepAll: c.call.d.opts.DisableParamScrubbing}
	if c.depth == 0 {
		k.failed = c.call.takeMisshapen(c.Params)
		k.misshapen = len(k.failed)
		if c.call.bodyRead {
			k.isJSON = c.call.set.IsJSON
		}
	}
	if in := c.action.typed; in != nil {
		c.typed = in.Bind(c.Params, k.isJSON, &k.report)
	} else {
		k.run(c.action.inputs, "", c.Params)
		if c.action.hasSchemas && c.depth == 0 {
			c.call.reshow()
		}
	}
	return k.result(c.call)
}

// runHandler runs an action with a Handler.
func (c *Connection) runHandler() error {
	if c.depth > 0 {
		return ErrHandlerAction
	}
	c.observe()
	r := c.call.request()
	if form, ok := c.call.set.Form(); ok {
		// The body has been read; a handler that uses package upload takes the form instead.
		r = r.WithContext(upload.NewContext(r.Context(), form))
	}
	c.action.Handler.ServeHTTP(c.w, r)
	return nil
}

// withTimeout returns the context for an action. If there is a timeout, stop ends it and reports
// whether it has passed.
func (c *call) withTimeout(a *compiledAction) (_ context.Context, stop func() bool) {
	d := a.Timeout
	if d == 0 {
		d = c.d.opts.Timeout
	}
	if d <= 0 {
		return c.ctx, nil
	}
	c.conn.timed = true
	ctx, cancel := context.WithCancelCause(c.ctx)
	t := &timeout{Context: ctx, at: time.Now().Add(d)}
	timer := time.AfterFunc(d, func() {
		if !c.conn.streaming.Load() {
			t.passed.Store(true)
			cancel(context.DeadlineExceeded)
		}
	})
	return t, func() bool {
		timer.Stop()
		cancel(context.Canceled)
		return t.passed.Load()
	}
}

// timeout is the context of an action with a time limit. The limit ends once the action begins to
// write the response itself: an event stream, for example, may take as long as it likes.
type timeout struct {
	context.Context
	at     time.Time
	passed atomic.Bool
}

// Deadline returns when the action must have ended.
func (t *timeout) Deadline() (time.Time, bool) {
	if at, ok := t.Context.Deadline(); ok && at.Before(t.at) {
		return at, true
	}
	return t.at, true
}

// Err returns context.DeadlineExceeded once the time has passed.
func (t *timeout) Err() error {
	if t.passed.Load() {
		return context.DeadlineExceeded
	}
	return t.Context.Err()
}

// Run runs another action within this request and returns its result. Its inputs, middleware and
// errors are treated as if a client had sent the parameters. What the action does to its own
// answer is lost. version "" means the newest. The error is [ErrUnknownAction] if there is no
// such action.
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

// runInside runs an action that has no answer of its own.
func (c *call) runInside(ctx context.Context, a *compiledAction, depth int, values params.Values) (any, error) {
	inner := &Connection{call: c, w: noAnswer{}, action: a, depth: depth}
	inner.Params = params.Values{"action": a.name, "apiVersion": a.value}
	for name, value := range values {
		if _, own := inner.Params[name]; !own && c.d.takes(a, name) {
			inner.Params[name] = value
		}
	}
	ctx = context.WithValue(ctx, connectionKey{}, inner)
	result, err := a.run(ctx, inner)
	if err == http.ErrAbortHandler {
		panic(err)
	}
	return result, err
}

// Run runs an action outside of any request: at start-up, in a job, in a test. Its inputs,
// middleware and errors are treated as if a client had sent the parameters. It has no answer, and
// its connection has no client and no request. A panic of the action or of middleware is returned
// as a [*PanicError], except that of [http.ErrAbortHandler], which is returned as that error.
// Create and Destroy functions do not run. version "" means the newest. The error is
// [ErrUnknownAction] if there is no such action, and [ErrHandlerAction] if it writes its response
// itself.
//
// Within a request use [Connection.Run].
func (d *Dispatcher) Run(ctx context.Context, name, version string, values params.Values) (result any, err error) {
	defer func() {
		// A panic of the action has already become an error. This one comes from an Around function.
		if p := recover(); p == http.ErrAbortHandler {
			result, err = nil, http.ErrAbortHandler // no server is there to recover it
		} else if p != nil {
			result, err = nil, failure.Recovered(p)
		}
	}()
	a := d.find(name, version)
	if a == nil {
		return nil, ErrUnknownAction
	}
	ctx, rec := facts.NewContext(ctx)
	c := &call{d: d, ctx: ctx, rec: rec, copied: true, r: (&http.Request{URL: &url.URL{}, Header: http.Header{}, Body: http.NoBody}).WithContext(ctx)}
	c.conn = Connection{call: c, w: noAnswer{}, depth: 1}
	return c.runInside(ctx, a, 1, values)
}

// noAnswer is the response writer of an action that has no answer of its own.
type noAnswer struct{}

func (noAnswer) Header() http.Header { return http.Header{} }
func (noAnswer) WriteHeader(int)     {}
func (noAnswer) Write([]byte) (int, error) {
	return 0, fmt.Errorf("dispatch: an action that is run by another has no answer of its own")
}
