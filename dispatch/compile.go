package dispatch

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/params"
)

// compiledAction is an Action prepared for requests.
type compiledAction struct {
	Action
	fact       facts.Action // without the route
	version    version
	name       any // the name and version as parameters
	value      any
	inputs     []compiledInput
	shapes     map[string]*params.Shape // of the inputs that declare one
	wholeBody  string                   // the input that takes a body which is a single file; "" for none
	takesFiles []string                 // the field names under which files are taken
	allowed    map[string]bool          // parameters that the action receives
	shownNames []string                 // its inputs and "action", in order
	before     []Middleware
	after      []Middleware
	masks      masks  // nil unless the action hides parameters of its own
	run        Runner // includes the Around functions
	around     bool   // run includes an Around function
	direct     bool   // see direct.go
	blocked    bool
	// hasSchemas reports that an input is an object with declared members.
	hasSchemas bool
}

// family holds the actions of one name.
type family struct {
	versions []*compiledAction // the newest first
	named    []*compiledAction // those reachable by name
	byParam  []*compiledAction // those reachable by the parameter "action"
	// readsBody reports that a version takes parameters from bodies, so that the body may ask for
	// a version.
	readsBody bool
	patterns  []string // r.Pattern for requests by name, for each prefix
}

// compileActions checks the actions and groups them by name.
func (d *Dispatcher) compileActions(bad *cfgerr.List) {
	d.actions = map[string]*family{}
	d.union = setOf(undeclared, d.opts.ExtraParams)
	for i := range d.opts.Actions {
		at := fmt.Sprintf("Actions[%d] (%q)", i, d.opts.Actions[i].Name)
		a := d.opts.Actions[i]
		if a.Version == "" {
			a.Version = defaultVersion
		}
		if p := reflect.ValueOf(a.Idempotency); p.Kind() == reflect.Pointer && p.IsNil() {
			a.Idempotency = nil // a nil *idempotency.Replayer
		}
		checkAction(bad, at, &a)
		c := d.compileAction(a)
		for name := range c.allowed {
			d.union[name] = true
		}
		if p := a.Idempotency; p != nil && !slices.Contains(d.replayers, p) {
			d.replayers = append(d.replayers, p)
		}
		d.file(bad, at, c)
	}
	for _, f := range d.actions {
		f.order()
	}
	d.compileUnknown()
}

// checkStatuses checks the statuses that an action declares.
func checkStatuses(bad *cfgerr.List, at string, a *Action) {
	if s := a.SuccessStatus; s != 0 && (s < 200 || s > 299) {
		bad.Add(at+".SuccessStatus", s, "want 200 to 299")
	}
	for _, s := range slices.Sorted(maps.Keys(a.Responses)) {
		if s < 200 || s > 599 {
			bad.Add(at+".Responses", s, "want statuses from 200 to 599")
		}
	}
}

// setOf returns the set of the names in all lists.
func setOf(lists ...[]string) map[string]bool {
	out := map[string]bool{}
	for _, list := range lists {
		for _, name := range list {
			out[name] = true
		}
	}
	return out
}

// checkAction reports what is wrong with an action.
func checkAction(bad *cfgerr.List, at string, a *Action) {
	if a.Name == "" || strings.ContainsAny(a.Name, "/?#(") {
		bad.Add(at+".Name", a.Name, `want a name without any of / ? # (`)
	}
	if (a.Run == nil) == (a.Handler == nil) {
		bad.Add(at, nil, "want exactly one of Run and Handler")
	}
	checkStatuses(bad, at, a)
	for _, problem := range each(a.problem) {
		bad.Add(at, nil, "%v", problem)
	}
	if a.typed != nil {
		if err := a.checkTypedInputs(); err != nil {
			bad.Add(at, nil, "%v", err)
		}
	}
	checkInputs(bad, at+".Inputs", a.Inputs, true)
}

// compileAction prepares an action for requests.
func (d *Dispatcher) compileAction(a Action) *compiledAction {
	c := &compiledAction{Action: a, version: parseVersion(a.Version)}
	c.fact = facts.Action{Name: a.Name, Version: a.Version, Level: a.LogLevel}
	c.name, c.value = a.Name, c.version.value()
	c.blocked = slices.Contains(a.BlockedConnectionTypes, "web")
	c.inputs = compileInputs(a.Inputs)
	var rest *params.Shape
	if d.opts.DisableParamScrubbing {
		rest = &params.Shape{}
	}
	c.shapes = shapesOf(a.Inputs, rest)
	if a.typed != nil {
		c.shapes = a.typed.Shapes()
	}
	c.takesFiles, c.wholeBody = fileInputs(c.shapes)
	names := slices.Collect(maps.Keys(a.Inputs))
	c.allowed = setOf(names, undeclared, d.opts.ExtraParams)
	c.shownNames = append(names, "action")
	slices.Sort(c.shownNames)
	for _, in := range a.Inputs {
		c.hasSchemas = c.hasSchemas || len(in.Schema) > 0
	}
	if len(a.FilteredParams) > 0 {
		c.masks = slices.Concat(d.masks, masksOf(a.FilteredParams))
		d.secrets = slices.Concat(d.secrets, masksOf(a.FilteredParams))
	}
	all := slices.Concat(d.opts.Middleware, a.Middleware)
	for _, m := range all {
		if m.Before != nil {
			c.before = append(c.before, m)
		}
		if m.After != nil {
			c.after = append(c.after, m)
		}
	}
	c.compileRun(all)
	c.direct = d.isDirect(c)
	return c
}

