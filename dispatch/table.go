package dispatch

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/routing"
)

// table holds the compiled routes. It never changes: registering more routes makes a new one.
type table struct {
	routes    Routes // as given, then the automatic ones
	automatic int    // index of the first automatic one
	matcher   *routing.Table
	entries   []entry
	folders   bool // some route has a Dir
	// methods are the methods of the routes of each action.
	methods map[*family][]string
}

// entry is a route for one method.
type entry struct {
	route   *Route
	names   []string // of the variables, in order
	folder  Files    // of a route with Dir
	pattern []string // for r.Pattern, for each prefix
}

// compileRoutes checks and compiles the routes.
func (d *Dispatcher) compileRoutes(routes Routes, bad *cfgerr.List) *table {
	t := &table{routes: slices.Concat(routes, d.automaticRoutes()), automatic: len(routes)}
	var specs []routing.Entry
	var owners []int
	for i := range t.routes {
		r := &t.routes[i]
		methods, pattern, folder := d.checkRoute(r, i >= t.automatic, fmt.Sprintf("Routes[%d] (%s %s)", i, r.Method, r.Path), bad)
		if pattern == nil {
			continue
		}
		e := entry{route: r, names: pattern.Variables(), folder: folder}
		t.folders = t.folders || folder != nil
		for _, prefix := range d.opts.Prefixes {
			e.pattern = append(e.pattern, prefix+"/"+strings.TrimPrefix(r.Path, "/"))
		}
		for _, m := range methods {
			specs = append(specs, routing.Entry{Method: m, Pattern: pattern})
			t.entries = append(t.entries, e)
			owners = append(owners, i)
		}
	}
	t.methods = d.methodsOfRoutes(t.routes)
	conflicts := bad
	if d.opts.AllowDeadRoutes {
		conflicts = cfgerr.For("dispatch")
	}
	t.compile(specs, owners, conflicts)
	return t
}

// automaticRoutes returns the routes of AutomaticRoutes.
func (d *Dispatcher) automaticRoutes() Routes {
	var out Routes
	var given []string
	for _, method := range d.opts.AutomaticRoutes {
		methods, _ := methodsOf(method) // an invalid one is reported with the options
		for _, m := range methods {
			if slices.Contains(given, m) {
				continue
			}
			given = append(given, m)
			for _, name := range d.names {
				out = append(out, Route{Method: strings.ToLower(m), Path: "/" + name, Action: name})
			}
		}
	}
	return out
}

// checkRoute checks a route. The pattern is nil if it cannot be parsed or the
// route has no target.
func (d *Dispatcher) checkRoute(r *Route, automatic bool, at string, bad *cfgerr.List) (methods []string, pattern *routing.Pattern, folder Files) {
	methods, err := methodsOf(r.Method)
	if err != nil {
		bad.Add(at+".Method", r.Method, "want head, get, post, put, patch, delete or all")
	}
	folder = d.checkTarget(r, at, methods, bad)
	if _, ok := versionText(r.APIVersion); !ok {
		bad.Add(at+".APIVersion", fmt.Sprint(r.APIVersion), "want a string or a number")
	}
	if automatic {
		return methods, routing.Literal(r.Action), folder // a name may contain a colon
	}
	if (r.Action == "") == (r.Dir == "") { // it leads nowhere, and hides nothing either
		if _, err = routing.Parse(r.Path, r.MatchTrailingPathParts); err != nil {
			bad.Add(at+".Path", r.Path, "%v", err)
		}
		return methods, nil, nil
	}
	if pattern, err = routing.Parse(r.Path, r.MatchTrailingPathParts); err != nil {
		bad.Add(at+".Path", r.Path, "%v", err)
		return methods, nil, folder
	}
	for _, name := range pattern.Variables() {
		if isReserved(name) && name != "apiVersion" {
			bad.Add(at+".Path", r.Path, "the name of the variable %q is reserved", name)
		}
	}
	return methods, pattern, folder
}

