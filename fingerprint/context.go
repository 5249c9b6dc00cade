package fingerprint

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// FromContext returns the id of the client whose request ctx belongs to; ok is
// false where no piece has decided it.
func FromContext(ctx context.Context) (id string, ok bool) {
	if rec := facts.From(ctx); rec != nil {
		id = rec.Fingerprint()
	}
	return id, id != ""
}

// NewContext returns a context in which [FromContext] finds id, for programs
// that know their clients from elsewhere. Within a request that has passed
// another piece of this module, that piece sees the id too. An
// [Identifier.Handler] further down leaves it alone and sends no cookie.
func NewContext(ctx context.Context, id string) context.Context {
	rec := facts.From(ctx)
	if !rec.IsOfRequest() {
		ctx, rec = facts.NewContext(ctx)
	}
	rec.SetFingerprint(id)
	return ctx
}

// LogID returns 16 hexadecimal digits that stand for an id in logs: the same for
// the same id, and of no use to someone who reads them. It is "" for "".
func LogID(id string) string {
	if id == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:8])
}
