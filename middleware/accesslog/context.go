package accesslog

import (
	"context"
	"log/slog"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// Add adds attributes to the record of the request that ctx belongs to: who is
// logged in, say, or what was cached. Where no [Log] is outside, nothing comes of
// it. The record has them in the order in which they were added, after those of
// [Options.Attrs]. Add is safe for concurrent use.
func Add(ctx context.Context, attrs ...slog.Attr) {
	if rec := facts.From(ctx); rec.IsOfRequest() {
		rec.AddLogAttrs(attrs...)
	}
}