// file adds an action to the family of its name.
func (d *Dispatcher) file(bad *cfgerr.List, at string, c *compiledAction) {
	f := d.family(c.Name)
	if f == nil {
		f = &family{}
		for _, prefix := range d.opts.Prefixes {
			f.patterns = append(f.patterns, prefix+"/"+c.Name)
		}
		d.actions[lower(c.Name)] = f
		d.names = append(d.names, c.Name)
	}
	d.actions[c.Name] = f
	if other := versionOf(f.versions, c.Version); other != nil && other.Version == c.Version {
		bad.Add(at+".Version", c.Version, "another action of this name has this version already")
	} else if other != nil {
		bad.Add(at+".Version", c.Version, "it equals %s, which another action of this name has", other.Version)
	}
	for _, other := range f.versions {
		if c.version.isAmbiguous(other.version) {
			bad.Add(at+".Version", c.Version, "it is unclear whether this or %q is newer: write both with three parts, such as 1.10.0, or with the same number of digits after the point", other.Version)
		}
	}
	f.versions = append(f.versions, c)
	f.readsBody = f.readsBody || c.readsBody()
	d.everyVersion = append(d.everyVersion, c)
}

// order puts the newest version first.
func (f *family) order() {
	slices.SortFunc(f.versions, func(a, b *compiledAction) int { return b.version.compare(a.version) })
	f.named, f.byParam = nil, nil
	for _, a := range f.versions {
		if !a.DisableName {
			f.named = append(f.named, a)
		}
		if !a.DisableActionParam {
			f.byParam = append(f.byParam, a)
		}
	}
}

// compileUnknown makes the stand-in for the action of a request that reaches none. Its Handler is
// [Options.Unknown], and only middleware that should see such requests runs around it.
func (d *Dispatcher) compileUnknown() {
	d.unknown = &compiledAction{Action: Action{Handler: d.opts.Unknown}}
	var see []Middleware
	for _, m := range d.opts.Middleware {
		if m.Unknown {
			see = append(see, m)
		}
	}
	d.unknown.compileRun(see)
}

// each splits a joined error into its parts.
func each(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// readsBody reports whether the action takes parameters from a body. A handler without inputs
// gets its body untouched.
func (a *compiledAction) readsBody() bool { return a.Handler == nil || len(a.inputs) > 0 }

// checkInputs reports what is wrong with inputs.
func checkInputs(bad *cfgerr.List, at string, in Inputs, top bool) {
	for name, input := range in {
		where := fmt.Sprintf("%s[%q]", at, name)
		for _, c := range []struct {
			wrong      bool
			field, why string
		}{
			{name == "", "", "an input needs a name"},
			{top && isReserved(name), "", "the name is reserved: every action takes action, apiVersion, callback and messageId"},
			{input.File && strings.ContainsAny(name, "[]"), "", "no file reaches it: brackets in the name of a form field nest, so name[] is an input \"name\" with List"},
			{input.List && input.Map, "", "want only one of List and Map"},
			{input.File && (input.Map || len(input.Schema) > 0), "", "a file is not an object: want File without Map and Schema"},
			{input.Default != nil && input.DefaultFunc != nil, "", "want only one of Default and DefaultFunc"},
			{slices.ContainsFunc(input.Formatters, func(f Formatter) bool { return f == nil }), ".Formatters", "a formatter is nil"},
			{slices.ContainsFunc(input.Validators, func(f Validator) bool { return f == nil }), ".Validators", "a validator is nil"},
		} {
			if c.wrong {
				bad.Add(where+c.field, nil, "%s", c.why)
			}
		}
		if input.Default != nil && !input.takesDefault() {
			bad.Add(where+".Default", input.Default, "want []any for a List, map[string]any for a Map or a Schema, and nothing for a File: every request without the input would be refused")
		}
		checkInputs(bad, where+".Schema", input.Schema, false)
	}
}

// takes reports whether the action receives the parameter.
func (d *Dispatcher) takes(a *compiledAction, name string) bool {
	return d.opts.DisableParamScrubbing || a.allowed[name]
}

// noPath reports whether the rest of a path is empty, so that it names no action.
func noPath(path string) bool { return path == "" || path == "/" }
