package middleware

import (
	"net/http"
	"strconv"
	"strings"
)

// Header names in the form that http.Header keeps them, for direct use as keys:
// these lookups happen for every response.
const (
	fieldAcceptEncoding  = "Accept-Encoding"
	fieldAcceptRanges    = "Accept-Ranges"
	fieldCacheControl    = "Cache-Control"
	fieldContentEncoding = "Content-Encoding"
	fieldContentLength   = "Content-Length"
	fieldContentRange    = "Content-Range"
	fieldContentType     = "Content-Type"
	fieldETag            = "Etag"
	fieldIfNoneMatch     = "If-None-Match"
	fieldTrailer         = "Trailer"
	fieldVary            = "Vary"
)

// digestHeaders describe the bytes of a body, and become wrong when it is
// encoded: RFC 1864, RFC 3230 and RFC 9530.
var digestHeaders = [...]string{"Content-Md5", "Digest", "Content-Digest", "Repr-Digest"}

// wholeBody tells whether a response with this status carries a whole body of
// its own. An encoded part of a body is no part of the encoded body, and
// net/http refuses bodies where there can be none.
func wholeBody(status int) bool {
	switch status {
	case http.StatusNoContent, http.StatusResetContent, http.StatusPartialContent,
		http.StatusNotModified, http.StatusRequestedRangeNotSatisfiable:
		return false
	}
	return status >= 200
}

// lengthOf returns the announced Content-Length, -1 when there is none.
func lengthOf(h http.Header) int64 {
	v := h[fieldContentLength]
	if len(v) == 0 {
		return -1
	}
	n, err := strconv.ParseInt(v[0], 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// hasToken tells whether one of the values, comma-separated lists, has the token.
func hasToken(values []string, token string) bool {
	for _, rest := range values {
		for more := true; more; {
			var element string
			element, rest, more = strings.Cut(rest, ",")
			if strings.EqualFold(strings.Trim(element, " \t"), token) {
				return true
			}
		}
	}
	return false
}

// addVary puts Accept-Encoding into Vary, into one line with what is there.
func (b *compressed) addVary(h http.Header) {
	values := h[fieldVary]
	switch {
	case len(values) == 0:
		b.vary[0] = fieldAcceptEncoding
		h[fieldVary] = b.vary[:]
	case !hasToken(values, fieldAcceptEncoding) && !hasToken(values, "*"):
		h[fieldVary] = []string{strings.Join(values, ", ") + ", " + fieldAcceptEncoding}
	}
}

// weakTag returns the weak form of a strong entity tag; ok is false when there
// is no tag, or it is weak already, or it is none.
func weakTag(h http.Header) (tag string, ok bool) {
	v := h[fieldETag]
	if len(v) == 0 || len(v[0]) < 2 || v[0][0] != '"' || v[0][len(v[0])-1] != '"' {
		return "", false
	}
	return "W/" + v[0], true
}

// listsTag tells whether If-None-Match lists this weak tag. A tag has no quote
// inside, so that in a list W/"x" can only be the tag itself.
func listsTag(ifNoneMatch []string, weak string) bool {
	for _, list := range ifNoneMatch {
		if strings.Contains(list, weak) {
			return true
		}
	}
	return false
}

// dropBodyFields takes out of the header what is only right for the body as the
// handler wrote it, and weakens the entity tag: the new body means the same.
func dropBodyFields(h http.Header) {
	delete(h, fieldContentLength)
	delete(h, fieldAcceptRanges)
	for _, name := range digestHeaders {
		delete(h, name)
	}
	if tag, ok := weakTag(h); ok {
		h[fieldETag] = []string{tag}
	}
}

// hasTrailers tells whether trailers were announced, or are there already in
// net/http's other form. They need a body without Content-Length.
func hasTrailers(h http.Header) bool {
	if len(h[fieldTrailer]) > 0 {
		return true
	}
	for name := range h {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			return true
		}
	}
	return false
}
