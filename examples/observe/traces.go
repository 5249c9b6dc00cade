package main

import (
	"context"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/sidekick-http/sidekick/dispatch"
)

// traced gives every request a span. otelhttp names it when next has returned,
// "GET /api/users/:id", by the Pattern of the request that next was given; its
// own formatter does that right.
func traced(spans trace.TracerProvider, next http.Handler) http.Handler {
	return otelhttp.NewHandler(next, "sidekick", otelhttp.WithTracerProvider(spans))
}

// tellSpan adds what only the dispatcher knows: the action, also where the
// param of that name has led to it and there is no route, and the client's
// address. otelhttp believes X-Forwarded-For from anybody; this is the address
// that Config.TrustedProxies gives.
func tellSpan() dispatch.Middleware {
	return dispatch.Middleware{Name: "span", Before: func(ctx context.Context, c *dispatch.Connection) error {
		name, version := c.Action()
		trace.SpanFromContext(ctx).SetAttributes(
			attribute.String("sidekick.action", name),
			attribute.String("sidekick.version", version),
			semconv.ClientAddress(c.Remote().Addr().String()),
		)
		return nil
	}}
}
