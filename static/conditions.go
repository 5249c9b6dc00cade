package static

import (
	"net/http"
	"time"
)

// conditions decides the conditional headers of a GET or HEAD in the order of
// RFC 9110, section 13.2.2: 304, 412, or 200 to go on.
func conditions(r *http.Request, e *entry) int {
	head := r.Header
	if fields := head["If-Match"]; len(fields) > 0 {
		if !anyMatch(fields, e.etag, strongMatch) {
			return http.StatusPreconditionFailed
		}
	} else if since, ok := date(head["If-Unmodified-Since"]); ok && e.lastModified != "" && e.modTime.Truncate(time.Second).After(since) {
		return http.StatusPreconditionFailed
	}
	if fields := head["If-None-Match"]; len(fields) > 0 {
		if anyMatch(fields, e.etag, weakMatch) {
			return http.StatusNotModified
		}
		return http.StatusOK
	}
	if fields := head["If-Modified-Since"]; len(fields) == 1 && e.lastModified != "" {
		if fields[0] == e.lastModified {
			return http.StatusNotModified
		}
		if since, ok := date(fields); ok && !e.modTime.Truncate(time.Second).After(since) {
			return http.StatusNotModified
		}
	}
	return http.StatusOK
}

// date reads a field that holds one HTTP date; anything else is ignored.
func date(fields []string) (time.Time, bool) {
	if len(fields) != 1 {
		return time.Time{}, false
	}
	t, err := http.ParseTime(fields[0])
	return t, err == nil
}

// ifRange tells whether a Range may be honoured: there is no If-Range, or its
// validator is strong and exactly that of e. A date is strong only if the
// second it names was over long enough that the file cannot have changed in it
// again (RFC 9110, sections 13.1.5 and 8.8.2.2).
func ifRange(r *http.Request, e *entry, now time.Time) bool {
	fields := r.Header["If-Range"]
	if len(fields) == 0 {
		return true
	}
	if len(fields) > 1 {
		return false
	}
	validator := trimSpace(fields[0])
	if validTag(validator) {
		return strongMatch(validator, e.etag)
	}
	return validator != "" && validator == e.lastModified && now.Sub(e.modTime) >= rest
}
