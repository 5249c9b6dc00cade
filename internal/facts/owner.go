package facts

import (
	"net/http"
	"strings"
)

// OwnerOf says who asks, for what must not be another client's: by what the
// request says in Authorization, or else by a fingerprint that is not the client's
// own word alone. "" is somebody whom nobody knows.
func OwnerOf(r *http.Request) string {
	if values := r.Header["Authorization"]; len(values) > 0 {
		return "au:" + strings.Join(values, "\n")
	}
	if rec := From(r.Context()); rec != nil {
		if id := rec.OwnFingerprint(); id != "" {
			return "fp:" + id
		}
	}
	return ""
}
