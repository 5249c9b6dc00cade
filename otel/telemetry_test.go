package otel_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/otel"
	"github.com/sidekick-http/sidekick/params"
)

// observed is a server that is observed.
type observed struct {
	*httptest.Server
	spans   *tracetest.InMemoryExporter
	metrics *metric.ManualReader
	log     *bytes.Buffer
	running sync.WaitGroup
}

const trusted = "127.0.0.1"

func observe(t *testing.T, o otel.Options) *observed {
	t.Helper()
	s := &observed{spans: tracetest.NewInMemoryExporter(), metrics: metric.NewManualReader(), log: &bytes.Buffer{}}
	spans := sdktrace.NewTracerProvider(sdktrace.WithSyncer(s.spans))
	o.TracerProvider = spans
	o.MeterProvider = metric.NewMeterProvider(metric.WithReader(s.metrics))
	o.Propagators = propagation.TraceContext{}
	telemetry, err := otel.New(o)
	if err != nil {
		t.Fatal(err)
	}
	cfg := sidekick.Production()
	logger := slog.New(slog.NewJSONHandler(s.log, nil))
	cfg.Logger = logger
	cfg.ClientAddr.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(trusted + "/32")}
	cfg.Chain.Outermost = append(cfg.Chain.Outermost, telemetry.Handler)
	cfg.Actions.Middleware = append(cfg.Actions.Middleware, telemetry.Middleware())
	cfg.Actions.Routes = dispatch.Routes{{Method: "get", Path: "/users/:id", Action: "user"}}
	kit, err := sidekick.New(cfg,
		dispatch.Action{Name: "user", Inputs: dispatch.Inputs{"id": {Required: true}}, Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			_, span := spans.Tracer("users").Start(ctx, "load user")
			defer span.End()
			switch c.Params["id"] {
			case "8":
				return nil, envelope.Errorf(http.StatusNotFound, "no such user")
			case "500":
				return nil, errors.New("the table is gone")
			case "501":
				panic("no")
			}
			return "Ada", nil
		}},
		dispatch.Action{Name: "cut", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "half")
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		})},
		dispatch.Action{Name: "outer", Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			return c.Run(ctx, "user", "", params.Values{"id": "7"})
		}},
	)
	if err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.running.Add(1)
		defer s.running.Done()
		kit.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		s.Close()
		if err := errors.Join(kit.Close(), spans.Shutdown(context.Background())); err != nil {
			t.Error(err)
		}
	})
	return s
}

// ask sends a request and returns the resulting spans by name.
func (s *observed) ask(t *testing.T, method, path string, header http.Header) (status int, spans map[string]tracetest.SpanStub) {
	t.Helper()
	s.spans.Reset()
	r, err := http.NewRequest(method, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(r.Header, header)
	res, err := http.DefaultClient.Do(r)
	if err == nil {
		status = res.StatusCode
		io.Copy(io.Discard, res.Body) // one may be cut off
		res.Body.Close()
	}
	s.running.Wait() // spans end after the response
	spans = map[string]tracetest.SpanStub{}
	for _, span := range s.spans.GetSpans() {
		spans[span.Name] = span
	}
	return status, spans
}

func attributes(s tracetest.SpanStub) map[string]string {
	out := map[string]string{}
	for _, a := range s.Attributes {
		out[string(a.Key)] = a.Value.String()
	}
	return out
}

func TestSpansOfRequests(t *testing.T) {
	s := observe(t, otel.Options{ServerName: "api.example.com"})
	for _, tt := range []struct {
		method, path string
		status       int
		span         string
		route        string
		failed       codes.Code
		errorType    string
	}{
		{"GET", "/api/users/7", 200, "GET /api/users/:id", "/api/users/:id", codes.Unset, ""},
		{"GET", "/api/users/8", 404, "GET /api/users/:id", "/api/users/:id", codes.Unset, ""},
		{"GET", "/api/users/500", 500, "GET /api/users/:id", "/api/users/:id", codes.Error, "500"},
		{"GET", "/api/user?id=7", 200, "GET /api/user", "/api/user", codes.Unset, ""},
		{"GET", "/api/cut", 200, "GET /api/cut", "/api/cut", codes.Error, "aborted"},
		{"GET", "/api/nobody/made/this", 404, "GET", "", codes.Unset, ""},
		{"GET", "/nor/this.html", 404, "GET", "", codes.Unset, ""},
		{"MADE-UP", "/api/users/7", 405, "HTTP", "", codes.Unset, ""},
	} {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			status, spans := s.ask(t, tt.method, tt.path, nil)
			span, ok := spans[tt.span]
			if status != tt.status || !ok || span.SpanKind != trace.SpanKindServer || span.Status.Code != tt.failed {
				t.Fatalf("got %d and %v, want %d and %q with the status %v", status, slices.Collect(maps.Keys(spans)), tt.status, tt.span, tt.failed)
			}
			got := attributes(span)
			path, _, _ := strings.Cut(tt.path, "?")
			want := map[string]string{"http.route": tt.route, "error.type": tt.errorType, "server.address": "api.example.com", "client.address": "127.0.0.1", "url.path": path, "url.query": "", "url.scheme": "http", "network.protocol.version": "1.1"}
			for k, v := range want {
				if got[k] != v {
					t.Errorf("%s: got %q, want %q", k, got[k], v)
				}
			}
		})
	}
}

