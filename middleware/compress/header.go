package compress

import (
	"net/http"
	"strings"

	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// Header names in the form in which http.Header stores them, for direct use as
// keys, since they are looked up for every response.
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

// addVary adds Accept-Encoding to Vary and joins its lines into one.
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
