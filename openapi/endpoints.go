package openapi

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/routing"
)

// endpoint is a method and a path that lead to an action or to files.
type endpoint struct {
	method   string // in lower case
	path     string // a template
	segments []segment
	trailing bool // without a variable for the rest: everything below it, too
	files    bool
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

// endpointsOf returns what can be reached, in the order in which it is tried,
// each path as often as it has methods. Endpoints that differ in nothing that
// a template shows are one.
func endpointsOf(d *dispatch.Dispatcher) []*endpoint {
	opts := d.Options()
	families := familiesOf(d)
	var all []*endpoint
	var entries []routing.Entry
	var owners []*endpoint // of the entries
	add := func(method, pattern string, trailing bool, e endpoint) {
		e.method = method
		e.segments = segmentsOf(pattern, trailing)
		e.trailing = trailing && (len(e.segments) == 0 || e.segments[len(e.segments)-1].variable == nil)
		if e.trailing && e.files {
			taken := map[string]bool{}
			for _, v := range e.variables() {
				taken[v.name] = true
			}
			e.segments = append(e.segments, segment{variable: &variable{name: free("path", taken), trailing: true}})
		}
		all = append(all, &e)
		// Names may hold what patterns may not; nothing is in their way.
		if p, err := routing.Parse(pattern, trailing); err == nil {
			entries = append(entries, routing.Entry{Method: strings.ToUpper(method), Pattern: p})
			owners = append(owners, &e)
		}
	}
	for _, r := range d.Routes() {
		e := endpoint{action: r.Action}
		if f := families[lower(r.Action)]; r.Dir != "" || f == nil && r.Action == "file" && opts.Files != nil {
			e.files = true
		} else {
			e.versions = f
		}
		if v := versionText(r.APIVersion); v != "" && len(e.versions) > 0 {
			i := slices.IndexFunc(e.versions, func(a dispatch.Action) bool { return sameVersion(a.Version, v) })
			if i < 0 {
				e.versions = nil
			} else {
				e.versions = e.versions[i : i+1]
			}
		}
		for _, m := range methodsOf(r.Method) {
			add(m, r.Path, r.MatchTrailingPathParts, e)
		}
	}
	if !opts.DisableNames && len(opts.AutomaticRoutes) == 0 {
		for _, a := range d.Actions() {
			f := families[lower(a.Name)]
			if len(f) == 0 || f[0].Name != a.Name || f[0].Version != a.Version {
				continue // once for each name
			}
			for _, m := range []string{"get", "post"} {
				if m == "get" && needsFile(f) {
					continue
				}
				add(m, "/"+a.Name, false, endpoint{action: a.Name, versions: f})
			}
		}
	}
	dead := map[*endpoint]bool{}
	_, conflicts := routing.Compile(entries)
	for _, c := range conflicts {
		dead[owners[c.Entry]] = true
	}
	return living(all, dead)
}

// living leaves out what can never answer and what a template cannot tell from
// what comes before it, and gives the paths their names.
func living(all []*endpoint, dead map[*endpoint]bool) []*endpoint {
	type key struct{ shape, method string }
	first := map[string]*endpoint{} // by shape: it names the variables of all
	taken := map[key]*endpoint{}
	var out []*endpoint
	for _, e := range all {
		s := shape(e.segments)
		if dead[e] || !e.files && len(e.versions) == 0 || taken[key{s, e.method}] != nil {
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

// needsFile tells whether no version can do without a file, which GET cannot
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
	return true
}

// methodsOf returns the methods of a route that dispatch has accepted.
func methodsOf(method string) []string {
	if method = strings.ToLower(method); method != "all" {
		return []string{method}
	}
	return []string{"get", "head", "post", "put", "patch", "delete"}
}

// takesBody tells whether the inputs of a method come in a body. A body of
// DELETE is read, too, but has no meaning of its own (RFC 9110, section 9.3.5).
func takesBody(method string) bool {
	switch strings.ToUpper(method) {
	case http.MethodGet, http.MethodHead, http.MethodDelete:
		return false
	}
	return true
}

// versionText is a route's version as text, "" for none.
func versionText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}

// sameVersion tells whether dispatch takes the two as one version: plain
// numbers by value, all else by its letters.
func sameVersion(a, b string) bool {
	if a == b {
		return true
	}
	x, okA := plainNumber(a)
	y, okB := plainNumber(b)
	return okA && okB && x == y
}

func plainNumber(s string) (float64, bool) {
	if s == "" || s[0] == '.' || strings.HasSuffix(s, ".") || strings.Trim(s, "0123456789.") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}
