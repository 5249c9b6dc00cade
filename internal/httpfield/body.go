package httpfield

import (
	"net/http"
	"strconv"
	"strings"
)

// digests describe the bytes of a body, and become wrong if it is changed: RFC
// 1864, RFC 3230 and RFC 9530.
var digests = [...]string{"Content-Md5", "Digest", "Content-Digest", "Repr-Digest"}

// HasWholeBody reports whether a response with this status carries a complete body.
// An encoded part of a body is not a part of the encoded body, and net/http refuses
// bodies where there can be none.
func HasWholeBody(status int) bool {
	switch status {
	case http.StatusNoContent, http.StatusResetContent, http.StatusPartialContent,
		http.StatusNotModified, http.StatusRequestedRangeNotSatisfiable:
		return false
	}
	return status >= 200
}

// Length returns the announced Content-Length, or -1 if there is none.
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

// DropBody removes from the header what is right only for the body as the handler
// wrote it, and weakens the entity tag, since the new body is equivalent.
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

// HasTrailers reports whether trailers were announced, or are already present in
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
