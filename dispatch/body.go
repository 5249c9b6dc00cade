package dispatch

import (
	"net/http"

	"github.com/sidekick-http/sidekick/internal/clip"
	"github.com/sidekick-http/sidekick/params"
)

// mayBring reports whether the request may have a body that has not been read yet.
func (c *call) mayBring() bool {
	return !c.bodyRead && c.r.Method != http.MethodGet && c.r.Method != http.MethodHead
}

// readBody adds the body to the set, once. It stores files for the inputs of the actions. A body
// that is a single file goes to the input named whole.
func (c *call) readBody(actions []*compiledAction, whole string) error {
	if !c.mayBring() {
		return nil
	}
	c.bodyRead = true
	if c.json != nil {
		return c.d.opts.Params.AddJSON(&c.set, c.json)
	}
	c.keepBody()
	err := c.d.opts.Params.Body(c.conn.w, c.r, &c.set, params.Files{
		Keep:      func(field string) bool { return c.d.takesFile(field, actions) },
		WholeBody: whole,
	})
	if err == nil && c.set.BodyLeft() && c.r.ContentLength > 0 {
		// The action may read it. If it does not, the type explains why no parameters arrived.
		c.d.opts.Logger.DebugContext(c.ctx, "dispatch: the body was not read: its type has no parameters", "path", c.rec.ShownPath(c.r.URL.EscapedPath()), "type", clip.Text(c.r.Header.Get("Content-Type"), longestType), "bytes", c.r.ContentLength)
	}
	return c.withoutSecrets(err)
}

// longestType is how many bytes of a Content-Type are logged.
const longestType = 100

// takeBody reads the body for the running action, and then decides again which parameters reach
// it. The body may ask for another version, unless something before it chose one.
func (c *call) takeBody() error {
	a := c.action
	version, decided := c.set.Values["apiVersion"]
	if !c.versionAsked { // receive put it there for Around functions
		delete(c.set.Values, "apiVersion")
		decided = false
	}
	if err := c.readBody([]*compiledAction{a}, a.wholeBody); err != nil {
		return err
	}
	if decided {
		c.set.Values["apiVersion"] = version
	}
	if !c.versionFixed && c.pick([]*compiledAction{a}) == nil {
		return errOtherVersion
	}
	return c.receive()
}
