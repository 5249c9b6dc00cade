package dispatch

import (
	"net/http"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/routing"
	"github.com/sidekick-http/sidekick/internal/urlpath"
)

// dispatch finds the action and serves it: by a route, by the name in the path, or, if the path
// is empty, by the parameter "action".
func (c *call) dispatch() {
	path, decoded := urlpath.Of(c.r)
	rest, prefix := c.d.cutPrefix(path, decoded)
	if prefix < 0 {
		c.failUnknown()
		return
	}
	if c.r.Method == http.MethodOptions {
		c.answerOptions(rest, decoded)
		return
	}
	t := c.d.table.Load()
	var room [4]routing.Var
	e, tail, vars, err := t.match(c.r.Method, rest, decoded, room[:0])
	if err == nil && c.serveDirectly(t, e, vars, rest, decoded, prefix) {
		return
	}
	if queryErr := c.readQuery(); queryErr != nil {
		if err == nil {
			c.failQuery(queryErr, t, e, vars, rest, decoded, prefix)
		} else {
			c.fail(queryErr)
		}
		return
	}
	switch {
	case err != nil:
		c.fail(err)
	case e != nil && e.folder != nil:
		c.setPattern(e.pattern[prefix])
		c.serveName(e.folder, tail)
	case e != nil:
		c.keepRoute(e, vars)
		c.setPattern(e.pattern[prefix])
		c.serveRouted(e.route.Action)
	case !noPath(rest):
		c.serveNamed(t, rest, decoded, prefix)
	default:
		c.serveByParam(t)
	}
}

// failQuery answers a request whose query cannot be read.
func (c *call) failQuery(err error, t *table, e *entry, vars []routing.Var, rest string, decoded bool, prefix int) {
	f, versions := c.d.byPath(t, e, c.r.Method, rest, decoded)
	switch {
	case f == nil && c.d.opts.Unknown != nil && (e == nil || e.folder == nil && (e.route.Action != fileAction || c.d.opts.Files == nil)):
		c.failUnknown()
		return
	case e != nil:
		c.keepRoute(e, vars)
		c.setPattern(e.pattern[prefix])
	case f != nil:
		c.setPattern(f.patterns[prefix])
	}
	if f == nil {
		c.fail(err)
	} else {
		c.failAt(versions, err)
	}
}

// cutPrefix removes the longest matching prefix from a path. The index is -1 if none matches.
func (d *Dispatcher) cutPrefix(path string, decoded bool) (rest string, index int) {
	for i, p := range d.opts.Prefixes {
		if r, ok := urlpath.CutPrefix(path, p, decoded); ok {
			return r, i
		}
	}
	return "", -1
}

// keepRoute notes the matched route and the values of its variables.
func (c *call) keepRoute(e *entry, vars []routing.Var) {
	c.route = e
	for i := range vars {
		if i < len(c.vars) {
			c.vars[i] = vars[i].Value
		} else {
			more := c.ensureRare()
			more.vars = append(more.vars, vars[i].Value)
		}
		c.hidePath(e.names[i], vars[i].Value)
	}
}

// variable returns the value of the route's i-th variable.
func (c *call) variable(i int) string {
	if i < len(c.vars) {
		return c.vars[i]
	}
	return c.rare.vars[i-len(c.vars)]
}

// setPattern sets the request's pattern. It includes the path at which an outer mux mounts the
// dispatcher, so that metrics can distinguish two mounts.
func (c *call) setPattern(pattern string) {
	if c.mux != "" {
		pattern = mountOf(c.mux, c.r) + pattern
	}
	c.rec.SetPattern(c.r, pattern)
}

// mountOf returns the path at which a mux with that pattern has mounted the dispatcher. It is ""
// if the path still includes it, because no http.StripPrefix removed it.
func mountOf(pattern string, r *http.Request) string {
	if sent, _, _ := strings.Cut(r.RequestURI, "?"); sent == "" || sent == r.URL.EscapedPath() {
		return ""
	}
	i := strings.IndexByte(pattern, '/')
	if i < 0 {
		return ""
	}
	mount := pattern[i:]
	if i := strings.LastIndex(mount, "/{"); i >= 0 && strings.HasSuffix(mount, "...}") {
		mount = mount[:i]
	}
	return strings.TrimRight(mount, "/*") // chi ends the pattern of a mount in /*
}

// serveRouted serves the action that the matched route names.
func (c *call) serveRouted(name string) {
	f := c.d.family(name)
	switch {
	case f != nil:
		c.serveFamily(f, f.versions)
	case name == fileAction && c.d.opts.Files != nil:
		c.serveFile()
	default:
		if err := c.takeVars(); err != nil && c.d.opts.Unknown == nil {
			c.fail(err)
			return
		}
		c.failUnknown()
	}
}

