package static

import (
	"net/http"
	"strings"

	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// fields sets header fields. All their values share one allocation, which belongs
// to this response alone: a slice shared between responses could be changed by a
// handler around this one.
type fields struct {
	head   http.Header
	bare   bool // the response had no fields before
	values []string
}

func fieldsOf(w http.ResponseWriter, most int) fields {
	head := w.Header()
	return fields{head: head, bare: len(head) == 0, values: make([]string, 0, most)}
}

func (f *fields) set(key, value string) {
	n := len(f.values)
	f.values = append(f.values, value)
	f.head[key] = f.values[n : n+1 : n+1]
}

// own returns the value that the response already had for a field. As in net/http,
// a field without values is one to leave out.
func (f *fields) own(key string) (value string, set bool) {
	if f.bare {
		return "", false // saves most look-ups
	}
	return own(f.head, key)
}

func own(head http.Header, key string) (value string, set bool) {
	values, set := head[key]
	if len(values) > 0 {
		value = values[0]
	}
	return value, set
}

// tagFor returns the entity tag of a response: the one that it already has, or that
// of the file. An existing tag belongs to the plain file, whose encodings are only
// equivalent to it, so for them it becomes weak.
func tagFor(w http.ResponseWriter, e *entry) string {
	head := w.Header()
	if len(head) == 0 {
		return e.etag
	}
	tag, set := own(head, "Etag")
	if !set {
		return e.etag
	}
	if e.key.coding != "" && httpfield.IsTag(tag) && tag[0] == '"' {
		return httpfield.WeakPrefix + tag
	}
	return tag
}

// mayRecode reports whether content may be encoded after it is written: the response
// has a Content-Encoding, and the file's name does not say that it is stored in that
// coding. A writer around this one may then compress, which changes the length and
// leaves no ranges of the file.
func mayRecode(w http.ResponseWriter, e *entry) bool {
	coding, _ := own(w.Header(), "Content-Encoding")
	switch coding = strings.ToLower(coding); coding {
	case "", "identity", e.encoding:
		return false
	}
	ext := extensionOf[coding]
	return ext == "" || extension(e.name) != ext
}

// setValidators sets the fields that a 304 has in common with a 200.
func (h *Handler) setValidators(f *fields, r *http.Request, e *entry, tag string) {
	if _, set := f.own("Cache-Control"); !set && e.cacheControl != "" {
		value := e.cacheControl
		if !f.bare && f.head["Set-Cookie"] != nil || r.Header["Authorization"] != nil {
			// A shared cache must not give one client's response to another.
			value = strings.Replace(value, "public", "private", 1)
		}
		f.set("Cache-Control", value)
	}
	if tag != "" {
		if had, set := f.own("Etag"); !set || had != tag {
			f.set("Etag", tag)
		}
	} else if e.lastModified != "" {
		f.set("Last-Modified", e.lastModified)
	}
	if len(h.codings) > 0 {
		addVary(f.head, "Accept-Encoding")
	}
}

// withoutContent removes fields that describe the content, for responses without
// it: a 304 has no content (RFC 9110, section 15.4.5), and an error has different
// content.
func (f *fields) withoutContent() {
	if f.bare {
		return
	}
	for _, key := range []string{"Content-Type", "Content-Length", "Content-Encoding", "Content-Language", "Content-Range", "Last-Modified"} {
		delete(f.head, key)
	}
}

// addVary adds a field to Vary unless it is there.
func addVary(head http.Header, field string) {
	for _, line := range head["Vary"] {
		for name := range strings.SplitSeq(line, ",") {
			if name = httpfield.TrimSpace(name); name == "*" || strings.EqualFold(name, field) {
				return
			}
		}
	}
	head.Add("Vary", field)
}

// setType sets the type of a whole file or of a single range.
func (f *fields) setType(e *entry) {
	if _, set := f.own("Content-Type"); !set {
		f.set("Content-Type", e.contentType)
	}
}

// setProtection sets the fields that keep a browser from taking the content for
// another type, or from running it.
func (h *Handler) setProtection(f *fields, e *entry) {
	f.set("X-Content-Type-Options", "nosniff")
	active, disposition := e.active, e.download
	if own, set := f.own("Content-Type"); set {
		active = h.attach && !passive(own)
	}
	if active {
		f.head.Add("Content-Security-Policy", "sandbox")
		if disposition == "" {
			// The browser saves what it has decoded.
			disposition = Attachment(strings.TrimSuffix(e.name, extensionOf[e.key.coding]))
		}
	}
	if disposition == "" {
		return
	}
	if had, _ := f.own("Content-Disposition"); !attaches(had) {
		f.set("Content-Disposition", disposition)
	}
}

// attaches reports whether a Content-Disposition makes browsers save the content.
func attaches(disposition string) bool {
	kind, _, _ := strings.Cut(disposition, ";")
	return strings.EqualFold(httpfield.TrimSpace(kind), "attachment")
}
