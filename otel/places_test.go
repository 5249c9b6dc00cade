package otel_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/middleware/clientaddr"
	"github.com/sidekick-http/sidekick/otel"
)

// The name is right wherever the instrumentation is placed, unless something passes
// on a copy of the request between it and the first piece of Sidekick.
func TestPlaces(t *testing.T) {
	d, err := dispatch.New(dispatch.Options{
		Prefixes: []string{"/api", ""},
		Routes:   dispatch.Routes{{Method: "get", Path: "/users/:id", Action: "user"}},
		Actions: []dispatch.Action{{
			Name: "user", Inputs: dispatch.Inputs{"id": {}},
			Run: func(context.Context, *dispatch.Connection) (any, error) { return nil, nil },
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	piece, err := clientaddr.New(clientaddr.Options{})
	if err != nil {
		t.Fatal(err)
	}
	exporter := tracetest.NewInMemoryExporter()
	telemetry, err := otel.New(otel.Options{TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))})
	if err != nil {
		t.Fatal(err)
	}
	traced := telemetry.Handler
	mux := func(pattern string, h http.Handler) http.Handler {
		m := http.NewServeMux()
		m.Handle(pattern, h)
		return m
	}
	type copyKey struct{}
	copied := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), copyKey{}, "")))
		})
	}
	one, err := d.Action("user", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		h    http.Handler
		path string
		want string
	}{
		{"around a dispatcher", traced(d), "/api/users/7", "GET /api/users/:id"},
		{"around a piece", traced(piece.Handler(d)), "/api/users/7", "GET /api/users/:id"},
		{"around a piece around a copy", traced(piece.Handler(copied(d))), "/api/users/7", "GET /api/users/:id"},
		{"around a mux", traced(mux("/api/", d)), "/api/users/7", "GET /api/users/:id"},
		{"around a mux with a piece inside", traced(mux("/api/", piece.Handler(d))), "/api/users/7", "GET /api/users/:id"},
		{"in a mux", mux("/api/", traced(d)), "/api/users/7", "GET /api/users/:id"},
		{"between a piece and a dispatcher", piece.Handler(traced(d)), "/api/users/7", "GET /api/users/:id"},
		{"around one action in a mux", traced(mux("GET /people/{id}", one)), "/people/7", "GET /people/{id}"},
		{"around a pattern with a method and a host", traced(mux("GET example.com/people/{id}", one)), "http://example.com/people/7", "GET /people/{id}"},
		{"around a stripped prefix", traced(mux("/v2/", http.StripPrefix("/v2", d))), "/v2/users/7", "GET /v2/"},
		{"around a copy", traced(copied(d)), "/api/users/7", "GET"},
		{"around a piece around a stripped prefix", traced(piece.Handler(http.StripPrefix("/v2", d))), "/v2/users/7", "GET /users/:id"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			exporter.Reset()
			w, r := httptest.NewRecorder(), httptest.NewRequest("GET", tt.path, nil)
			tt.h.ServeHTTP(w, r)
			if w.Code != 200 {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			if got := exporter.GetSpans(); len(got) != 1 || got[0].Name != tt.want {
				t.Errorf("got %d spans, the first %q, want %q", len(got), got[0].Name, tt.want)
			} else if route := attributes(got[0])["http.route"]; "GET "+route != tt.want && tt.want != "GET" {
				t.Errorf("got the route %q", route)
			}
		})
	}
}