// What proxies say about the client counts if they are trusted, and only then.
func TestClientAddresses(t *testing.T) {
	s := observe(t, otel.Options{})
	for _, tt := range []struct{ name, path, want string }{
		{"an action", "/api/users/7", "198.51.100.66"},
		{"no action", "/api/nobody", "198.51.100.66"},
		{"a file, which the dispatcher does not see", "/none.html", "127.0.0.1"},
	} {
		_, spans := s.ask(t, "GET", tt.path, http.Header{"X-Forwarded-For": {"198.51.100.66"}})
		for name, span := range spans {
			if got := attributes(span)["client.address"]; span.SpanKind == trace.SpanKindServer && got != tt.want {
				t.Errorf("%s: %s: got %q, want %q", tt.name, name, got, tt.want)
			}
		}
	}
}

func TestSpansOfActions(t *testing.T) {
	s := observe(t, otel.Options{})
	for _, tt := range []struct {
		path      string
		failed    codes.Code
		errorType string
		event     string // in the attributes of an event
	}{
		{"/api/users/7", codes.Unset, "", ""},
		{"/api/users/8", codes.Unset, "", ""}, // the client's
		{"/api/user", codes.Unset, "", ""},    // an input is missing
		{"/api/users/500", codes.Error, "*errors.errorString", "the table is gone"},
		{"/api/users/501", codes.Error, "panic", "telemetry_test.go"},
	} {
		t.Run(tt.path, func(t *testing.T) {
			_, spans := s.ask(t, "GET", tt.path, nil)
			action, ok := spans["action user"]
			if !ok {
				t.Fatalf("got %v", slices.Collect(maps.Keys(spans)))
			}
			got := attributes(action)
			if got["sidekick.action"] != "user" || got["sidekick.version"] != "1" || got["error.type"] != tt.errorType || action.Status.Code != tt.failed {
				t.Errorf("got %v, %v", action.Status, got)
			}
			var events bytes.Buffer
			for _, e := range action.Events {
				json.NewEncoder(&events).Encode(e.Attributes)
			}
			if (events.Len() > 0) != (tt.event != "") || !strings.Contains(events.String(), tt.event) {
				t.Errorf("got the events %s, want %q", &events, tt.event)
			}
			request := spans["GET /api/users/:id"]
			if tt.path == "/api/user" {
				request = spans["GET /api/user"]
			}
			if action.Parent.SpanID() != request.SpanContext.SpanID() || attributes(request)["sidekick.message_id"] == "" {
				t.Errorf("it is not in the request's span: %v, %v", action.Parent, request)
			}
			if load, ok := spans["load user"]; ok && load.Parent.SpanID() != action.SpanContext.SpanID() {
				t.Error("what the action does is not in its span")
			}
		})
	}
	t.Run("an action that aborts", func(t *testing.T) {
		_, spans := s.ask(t, "GET", "/api/cut", nil)
		if got := attributes(spans["action cut"])["error.type"]; got != "aborted" || len(spans["action cut"].Events) > 0 {
			t.Errorf("got %q, %v", got, spans["action cut"].Events)
		}
	})
	t.Run("an action that another runs", func(t *testing.T) {
		_, spans := s.ask(t, "GET", "/api/outer", nil)
		if spans["action user"].Parent.SpanID() != spans["action outer"].SpanContext.SpanID() || !spans["action user"].Parent.IsValid() {
			t.Errorf("got %v", slices.Collect(maps.Keys(spans)))
		}
	})
	t.Run("left out", func(t *testing.T) {
		_, spans := observe(t, otel.Options{OmitActions: true}).ask(t, "GET", "/api/users/7", nil)
		if len(spans) != 2 || spans["load user"].Parent.SpanID() != spans["GET /api/users/:id"].SpanContext.SpanID() {
			t.Errorf("got %v", slices.Collect(maps.Keys(spans)))
		}
	})
}

