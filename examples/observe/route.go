package main

import (
	"context"
	"net/http"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// A middleware that gives its next handler a copy of the request, and every one
// that adds to the context does, does not see what is written into the copy:
// the Pattern reaches the innermost of them only. That is so with a ServeMux,
// too. The two functions here hand it to all: withRoute goes around them, and
// tellRoute goes between them and the server.

type routeKey struct{}

// withRoute has room for the route in the context.
func withRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), routeKey{}, new(string))))
	})
}

// routeOf returns the pattern that a request was led by, with the prefix, once
// it was answered: "/api/users/:id". What no route or name has led is "".
func routeOf(ctx context.Context) string {
	route, ok := ctx.Value(routeKey{}).(*string)
	if !ok {
		return ""
	}
	return *route
}

// tellRoute notes the route that next has found, also where it panics, and
// tells the span: otelhttp looks for the attribute http.route of spans before
// anything is known.
func tellRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if r.Pattern == "" {
				return
			}
			if route, ok := r.Context().Value(routeKey{}).(*string); ok {
				*route = r.Pattern
			}
			trace.SpanFromContext(r.Context()).SetAttributes(semconv.HTTPRoute(r.Pattern))
		}()
		next.ServeHTTP(w, r)
	})
}
