package static

import (
	"net/http"
	"strings"
)

// fields sets header fields. All their values share one allocation, which
// belongs to this response alone: a slice shared between responses could be
// changed by whoever wraps this handler.
type fields struct {
	head   http.Header
	values []string
}

func fieldsOf(w http.ResponseWriter, most int) fields {
	return fields{head: w.Header(), values: make([]string, 0, most)}
}

func (f *fields) set(key, value string) {
	n := len(f.values)
	f.values = append(f.values, value)
	f.head[key] = f.values[n : n+1 : n+1]
}

// setValidators sets what a 304 has in common with a 200.
func (h *Handler) setValidators(f *fields, r *http.Request, e *entry) {
	if _, set := f.head["Cache-Control"]; !set && e.cacheControl != "" {
		value := e.cacheControl
		if f.head["Set-Cookie"] != nil || r.Header["Authorization"] != nil {
			// A shared cache must not hand one client's answer to another.
			value = strings.Replace(value, "public", "private", 1)
		}
		f.set("Cache-Control", value)
	}
	if e.etag != "" {
		f.set("Etag", e.etag)
	} else if e.lastModified != "" {
		f.set("Last-Modified", e.lastModified)
	}
	if len(h.codings) > 0 {
		addVary(f)
	}
}

// addVary names Accept-Encoding in Vary unless it is there.
func addVary(f *fields) {
	for _, line := range f.head["Vary"] {
		for name := range strings.SplitSeq(line, ",") {
			if name = trimSpace(name); name == "*" || strings.EqualFold(name, "Accept-Encoding") {
				return
			}
		}
	}
	f.head.Add("Vary", "Accept-Encoding")
}

// setProtection sets what keeps a browser from taking the content for
// something else than its type says, or from running it.
func (h *Handler) setProtection(f *fields, e *entry) {
	f.set("X-Content-Type-Options", "nosniff")
	if e.disposition != "" {
		f.set("Content-Disposition", e.disposition)
	}
	if e.sandbox {
		f.head.Add("Content-Security-Policy", "sandbox")
	}
}
