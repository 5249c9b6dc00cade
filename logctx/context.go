package logctx

import (
	"context"
	"log/slog"
	"slices"
)

type key struct{}

// With returns a context whose records get attrs, beside those that they get from
// ctx already. Of one name the last counts.
func With(ctx context.Context, attrs ...slog.Attr) context.Context {
	outer, _ := ctx.Value(key{}).([]slog.Attr)
	return context.WithValue(ctx, key{}, append(slices.Clone(outer), attrs...))
}

// Attrs returns what With has put into ctx, the outer ones first. It is a copy.
func Attrs(ctx context.Context) []slog.Attr {
	attrs, _ := ctx.Value(key{}).([]slog.Attr)
	return slices.Clone(attrs)
}
