package importer

import (
	"slices"
	"strings"
)

// verbs are the methods that routes for all stand for.
var verbs = []string{"get", "post", "put", "patch", "delete", "head"}

// target is a route without its method.
type target struct {
	path, action, apiVersion, dir string
	trailing                      bool
}

func (r *Route) target() target {
	return target{r.Path, r.Action, string(r.APIVersion), r.Dir, r.MatchTrailingPathParts}
}

// tidyRoutes removes the routes made by automaticRoutes, and writes routes for all once.
//
// Actionhero registers a route for all under each method, twice, and once more in a list of its
// own, which it never reads. Only the lists of the methods tell the order.
func tidyRoutes(routes []Route, automatic []string) []Route {
	given := map[string]map[target]bool{} // by method
	for i := range routes {
		r := &routes[i]
		if method := strings.ToLower(r.Method); method == "all" || slices.Contains(verbs, method) {
			r.Method = method
		}
		if given[r.Method] == nil {
			given[r.Method] = map[target]bool{}
		}
		given[r.Method][r.target()] = true
	}
	isEverywhere := func(t target) bool {
		return !slices.ContainsFunc(verbs, func(verb string) bool { return !given[verb][t] })
	}
	lists := map[string][]Route{}
	var unknown []Route
	places := map[string]map[target]int{} // in the lists
	add := func(method string, r Route) {
		if places[method] == nil {
			places[method] = map[target]int{}
		}
		t := r.target()
		if _, done := places[method][t]; done {
			return
		}
		places[method][t] = len(lists[method])
		r.Method, r.all, r.parts = method, given["all"][t], strings.Split(strings.Trim(r.Path, "/"), "/")
		lists[method] = append(lists[method], r)
	}
	for _, r := range withoutAutomatic(routes, automatic) {
		switch {
		case r.Method != "all" && !slices.Contains(verbs, r.Method):
			unknown = append(unknown, r)
		case r.Method != "all":
			add(r.Method, r)
		case !isEverywhere(r.target()): // it was not written by the script
			for _, verb := range verbs {
				add(verb, r)
			}
		}
	}
	return append(joinAll(lists, places), unknown...)
}

// withoutAutomatic removes the routes that automaticRoutes registers, after all others.
func withoutAutomatic(routes []Route, automatic []string) []Route {
	var out []Route
	removed := map[[2]string]bool{}
	for _, r := range slices.Backward(routes) {
		key := [2]string{r.Method, r.Action}
		if r.Path == "/"+r.Action && r.APIVersion == "" && !r.MatchTrailingPathParts && !removed[key] &&
			(slices.Contains(automatic, r.Method) || slices.Contains(automatic, "all")) {
			removed[key] = true
			continue
		}
		out = append(out, r)
	}
	slices.Reverse(out)
	return out
}

// joinAll returns the routes of all methods. Those for all are joined to one route where that
// leads no request elsewhere: the configuration has them first.
func joinAll(lists map[string][]Route, places map[string]map[target]int) []Route {
	var out []Route
	joined := map[target]bool{}
	for _, r := range lists[verbs[0]] {
		if !r.all {
			continue
		}
		isInTheWay := func(other Route) bool { return !joined[other.target()] && mayOverlap(&r, &other) }
		canBeFirst := !slices.ContainsFunc(verbs, func(verb string) bool {
			place, has := places[verb][r.target()]
			return !has || slices.ContainsFunc(lists[verb][:place], isInTheWay)
		})
		if canBeFirst {
			joined[r.target()] = true
			r.Method = "all"
			out = append(out, r)
		}
	}
	for _, verb := range verbs {
		for _, r := range lists[verb] {
			if !joined[r.target()] {
				out = append(out, r)
			}
		}
	}
	return out
}

// mayOverlap reports whether some path may match both routes. It does not compare variables.
func mayOverlap(a, b *Route) bool {
	if len(a.parts) < len(b.parts) && !a.MatchTrailingPathParts || len(b.parts) < len(a.parts) && !b.MatchTrailingPathParts {
		return false
	}
	for i := range min(len(a.parts), len(b.parts)) {
		x, y := a.parts[i], b.parts[i]
		if !strings.EqualFold(x, y) && !strings.ContainsAny(x, ":%") && !strings.ContainsAny(y, ":%") {
			return false
		}
	}
	return true
}
