package dispatch

import (
	"errors"
	"net/http"
	"slices"

	"github.com/sidekick-http/sidekick/internal/routing"
	"github.com/sidekick-http/sidekick/internal/urlpath"
)

// Find returns the name of the action that a request leads to by its method, path and query, and
// the version that would answer, without running it. ok is false if the request leads to no
// action, or to one that web clients may not run, or if only the body could tell. The body may
// still ask for another version.
func (d *Dispatcher) Find(r *http.Request) (name, version string, ok bool) {
	path, decoded := urlpath.Of(r)
	rest, prefix := d.cutPrefix(path, decoded)
	if prefix < 0 {
		return "", "", false
	}
	c := newCall(d, &noAnswer{}, r)
	t := d.table.Load()
	var room [4]routing.Var
	e, _, vars, err := t.match(r.Method, rest, decoded, room[:0])
	if err = errors.Join(err, c.readQuery()); err != nil {
		return "", "", false
	}
	_, versions := d.byPath(t, e, r.Method, rest, decoded)
	if e != nil {
		c.keepRoute(e, vars)
	} else if noPath(rest) && !d.opts.DisableActionParam {
		name, _ := c.set.Values.String("action")
		if f := d.family(name); f != nil && slices.Contains(t.methodsByName(d, f), r.Method) {
			versions = f.byParam
		}
	}
	if len(versions) == 0 || c.takeVars() != nil {
		return "", "", false
	}
	a := c.pick(versions)
	if a == nil || a.blocked {
		return "", "", false
	}
	return a.Name, a.Version, true
}

// byPath returns the actions that a method and a path lead to, by the path's route or by their
// name, and those of them that answer there. f is nil if they lead to none.
func (d *Dispatcher) byPath(t *table, e *entry, method, rest string, decoded bool) (f *family, versions []*compiledAction) {
	if e != nil {
		if f = d.family(e.route.Action); f != nil {
			return f, f.versions
		}
	} else if !noPath(rest) {
		if f = d.named(rest, decoded); f != nil && slices.Contains(t.methodsByName(d, f), method) {
			return f, f.named
		}
	}
	return nil, nil
}

// named returns the actions named by the rest of a path, unless names are disabled.
func (d *Dispatcher) named(rest string, decoded bool) *family {
	if d.opts.DisableNames || len(d.opts.AutomaticRoutes) > 0 {
		return nil
	}
	name, ok := urlpath.Single(rest, decoded)
	if !ok {
		return nil
	}
	if f := d.family(name); f != nil && len(f.named) > 0 {
		return f
	}
	return nil
}

// family returns the actions of a name, or nil. Like the literals of routes, names ignore case in
// A to Z.
func (d *Dispatcher) family(name string) *family {
	if f, ok := d.actions[name]; ok {
		return f
	}
	return d.actions[lower(name)]
}

// lower folds A to Z to lower case.
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

// find returns the action with the name and version, or nil.
func (d *Dispatcher) find(name, version string) *compiledAction {
	if f := d.family(name); f != nil {
		return versionOf(f.versions, version)
	}
	return nil
}

// versionOf returns the given version, or nil; "" means the newest.
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
