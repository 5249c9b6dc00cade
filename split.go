package sidekick

import (
	"net/http"
	"strings"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/urlpath"
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

func (k *Kit) makeWays() {
	w := &k.ways
	w.actions, w.toActions = k.cfg.actionPrefix(), k.actionChain().Then(k.dispatcher)
	w.toRoot = w.toActions
	if k.cfg.OpenAPI != nil {
		w.openAPI = k.cfg.openAPIPath()
	}
	if k.docs != nil {
		w.docs, w.toDocs = prefixOf(k.cfg.Docs.Path), k.docs
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

// split chooses between files and actions.
func (k *Kit) split(w http.ResponseWriter, r *http.Request) {
	path, to := r.URL.Path, &k.ways
	switch {
	case to.openAPI != "" && path == to.openAPI:
		name(r, to.openAPI)
		k.serveOpenAPI(w, r)
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

// name records the pattern of what responds, for metrics, traces and the log, as
// the dispatcher does for actions. The first piece of the chain has made the
// record.
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
