package dispatch

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/params"
)

// readQuery begins the set of parameters with the query, or takes over the set that an earlier
// piece has read.
func (c *call) readQuery() error {
	c.tellSecrets()
	if read, ok := params.FromContext(c.ctx); ok {
		c.set = *read
		c.set.Values = maps.Clone(read.Values)
		c.bodyRead = true
		return nil
	}
	return c.withoutSecrets(c.d.opts.Params.QueryInto(&c.set, c.r))
}

// takeVars adds the variables of the path to the parameters, where they take precedence: first
// those of an outer mux, then those of the route. A mux's variable counts only if an input has
// its name.
func (c *call) takeVars() error {
	if c.mux != "" && c.action != nil {
		for i := range c.action.inputs {
			name := c.action.inputs[i].name
			value := c.r.PathValue(name)
			if value == "" && !hasVariable(c.mux, name) {
				continue
			}
			c.hidePath(name, value)
			if err := c.set.SetPath(name, value); err != nil {
				return err
			}
		}
	}
	if c.route == nil {
		return nil
	}
	for i, name := range c.route.names {
		if err := c.set.SetPath(name, c.variable(i)); err != nil {
			return err
		}
	}
	return nil
}

// hasVariable reports whether the pattern of a mux has a variable of that name: {name}, {name...}
// or, in muxes other than net/http's, {name:expression}.
func hasVariable(pattern, name string) bool {
	for {
		i := strings.IndexByte(pattern, '{')
		if i < 0 {
			return false
		}
		pattern = pattern[i+1:]
		if rest, ok := strings.CutPrefix(pattern, name); ok && rest != "" && (rest[0] == '}' || rest[0] == ':' || strings.HasPrefix(rest, "...}")) {
			return true
		}
	}
}

// receive decides which parameters reach the action, in which shape, and which may be shown.
func (c *call) receive() error {
	if c.bodyRead {
		if err := c.checkFiles(); err != nil {
			return err
		}
		if err := c.checkLeft(); err != nil {
			return err
		}
	}
	if c.versionFixed {
		delete(c.set.Values, "apiVersion")
	}
	if len(c.action.shapes) > 0 {
		c.keepMisshapen(c.set.Shape(c.action.shapes))
	}
	if c.bodyRead || c.mux != "" || len(c.action.shapes) > 0 {
		// They also take precedence over the body.
		if err := c.takeVars(); err != nil {
			return err
		}
	}
	values := c.set.Values
	values["action"] = c.action.name
	shown, whole := c.shownDeclared(values, c.shownRoom[:0])
	if !whole {
		shown = c.scrub(shown[:0])
	}
	c.rec.SetReceived(shown)
	if whole {
		values["apiVersion"] = c.action.value // no input can have this name
	} else if _, sent := values["apiVersion"]; !sent {
		values["apiVersion"] = c.action.value
	}
	c.conn.Params = values
	return nil
}

// keepMisshapen keeps the errors of [params.Set.Shape], to be reported with all other errors of
// the parameters.
func (c *call) keepMisshapen(err error) {
	if err == nil && c.rare == nil {
		return
	}
	c.ensureRare().misshapen = nil
	joined, _ := err.(interface{ Unwrap() []error })
	if joined == nil {
		return
	}
	for _, one := range joined.Unwrap() {
		var failed *params.ShapeError
		if errors.As(one, &failed) {
			c.rare.misshapen = append(c.rare.misshapen, ParamFailure{Name: failed.Param, Err: failed})
		}
	}
}

// takeMisshapen removes the parameters that could not be built from the values to check, and
// returns their errors, which are reported instead of what the check would find.
func (c *call) takeMisshapen(values map[string]any) []ParamFailure {
	failed := c.getRare().misshapen
	if len(failed) == 0 {
		return nil
	}
	for name := range c.action.shapes {
		if reportsOn(failed, name) {
			delete(values, name)
		}
	}
	return slices.Clone(failed)
}

// reportsOn reports whether one of the parameters that could not be built is a parameter of that
// name or below it.
func reportsOn(failed []ParamFailure, name string) bool {
	return slices.ContainsFunc(failed, func(f ParamFailure) bool {
		rest, ok := strings.CutPrefix(f.Name, name)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

// reshow updates the shown objects after their schemas have formatted and completed them and
// dropped undeclared members.
func (c *call) reshow() {
	received, hidden := slices.Clone(c.rec.Received()), c.masks()
	for i := range c.action.inputs {
		in := &c.action.inputs[i]
		if len(in.schema) == 0 {
			continue
		}
		for j := range received {
			if received[j].Name == in.name {
				received[j].Value = hidden.mask(in.name, showable(c.conn.Params[in.name]))
			}
		}
	}
	c.rec.SetReceived(received)
}

// shownDeclared appends the declared parameters of the action to room, in their known order. That
// suffices for most requests: whole reports that there are no other parameters.
func (c *call) shownDeclared(values params.Values, room facts.Params) (shown facts.Params, whole bool) {
	hidden := c.masks()
	for _, name := range c.action.shownNames {
		if value, sent := values[name]; sent {
			room = append(room, facts.Param{Name: name, Value: hidden.mask(name, showable(value))})
		}
	}
	return room, len(room) == len(values)
}

// scrub removes from the set what the running action does not take, and keeps it as undeclared.
// It appends to room the parameters that the envelope and the logs may show: those that any action
// takes, by name, with secrets masked, files without their paths, and a client's message id only
// if it is short.
func (c *call) scrub(room facts.Params) facts.Params {
	d, a, hidden := c.d, c.action, c.masks()
	names := make([]string, 0, len(c.set.Values))
	for name := range c.set.Values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		value := c.set.Values[name]
		own := d.opts.DisableParamScrubbing || a != nil && a.allowed[name]
		if (own || d.union[name]) && (name != "messageId" || showableID(value)) {
			room = append(room, facts.Param{Name: name, Value: hidden.mask(name, showable(value))})
		}
		if !own {
			more := c.ensureRare()
			if more.undeclared == nil {
				more.undeclared = map[string]any{}
			}
			more.undeclared[name] = value
			delete(c.set.Values, name)
		}
	}
	return room
}
