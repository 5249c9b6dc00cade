package dispatch

import (
	"context"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
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
	c.answer(c.conn.run(c.ctx, a))
	c.endTurn()
}

// run runs an action within its time.
func (c *Connection) run(ctx context.Context, a *compiledAction) (any, error) {
	ctx, stop := c.withTimeout(ctx, a)
	if stop != nil {
		defer stop() // also if an Around function panics
	}
	result, err := a.run(ctx, c)
	return result, c.asTimeout(err)
}

func (c *call) routePath() string {
	if c.route == nil {
		return ""
	}
	return c.route.route.Path
}

// compileRun builds the Runner of the action, with the Around functions of all middleware.
func (a *compiledAction) compileRun(all []Middleware) {
	a.run = func(ctx context.Context, c *Connection) (any, error) { return c.perform(ctx) }
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Around == nil {
			continue
		}
		if a.around {
			a.run = recovering(a.run) // the next Around function sees a panic of this one
		}
		a.run, a.around = all[i].Around(a.run), true
	}
}

// recovering returns a Runner that returns a panic of run as an error.
func recovering(run Runner) Runner {
	return func(ctx context.Context, c *Connection) (result any, err error) {
		defer recoverAs(&result, &err)
		return run(ctx, c)
	}
}

// recoverAs makes an error of a panic. It must be deferred.
func recoverAs(result *any, err *error) {
	if p := recover(); p == http.ErrAbortHandler {
		*result, *err = nil, http.ErrAbortHandler
	} else if p != nil {
		*result, *err = nil, failure.Recovered(p)
	}
}

// perform does what is the same for every action, however it was reached, or what happens instead
// of it. It turns the outcome into what Around functions should see: a panic is an error like any
// other.
func (c *Connection) perform(ctx context.Context) (result any, err error) {
	defer recoverAs(&result, &err)
	if c.depth == 0 && (c.action.around || c.limit != nil) {
		c.call.ensureRare().context, c.call.copied = ctx, false
	}
	if result, err = c.performSteps(ctx); err != nil {
		err = c.asTimeout(err)
	}
	return c.withoutAnswer(result, err)
}

// performSteps reads the rest of the body, runs the middleware, checks the inputs and runs the
// action.
func (c *Connection) performSteps(ctx context.Context) (result any, err error) {
	if more := c.call.rare; more != nil && more.instead != nil && c.depth == 0 {
		return nil, more.instead()
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
// request's turn. The context is the one to continue with. It is nil if the response to the key's
// earlier request answers this one, or if the request is refused because of its key.
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
	c.extra.handled = true
	return nil
}