const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func TestTracesOfClients(t *testing.T) {
	const client = "0af7651916cd43dd8448eb211c80319c"
	header := http.Header{"Traceparent": {parent}}
	_, spans := observe(t, otel.Options{}).ask(t, "GET", "/api/users/7", header)
	request := spans["GET /api/users/:id"]
	if got := request.SpanContext.TraceID().String(); got != client || request.Parent.SpanID().String() != "b7ad6b7169203331" {
		t.Errorf("got the trace %s, the parent %v", got, request.Parent.SpanID())
	}
	public := otel.Options{IsPublic: func(r *http.Request) bool { return r.URL.Path != "" }}
	_, spans = observe(t, public).ask(t, "GET", "/api/users/7", header)
	request = spans["GET /api/users/:id"]
	if got := request.SpanContext.TraceID().String(); got == client || len(request.Links) != 1 || request.Links[0].SpanContext.TraceID().String() != client {
		t.Errorf("a public server: got the trace %s, the links %v", got, request.Links)
	}
}

// Every record of a request names its span; those of an action name the action's.
func TestRecordsHaveIDs(t *testing.T) {
	s := observe(t, otel.Options{})
	_, spans := s.ask(t, "GET", "/api/users/500", http.Header{"Traceparent": {parent}})
	seen := map[string]string{}
	for line := range strings.Lines(s.log.String()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		if record["messageId"] != nil {
			if record["trace_id"] != "0af7651916cd43dd8448eb211c80319c" {
				t.Errorf("got %s", line)
			}
			seen[record["msg"].(string)], _ = record["span_id"].(string)
		}
	}
	if want := spans["GET /api/users/:id"].SpanContext.SpanID().String(); seen["request"] != want {
		t.Errorf("got %v, want the access log's record in the span %s", seen, want)
	}
	if len(seen) < 2 {
		t.Errorf("got %v, want the record of the error as well", seen)
	}
}

func TestMetrics(t *testing.T) {
	s := observe(t, otel.Options{ServerName: "api.example.com", Skip: func(r *http.Request) bool { return r.URL.Path == "/skipped" }})
	for _, path := range []string{"/api/users/7", "/api/users/9", "/api/users/500", "/api/made/up", "/skipped"} {
		r, err := http.NewRequest("GET", s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "made-up" + strings.ReplaceAll(path, "/", ".")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	s.running.Wait()
	var all metricdata.ResourceMetrics
	if err := s.metrics.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name != "http.server.request.duration" {
				continue
			}
			if m.Unit != "s" {
				t.Errorf("got the unit %q", m.Unit)
			}
			for _, p := range m.Data.(metricdata.Histogram[float64]).DataPoints {
				value := func(k attribute.Key) string { v, _ := p.Attributes.Value(k); return v.String() }
				got[value("http.route")+" "+value("http.response.status_code")+" "+value("server.address")] = p.Count
			}
		}
	}
	want := map[string]uint64{"/api/users/:id 200 api.example.com": 2, "/api/users/:id 500 api.example.com": 1, " 404 api.example.com": 1}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestServerNames(t *testing.T) {
	for name, good := range map[string]bool{"": true, "a.example": true, "a.example:8443": true, "[::1]:80": true, "a b": false, "https://a": false, "a/b": false, ":80": false, "u@a": false} {
		_, err := otel.New(otel.Options{ServerName: name})
		var bad *otel.ConfigError
		if (err == nil) != good || err != nil && (!errors.As(err, &bad) || bad.Field != "ServerName") {
			t.Errorf("%q: got %v", name, err)
		}
	}
}

// Outer middleware also finds the pattern.
func TestOuterMiddlewareFindsThePattern(t *testing.T) {
	telemetry, err := otel.New(otel.Options{TracerProvider: sdktrace.NewTracerProvider()})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /people/{id}", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for path, want := range map[string]string{"/people/7": "GET /people/{id}", "/none": "", "/cut": "GET /cut"} {
		r := httptest.NewRequest("GET", path, nil)
		func() {
			defer func() {
				if problem := recover(); problem != nil && problem != http.ErrAbortHandler {
					t.Error(problem)
				}
			}()
			telemetry.Handler(mux).ServeHTTP(httptest.NewRecorder(), r)
		}()
		if r.Pattern != want {
			t.Errorf("%s: got %q, want %q", path, r.Pattern, want)
		}
	}
}