// checkTarget checks the route's action or folder, and opens the folder.
func (d *Dispatcher) checkTarget(r *Route, at string, methods []string, bad *cfgerr.List) Files {
	switch {
	case (r.Action == "") == (r.Dir == ""):
		bad.Add(at, nil, "want exactly one of Action and Dir")
	case r.Dir != "":
		if !slices.Equal(methods, []string{http.MethodGet}) {
			bad.Add(at+".Method", r.Method, "a folder is served for get only")
			return nil
		}
		if h, ok := d.folders[r.Dir]; ok {
			return h
		}
		h, err := d.opts.Folder(r.Dir)
		if err != nil {
			bad.Add(at+".Dir", r.Dir, "%v", err)
			return nil
		}
		d.folders[r.Dir] = h
		return h
	case !d.opts.AllowDeadRoutes && d.opts.Unknown == nil && !(r.Action == fileAction && d.opts.Files != nil):
		v, _ := versionText(r.APIVersion)
		switch f := d.family(r.Action); {
		case f == nil:
			bad.Add(at+".Action", r.Action, "no action has this name")
		case versionOf(f.versions, v) == nil:
			bad.Add(at+".APIVersion", v, "action %q has no version %s", r.Action, v)
		}
	}
	return nil
}

// compile makes the matcher and reports routes that can never match. It tolerates automatic ones,
// which only add to the given routes.
func (t *table) compile(specs []routing.Entry, owners []int, bad *cfgerr.List) {
	matcher, conflicts := routing.Compile(specs)
	t.matcher = matcher
	alive := make([]int, len(t.routes)) // for each route, how many of its methods can match
	for _, owner := range owners {
		alive[owner]++
	}
	for _, c := range conflicts {
		alive[owners[c.Entry]]--
	}
	told := map[int]bool{}
	for _, c := range conflicts {
		pair := [2]int{owners[c.Entry], owners[c.Earlier]}
		// A route for all is alive if one of its methods is.
		if pair[0] >= t.automatic || alive[pair[0]] > 0 || told[pair[0]] {
			continue
		}
		told[pair[0]] = true
		r, by := t.routes[pair[0]], t.routes[pair[1]]
		bad.Add(fmt.Sprintf("Routes[%d] (%s %s)", pair[0], r.Method, r.Path), nil,
			"it can never match: Routes[%d] (%s %s) comes before it and matches all of its paths", pair[1], by.Method, by.Path)
	}
}

// methodsOfRoutes returns the methods of the routes of each action.
func (d *Dispatcher) methodsOfRoutes(routes Routes) map[*family][]string {
	out := map[*family][]string{}
	for i := range routes {
		f := d.family(routes[i].Action)
		if f == nil {
			continue
		}
		methods, _ := methodsOf(routes[i].Method)
		for _, m := range methods {
			if m == http.MethodGet {
				out[f] = append(out[f], http.MethodHead)
			}
			out[f] = append(out[f], m)
		}
	}
	for f, methods := range out {
		var inOrder []string
		for _, m := range verbs {
			if slices.Contains(methods, m) {
				inOrder = append(inOrder, m)
			}
		}
		out[f] = inOrder
	}
	return out
}

// methodsByName returns the methods that an action answers by its name.
func (t *table) methodsByName(d *Dispatcher, f *family) []string {
	if methods, routed := t.methods[f]; routed && !d.opts.AnyMethodByName {
		return methods
	}
	return verbs
}

// match finds the route of a request. It appends the variables to vars.
func (t *table) match(method, path string, decoded bool, vars []routing.Var) (*entry, string, []routing.Var, error) {
	i, rest, vars, err := t.matcher.Match(method, path, decoded, vars)
	if err != nil || i < 0 {
		return nil, "", vars, err
	}
	return &t.entries[i], rest, vars, nil
}
