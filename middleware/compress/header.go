package compress

import (
	"net/http"
	"strings"

	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// Header names in the form that http.Header keeps them, for direct use as keys:
// these lookups happen for every response.
const (
	fieldAcceptEncoding  = "Accept-Encoding"
	fieldCacheControl    = "Cache-Control"
	fieldContentEncoding = "Content-Encoding"
	fieldContentLength   = "Content-Length"
	fieldContentRange    = "Content-Range"
	fieldContentType     = "Content-Type"
	fieldETag            = "Etag"
	fieldIfMatch         = "If-Match"
	fieldIfNoneMatch     = "If-None-Match"
	fieldVary            = "Vary"
)

// addVary puts Accept-Encoding into Vary, into one line with what is there.
func (b *response) addVary(h http.Header) {
	values := h[fieldVary]
	switch {
	case len(values) == 0:
		b.vary[0] = fieldAcceptEncoding
		h[fieldVary] = b.vary[:]
	case !httpfield.ListHas(values, fieldAcceptEncoding) && !httpfield.ListHas(values, "*"):
		h[fieldVary] = []string{strings.Join(values, ", ") + ", " + fieldAcceptEncoding}
	}
}
