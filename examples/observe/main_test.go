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
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/sidekick-http/sidekick/prometheus"
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

// attributes returns the named attributes of a span.
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
	metrics, err := prometheus.New(prometheus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	kit, err := newKit(slog.New(slog.DiscardHandler), spans, metrics)
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
			if strings.HasPrefix(tt.path, "/api") && tt.status != 405 {
				want["client.address"] = "192.0.2.1" // nothing tells it to trust the header
			}
			if got := attributes(request, slices.Collect(maps.Keys(want))...); !maps.Equal(got, want) {
				t.Errorf("got attributes %v, want %v", got, want)
			}
			if tt.action == "" {
				return
			}
			if len(got) != 3 || got[0].Name != "load user" || got[1].Name != "action user" ||
				got[0].Parent.SpanID() != got[1].SpanContext.SpanID() || got[1].Parent.SpanID() != request.SpanContext.SpanID() {
				t.Errorf("want what the action does in its span, and that in the request's, got %d spans, the first %q", len(got), got[0].Name)
			}
		})
	}

	numbers := string(sidekicktest.New(t, metrics.Scrape()).Get("/metrics").Body)
	var series []string
	for line := range strings.Lines(numbers) {
		if rest, ok := strings.CutPrefix(line, "http_request_duration_seconds_count"); ok {
			series = append(series, strings.TrimSpace(rest))
		}
	}
	want := []string{
		`{code="200",method="GET",route="/api/user"} 1`,
		`{code="200",method="GET",route="/api/users/:id(\\d+)"} 1`,
		`{code="200",method="GET",route="none"} 1`,
		`{code="404",method="GET",route="/api/users/:id(\\d+)"} 1`,
		`{code="404",method="GET",route="none"} 2`,
		`{code="405",method="POST",route="none"} 1`,
		`{code="405",method="other",route="none"} 1`,
		`{code="500",method="GET",route="/api/users/:id(\\d+)"} 1`,
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

// The program answers on two listeners, and stops on request.
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
