package sidekick

import (
	"log/slog"

	"github.com/sidekick-http/sidekick/logctx"
)

// withRequestIDs returns a logger that adds the request's ids to every record, or l
// itself if it does so already.
func withRequestIDs(l *slog.Logger) *slog.Logger {
	if _, ok := l.Handler().(*logctx.Handler); ok {
		return l
	}
	return slog.New(logctx.New(l.Handler()))
}
