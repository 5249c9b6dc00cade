package httpfield

import (
	"net/http"
	"strconv"
	"strings"
)

// digests describe the bytes of a body, and become wrong when it is changed:
// RFC 1864, RFC 3230 and RFC 9530.
var digests = [...]string{"Content-Md5", "Digest", "Content-Digest", "Repr-Digest"}

// HasWholeBody tells whether a response with this status carries a whole body
// of its own. A changed part of a body is no part of the changed body, and
// net/http refuses bodies where there can be none.
func HasWholeBody(status int) bool {
	switch status {
	case http.StatusNoContent, http.StatusResetContent, http.StatusPartialContent,
		http.StatusNotModified, http.StatusRequestedRangeNotSatisfiable:
		return false
	}
	return status >= 200
}

// Length returns the announced Content-Length, -1 when there is none.
func Length(h http.Header) int64 {
	v := h["Content-Length"]
	if len(v) == 0 {
		return -1
	}
	n, err := strconv.ParseInt(v[0], 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// DropBody takes out of the header what is only right for the body as the
// handler wrote it, and weakens the entity tag: the new body means the same.
func DropBody(h http.Header) {
	delete(h, "Content-Length")
	delete(h, "Accept-Ranges")
	for _, name := range digests {
		delete(h, name)
	}
	if tag, ok := StrongTag(h); ok {
		h["Etag"] = []string{WeakPrefix + tag}
	}
}

// HasTrailers tells whether trailers were announced, or are there already in
// net/http's other form. They need a body without Content-Length.
func HasTrailers(h http.Header) bool {
	if len(h["Trailer"]) > 0 {
		return true
	}
	for name := range h {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			return true
		}
	}
	return false
}

// SetDefault sets a field that nobody has set. A field that is set to nil is
// set: that is how a handler leaves it out.
func SetDefault(h http.Header, name, value string) {
	if _, ok := h[name]; !ok {
		h[name] = []string{value}
	}
}
