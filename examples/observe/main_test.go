package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/middleware/clientaddr"
	"github.com/sidekick-http/sidekick/sidekicktest"
)

func recorder(t *testing.T) (*tracetest.InMemoryExporter, *sdktrace.TracerProvider) {
	t.Helper()
	exporter := tracetest.NewInMemoryExporter()
	spans := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))
	t.Cleanup(func() {
		if err := spans.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return exporter, spans
}

// attributes are the ones of a span that a test is about.
func attributes(s tracetest.SpanStub, names ...attribute.Key) map[attribute.Key]string {
	out := map[attribute.Key]string{}
	for _, a := range s.Attributes {
		if slices.Contains(names, a.Key) {
			out[a.Key] = a.Value.String()
		}
	}
	return out
}

func TestSpansAndNumbers(t *testing.T) {
	exporter, spans := recorder(t)
	registry := prometheus.NewRegistry()
	kit, err := newKit(slog.New(slog.DiscardHandler), spans, registry)
	if err != nil {
		t.Fatal(err)
	}
	defer kit.Close()
	server := http.Handler(kit)

	for _, tt := range []struct {
		method, path string
		status       int
		span         string
		route        string
		action       string
		failed       codes.Code
	}{
		{"GET", "/api/users/7", 200, "GET /api/users/:id(\\d+)", "/api/users/:id(\\d+)", "user", codes.Unset},
		{"GET", "/api/users/8", 404, "GET /api/users/:id(\\d+)", "/api/users/:id(\\d+)", "user", codes.Unset},
		{"GET", "/api/users/500", 500, "GET /api/users/:id(\\d+)", "/api/users/:id(\\d+)", "user", codes.Error},
		{"GET", "/api/user?id=7", 200, "GET /api/user", "/api/user", "user", codes.Unset},
		{"POST", "/api/user?id=7", 405, "POST", "", "", codes.Unset},
		{"GET", "/api?action=user&id=7", 200, "GET", "", "user", codes.Unset},
		{"GET", "/api/nobody/made/this", 404, "GET", "", "", codes.Unset},
		{"GET", "/nor/this.html", 404, "GET", "", "", codes.Unset},
		{"MADE-UP", "/api/users/7", 405, "HTTP", "", "", codes.Unset},
	} {
		exporter.Reset()
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			res := sidekicktest.New(t, server).Send(sidekicktest.Request{
				Method: tt.method, Path: tt.path, Header: http.Header{"X-Forwarded-For": {"198.51.100.66"}},
			})
			if res.Status != tt.status {
				t.Errorf("got %v, want %d", res, tt.status)
			}
			got := exporter.GetSpans()
			request := got[len(got)-1] // the outermost ends last
			if request.Name != tt.span || request.Status.Code != tt.failed {
				t.Errorf("got span %q, status %v, want %q, %v", request.Name, request.Status.Code, tt.span, tt.failed)
			}
			want := map[attribute.Key]string{}
			if tt.route != "" {
				want["http.route"] = tt.route
			}
			if tt.action != "" {
				want["sidekick.action"], want["sidekick.version"], want["client.address"] = tt.action, "1", "192.0.2.1"
			}
			names := []attribute.Key{"http.route", "sidekick.action", "sidekick.version"}
			if tt.action != "" {
				names = append(names, "client.address")
			}
			if got := attributes(request, names...); !maps.Equal(got, want) {
				t.Errorf("got attributes %v, want %v", got, want)
			}
			if tt.action == "" {
				return
			}
			if len(got) != 2 || got[0].Name != "load user" || got[0].Parent.SpanID() != request.SpanContext.SpanID() {
				t.Errorf("want the action's span in that of the request, got %d spans, the first %q", len(got), got[0].Name)
			}
		})
	}

	numbers := string(sidekicktest.New(t, scraped(registry)).Get("/metrics").Body)
	var series []string
	for line := range strings.Lines(numbers) {
		if rest, ok := strings.CutPrefix(line, "http_request_duration_seconds_count"); ok {
			series = append(series, strings.TrimSpace(rest))
		}
	}
	want := []string{
		`{code="200",method="get",route="/api/user"} 1`,
		`{code="200",method="get",route="/api/users/:id(\\d+)"} 1`,
		`{code="200",method="get",route="none"} 1`,
		`{code="404",method="get",route="/api/users/:id(\\d+)"} 1`,
		`{code="404",method="get",route="none"} 2`,
		`{code="405",method="post",route="none"} 1`,
		`{code="405",method="unknown",route="none"} 1`,
		`{code="500",method="get",route="/api/users/:id(\\d+)"} 1`,
	}
	if !slices.Equal(series, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(series, "\n"), strings.Join(want, "\n"))
	}
	if !strings.Contains(numbers, "\nhttp_requests_in_flight 0\n") {
		t.Errorf("want nothing in flight:\n%s", numbers)
	}
	if res := sidekicktest.New(t, server).Get("/metrics"); res.Status != 404 {
		t.Errorf("the numbers are on the public listener: %v", res)
	}
}

