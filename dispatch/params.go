package dispatch

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/clip"
	"github.com/sidekick-http/sidekick/params"
)

// readQuery begins the set of parameters with the query, or takes over the set that an earlier
// piece has read.
func (c *call) readQuery() error {
	if read, ok := params.FromContext(c.ctx); ok {
		c.set = *read
		c.set.Values = maps.Clone(read.Values)
		c.bodyRead = true
		return nil
	}
	return c.d.opts.Params.QueryInto(&c.set, c.r)
}

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
	if err == nil && !c.set.HasBody() && c.r.ContentLength > 0 {
		// The action may read it. If it does not, the type explains why no parameters arrived.
		c.d.opts.Logger.DebugContext(c.ctx, "dispatch: the body was not read: its type has no parameters", "path", c.r.URL.Path, "type", clip.Text(c.r.Header.Get("Content-Type"), longestType), "bytes", c.r.ContentLength)
	}
	return err
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

// checkFiles refuses files that no input takes, or notes and logs them.
func (c *call) checkFiles() error {
	form, ok := c.set.Form()
	if !ok {
		return nil
	}
	var skipped []string
	for _, file := range form.Skipped {
		skipped = append(skipped, file.Field)
	}
	only := []*compiledAction{c.action}
	for _, file := range form.Files {
		// They were stored for another version, or by an earlier piece.
		if !c.d.takesFile(file.Field, only) && (!c.set.IsWholeBody() || c.action.wholeBody == "") {
			skipped = append(skipped, file.Field)
		}
	}
	if len(skipped) == 0 {
		return nil
	}
	slices.Sort(skipped)
	skipped = slices.Compact(skipped)
	c.ensureRare().skipped = skipped
	if !c.d.opts.IgnoreUndeclaredFiles {
		return &fileNotTaken{skipped, c.action.takesFiles}
	}
	c.d.opts.Logger.DebugContext(c.ctx, "dispatch: files that no input takes were not stored", "action", c.action.Name, "fields", skipped)
	return nil
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
