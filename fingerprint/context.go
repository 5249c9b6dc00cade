package fingerprint

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// FromContext returns the id of the client whose request ctx belongs to. ok is
// false if no piece has set it.
func FromContext(ctx context.Context) (id string, ok bool) {
	if rec := facts.From(ctx); rec != nil {
		id = rec.Fingerprint()
	}
	return id, id != ""
}

// NewContext returns a context in which [FromContext] finds id, for programs that
// identify their clients by other means. In a request that has passed another piece
// of this module, that piece sees the id as well. An [Identifier.Handler] further
// inside keeps the id and sends no cookie.
func NewContext(ctx context.Context, id string) context.Context {
	rec := facts.From(ctx)
	if !rec.IsOfRequest() {
		ctx, rec = facts.NewContext(ctx)
	}
	rec.SetFingerprint(id)
	return ctx
}

// LogID returns 16 hexadecimal digits that stand for an id in logs: always the same
// for one id, and useless to someone who reads the logs. For "" it is "".
func LogID(id string) string {
	if id == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:8])
}
