package static

import (
	"net/http"
	"slices"

	"github.com/sidekick-http/sidekick/internal/accept"
)

// negotiate returns the entry of the precompressed neighbour of e that the
// client likes best, or e.
//
// A request with a Range gets the plain file: ranges of an encoded body would
// have to be kept apart from those of the plain one by every client.
func (h *Handler) negotiate(r *http.Request, e *entry) *entry {
	field := r.Header["Accept-Encoding"]
	if len(h.codings) == 0 || len(field) == 0 || r.Header["Range"] != nil {
		return e
	}
	offers := h.codings
	for {
		coding := accept.Encoding(field, offers...)
		if coding == "" {
			return e
		}
		if v := h.neighbour(e, coding); v != nil {
			return v
		}
		offers = slices.DeleteFunc(slices.Clone(offers), func(o string) bool { return o == coding })
	}
}

// neighbour returns the entry of one precompressed neighbour, nil where there
// is none to use. It is looked up under the rules of every other file, and one
// older than its original is taken for a left-over.
func (h *Handler) neighbour(e *entry, coding string) *entry {
	r := h.roots[e.root]
	key := cacheKey{root: e.root, name: e.name, coding: coding}
	if v := h.cache.get(key); v != nil && !v.modTime.Before(e.modTime) && r.unchanged(v) {
		return v
	}
	name := e.name + extensionOf[coding]
	if !h.servable(name) {
		return nil
	}
	info, err := r.stat(name)
	if err != nil || !info.Mode().IsRegular() || info.ModTime().Before(e.modTime) {
		return nil
	}
	v, err := h.remember(key, name, info)
	if err != nil {
		return nil
	}
	return v
}
