package static

import (
	"net/http"
	"strings"
)

// fallsBack tells whether a request for what is not found is answered with the
// file of [Options.Fallback].
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

// wantsPage tells whether a request is made to show a page, as far as it says:
// a script or a picture that is missing must not turn out to be one.
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
			switch strings.ToLower(trimSpace(kind)) {
			case "text/html", "text/*", "*/*":
				if !refuses(params) {
					return true
				}
			}
		}
	}
	return len(fields) == 0
}

// refuses tells whether the parameters of an element of Accept give it the
// weight 0.
func refuses(params string) bool {
	for p := range strings.SplitSeq(params, ";") {
		if name, value, ok := strings.Cut(trimSpace(p), "="); ok && strings.EqualFold(trimSpace(name), "q") {
			return strings.Trim(trimSpace(value), "0.") == ""
		}
	}
	return false
}
