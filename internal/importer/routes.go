package importer

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// routesOf returns the routes that this program supports, in the form of the configuration, and
// adds a row of the test for each of them that can be reached.
func (g *generator) routesOf() map[string][]map[string]any {
	out := map[string][]map[string]any{}
	var kept dispatch.Routes
	var entries []map[string]any
	var sources []Route
	for _, r := range g.project.Routes {
		route := dispatch.Route{Method: r.Method, Path: r.Path, Action: r.Action, MatchTrailingPathParts: r.MatchTrailingPathParts, Dir: r.Dir}
		entry := map[string]any{"path": r.Path}
		if r.Dir != "" {
			route.Action = ""
			entry["dir"] = r.Dir
		} else {
			entry["action"] = r.Action
		}
		if r.APIVersion != "" {
			route.APIVersion = string(r.APIVersion)
			entry["apiVersion"] = string(r.APIVersion)
		}
		if r.MatchTrailingPathParts {
			entry["matchTrailingPathParts"] = true
		}
		switch {
		case r.Dir != "":
			g.noteRoute(&r, "it serves the folder "+r.Dir+": open it in Go, see dispatch.Options.Folder; until then the old server answers")
			continue
		case !g.has(r.Action):
			g.noteRoute(&r, fmt.Sprintf("there is no action %q", r.Action))
			continue
		case isForFiles(g.config, r.Path):
			g.noteRoute(&r, "files have its path: see urlPathForFiles")
			continue
		}
		if _, err := dispatch.New(dispatch.Options{Routes: dispatch.Routes{route}, Actions: g.families[strings.ToLower(r.Action)]}); err != nil {
			g.noteRoute(&r, oneLine(err.Error()))
			continue
		}
		kept, entries, sources = append(kept, route), append(entries, entry), append(sources, r)
	}
	dead := g.dead(kept)
	var alive dispatch.Routes
	isAlive := map[target]bool{}
	for i, r := range kept {
		if dead[i] == "" {
			alive = append(alive, r)
			out[r.Method] = append(out[r.Method], entries[i])
			isAlive[sources[i].target()] = true
		}
	}
	for i, r := range sources {
		// A route for all is alive if one of its methods is.
		if dead[i] != "" && !(r.all && isAlive[r.target()]) {
			g.noteRoute(&r, dead[i])
		}
	}
	g.rows = g.reached(alive)
	return out
}

// noteRoute adds a note about a route; one for all methods has one note.
func (g *generator) noteRoute(r *Route, why string) {
	method := r.Method
	if r.all {
		if g.noted[r.target()] {
			return
		}
		g.noted[r.target()] = true
		method = "all"
	}
	g.note(fmt.Sprintf("the route %s %s", method, r.Path), why)
}

// dead returns why routes are refused beside the others, by their indexes: an earlier one matches
// all their paths.
func (g *generator) dead(routes dispatch.Routes) map[int]string {
	out := map[int]string{}
	_, err := g.dispatcher(routes)
	_ = cfgerr.Map(err, func(bad cfgerr.Error) error {
		var i int
		if _, err := fmt.Sscanf(bad.Field, "Routes[%d]", &i); err == nil {
			out[i] = oneLine(bad.Error())
		}
		return nil
	})
	return out
}

// has reports whether the program has an action with that name.
func (g *generator) has(name string) bool {
	return slices.ContainsFunc(g.families[strings.ToLower(name)], func(a dispatch.Action) bool { return a.Name == name })
}

// dispatcher makes a dispatcher of actions that do nothing.
func (g *generator) dispatcher(routes dispatch.Routes) (*dispatch.Dispatcher, error) {
	o := dispatch.Options{Routes: routes}
	for _, family := range g.families {
		o.Actions = append(o.Actions, family...)
	}
	return dispatch.New(o)
}

func idle(name, version string) dispatch.Action {
	return dispatch.Action{Name: name, Version: version, Run: func(context.Context, *dispatch.Connection) (any, error) { return nil, nil }}
}

func idleWith(inputs dispatch.Inputs) dispatch.Action {
	a := idle("a", "")
	a.Inputs = inputs
	return a
}

// row is one request in the test of routes.
type row struct{ Method, Path, Action string }

// reached returns a request for each route that leads to its own action. Routes behind one that
// matches the same requests have none.
func (g *generator) reached(routes dispatch.Routes) []row {
	d, err := g.dispatcher(routes)
	if err != nil {
		g.note("the routes", "together they are refused: "+oneLine(err.Error()))
		return nil
	}
	var out []row
	told := map[row]bool{}
	for _, r := range routes {
		path, ok := sample(r.Path)
		if !ok {
			continue
		}
		method := strings.ToUpper(r.Method)
		if method == "ALL" {
			method = "GET"
		}
		name, _, found := d.Find(httptest.NewRequest(method, path, nil))
		if entry := (row{method, path, r.Action}); found && name == r.Action && !told[entry] {
			told[entry] = true
			out = append(out, entry)
		}
	}
	return out
}

// sample returns a path that a pattern matches.
func sample(pattern string) (path string, ok bool) {
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		before, variable, has := strings.Cut(part, ":")
		if !has {
			continue
		}
		value := "1"
		if _, expression, has := strings.Cut(variable, "("); has {
			if value, ok = matching(strings.TrimSuffix(expression, ")")); !ok {
				return "", false
			}
		}
		parts[i] = before + value
	}
	path = strings.Join(parts, "/")
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return path, !strings.ContainsAny(path, " ?#%()")
}

// matching returns a word that matches the whole expression.
func matching(expression string) (word string, ok bool) {
	e, err := regexp.Compile("^(?:" + expression + ")$")
	if err != nil {
		return "", false
	}
	for _, word := range []string{"1", "123", "a", "abc", "Abc", "a1", "a-b", "2026-01-02", "2026", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "0123456789abcdef01234567"} {
		if e.MatchString(word) {
			return word, true
		}
	}
	return "", false
}

// marshal writes indented JSON.
func marshal(v any) ([]byte, error) {
	text, err := json.MarshalIndent(v, "", "  ")
	return append(text, '\n'), err
}
