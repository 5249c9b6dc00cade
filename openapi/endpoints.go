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
	trailing bool // everything below the path, without a variable for it
	files    bool
	byParam  bool // the parameter "file" names the file
	action   string
	versions []dispatch.Action // those that may answer, the newest first
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

// taken returns the names of the inputs that are path variables.
func (e *endpoint) taken() map[string]bool {
	out := map[string]bool{}
	for _, v := range e.variables() {
		out[v.name] = true
	}
	return out
}

// endpointsOf returns the endpoints in the order in which the dispatcher tries them, one for each
// method of a path. Endpoints whose templates are the same are merged.
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

// methodsOf returns the methods of a way that the document shows. HEAD is left out beside GET; a
// name that answers every method is shown for GET and POST.
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

// distinct drops endpoints whose template is the same as an earlier one's, and sets the paths.
func distinct(all []*endpoint) []*endpoint {
	type key struct{ shape, method string }
	first := map[string]*endpoint{} // by shape; it names the variables for all
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
	// HEAD is answered wherever GET is.
	return slices.DeleteFunc(out, func(e *endpoint) bool {
		if e.method != "head" {
			return false
		}
		get := taken[key{shape(e.segments), "get"}]
		return get != nil && strings.EqualFold(get.action, e.action)
	})
}

// familiesOf returns the actions that web clients may run, by name in lower case, the newest
// version first.
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

// needsFile reports whether all versions require a file, which GET cannot send.
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

// takesBody reports whether the inputs of a method are shown as a body. The dispatcher also reads
// the body of a DELETE, but it has no defined meaning (RFC 9110, section 9.3.5).
func takesBody(method string) bool {
	switch strings.ToUpper(method) {
	case http.MethodGet, http.MethodHead, http.MethodDelete:
		return false
	}
	return true
}
