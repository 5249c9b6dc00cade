package openapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/dispatch"
)

// endpoint is a method and a path that lead to an action or to files.
type endpoint struct {
	method   string // in lower case
	path     string // a template
	segments []segment
	trailing bool // without a variable for the rest: everything below it, too
	files    bool
	byParam  bool // the file is named by the param "file"
	action   string
	versions []dispatch.Action // that may answer, the newest first
}

// variables returns the endpoint's variables, in order.
func (e *endpoint) variables() []*variable {
	var out []*variable
	for i := range e.segments {
		if v := e.segments[i].variable; v != nil {
			out = append(out, v)
		}
	}
	return out
}

// taken returns the names of the inputs that the path takes.
func (e *endpoint) taken() map[string]bool {
	out := map[string]bool{}
	for _, v := range e.variables() {
		out[v.name] = true
	}
	return out
}

// endpointsOf returns what can be reached, in the order in which it is tried,
// each path as often as it has methods. Endpoints that differ in nothing that
// a template shows are one.
func endpointsOf(d *dispatch.Dispatcher) []*endpoint {
	families := familiesOf(d)
	var all []*endpoint
	for _, w := range d.Ways() {
		if w.By == dispatch.ByParam {
			continue
		}
		e := endpoint{action: w.Action, files: w.Action == "", segments: segmentsOf(&w)}
		e.trailing = w.Trailing && (len(e.segments) == 0 || e.segments[len(e.segments)-1].variable == nil)
		if e.trailing && e.files {
			e.segments = append(e.segments, segment{variable: &variable{name: free("path", e.taken()), trailing: true}})
		}
		e.byParam = e.files && w.Dir == "" && len(e.taken()) == 0
		for _, v := range w.Versions {
			for _, a := range families[lower(w.Action)] {
				if a.Version == v {
					e.versions = append(e.versions, a)
				}
			}
		}
		for _, m := range methodsOf(&w, e.versions) {
			one := e
			one.method = strings.ToLower(m)
			all = append(all, &one)
		}
	}
	return distinct(all)
}

// methodsOf returns the methods of a way that are shown. HEAD is what GET is, but
// for the body; a name that answers every method is shown for GET and POST.
func methodsOf(w *dispatch.Way, versions []dispatch.Action) []string {
	methods := slices.Clone(w.Methods)
	if slices.Contains(methods, http.MethodGet) {
		methods = slices.DeleteFunc(methods, func(m string) bool { return m == http.MethodHead })
	}
	if w.By != dispatch.ByName {
		return methods
	}
	if slices.Contains(methods, http.MethodPut) && slices.Contains(methods, http.MethodPatch) && slices.Contains(methods, http.MethodDelete) {
		methods = slices.DeleteFunc(methods, func(m string) bool { return m != http.MethodGet && m != http.MethodPost })
	}
	if needsFile(versions) {
		methods = slices.DeleteFunc(methods, func(m string) bool { return !takesBody(m) })
	}
	return methods
}

// distinct leaves out what a template cannot tell from what comes before it, and
// gives the paths their names.
func distinct(all []*endpoint) []*endpoint {
	type key struct{ shape, method string }
	first := map[string]*endpoint{} // by shape: it names the variables of all
	taken := map[key]*endpoint{}
	var out []*endpoint
	for _, e := range all {
		s := shape(e.segments)
		if taken[key{s, e.method}] != nil {
			continue
		}
		if first[s] == nil {
			e.path = template(e.segments)
			first[s] = e
		}
		e.path = first[s].path
		taken[key{s, e.method}] = e
		out = append(out, e)
	}
	// HEAD answers wherever GET does.
	return slices.DeleteFunc(out, func(e *endpoint) bool {
		if e.method != "head" {
			return false
		}
		get := taken[key{shape(e.segments), "get"}]
		return get != nil && strings.EqualFold(get.action, e.action)
	})
}

// familiesOf returns the actions that the web may run by name in lower case,
// the newest version first.
func familiesOf(d *dispatch.Dispatcher) map[string][]dispatch.Action {
	out := map[string][]dispatch.Action{}
	for _, a := range d.Actions() {
		if !slices.Contains(a.BlockedConnectionTypes, "web") {
			name := lower(a.Name)
			out[name] = append(out[name], a)
		}
	}
	return out
}

// needsFile reports whether no version can do without a file, which GET cannot
// bring.
func needsFile(versions []dispatch.Action) bool {
	for i := range versions {
		needs := false
		for _, in := range versions[i].Inputs {
			needs = needs || in.File && in.Required
		}
		if !needs {
			return false
		}
	}
	return len(versions) > 0
}

// takesBody reports whether the inputs of a method come in a body. A body of
// DELETE is read, too, but has no meaning of its own (RFC 9110, section 9.3.5).
func takesBody(method string) bool {
	switch strings.ToUpper(method) {
	case http.MethodGet, http.MethodHead, http.MethodDelete:
		return false
	}
	return true
}
