package static

import (
	"context"
	"net/http"
	"slices"

	"github.com/sidekick-http/sidekick/internal/accept"
)

// negotiate returns the entry of the precompressed neighbour of e that the client
// prefers, or e itself. ok is false if there are only neighbours, and the client
// accepts none of them.
//
// A request with a Range gets the plain file: otherwise every client would have to
// keep ranges of the encoded body apart from those of the plain one.
func (h *Handler) negotiate(w http.ResponseWriter, r *http.Request, e *entry) (best *entry, ok bool) {
	if len(h.codings) == 0 {
		return e, true
	}
	plain := e.alone == ""
	field := r.Header["Accept-Encoding"]
	_, encoded := w.Header()["Content-Encoding"]
	if plain && (len(field) == 0 || r.Header["Range"] != nil || e.encoding != "" || encoded) {
		return e, true
	}
	offers := h.codings
	for {
		coding := accept.Encoding(field, offers...)
		if coding == "" {
			if !plain {
				addVary(w.Header(), "Accept-Encoding")
			}
			return e, plain
		}
		if v := h.neighbour(r.Context(), e, coding); v != nil {
			return v, true
		}
		offers = slices.DeleteFunc(slices.Clone(offers), func(o string) bool { return o == coding })
	}
}

// neighbour returns the entry of one precompressed neighbour, or nil if there is
// none to use. It is looked up by the same rules as any other file; one older than
// its original is considered outdated.
func (h *Handler) neighbour(ctx context.Context, e *entry, coding string) *entry {
	plain := e.name
	if e.alone != "" {
		plain = e.alone
	}
	key := cacheKey{root: e.root, name: plain, coding: coding}
	v, ok := h.known(key)
	if !ok || v.contentType != e.contentType {
		var err error
		if v, err = h.newNeighbour(ctx, e, key); err != nil {
			return nil
		}
	}
	if v.refused || e.alone == "" && v.modTime.Before(e.modTime) {
		return nil
	}
	return v
}

// newNeighbour makes the entry of a neighbour.
func (h *Handler) newNeighbour(ctx context.Context, e *entry, key cacheKey) (*entry, error) {
	name := key.name + extensionOf[key.coding]
	if !h.servable(name) {
		return nil, ErrNotFound
	}
	f, err := h.roots[e.root].stat(name)
	if !regular(f, err) {
		return nil, ErrNotFound
	}
	refused, err := h.refused(e, name, f, key.coding)
	if err != nil {
		return nil, err
	}
	return h.remember(ctx, &entry{key: key, root: e.root, name: name, contentType: e.contentType, refused: refused}, f)
}

// refused reports whether clients may be unable to decode a neighbour.
func (h *Handler) refused(e *entry, name string, f found, coding string) (bool, error) {
	file, err := h.roots[e.root].open(name, f.gen)
	if err != nil {
		return false, err
	}
	defer file.Close()
	return undecodable(file, coding), nil
}
