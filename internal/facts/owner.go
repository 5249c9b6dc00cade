package facts

import (
	"net/http"
	"strings"
)

// OwnerOf identifies the client, for what must not be available to other clients: by the field
// Authorization, or else by a fingerprint that the client sent. "" means unknown.
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
