package static

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// Handler serves files from its roots. It does not change after [New], is safe
// for concurrent use, and must not be copied.
type Handler struct {
	config
	roots       []root
	cache       *cache
	inspections *inspections
	stop        context.CancelFunc // ends inspections

	now func() time.Time // replaced in tests
}

// New opens the roots and returns a handler for them, or every problem of the
// options at once, each a [*ConfigError].
func New(o Options) (*Handler, error) {
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

// checkPages checks that the files that the options name are there. They may
// come with a folder that is still missing.
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

// Close closes the folders that are open. The handler is not to be used
// afterwards: it may still answer with what it has in memory, and answers
// everything else with 503. Requests on the way are not disturbed.
func (h *Handler) Close() error {
	h.stop()
	var errs []error
	for _, r := range h.roots {
		errs = append(errs, r.close())
	}
	return errors.Join(errs...)
}

// ServeHTTP answers GET and HEAD with the file that r.URL.Path names, and every
// other method with 405; with [Options.NotFoundHandler] that one answers every
// method for what is not found. A prefix is the caller's to remove: see
// [http.StripPrefix].
//
// A folder is answered with its index file, whether or not the path ends in a
// slash; it redirects only if [Options.RedirectFolders] says so. What is not
// found, hidden, not a regular file or not readable is a 404, what cannot be
// opened for want of descriptors or memory a 503.
//
// A Content-Type, ETag, Cache-Control, Content-Disposition or Content-Encoding
// that the response has already is kept, and the ETag is the one by which
// conditions are decided.
//
// If sending fails after the header is out, because the file was cut short
// meanwhile, it panics with [http.ErrAbortHandler], which makes the server
// close the connection: an answer that lacks bytes must not look complete.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, folder, ok := nameOfURL(r.URL)
	valid := ok && h.servable(name)
	if !reads(r) {
		h.refuseMethod(w, r, name, folder, valid)
		return
	}
	h.answer(w, r, query{name: name, folder: folder, valid: valid, url: true})
}

// refuseMethod answers a method that no file takes.
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

// ServeName answers with the file of that name, whatever the URL says: a
// slash-separated name from the roots, with or without a leading slash. All
// that [Handler.ServeHTTP] does for a file holds, and the same names are
// refused; it never redirects, and [Options.Fallback] does not count. To a
// method other than GET and HEAD it sends the whole file, without regard to
// conditions and ranges, so that it fits a handler of any method.
//
// [Attachment] makes a download of it.
func (h *Handler) ServeName(w http.ResponseWriter, r *http.Request, name string) {
	clean, folder, ok := nameOf(name)
	h.answer(w, r, query{name: clean, folder: folder, valid: ok && h.servable(clean)})
}

// query is what is asked for.
type query struct {
	name   string
	folder bool // only a folder's index will do
	valid  bool // the name may be asked for
	url    bool // it is that of the request's URL
}

// answer finds a file and sends it. Where it was being replaced or rewritten
// meanwhile, it begins anew; in the end it sends what it has read.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, q query) {
	if !q.valid {
		h.fail(w, r, ErrNotFound)
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
			h.fail(w, r, clientError(err))
			return
		}
	}
}

// pause waits between two tries, a little longer each time. It tells whether
// the request is still there.
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

// reads tells whether a request is of a method that only reads.
func reads(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead
}
