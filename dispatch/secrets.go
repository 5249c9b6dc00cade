package dispatch

import (
	"errors"

	"github.com/sidekick-http/sidekick/params"
)

// hidePath keeps the value of a variable of the path out of logs, if it is the value of a hidden
// parameter of any action: the route may lead to several.
func (c *call) hidePath(name, value string) {
	if hidden := c.secrets(); len(hidden) > 0 && hidden.mask(name, value) == filteredText {
		c.rec.HidePath(value)
	}
}

// withoutSecrets returns an error from reading parameters. It shows nothing of a query or a body
// that may have a hidden parameter; at this point, the action may be unknown.
func (c *call) withoutSecrets(err error) error {
	if err == nil {
		return nil
	}
	var unread *params.Error
	if errors.As(err, &unread) {
		var names []string
		for _, path := range c.secrets() {
			names = append(names, path[len(path)-1])
		}
		unread.HideExcerpt(names...)
	}
	return err
}

// tellSecrets tells the access log what FilteredParamsFunc returns, for the query.
func (c *call) tellSecrets() {
	if c.d.opts.FilteredParamsFunc != nil && c.r.URL.RawQuery != "" {
		c.rec.HideParams(c.d.opts.FilteredParamsFunc(c.ctx))
	}
}

// secrets returns the masks of all actions, and those that FilteredParamsFunc returns.
func (c *call) secrets() masks {
	if c.d.opts.FilteredParamsFunc == nil {
		return c.d.secrets
	}
	return append(masksOf(c.d.opts.FilteredParamsFunc(c.ctx)), c.d.secrets...)
}
