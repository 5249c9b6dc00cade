package dispatch

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/facts"
)

// compiledAction is an Action as it is used at each request.
type compiledAction struct {
	Action
	fact       facts.Action // without the route
	version    version
	name       any // the name and the version as params
	value      any
	inputs     []compiledInput
	allowed    map[string]bool // params that reach it
	files      fileInputs
	shownNames []string // its inputs and "action", in order
	before     []Middleware
	after      []Middleware
	blocked    bool
	// hasSchemas tells that some input is an object with declared members.
	hasSchemas bool
}

// family is the actions of one name.
type family struct {
	versions []*compiledAction // the newest first
	files    fileInputs        // of any version
	// readsBody tells that some version takes params from bodies, so that the
	// body may say which is asked for.
	readsBody bool
	patterns  []string // what r.Pattern is when one is reached by its name, by prefix
}

// fileInputs are the names of inputs that take uploads.
type fileInputs map[string]bool

func (f fileInputs) has(name string) bool { return f[name] }

// compileActions checks the actions and files them by name.
func (d *Dispatcher) compileActions(bad *cfgerr.List) {
	d.actions = map[string]*family{}
	d.union, d.unionFiles = map[string]bool{}, fileInputs{}
	for _, names := range [][]string{reserved, d.opts.ExtraParams} {
		for _, name := range names {
			d.union[name] = true
		}
	}
	for i := range d.opts.Actions {
		a := d.opts.Actions[i]
		at := fmt.Sprintf("Actions[%d] (%q)", i, a.Name)
		if a.Name == "" || strings.ContainsAny(a.Name, "/?#:(") {
			bad.Add(at+".Name", a.Name, `want a name without any of / ? # : (`)
		}
		if (a.Run == nil) == (a.Handler == nil) {
			bad.Add(at, nil, "want exactly one of Run and Handler")
		}
		if a.problem != nil {
			bad.Add(at, nil, "%v", a.problem)
		}
		if a.Version == "" {
			a.Version = defaultVersion
		}
		c := &compiledAction{Action: a, version: parseVersion(a.Version), allowed: map[string]bool{}, files: fileInputs{}}
		c.fact = facts.Action{Name: a.Name, Version: a.Version}
		c.name, c.value = a.Name, c.version.value()
		c.blocked = slices.Contains(a.BlockedConnectionTypes, "web")
		checkInputs(bad, at+".Inputs", a.Inputs, true)
		c.inputs = compileInputs(a.Inputs, "")
		for name, in := range a.Inputs {
			c.allowed[name] = true
			c.hasSchemas = c.hasSchemas || len(in.Schema) > 0
			if in.File {
				c.files[name] = true
			}
		}
		for _, names := range [][]string{reserved, d.opts.ExtraParams} {
			for _, name := range names {
				c.allowed[name] = true
			}
		}
		for _, m := range slices.Concat(d.opts.Middleware, a.Middleware) {
			if m.Before != nil {
				c.before = append(c.before, m)
			}
			if m.After != nil {
				c.after = append(c.after, m)
			}
		}
		for name := range c.allowed {
			d.union[name] = true
		}
		c.shownNames = append(slices.Collect(maps.Keys(a.Inputs)), "action")
		slices.Sort(c.shownNames)
		for name := range c.files {
			d.unionFiles[name] = true
		}
		f := d.family(a.Name)
		if f == nil {
			f = &family{files: fileInputs{}}
			for _, prefix := range d.opts.Prefixes {
				f.patterns = append(f.patterns, prefix+"/"+a.Name)
			}
			d.actions[lower(a.Name)] = f
			d.names = append(d.names, a.Name)
		}
		d.actions[a.Name] = f
		if versionOf(f.versions, a.Version) != nil {
			bad.Add(at+".Version", a.Version, "another action of this name has this version already")
		}
		f.versions = append(f.versions, c)
		maps.Copy(f.files, c.files)
		f.readsBody = f.readsBody || c.readsBody()
	}
	for _, f := range d.actions {
		slices.SortFunc(f.versions, func(a, b *compiledAction) int { return b.version.compare(a.version) })
	}
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
			bad.Add(where, nil, "the name is reserved: every action takes %s", strings.Join(reserved, ", "))
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
