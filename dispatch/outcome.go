package dispatch

import (
	"net/http"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/params"
)

// Every outcome of a request passes through the Around functions of the action that it leads to,
// or, if none is known, of the stand-in for unknown actions: what the action returns by run,
// what happens instead of an action by the functions of this file.

// fail answers with an error that keeps an action from running.
func (c *call) fail(err error) {
	if err == ErrMethodNotAllowed && c.conn.w.Header().Get("Allow") == "" {
		c.conn.w.Header().Set("Allow", allowList(verbs))
	}
	if c.action == nil {
		c.standIn()
	}
	if c.action.around {
		c.instead(func() error { return err })
	} else {
		c.render(nil, err)
	}
}

// failAt is fail for a request that has reached the versions of an action. If the error came
// before one was chosen, it concerns the one that the request names so far, or else the route's,
// or the newest.
func (c *call) failAt(versions []*compiledAction, err error) {
	if c.action == nil {
		a := versions[0]
		if !c.versionFixed {
			a = c.pick(versions)
		}
		if a != nil {
			c.begin(a)
		}
	}
	c.fail(err)
}

// failMethod answers that the path reaches something, but not for this method.
func (c *call) failMethod(allowed []string) {
	c.conn.w.Header().Set("Allow", allowList(allowed))
	c.fail(ErrMethodNotAllowed)
}

// allow answers OPTIONS.
func (c *call) allow(methods []string) {
	c.conn.w.Header().Set("Allow", allowList(methods))
	if c.standIn(); c.action.around {
		c.instead(func() error { c.conn.observe(); c.sendAllowed(); return nil })
	} else {
		c.sendAllowed()
	}
}

func (c *call) sendAllowed() {
	c.conn.sent = true
	c.conn.w.WriteHeader(http.StatusNoContent)
}

func allowList(methods []string) string {
	return strings.Join(append(slices.Clone(methods), http.MethodOptions), ", ")
}

// serveName answers with a file.
func (c *call) serveName(files Files, name string) {
	if c.standIn(); c.action.around {
		c.instead(func() error { c.conn.observe(); c.sendName(files, name); return nil })
	} else {
		c.sendName(files, name)
	}
}

func (c *call) sendName(files Files, name string) {
	c.conn.sent = true
	files.ServeName(c.conn.w, c.request(), name)
}

// standIn makes the stand-in for unknown actions the request's action.
func (c *call) standIn() { c.action, c.conn.action, c.conn.hasBody = c.d.unknown, c.d.unknown, false }

// instead runs the Around functions around f, which happens instead of the action, and answers.
func (c *call) instead(f func() error) {
	c.ensureRare().instead = f
	if c.conn.Params == nil {
		c.conn.Params = c.paramsSoFar()
	}
	c.answer(c.action.run(c.ctx, &c.conn))
}

// paramsSoFar returns the parameters that are known of a request that does not reach its action.
func (c *call) paramsSoFar() params.Values {
	if c.action == c.d.unknown {
		if c.set.Values == nil {
			return params.Values{}
		}
		return c.set.Values
	}
	values := params.Values{"action": c.action.name, "apiVersion": c.action.value}
	for name, value := range c.set.Values {
		if _, own := values[name]; !own && c.d.takes(c.action, name) {
			values[name] = value
		}
	}
	return values
}
