package sidekick

import (
	"log/slog"

	"github.com/sidekick-http/sidekick/logctx"
)

// withRequestIDs returns a logger that adds the ids of the request that a record
// is about; l itself, if it is one.
func withRequestIDs(l *slog.Logger) *slog.Logger {
	if _, ok := l.Handler().(*logctx.Handler); ok {
		return l
	}
	return slog.New(logctx.New(l.Handler()))
}
