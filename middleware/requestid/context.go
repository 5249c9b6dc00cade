package requestid

import (
	"context"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// FromContext returns the id of the request that ctx belongs to. ok is false if it
// has none.
func FromContext(ctx context.Context) (id string, ok bool) {
	if rec := facts.From(ctx); rec != nil {
		id = rec.MessageID()
	}
	return id, id != ""
}
