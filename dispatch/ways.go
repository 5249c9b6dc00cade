package dispatch

import (
	"net/http"
	"slices"

	"github.com/sidekick-http/sidekick/internal/routing"
)

// Way is one way in which requests reach an action or files.
type Way struct {
	By WayKind
	// Methods are the answered methods, in upper case. HEAD is included wherever GET is.
	Methods []string
	// Path is the pattern in the notation of routes, below the prefixes: "/users/:userID" or
	// "/name". It is "" for the parameter "action".
	Path string
	// Segments are the parts of Path.
	Segments []Segment
	// Trailing reports that the last variable takes the rest of a path, slashes included. A path
	// without variables takes everything below it.
	Trailing bool
	// Action is the name of the action; "" for files.
	Action string
	// Versions are the versions that may answer, the newest first.
	Versions []string
	// Dir is the folder of a route with Dir.
	Dir string
}

// WayKind is how requests reach something.
type WayKind string

// These are the kinds of ways.
const (
	ByRoute          WayKind = "route"
	ByAutomaticRoute WayKind = "automatic route"
	ByName           WayKind = "name"
	ByParam          WayKind = "param"
)

// Segment is one part of a pattern between slashes.
type Segment = routing.Segment

// Ways returns every way in which requests reach an action or files, in the order in which they
// are tried. It leaves out those that can never answer because earlier ones match all their
// requests, and actions that web clients may not run.
func (d *Dispatcher) Ways() []Way {
	t := d.table.Load()
	all := slices.Concat(d.routedWays(t), d.namedWays(t))
	alive := slices.DeleteFunc(withoutDead(all), func(w Way) bool { return w.Action != "" && len(w.Versions) == 0 })
	if !d.opts.DisableActionParam {
		for _, name := range d.names {
			f := d.actions[name]
			if versions := versionsOf(f.byParam); len(versions) > 0 {
				alive = append(alive, Way{By: ByParam, Methods: t.methodsByName(d, f), Action: name, Versions: versions})
			}
		}
	}
	for i := range alive {
		alive[i].Methods = slices.Clone(alive[i].Methods) // the caller may change it
	}
	return alive
}

func (d *Dispatcher) routedWays(t *table) []Way {
	var out []Way
	for i := range t.routes {
		r := &t.routes[i]
		methods, _ := methodsOf(r.Method) // New has refused invalid ones
		w := Way{By: ByRoute, Methods: withHead(methods), Path: r.Path, Action: r.Action, Dir: r.Dir}
		if i >= t.automatic {
			w.By, w.Segments = ByAutomaticRoute, []Segment{{Literal: r.Action}}
		} else if pattern, err := routing.Parse(r.Path, r.MatchTrailingPathParts); err == nil { // New has refused invalid ones
			w.Segments, w.Trailing = pattern.Segments(), r.MatchTrailingPathParts
		}
		switch f := d.family(r.Action); {
		case r.Dir != "":
		case f == nil && r.Action == fileAction && d.opts.Files != nil:
			w.Action = ""
		case f == nil: // a dead route, which still takes its requests
		default:
			if text, _ := versionText(r.APIVersion); text != "" {
				if a := versionOf(f.versions, text); a != nil {
					w.Versions = versionsOf([]*compiledAction{a})
				}
			} else {
				w.Versions = versionsOf(f.versions)
			}
		}
		out = append(out, w)
	}
	return out
}

// withHead adds HEAD wherever GET is.
func withHead(methods []string) []string {
	if slices.Contains(methods, http.MethodGet) && !slices.Contains(methods, http.MethodHead) {
		return append([]string{http.MethodHead}, methods...)
	}
	return methods
}

func (d *Dispatcher) namedWays(t *table) []Way {
	if d.opts.DisableNames || len(d.opts.AutomaticRoutes) > 0 {
		return nil
	}
	var out []Way
	for _, name := range d.names {
		f := d.actions[name]
		if versions := versionsOf(f.named); len(versions) > 0 {
			out = append(out, Way{By: ByName, Methods: t.methodsByName(d, f), Path: "/" + name, Segments: []Segment{{Literal: name}}, Action: name, Versions: versions})
		}
	}
	return out
}

// versionsOf returns the versions that web clients may run.
func versionsOf(actions []*compiledAction) []string {
	var out []string
	for _, a := range actions {
		if !a.blocked {
			out = append(out, a.Version)
		}
	}
	return out
}

// withoutDead removes from each way the methods that earlier ways answer for all of its paths,
// and then the ways without methods.
func withoutDead(all []Way) []Way {
	var entries []routing.Entry
	type owner struct {
		way    int
		method string
	}
	var owners []owner
	for i := range all {
		p, err := routing.Parse(all[i].Path, all[i].Trailing)
		if all[i].By != ByRoute {
			p, err = routing.Literal(all[i].Action), nil
		}
		if err != nil {
			continue
		}
		for _, m := range all[i].Methods {
			entries = append(entries, routing.Entry{Method: m, Pattern: p})
			owners = append(owners, owner{i, m})
		}
	}
	_, conflicts := routing.Compile(entries)
	for _, c := range conflicts {
		o := owners[c.Entry]
		all[o.way].Methods = slices.DeleteFunc(slices.Clone(all[o.way].Methods), func(m string) bool { return m == o.method })
	}
	return slices.DeleteFunc(all, func(w Way) bool { return len(w.Methods) == 0 })
}