// serveNamed serves a request without a route by the name in its path.
func (c *call) serveNamed(t *table, rest string, decoded bool, prefix int) {
	f := c.d.named(rest, decoded)
	if f == nil || !canRoute(c.r.Method) {
		c.refuseMethod(c.d.allowedMethods(t, rest, decoded))
		return
	}
	if allowed := t.methodsByName(c.d, f); !slices.Contains(allowed, c.r.Method) {
		c.refuseMethod(allowed)
		return
	}
	c.setPattern(f.patterns[prefix])
	c.serveFamily(f, f.named)
}

// serveByParam serves the action named by the parameter "action" of the query, or else of the
// body.
func (c *call) serveByParam(t *table) {
	if c.d.opts.DisableActionParam || !canRoute(c.r.Method) {
		c.failUnknown()
		return
	}
	name, ok := c.set.Values.String("action")
	if !ok {
		// Only here must the body be read before the action is known, since it may name the
		// action.
		if err := c.readBody(c.d.everyVersion, ""); err != nil {
			if c.d.opts.Unknown != nil {
				c.failUnknown()
			} else {
				c.fail(err)
			}
			return
		}
		name, _ = c.set.Values.String("action")
	}
	f := c.d.family(name)
	switch {
	case f != nil && len(f.byParam) > 0:
		if allowed := t.methodsByName(c.d, f); !slices.Contains(allowed, c.r.Method) {
			c.refuseMethod(allowed)
			return
		}
		c.serveFamily(f, f.byParam)
	case f == nil && name == fileAction && c.d.opts.Files != nil:
		c.serveFile()
	default:
		c.failUnknown()
	}
}

// refuseMethod answers that the path does not support the method, or does not exist.
func (c *call) refuseMethod(allowed []string) {
	if len(allowed) == 0 || c.d.opts.NotFoundForMethods || c.d.opts.Unknown != nil {
		c.failUnknown()
		return
	}
	c.failMethod(allowed)
}

// serveFile answers a request for the action "file" with the file named by the parameter fileName
// or file, as Actionhero documents it.
func (c *call) serveFile() {
	if err := c.takeVars(); err != nil {
		c.fail(err)
		return
	}
	name, _ := c.set.Values.String("fileName")
	if name == "" {
		name, _ = c.set.Values.String("file")
	}
	c.serveName(c.d.opts.Files, name)
}

// serveFamily serves one version of a name.
func (c *call) serveFamily(f *family, versions []*compiledAction) {
	if err := c.takeVars(); err != nil {
		c.failAt(versions, err)
		return
	}
	c.asPending(versions, func() {
		// The body may ask for a version, too. If there is only one version, the body is read
		// later, for the inputs of that version.
		if len(versions) > 1 && f.readsBody {
			if _, sent := c.set.Values["apiVersion"]; !sent {
				if err := c.readBody(versions, c.unasked(versions).wholeBody); err != nil {
					c.failAt(versions, err)
					return
				}
			}
		}
		if a := c.pick(versions); a != nil {
			c.serveAction(a)
		} else {
			c.failUnknown()
		}
	})
}

// unasked returns the version that a request reaches whose body cannot ask for one, because it is a
// single file.
func (c *call) unasked(versions []*compiledAction) *compiledAction {
	if c.route != nil && c.route.route.APIVersion != nil {
		version, _ := versionText(c.route.route.APIVersion)
		if a := versionOf(versions, version); a != nil {
			return a
		}
	}
	return versions[0]
}

// pick returns the version that the parameters ask for, or else the route, or else the newest. It
// is nil if there is no such version.
func (c *call) pick(versions []*compiledAction) *compiledAction {
	values := c.set.Values
	asked, sent := values["apiVersion"]
	if sent && (asked == nil || asked == "") {
		delete(values, "apiVersion")
		sent = false
	}
	if !sent {
		if c.route == nil || c.route.route.APIVersion == nil {
			return versions[0]
		}
		asked = c.route.route.APIVersion
		values["apiVersion"] = asked
	}
	version, ok := versionText(asked)
	if !ok {
		return nil
	}
	return versionOf(versions, version)
}

// answerOptions answers OPTIONS with the methods that reach something at the path.
func (c *call) answerOptions(rest string, decoded bool) {
	t := c.d.table.Load()
	reached := c.d.allowedMethods(t, rest, decoded)
	if noPath(rest) && !c.d.opts.DisableActionParam {
		reached = verbs
	}
	switch {
	case len(reached) == 0:
		c.failUnknown()
	case c.d.opts.Unknown != nil:
		c.allow(verbs) // Unknown answers the others
	default:
		c.allow(reached)
	}
}

// allowedMethods returns the methods with which a path reaches something.
func (d *Dispatcher) allowedMethods(t *table, rest string, decoded bool) []string {
	var byName []string
	if f := d.named(rest, decoded); f != nil {
		byName = t.methodsByName(d, f)
	}
	var reached []string
	for _, method := range verbs {
		e, _, _, err := t.match(method, rest, decoded, nil)
		if err == nil && e != nil || slices.Contains(byName, method) {
			reached = append(reached, method)
		}
	}
	return reached
}
