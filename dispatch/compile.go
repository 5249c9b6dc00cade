package dispatch

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/params"
)

// compiledAction is an Action as it is used at each request.
type compiledAction struct {
	Action
	fact       facts.Action // without the route
	version    version
	name       any // the name and the version as params
	value      any
	inputs     []compiledInput
	shapes     map[string]*params.Shape // of the inputs that are declared to have one
	wholeBody  string                   // the input that takes a body which is one file; "" for none
	takesFiles []string                 // the inputs that take files, or have members that do
	allowed    map[string]bool          // params that reach it
	shownNames []string                 // its inputs and "action", in order
	before     []Middleware
	after      []Middleware
	masks      masks  // where the action has some of its own
	run        Runner // all of it
	around     bool   // some Around function belongs to run
	direct     bool   // see direct.go
	blocked    bool
	// hasSchemas tells that some input is an object with declared members.
	hasSchemas bool
}

// family is the actions of one name.
type family struct {
	versions []*compiledAction // the newest first
	named    []*compiledAction // those that names reach
	byParam  []*compiledAction // those that the parameter "action" reaches
	// readsBody tells that some version takes params from bodies, so that the
	// body may say which is asked for.
	readsBody bool
	patterns  []string // what r.Pattern is when one is reached by its name, by prefix
}

// compileActions checks the actions and files them by name.
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

// checkStatuses checks what an action says of its statuses.
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

// setOf returns the names of all lists.
func setOf(lists ...[]string) map[string]bool {
	out := map[string]bool{}
	for _, list := range lists {
		for _, name := range list {
			out[name] = true
		}
	}
	return out
}

// checkAction refuses what an action cannot be.
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

// compileAction makes of an action what is used at each request.
func (d *Dispatcher) compileAction(a Action) *compiledAction {
	c := &compiledAction{Action: a, version: parseVersion(a.Version)}
	c.fact = facts.Action{Name: a.Name, Version: a.Version, Level: a.LogLevel}
	c.name, c.value = a.Name, c.version.value()
	c.blocked = slices.Contains(a.BlockedConnectionTypes, "web")
	c.inputs = compileInputs(a.Inputs)
	c.shapes = shapesOf(a.Inputs)
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
	c.compileRun(all, func(ctx context.Context, c *Connection) (any, error) { return c.perform(ctx) })
	c.direct = d.isDirect(c)
	return c
}

