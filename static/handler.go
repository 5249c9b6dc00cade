package static

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// Handler serves files from its roots. After [New] it is immutable and safe for
// concurrent use. It must not be copied.
type Handler struct {
	config
	roots       []root
	cache       *cache
	inspections *inspections
	stop        context.CancelFunc // ends inspections

	now func() time.Time // replaced in tests
}

// New opens the roots and returns a handler for them. Its error joins a
// [*ConfigError] for every problem of the options.
func New(o Options) (*Handler, error) {
	o = o.WithDefaults()
	bad := cfgerr.For("static")
	c := o.compile(bad)
	ctx, stop := context.WithCancel(context.Background())
	h := &Handler{config: c, roots: o.openRoots(bad, c.logger), cache: newCache(o.CacheBytes), inspections: newInspections(ctx), stop: stop, now: time.Now}
	if bad.Err() == nil {
		h.checkPages(bad)
	}
	if err := bad.Err(); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// checkPages checks that the files named in the options exist. They may be absent
// while their folder is missing.
func (h *Handler) checkPages(bad *cfgerr.List) {
	for _, r := range h.roots {
		if f, ok := r.(*folderRoot); ok && f.current.Load() == nil {
			return
		}
	}
	for _, f := range []struct{ field, name string }{{"NotFoundPage", h.notFoundPage}, {"Fallback", h.fallback}} {
		if f.name == "" {
			continue
		}
		if _, err := h.Resolve(f.name); err != nil {
			bad.Add(f.field, f.name, "no root has such a file")
		}
	}
}

// Close closes the open folders. The handler must not be used afterwards: it may
// still answer from memory, and answers everything else with 503. Requests in
// progress are not affected.
func (h *Handler) Close() error {
	h.stop()
	var errs []error
	for _, r := range h.roots {
		errs = append(errs, r.close())
	}
	return errors.Join(errs...)
}

// ServeHTTP answers GET and HEAD with the file that r.URL.Path names, and every
// other method with 405; [Options.NotFoundHandler], if set, answers all methods for
// files that are not found. To remove a prefix from the path, use
// [http.StripPrefix].
//
// A folder is answered with its index file, whether or not the path ends in a
// slash; only [Options.RedirectFolders] redirects. Files that are not found,
// hidden, not regular or not readable are a 404; files that cannot be opened for
// lack of file descriptors or memory are a 503.
//
// If the response already has a Content-Type, ETag, Cache-Control,
// Content-Disposition or Content-Encoding, it is kept, and that ETag is used for
// conditions.
//
// If the response already has a Content-Encoding, a handler around this one may
// compress what is written. The Content-Length is then left out and a Range is
// ignored, unless the file's name says that it is stored in that coding (app.js.gz).
//
// If sending fails after the header was sent, because the file was cut short in the
// meantime, ServeHTTP panics with [http.ErrAbortHandler], which makes the server
// close the connection: a truncated response must not look complete.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, folder, ok := nameOfURL(r.URL)
	valid := ok && h.servable(name)
	if !reads(r) {
		h.refuseMethod(w, r, name, folder, valid)
		return
	}
	h.answer(w, r, query{name: name, folder: folder, valid: valid, url: true})
}

// refuseMethod answers a method that files do not support.
func (h *Handler) refuseMethod(w http.ResponseWriter, r *http.Request, name string, folder, valid bool) {
	if h.otherwise != nil {
		err := ErrNotFound
		if valid {
			_, err = h.find(r.Context(), name, folder)
		}
		if errors.Is(err, ErrNotFound) {
			h.missing(w, r)
			return
		}
	}
	w.Header()["Allow"] = []string{"GET, HEAD"}
	h.text(w, r, http.StatusMethodNotAllowed, "method not allowed")
}

// ServeName answers with the file of that name, whatever the URL says. The name is
// slash-separated and relative to the roots, with or without a leading slash.
// Everything that [Handler.ServeHTTP] does for a file applies, and the same names
// are refused; it never redirects, and [Options.Fallback] does not apply. For
// methods other than GET and HEAD it sends the whole file, ignoring conditions and
// ranges, so that it can be used in a handler of any method.
//
// [Attachment] makes a download of it.
func (h *Handler) ServeName(w http.ResponseWriter, r *http.Request, name string) {
	clean, folder, ok := nameOf(name)
	h.answer(w, r, query{name: clean, folder: folder, valid: ok && h.servable(clean)})
}

// query is what a request asks for.
type query struct {
	name   string
	folder bool // only the index of a folder will do
	valid  bool // the name may be served
	url    bool // the name comes from the request's URL
}

// answer finds a file and sends it. If the file was replaced or rewritten in the
// meantime, it starts again; in the last try it sends what it has read.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, q query) {
	if !q.valid {
		h.fail(w, r, q.name, ErrNotFound)
		return
	}
	for try := 0; ; try++ {
		e, err := h.find(r.Context(), q.name, q.folder)
		switch {
		case !q.url:
		case err == nil && (e.index || r.URL.Path == "") && h.redirect(w, r):
			return
		case err == ErrNotFound && h.fallsBack(w, r, q):
			e, err = h.find(r.Context(), h.fallback, false)
		}
		if err == nil {
			if err = h.serve(w, r, e, try == mostTries); err == nil {
				return
			}
		}
		if !inMotion(err) || try == mostTries || !pause(r.Context(), try) {
			h.fail(w, r, q.name, clientError(err))
			return
		}
	}
}

// pause waits between two tries, a little longer each time. It reports whether the
// client is still there.
func pause(ctx context.Context, try int) bool {
	if try == 0 {
		return true
	}
	timer := time.NewTimer(time.Millisecond << (try - 1))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// reads reports whether the request's method only reads.
func reads(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead
}
