package accesslog

import (
	"context"
	"log/slog"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// Add adds attributes to the log record of the request that ctx belongs to, for
// example the logged-in user. It has no effect if there is no [Log] further out.
// The attributes appear in the order in which they were added, after those of
// [Options.Attrs]. Add is safe for concurrent use.
func Add(ctx context.Context, attrs ...slog.Attr) {
	if rec := facts.From(ctx); rec.IsOfRequest() {
		rec.AddLogAttrs(attrs...)
	}
}
