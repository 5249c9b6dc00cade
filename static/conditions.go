package static

import (
	"net/http"
	"time"

	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// conditions evaluates the conditional headers of a GET or HEAD in the order of RFC
// 9110, section 13.2.2. It returns 304, 412, or 200 to go on. tag is the entity tag
// of the response.
func conditions(r *http.Request, e *entry, tag string) int {
	head := r.Header
	if fields := head["If-Match"]; len(fields) > 0 {
		if !httpfield.AnyTag(fields, tag, httpfield.StrongMatch) {
			return http.StatusPreconditionFailed
		}
	} else if since, ok := date(head["If-Unmodified-Since"]); ok && !e.modified.IsZero() && e.modified.After(since) {
		return http.StatusPreconditionFailed
	}
	if fields := head["If-None-Match"]; len(fields) > 0 {
		if httpfield.AnyTag(fields, tag, httpfield.WeakMatch) {
			return http.StatusNotModified
		}
		return http.StatusOK
	}
	if fields := head["If-Modified-Since"]; len(fields) == 1 && e.unmodifiedSince(fields[0]) {
		return http.StatusNotModified
	}
	return http.StatusOK
}

// unmodifiedSince reports whether a client that has the file as of a date has its
// present state. A date within the second of the last change does not say on which
// side of the change it lies, until that second is over and has been sent as
// Last-Modified.
func (e *entry) unmodifiedSince(field string) bool {
	if e.modified.IsZero() {
		return false
	}
	settled := e.settles.IsZero()
	if settled && field == e.lastModified {
		return true
	}
	since, err := http.ParseTime(field)
	if err != nil {
		return false
	}
	return settled && since.Equal(e.modified) || !e.exact && since.After(e.modified)
}

// date parses a field that holds one HTTP date; anything else is ignored.
func date(fields []string) (time.Time, bool) {
	if len(fields) != 1 {
		return time.Time{}, false
	}
	t, err := http.ParseTime(fields[0])
	return t, err == nil
}

// ifRange reports whether a Range may be honoured: there is no If-Range, or its
// validator is strong and matches e exactly. A date is strong only if the second
// that it names has been over for long enough that the file cannot have changed
// again within it (RFC 9110, sections 13.1.5 and 8.8.2.2).
func ifRange(r *http.Request, e *entry, tag string, now time.Time) bool {
	fields := r.Header["If-Range"]
	if len(fields) == 0 {
		return true
	}
	if len(fields) > 1 {
		return false
	}
	validator := httpfield.TrimSpace(fields[0])
	if httpfield.IsTag(validator) {
		return httpfield.StrongMatch(validator, tag)
	}
	return validator != "" && validator == e.lastModified && e.settles.IsZero() && now.Sub(e.modified) >= rest
}
