package dispatch

import (
	"net/http"
	"slices"

	"github.com/sidekick-http/sidekick/dispatch/internal/typed"
	"github.com/sidekick-http/sidekick/internal/routing"
	"github.com/sidekick-http/sidekick/params"
)

// A typed action without middleware needs only its struct: its query or its JSON body is decoded
// straight into it. The parameters as a map, for [Connection.Params] and for the envelope, are
// made only on demand. Anything unusual takes the general path.

// mostDirectPairs is how many parameters a query bound directly may have.
const mostDirectPairs = 24

// isDirect reports whether an action can be served this way.
func (d *Dispatcher) isDirect(a *compiledAction) bool {
	return a.typed != nil && a.Idempotency == nil && len(a.before) == 0 && len(a.after) == 0 && !a.around && !a.blocked &&
		!a.MatchExtensionMIMEType && !d.opts.DisableParamScrubbing && d.opts.FilteredParamsFunc == nil
}

// directAction returns the action that a request reaches, if it can be served directly.
func (c *call) directAction(t *table, e *entry, rest string, decoded bool) (f *family, a *compiledAction) {
	if c.mux != "" || e != nil && e.route.APIVersion != nil {
		return nil, nil
	}
	if f, _ = c.d.byPath(t, e, c.r.Method, rest, decoded); f == nil || len(f.versions) != 1 || !f.versions[0].direct {
		return nil, nil
	}
	return f, f.versions[0]
}

// serveDirectly serves an action whose parameters go straight into its struct. It returns false,
// having done nothing, where that is not possible.
func (c *call) serveDirectly(t *table, e *entry, vars []routing.Var, rest string, decoded bool, prefix int) bool {
	f, a := c.directAction(t, e, rest, decoded)
	if a == nil {
		return false
	}
	if _, read := params.FromContext(c.ctx); read {
		return false
	}
	if e != nil {
		c.keepRoute(e, vars)
		c.setPattern(e.pattern[prefix])
	} else {
		c.setPattern(f.patterns[prefix])
	}
	c.asPending(f.versions, func() {
		bound, err := c.bindDirectly(a)
		switch {
		case err != nil:
			c.failAt(f.versions, err)
		case bound:
			c.begin(a)
			c.lazy = true
			c.rec.SetReceiver(c)
			c.run(a)
		default:
			c.serveTheUsualWay(f)
		}
	})
	return true
}

// serveTheUsualWay serves an action that could not be served directly.
func (c *call) serveTheUsualWay(f *family) {
	err := c.readQuery()
	if err == nil {
		err = c.takeVars()
	}
	if err != nil {
		c.failAt(f.versions, err)
		return
	}
	if a := c.pick(f.versions); a != nil {
		c.serveAction(a)
	} else {
		c.failUnknown()
	}
}

// bindDirectly fills the struct of an action. bound is false if that takes the general path.
func (c *call) bindDirectly(a *compiledAction) (bound bool, err error) {
	if c.d.showsReceived || c.rec.WantsReceived() {
		return false, nil // the map is needed in any case
	}
	if c.r.Method != http.MethodGet && c.r.Method != http.MethodHead {
		return c.bindBody(a)
	}
	var room [mostDirectPairs]typed.Pair
	pairs := room[:0]
	whole := c.d.opts.Params.EachQuery(c.r, func(name, value string) bool {
		if name == "apiVersion" || len(pairs) == cap(pairs) {
			pairs = nil
			return false
		}
		if c.route == nil || !slices.Contains(c.route.names, name) {
			pairs = append(pairs, typed.Pair{Name: name, Value: value})
		}
		return true
	})
	if !whole || pairs == nil || len(pairs) > c.d.opts.Params.ListLimit() { // they may all belong to one list
		return false, nil
	}
	if c.route != nil {
		for i, name := range c.route.names {
			value := c.variable(i)
			if len(pairs) == cap(pairs) || name == "apiVersion" || c.d.opts.Params.CheckText(value) != nil {
				return false, nil
			}
			pairs = append(pairs, typed.Pair{Name: name, Value: value})
		}
	}
	c.conn.typed, bound = a.typed.BindPairs(pairs)
	return bound, nil
}

// bindBody fills the struct from a JSON body.
func (c *call) bindBody(a *compiledAction) (bound bool, err error) {
	if c.r.URL.RawQuery != "" || c.route != nil && len(c.route.names) > 0 {
		return false, nil
	}
	data, isJSON, err := c.d.opts.Params.ReadJSON(c.conn.w, c.r)
	if err != nil || !isJSON {
		return false, err
	}
	c.json = data
	limits, allowNUL := c.d.opts.Params.JSONLimits()
	c.conn.typed, bound = a.typed.DecodeJSON(data, typed.JSONLimits{MaxDepth: limits.MaxDepth, MaxKeys: limits.MaxKeys, MaxItems: limits.MaxItems, AllowNUL: allowNUL}, "apiVersion")
	if limits.RefuseDuplicateKeys {
		bound = false
	}
	return bound, nil
}

// materialize reads the parameters of an action that was served directly.
func (c *call) materialize() {
	if !c.lazy {
		return
	}
	c.lazy = false
	// Reading cannot fail: the same query was bound before.
	if c.readQuery() != nil {
		return
	}
	if c.json != nil {
		c.bodyRead = true
		if c.d.opts.Params.AddJSON(&c.set, c.json) != nil {
			return
		}
	}
	_ = c.receive()
}

// ReceiveParams makes the parameters to be shown: see [facts.Receiver].
func (c *call) ReceiveParams() { c.materialize() }
