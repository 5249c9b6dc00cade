package sidekick

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/urlpath"
)

// ways are what [Kit.split] chooses between. A prefix that is "" is none.
type ways struct {
	openAPI, docs, actions, files string // the path of the document, and prefixes

	toActions, toDocs, toFiles     http.Handler
	toFilesBelow, toFilesBelowFile http.Handler // without their prefixes
	toRoot                         http.Handler
}

// fileRoute is where Actionhero serves files beside its path for files.
const fileRoute = "/file"

// openAPIFile is where the OpenAPI document is, below Paths.Actions.
const openAPIFile = "/openapi.json"

// prefixOf returns a path with a slash before it and none behind; "" is the root.
func prefixOf(path, fallback string) string {
	if path == "" {
		return fallback
	}
	return strings.TrimRight("/"+strings.Trim(path, "/"), "/")
}

func (c *Config) actionPrefix() string { return prefixOf(c.Paths.Actions, defaultActions) }

func (c *Config) filePrefix() string { return prefixOf(c.Paths.Files, defaultFiles) }

func (c *Config) openAPIPath() string { return c.actionPrefix() + openAPIFile }

// actionsAtRoot tells whether actions answer where nothing else does.
func (c *Config) actionsAtRoot() bool {
	return c.Paths.Root == rootActions || c.Paths.Root == "" && (c.DisableStatic || c.actionPrefix() == "")
}

// prefixes returns those of the dispatcher.
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

// makeWays makes what [Kit.split] chooses between.
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
	if k.files == nil {
		return
	}
	w.files, w.toFiles = k.cfg.filePrefix(), k.fileChain().Then(k.files)
	w.toFilesBelow, w.toFilesBelowFile = below(w.files, w.toFiles), below(fileRoute, w.toFiles)
	if !k.cfg.actionsAtRoot() {
		w.toRoot = w.toFiles
	}
}

// split parts the way: files to the left, actions to the right.
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

// folderOr serves the folder of a route, if one leads to it, or else goes on.
func (k *Kit) folderOr(next http.Handler, w http.ResponseWriter, r *http.Request) {
	if folder, ok := k.dispatcher.Folder(r); ok {
		next = folder
	}
	next.ServeHTTP(w, r)
}

// guarded are files with the middleware of Chain.Files around them, for requests
// that do not come by way of split: routes to folders and the action "file". What an
// action sends itself it answers for.
type guarded struct {
	files dispatch.Files
	chain func() http.Handler // nil where there is no middleware
}

// nameKey is where a context has the name that ServeName was given.
type nameKey struct{}

// guard puts the middleware around files, once: it may keep a state of its own.
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

// ServeName serves a file.
func (g guarded) ServeName(w http.ResponseWriter, r *http.Request, name string) {
	rec := facts.From(r.Context())
	if g.chain == nil || rec != nil && rec.Action().Name != "" {
		g.files.ServeName(w, r, name)
		return
	}
	g.chain().ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), nameKey{}, name)))
}

// Close closes the folders.
func (g guarded) Close() error {
	if c, ok := g.files.(interface{ Close() error }); ok {
		return c.Close()
	}
	return nil
}

// name tells metrics, traces and the log what answers, as the dispatcher does
// where it is an action: the first piece has made a record for it.
func name(r *http.Request, pattern string) {
	if rec := facts.From(r.Context()); rec != nil {
		rec.SetPattern(r, pattern)
	}
}

// below is http.StripPrefix for a prefix that is there, however it is escaped.
func below(prefix string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, decoded := urlpath.Of(r)
		rest, ok := urlpath.CutPrefix(path, prefix, decoded)
		if !ok {
			// An escaped slash is no slash: this is one long name.
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

// isBelow tells whether path is prefix or lies below it; nothing lies below
// "".
func isBelow(path, prefix string) bool {
	if prefix == "" || !strings.HasPrefix(path, prefix) {
		return false
	}
	return len(path) == len(prefix) || path[len(prefix)] == '/'
}
