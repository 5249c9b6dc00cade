package failure

import (
	"context"
	"log/slog"
)

// Logger returns the logger for an option. For nil this is slog.Default at the time of logging,
// since programs often set it late.
func Logger(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(byDefault{})
	}
	return l
}

// byDefault forwards to the handler of slog.Default.
type byDefault struct{}

func (byDefault) Enabled(ctx context.Context, level slog.Level) bool {
	return slog.Default().Handler().Enabled(ctx, level)
}

func (byDefault) Handle(ctx context.Context, r slog.Record) error {
	return slog.Default().Handler().Handle(ctx, r)
}

func (byDefault) WithAttrs(attrs []slog.Attr) slog.Handler {
	return slog.Default().Handler().WithAttrs(attrs)
}

func (byDefault) WithGroup(name string) slog.Handler {
	return slog.Default().Handler().WithGroup(name)
}
