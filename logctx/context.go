package logctx

import (
	"context"
	"log/slog"
	"slices"
)

type key struct{}

// With returns a context whose log records get attrs, in addition to those of ctx.
// If a name is repeated, the last one counts.
func With(ctx context.Context, attrs ...slog.Attr) context.Context {
	outer, _ := ctx.Value(key{}).([]slog.Attr)
	return context.WithValue(ctx, key{}, append(slices.Clone(outer), attrs...))
}

// Attrs returns a copy of the attributes that With has put into ctx, the outer ones
// first.
func Attrs(ctx context.Context) []slog.Attr {
	attrs, _ := ctx.Value(key{}).([]slog.Attr)
	return slices.Clone(attrs)
}
