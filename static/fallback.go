package static

import (
	"net/http"
	"strings"

	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// fallsBack reports whether a request for a missing file is answered with the file
// of [Options.Fallback].
func (h *Handler) fallsBack(w http.ResponseWriter, r *http.Request, q query) bool {
	if h.fallback == "" {
		return false
	}
	if extension(q.name) == "" {
		return true
	}
	if !h.fallbackDots {
		return false
	}
	addVary(w.Header(), "Sec-Fetch-Dest")
	addVary(w.Header(), "Accept")
	return wantsPage(r)
}

// wantsPage reports whether a request seems to be for a page: a missing script or
// picture must not be answered with one.
func wantsPage(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "", "document", "frame", "iframe":
	default:
		return false
	}
	fields := r.Header["Accept"]
	for _, field := range fields {
		for element := range strings.SplitSeq(field, ",") {
			kind, params, _ := strings.Cut(element, ";")
			switch strings.ToLower(httpfield.TrimSpace(kind)) {
			case "text/html", "text/*", "*/*":
				if !refuses(params) {
					return true
				}
			}
		}
	}
	return len(fields) == 0
}

// refuses reports whether the parameters of an element of Accept give it the weight
// 0.
func refuses(params string) bool {
	for p := range strings.SplitSeq(params, ";") {
		if name, value, ok := strings.Cut(httpfield.TrimSpace(p), "="); ok && strings.EqualFold(httpfield.TrimSpace(name), "q") {
			return strings.Trim(httpfield.TrimSpace(value), "0.") == ""
		}
	}
	return false
}
