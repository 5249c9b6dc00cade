package sidekick

import (
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// openAPIFile is the path of the OpenAPI document, below Paths.Actions.
const openAPIFile = "/openapi.json"

// prefixOf returns a path with a leading slash and no trailing one; the root is "".
func prefixOf(path string) string {
	return strings.TrimRight("/"+strings.Trim(path, "/"), "/")
}

func (c *Config) actionPrefix() string { return prefixOf(c.Paths.Actions) }

func (c *Config) filePrefix() string { return prefixOf(c.Paths.Files) }

func (c *Config) openAPIPath() string { return c.actionPrefix() + openAPIFile }

// actionsAtRoot reports whether actions answer at paths that belong to nothing
// else.
func (c *Config) actionsAtRoot() bool { return c.Paths.Root == rootActions }

// prefixes returns the dispatcher's prefixes.
func (c *Config) prefixes() []string {
	var out []string
	if p := c.actionPrefix(); p != "" {
		out = append(out, p)
	}
	if c.actionsAtRoot() {
		out = append(out, "")
	}
	return out
}

// isBelow reports whether path is prefix or lies below it. Nothing lies below "".
func isBelow(path, prefix string) bool {
	if prefix == "" || !strings.HasPrefix(path, prefix) {
		return false
	}
	return len(path) == len(prefix) || path[len(prefix)] == '/'
}

// checkPaths reports paths at which nothing could answer because something else
// does. If there is a dispatcher, its actions are checked too.
func (k *Kit) checkPaths(bad *cfgerr.List) {
	c := &k.cfg
	switch {
	case c.Paths.Root != "" && c.Paths.Root != rootFiles && c.Paths.Root != rootActions:
		bad.Add("paths.root", c.Paths.Root, "want %q or %q", rootFiles, rootActions)
	case c.Paths.Root == rootFiles && c.DisableStatic:
		bad.Add("paths.root", c.Paths.Root, "files are switched off: want %q", rootActions)
	case c.Paths.Root == rootFiles && c.actionPrefix() == "":
		bad.Add("paths.root", c.Paths.Root, "actions are served at the root, as paths.actions says: want %q", rootActions)
	case c.actionsAtRoot() && !c.DisableStatic && c.filePrefix() == "":
		bad.Add("paths.files", c.Paths.Files, "actions are served at the root, so files would not be served at all")
	}
	k.checkClashes(bad)
}

// place is a path at which something answers.
type place struct {
	path, url, what string
	exact           bool // only at the path itself, not below it
}

// checkClashes reports places that are hidden by one that is tried earlier. The
// list is in the order in which they are tried.
func (k *Kit) checkClashes(bad *cfgerr.List) {
	c := &k.cfg
	places := []place{
		{"server.livenessPath", c.Server.LivenessPath, "of the liveness check", true},
		{"server.readinessPath", c.Server.ReadinessPath, "of the readiness check", true},
	}
	if c.OpenAPI != nil {
		places = append(places, place{"openAPI", c.openAPIPath(), "of the OpenAPI document", true})
	}
	if c.Docs != nil {
		places = append(places, place{"docs.path", prefixOf(c.Docs.Path), "of the page", false})
	}
	places = append(places, place{"paths.actions", c.actionPrefix(), "for actions", false})
	if !c.DisableStatic {
		places = append(places, place{"paths.files", c.filePrefix(), "for files", false})
	}
	wrong := map[string]bool{} // what is wrong with one place has no consequences for others
	for i, p := range places {
		if p.url != "" {
			wrong[p.path] = k.isWrong(p, slices.DeleteFunc(slices.Clone(places[:i]), func(p place) bool { return wrong[p.path] }), bad)
		}
	}
}

// isWrong reports what is wrong with a place, given those that are tried before it, and
// whether anything is.
func (k *Kit) isWrong(p place, earlier []place, bad *cfgerr.List) bool {
	if p.path == "docs.path" && k.docs == nil && k.dispatcher != nil {
		return true // the page has reported it
	}
	if problem := pathProblem(p.url); problem != "" {
		bad.Add(p.path, p.url, "%s", problem)
		return true
	}
	for _, first := range earlier {
		if p.url == first.url || !first.exact && isBelow(p.url, first.url) {
			bad.Add(p.path, p.url, "nothing would answer: it is, or lies below, the path %s", first.what)
			return true
		}
	}
	return p.path != "paths.actions" && k.hidesAction(p, bad)
}

// hidesAction reports a place that hides an action, and whether it does. Routes that
// only match the place through a variable are fine: they still answer everything else.
func (k *Kit) hidesAction(p place, bad *cfgerr.List) bool {
	if k.dispatcher == nil {
		return false
	}
	for _, way := range k.dispatcher.Ways() {
		for _, prefix := range k.cfg.prefixes() {
			url, variables, _ := strings.Cut(strings.ToLower(prefix+way.Path), ":")
			hides := variables == "" && url == strings.ToLower(p.url) || !p.exact && isBelow(url, strings.ToLower(p.url))
			if way.Action != "" && way.Path != "" && hides {
				bad.Add(p.path, p.url, "it would hide the action %q, which is served at %s%s", way.Action, prefix, way.Path)
				return true
			}
		}
	}
	return false
}

// pathProblem says what is wrong with a path, or "".
func pathProblem(path string) string {
	if path[0] != '/' {
		return "want a path that begins with a slash"
	}
	for part := range strings.SplitSeq(path[1:], "/") {
		if part == "" || part == "." || part == ".." {
			return `want a path such as "/healthz" or "/a/b", without empty parts, "." and ".."`
		}
	}
	if strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`?#%\`, r) }) {
		return `want a path without blanks and without ? # % \; write it unescaped`
	}
	return ""
}
