package static

import (
	"net/http"
	"net/url"
	"strings"
)

// redirect redirects from the name of a folder to the same name with a slash at the
// end, if the options say so: links in its index are then relative to the folder.
//
// The Location is the last part of the path, and relative to it, so that what
// precedes it, such as a stripped prefix, stays as it is, and it can name no other
// host.
func (h *Handler) redirect(w http.ResponseWriter, r *http.Request) bool {
	if !h.redirectFolders {
		return false
	}
	last := r.URL.EscapedPath()
	if last == "" {
		// The whole path was the stripped prefix.
		last, _, _ = strings.Cut(r.RequestURI, "?")
		if !strings.HasPrefix(last, "/") {
			return false
		}
	}
	last, err := url.PathUnescape(last[strings.LastIndexByte(last, '/')+1:])
	if err != nil || last == "" || hasDots(last) || strings.Contains(last, "/") {
		return false
	}
	to := "./" + url.PathEscape(last) + "/"
	if r.URL.RawQuery != "" {
		to += "?" + printable(r.URL.RawQuery)
	}
	w.Header()["Location"] = []string{to}
	h.text(w, r, http.StatusMovedPermanently, "moved")
	return true
}

// printable escapes what a header field may not contain, or not safely.
func printable(query string) string {
	var b strings.Builder
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c > '~' {
			b.WriteString(url.QueryEscape(string([]byte{c})))
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