// The name is right wherever the instrumentation is put, unless somebody hands
// on a copy between it and the first piece of Sidekick.
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
	exporter, spans := recorder(t)
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
		{"around a dispatcher", traced(spans, d), "/api/users/7", "GET /api/users/:id"},
		{"around a piece", traced(spans, piece.Handler(d)), "/api/users/7", "GET /api/users/:id"},
		{"around a piece around a copy", traced(spans, piece.Handler(copied(d))), "/api/users/7", "GET /api/users/:id"},
		{"around a mux", traced(spans, mux("/api/", d)), "/api/users/7", "GET /api/users/:id"},
		{"around a mux with a piece inside", traced(spans, mux("/api/", piece.Handler(d))), "/api/users/7", "GET /api/users/:id"},
		{"in a mux", mux("/api/", traced(spans, d)), "/api/users/7", "GET /api/users/:id"},
		{"between a piece and a dispatcher", piece.Handler(traced(spans, d)), "/api/users/7", "GET /api/users/:id"},
		{"around one action in a mux", traced(spans, mux("GET /people/{id}", one)), "/people/7", "GET /people/{id}"},
		{"around a stripped prefix", traced(spans, mux("/v2/", http.StripPrefix("/v2", d))), "/v2/users/7", "GET /v2/"},
		{"around a copy", traced(spans, copied(d)), "/api/users/7", "GET"},
		{"around a piece around a stripped prefix", traced(spans, piece.Handler(http.StripPrefix("/v2", d))), "/v2/users/7", "GET /users/:id"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			exporter.Reset()
			w := httptest.NewRecorder()
			tt.h.ServeHTTP(w, httptest.NewRequest("GET", tt.path, nil))
			if w.Code != 200 {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			if got := exporter.GetSpans(); len(got) != 1 || got[0].Name != tt.want {
				t.Errorf("got %q, want %q", got[0].Name, tt.want)
			}
		})
	}
}

// The program answers on two listeners, and stops when it shall.
func TestRun(t *testing.T) {
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	app, numbers := listen(), listen()
	ctx, stop := context.WithCancel(t.Context())
	var printed bytes.Buffer
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, app, numbers, &printed) }()
	for _, tt := range []struct {
		at         net.Listener
		path, want string
	}{
		{app, "/api/users/7", `"name":"Ada"`},
		{app, "/metrics", "not found"},
		{numbers, "/metrics", `route="/api/users/:id(`},
		{numbers, "/api/users/7", "not found"},
	} {
		res, err := http.Get("http://" + tt.at.Addr().String() + tt.path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(body), tt.want) {
			t.Errorf("%s: got %q, want %q in it", tt.path, body, tt.want)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if !strings.Contains(printed.String(), `"Name":"GET /api/users/:id(\\d+)"`) {
		t.Errorf("want the spans sent before the end, got %s", &printed)
	}
}
