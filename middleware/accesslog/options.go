package accesslog

import (
	"io"
	"log/slog"
)

// Options configures a [Log]. The zero value logs nothing.
type Options struct {
	_ struct{}

	// Logger gets one record a request, at level info. nil discards.
	Logger *slog.Logger

	// Combined gets one line a request in Apache's combined form. nil writes none.
	// Lines are written one at a time, each by one call of Write.
	Combined io.Writer

	// LogQuery adds the query to what Combined and Logger show of the target and
	// of Referer. By default they show the path alone, because queries carry what
	// params carry: names, tokens, passwords. The query is shown as it was sent,
	// no value is masked.
	LogQuery bool
}
