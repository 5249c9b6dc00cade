package sidekick

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/urlpath"
	"github.com/sidekick-http/sidekick/static"
)

// ways are the handlers that [Kit.split] chooses between. A prefix that is ""
// matches nothing.
type ways struct {
	openAPI, docs, actions, files string // the path of the document, and prefixes

	toActions, toDocs, toFiles     http.Handler
	toFilesBelow, toFilesBelowFile http.Handler // these see paths without the prefix
	toRoot                         http.Handler
}

// fileRoute is where Actionhero serves files in addition to its path for files.
const fileRoute = "/file"

// openAPIFile is the path of the OpenAPI document, below Paths.Actions.
const openAPIFile = "/openapi.json"

// prefixOf returns a path with a leading slash and no trailing one; the root is "".
func prefixOf(path, fallback string) string {
	if path == "" {
		return fallback
	}
	return strings.TrimRight("/"+strings.Trim(path, "/"), "/")
}

func (c *Config) actionPrefix() string { return prefixOf(c.Paths.Actions, defaultActions) }

func (c *Config) filePrefix() string { return prefixOf(c.Paths.Files, defaultFiles) }

func (c *Config) openAPIPath() string { return c.actionPrefix() + openAPIFile }

// actionsAtRoot reports whether actions answer at paths that belong to nothing
// else.
func (c *Config) actionsAtRoot() bool {
	return c.Paths.Root == rootActions || c.Paths.Root == "" && (c.DisableStatic || c.actionPrefix() == "")
}

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

func (k *Kit) makeWays() {
	w := &k.ways
	w.actions, w.toActions = k.cfg.actionPrefix(), k.actionChain().Then(k.dispatcher)
	w.toRoot = w.toActions
	if k.cfg.OpenAPI != nil {
		w.openAPI = k.cfg.openAPIPath()
	}
	if k.docs != nil {
		w.docs, w.toDocs = prefixOf(k.cfg.Docs.Path, ""), k.docs
	}
	defer func() { w.toRoot = k.orDocs(w.toRoot) }()
	if k.files == nil {
		return
	}
	w.files, w.toFiles = k.cfg.filePrefix(), k.fileChain().Then(k.files)
	w.toFilesBelow, w.toFilesBelowFile = below(w.files, w.toFiles), below(fileRoute, w.toFiles)
	if !k.cfg.actionsAtRoot() {
		w.toRoot = w.toFiles
	}
}

// orDocs redirects from "/" to the page that shows the API, if nothing else answers
// there. Where actions answer, it redirects only browsers: other clients get the error
// in the form that they expect.
func (k *Kit) orDocs(root http.Handler) http.Handler {
	c := &k.cfg
	if k.docs == nil || c.Unknown != nil || c.Actions.Unknown != nil {
		return root
	}
	to := "." + prefixOf(c.Docs.Path, "") + "/" // relative, for proxies that strip a prefix
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" || r.Method != http.MethodGet && r.Method != http.MethodHead || k.answersRoot(r) {
			root.ServeHTTP(w, r)
			return
		}
		name(r, "/")
		w.Header().Set("Location", to)
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusFound)
	})
}

// answersRoot reports whether a file or an action answers at "/", or an error of one.
func (k *Kit) answersRoot(r *http.Request) bool {
	if k.cfg.actionsAtRoot() {
		_, _, ok := k.dispatcher.Find(r)
		return ok || r.URL.RawQuery != "" || !strings.Contains(r.Header.Get("Accept"), "text/html")
	}
	if s := &k.cfg.Static; s.Fallback != "" || s.NotFoundPage != "" || s.NotFoundHandler != nil {
		return true
	}
	_, err := k.files.Resolve("")
	return !errors.Is(err, static.ErrNotFound)
}

// split chooses between files and actions.
func (k *Kit) split(w http.ResponseWriter, r *http.Request) {
	path, to := r.URL.Path, &k.ways
	switch {
	case to.openAPI != "" && path == to.openAPI:
		name(r, to.openAPI)
		k.openAPI.ServeHTTP(w, r)
	case isBelow(path, to.docs):
		name(r, to.docs)
		to.toDocs.ServeHTTP(w, r)
	case isBelow(path, to.actions):
		k.folderOr(to.toActions, w, r)
	case isBelow(path, to.files):
		name(r, to.files)
		to.toFilesBelow.ServeHTTP(w, r)
	case to.toFiles != nil && isBelow(path, fileRoute):
		name(r, fileRoute)
		to.toFilesBelowFile.ServeHTTP(w, r)
	default:
		k.folderOr(to.toRoot, w, r)
	}
}

// folderOr serves the folder of a route, if the request matches one, and otherwise
// calls next.
func (k *Kit) folderOr(next http.Handler, w http.ResponseWriter, r *http.Request) {
	if folder, ok := k.dispatcher.Folder(r); ok {
		next = folder
	}
	next.ServeHTTP(w, r)
}

// guarded puts the middleware of Chain.Files around files that are not reached
// through split: the folders of routes and the action "file". Files that an action
// sends itself are the action's own business.
type guarded struct {
	files dispatch.Files
	chain func() http.Handler // nil if there is no middleware
}

// nameKey is the context key of the name passed to ServeName.
type nameKey struct{}

// guard puts the middleware around files. It does so once, because middleware may
// have state.
func (k *Kit) guard(files dispatch.Files) guarded {
	g := guarded{files: files}
	if len(k.cfg.Chain.Files) > 0 {
		g.chain = sync.OnceValue(func() http.Handler {
			return k.fileChain().ThenFunc(func(w http.ResponseWriter, r *http.Request) {
				name, _ := r.Context().Value(nameKey{}).(string)
				files.ServeName(w, r, name)
			})
		})
	}
	return g
}

func (g guarded) ServeName(w http.ResponseWriter, r *http.Request, name string) {
	rec := facts.From(r.Context())
	if g.chain == nil || rec != nil && rec.Action().Name != "" {
		g.files.ServeName(w, r, name)
		return
	}
	g.chain().ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), nameKey{}, name)))
}

func (g guarded) Close() error {
	if c, ok := g.files.(interface{ Close() error }); ok {
		return c.Close()
	}
	return nil
}

// name records the pattern of what answers, for metrics, traces and the log, as the
// dispatcher does for actions. The first piece of the chain has made the record.
func name(r *http.Request, pattern string) {
	if rec := facts.From(r.Context()); rec != nil {
		rec.SetPattern(r, pattern)
	}
}

// below is http.StripPrefix for a prefix that is known to match, however it is
// escaped.
func below(prefix string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, decoded := urlpath.Of(r)
		rest, ok := urlpath.CutPrefix(path, prefix, decoded)
		if !ok {
			// An escaped slash does not separate: the rest is one long name.
			rest, decoded = path, true
		}
		r2, u := *r, *r.URL
		r2.URL = &u
		if u.RawPath = ""; decoded {
			u.Path = rest
		} else {
			u.Path, u.RawPath = strings.TrimPrefix(u.Path, prefix), rest
		}
		h.ServeHTTP(w, &r2)
	})
}

// isBelow reports whether path is prefix or lies below it. Nothing lies below "".
func isBelow(path, prefix string) bool {
	if prefix == "" || !strings.HasPrefix(path, prefix) {
		return false
	}
	return len(path) == len(prefix) || path[len(prefix)] == '/'
}
