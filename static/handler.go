package static

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// Handler serves files from its roots. It does not change after [New], is safe
// for concurrent use, and must not be copied.
type Handler struct {
	config
	roots []root
	cache *cache

	// hashing lets one goroutine at a time read a file for its hash, so that
	// many first requests at once do the work once.
	hashing sync.Mutex

	now func() time.Time // replaced in tests
}

// New opens the roots and returns a handler for them, or every problem of the
// options at once, each a [*ConfigError].
func New(o Options) (*Handler, error) {
	bad := cfgerr.For("static")
	h := &Handler{config: o.compile(bad), roots: o.openRoots(bad), cache: newCache(o.CacheBytes), now: time.Now}
	if bad.Err() == nil {
		for _, f := range []struct{ field, name string }{{"NotFoundPage", h.notFoundPage}, {"Fallback", h.fallback}} {
			if f.name == "" {
				continue
			}
			if _, err := h.find(f.name, false); err != nil {
				bad.Add(f.field, f.name, "no root has such a file")
			}
		}
	}
	if err := bad.Err(); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// Close closes the folders that [New] opened. The handler is not to be used
// afterwards: it may still answer with what it has in memory, and answers
// everything else with 503. Requests on the way are not disturbed.
func (h *Handler) Close() error {
	var errs []error
	for _, r := range h.roots {
		errs = append(errs, r.close())
	}
	return errors.Join(errs...)
}

// ServeHTTP answers GET and HEAD with the file that r.URL.Path names, and every
// other method with 405. A prefix is the caller's to remove: see
// [http.StripPrefix].
//
// A folder is answered with its index file, whether or not the path ends in a
// slash; it never redirects. What is not found, hidden, not a regular file or
// not readable is a 404, what cannot be opened for want of descriptors or
// memory a 503.
//
// If sending fails after the header is out, because the file was cut short
// meanwhile, it panics with [http.ErrAbortHandler], which makes the server
// close the connection: an answer that lacks bytes must not look complete.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !reads(r) {
		w.Header()["Allow"] = []string{"GET, HEAD"}
		h.text(w, r, http.StatusMethodNotAllowed, "method not allowed")
		return
	}
	name, folder, ok := nameOfURL(r.URL)
	if !ok || !h.servable(name) {
		h.fail(w, r, ErrNotFound)
		return
	}
	e, err := h.find(name, folder)
	if err != nil && h.fallback != "" && !folder && errors.Is(err, ErrNotFound) && extension(name) == "" {
		e, err = h.find(h.fallback, false)
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.serve(w, r, e)
}

// ServeName answers with the file of that name, whatever the URL says: a
// slash-separated name from the roots, with or without a leading slash. All
// that [Handler.ServeHTTP] does for a file holds, and the same names are
// refused. To a method other than GET and HEAD it sends the whole file, without
// regard to conditions and ranges, so that it fits a handler of any method.
func (h *Handler) ServeName(w http.ResponseWriter, r *http.Request, name string) {
	e, err := h.lookUp(name)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.serve(w, r, e)
}

// reads tells whether a request is of a method that only reads.
func reads(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead
}
