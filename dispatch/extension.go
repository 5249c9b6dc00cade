package dispatch

import (
	"strings"

	"github.com/sidekick-http/sidekick/internal/mediatype"
	"github.com/sidekick-http/sidekick/internal/mimetypes"
)

// matchExtension sets the response's Content-Type by the path's extension.
func (c *call) matchExtension() {
	ext, ok := c.conn.Extension()
	if !ok {
		return
	}
	kind := mimetypes.ByExtension("." + ext)
	if kind == "" || isActive(kind) && !c.d.opts.DangerouslyMatchActiveTypes {
		return
	}
	c.matchedType = true
	h := c.conn.w.Header()
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff")
}

// isActive reports whether browsers run or render a type, or load it into a page of another site.
func isActive(kind string) bool {
	t, _, err := mediatype.Parse(kind)
	if err != nil {
		return true
	}
	switch t {
	case "text/html", "text/css", "text/javascript", "application/javascript", "application/wasm", "application/pdf", "text/xml", "application/xml", "text/vtt", "text/cache-manifest":
		return true
	}
	return strings.HasSuffix(t, "+xml") || strings.HasPrefix(t, "application/x-shockwave") || strings.Contains(t, "ecmascript") || strings.Contains(t, "java")
}
