package static

import (
	"net/http"
	"net/url"
	"strings"
)

// redirect leads from the name of a folder to the same with a slash at the end,
// if the options say so: links in its index are relative to the folder then.
//
// The Location is the last part of the path, and relative to it: whatever was
// in front of it, such as a prefix that was stripped, stays as it is, and it
// can name no other host.
func (h *Handler) redirect(w http.ResponseWriter, r *http.Request) bool {
	if !h.redirectFolders {
		return false
	}
	last := r.URL.EscapedPath()
	if last == "" {
		// The path was the prefix that was stripped.
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

// printable escapes what a header field may not have, or not safely.
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
