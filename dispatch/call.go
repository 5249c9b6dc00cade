package dispatch

import (
	"context"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/params"
)

// call is one request on its way from its path through an action to the response. Each step has its
// own file: reach.go finds the action, receive.go and body.go read its parameters, run.go runs it,
// and answer.go answers.
type call struct {
	conn Connection // what the action sees of the request

	d      *Dispatcher
	r      *http.Request   // see request
	ctx    context.Context // with the record
	rec    *facts.Record
	set    params.Set      // what the client sent
	action *compiledAction // once it is known
	route  *entry          // the route that led here, or nil
	mux    string          // the pattern by which an outer mux matched the request

	vars      [2]string // values of the route's first variables
	shownRoom [4]facts.Param
	json      []byte // a JSON body, read for the struct of a typed action
	rare      *rare  // nil for most calls: see ensureRare

	lazy         bool // the set has not been read yet: see materialize
	copied       bool // the request carries the record
	bodyRead     bool
	versionFixed bool // the client cannot choose it
	versionAsked bool // the query, the path or the route chose it
	matchedType  bool // the Content-Type comes from the path's extension
}

// rare holds what few calls need, so that the others are smaller.
type rare struct {
	vars       []string        // values of the route's further variables
	misshapen  []ParamFailure  // parameters that could not be built in their shapes
	skipped    []string        // form fields of files that no input takes
	undeclared map[string]any  // parameters that the action does not declare
	context    context.Context // the action's context, if it differs from the call's
	body       *keptBody       // see keepBody
	turn       *turn           // of an action with an idempotency key
	instead    func() error    // happens instead of the action: see outcome.go
}

// ensureRare returns the rare part to be written to, and makes it if necessary.
func (c *call) ensureRare() *rare {
	if c.rare == nil {
		c.rare = &rare{}
	}
	return c.rare
}

// getRare returns the rare part to be read.
func (c *call) getRare() rare {
	if c.rare == nil {
		return rare{}
	}
	return *c.rare
}

// newCall begins a request. If no earlier piece has put a record into the request's context, the
// record shares the allocation of the call.
func newCall(d *Dispatcher, w http.ResponseWriter, r *http.Request) *call {
	ctx := r.Context()
	rec := facts.From(ctx)
	if rec.IsOfRequest() {
		c := &call{d: d, r: r, ctx: ctx, rec: rec, mux: r.Pattern, copied: true}
		c.conn.call, c.conn.w = c, w
		return c
	}
	both := &struct {
		c       call
		carrier facts.Carrier
	}{c: call{d: d, r: r, mux: r.Pattern}}
	c := &both.c
	c.ctx, c.rec = &both.carrier, both.carrier.Begin(r, rec)
	c.conn.call, c.conn.w = c, w
	return c
}

// request returns the request with the context that carries the record. It copies the request
// only when it is first called.
func (c *call) request() *http.Request {
	if !c.copied {
		ctx := c.ctx
		if own := c.getRare().context; own != nil {
			ctx = own
		}
		c.r, c.copied = c.r.WithContext(ctx), true
	}
	return c.r
}

// serve does what every request needs before and after run.
func (d *Dispatcher) serve(w http.ResponseWriter, r *http.Request, run func(*call)) {
	if !d.serving.Load() {
		d.serving.Store(true)
	}
	for _, p := range d.replayers {
		r = p.Watch(r) // the body may be read before the action is known
	}
	c := newCall(d, w, r)
	c.rec.SetConnection(&c.conn)
	if d.hasConnectionHooks {
		defer d.connectionHooks(c, func(m *Middleware) func(context.Context, *Connection) { return m.Destroy })
	}
	defer c.finish()
	if d.hasConnectionHooks {
		d.connectionHooks(c, func(m *Middleware) func(context.Context, *Connection) { return m.Create })
	}
	switch {
	case d.draining.Load():
		c.fail(ErrShuttingDown)
	case r.Method == http.MethodTrace || r.Method == http.MethodConnect:
		c.fail(ErrMethodNotAllowed)
	default:
		run(c)
	}
}

// connectionHooks calls the Create or the Destroy hook of every middleware that has one.
func (d *Dispatcher) connectionHooks(c *call, which func(*Middleware) func(context.Context, *Connection)) {
	for i := range d.opts.Middleware {
		if hook := which(&d.opts.Middleware[i]); hook != nil {
			hook(c.ctx, &c.conn)
		}
	}
}