// file puts an action beside those of its name.
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
	if versionOf(f.versions, c.Version) != nil {
		bad.Add(at+".Version", c.Version, "another action of this name has this version already")
	}
	for _, other := range f.versions {
		if c.version.isAmbiguous(other.version) {
			bad.Add(at+".Version", c.Version, "beside %q it is not clear which is newer: write both with three parts, as 1.10.0, or with as many digits behind the point", other.Version)
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

// compileUnknown makes the action of requests that reach none: where some
// middleware is to see them, or a handler answers them.
func (d *Dispatcher) compileUnknown() {
	var see []Middleware
	for _, m := range d.opts.Middleware {
		if m.Around != nil && m.Unknown {
			see = append(see, m)
		}
	}
	if len(see) == 0 && d.opts.Unknown == nil {
		return
	}
	d.unknown = &compiledAction{Action: Action{Handler: d.opts.Unknown}}
	d.unknown.compileRun(see, func(ctx context.Context, c *Connection) (any, error) {
		if d.opts.Unknown == nil {
			return nil, ErrUnknownAction
		}
		return c.perform(ctx)
	})
}

// each parts an error that joins several.
func each(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// fileInputs returns the inputs that take files, and the one that takes a body
// which is a file as a whole: that of the name "file", or else the only one.
func fileInputs(shapes map[string]*params.Shape) (names []string, whole string) {
	var direct []string
	for name, s := range shapes {
		if s == nil || !holdsFile(s, nil) {
			continue
		}
		names = append(names, name)
		if s.Kind == params.ShapeFile || s.Kind == params.ShapeList && s.Elem != nil && s.Elem.Kind == params.ShapeFile {
			direct = append(direct, name)
		}
	}
	slices.Sort(names)
	switch {
	case slices.Contains(direct, "file"):
		whole = "file"
	case len(direct) == 1:
		whole = direct[0]
	}
	return names, whole
}

// holdsFile tells whether a file can reach a shape or what lies below it.
func holdsFile(s *params.Shape, above []*params.Shape) bool {
	if s == nil || slices.Contains(above, s) {
		return false
	}
	above = append(above, s)
	if s.Kind == params.ShapeFile || holdsFile(s.Elem, above) {
		return true
	}
	for _, m := range s.Members {
		if holdsFile(m, above) {
			return true
		}
	}
	return false
}

// takesFile tells whether the file of a form field reaches an input of one of
// the actions.
func (d *Dispatcher) takesFile(field string, actions []*compiledAction) bool {
	return slices.ContainsFunc(actions, func(a *compiledAction) bool {
		return d.opts.Params.TakesFile(a.shapes, field)
	})
}

// readsBody tells whether the action takes params from a body: a handler
// without inputs gets its body untouched.
func (a *compiledAction) readsBody() bool { return a.Handler == nil || len(a.inputs) > 0 }

// family returns the actions of a name, without case in A to Z as the literals
// of routes have none; nil where there is none.
func (d *Dispatcher) family(name string) *family {
	if f, ok := d.actions[name]; ok {
		return f
	}
	return d.actions[lower(name)]
}

// lower folds A to Z.
func lower(s string) string {
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if b[i] >= 'A' && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// checkInputs refuses what an input cannot be.
func checkInputs(bad *cfgerr.List, at string, in Inputs, top bool) {
	for name, input := range in {
		where := fmt.Sprintf("%s[%q]", at, name)
		switch {
		case name == "":
			bad.Add(where, nil, "an input needs a name")
		case top && isReserved(name):
			bad.Add(where, nil, "the name is reserved: every action takes action, apiVersion, callback and messageId")
		}
		if input.List && input.Map {
			bad.Add(where, nil, "want only one of List and Map")
		}
		if input.File && (input.Map || len(input.Schema) > 0) {
			bad.Add(where, nil, "a file is no object: want File without Map and Schema")
		}
		if input.Default != nil && input.DefaultFunc != nil {
			bad.Add(where, nil, "want only one of Default and DefaultFunc")
		}
		if slices.ContainsFunc(input.Formatters, func(f Formatter) bool { return f == nil }) {
			bad.Add(where+".Formatters", nil, "a formatter is nil")
		}
		if slices.ContainsFunc(input.Validators, func(f Validator) bool { return f == nil }) {
			bad.Add(where+".Validators", nil, "a validator is nil")
		}
		checkInputs(bad, where+".Schema", input.Schema, false)
	}
}

// versionOf returns one of the versions; "" is the newest. It returns nil
// where there is none such.
func versionOf(versions []*compiledAction, version string) *compiledAction {
	if version == "" && len(versions) > 0 {
		return versions[0]
	}
	key := parseVersion(version).key
	for _, a := range versions {
		if a.version.key == key {
			return a
		}
	}
	return nil
}

// find returns an action by its name and its version, or nil.
func (d *Dispatcher) find(name, version string) *compiledAction {
	if f := d.family(name); f != nil {
		return versionOf(f.versions, version)
	}
	return nil
}

// takes tells whether a param reaches the action.
func (d *Dispatcher) takes(a *compiledAction, name string) bool {
	return d.opts.DisableParamScrubbing || a.allowed[name]
}

// validHeader tells whether a name and a value may stand in a header.
func validHeader(name, value string) bool {
	if name == "" {
		return false
	}
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?={}`, c) >= 0 {
			return false
		}
	}
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// noPath tells whether what is left of a path names no action.
func noPath(path string) bool { return path == "" || path == "/" }

// canRoute tells whether a name may answer the method.
func canRoute(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return true
	}
	return false
}
