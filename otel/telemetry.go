package otel

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/felixge/httpsnoop"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	otelapi "go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/sidekick-http/sidekick/logctx"
)

// scope is the instrumentation name for the spans of actions.
const scope = "github.com/sidekick-http/sidekick/otel"

// Telemetry observes requests and actions. It is immutable and safe for
// concurrent use.
type Telemetry struct {
	instrument func(http.Handler) http.Handler // otelhttp's
	tracer     trace.Tracer
	actions    bool
}

// New returns a Telemetry. Its error is a [*ConfigError].
func New(o Options) (*Telemetry, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	options := []otelhttp.Option{otelhttp.WithServerName(cmp.Or(o.ServerName, host))}
	if o.TracerProvider == nil {
		o.TracerProvider = otelapi.GetTracerProvider()
	}
	options = append(options, otelhttp.WithTracerProvider(o.TracerProvider))
	if o.MeterProvider != nil {
		options = append(options, otelhttp.WithMeterProvider(o.MeterProvider))
	}
	if o.Propagators != nil {
		options = append(options, otelhttp.WithPropagators(o.Propagators))
	}
	if o.IsPublic != nil {
		options = append(options, otelhttp.WithPublicEndpointFn(o.IsPublic))
	}
	if skip := o.Skip; skip != nil {
		options = append(options, otelhttp.WithFilter(func(r *http.Request) bool { return !skip(r) }))
	}
	return &Telemetry{
		instrument: otelhttp.NewMiddleware("sidekick", options...),
		tracer:     o.TracerProvider.Tracer(scope),
		actions:    !o.OmitActions,
	}, nil
}

// Handler gives requests their spans, counts and times them, and passes them to
// next.
//
// Afterwards the request that it was given has the Pattern that next saw, so that
// outer middleware finds it.
func (t *Telemetry) Handler(next http.Handler) http.Handler {
	instrumented := t.instrument(observe(next))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		told := &given{pattern: r.Pattern}
		defer func() { r.Pattern = told.pattern }()
		instrumented.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), givenKey{}, told)))
	})
}

// given is what is copied back to the request that Handler was given.
type given struct{ pattern string }

type givenKey struct{}

// observe adds what otelhttp does not know to the span that it has made.
func observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if told, ok := r.Context().Value(givenKey{}).(*given); ok {
			defer func() { told.pattern = r.Pattern }()
		}
		span := trace.SpanFromContext(r.Context())
		if !span.SpanContext().IsValid() {
			next.ServeHTTP(w, r) // it is skipped
			return
		}
		if peer, ok := peerOf(r); ok {
			span.SetAttributes(semconv.ClientAddress(peer)) // until the dispatcher knows better
		}
		// In place, because otelhttp reads the Pattern of this very request.
		*r = *r.WithContext(withIDs(r.Context(), span.SpanContext()))
		status := 0
		defer func() {
			problem := recover()
			describe(span, r, status, problem != nil)
			if problem != nil {
				panic(problem)
			}
		}()
		next.ServeHTTP(httpsnoop.Wrap(w, httpsnoop.Hooks{WriteHeader: func(send httpsnoop.WriteHeaderFunc) httpsnoop.WriteHeaderFunc {
			return func(code int) {
				if status == 0 && code >= 200 {
					status = code
				}
				send(code)
			}
		}}), r)
	})
}

// describe sets what is known at the end of r on its span.
func describe(span trace.Span, r *http.Request, status int, cut bool) {
	route := routeOf(r.Pattern)
	if route != "" {
		span.SetAttributes(semconv.HTTPRoute(route))
	}
	switch {
	case cut:
		span.SetAttributes(semconv.ErrorTypeKey.String("aborted"))
		span.SetStatus(codes.Error, "the response was cut off")
		// otelhttp does so if the request ends normally.
		if named, ok := span.(interface{ Name() string }); ok && route != "" {
			span.SetName(named.Name() + " " + route)
		}
	case status >= 500:
		span.SetAttributes(semconv.ErrorTypeKey.String(strconv.Itoa(status)))
	}
}

// routeOf returns the path of a pattern: one of http.ServeMux may begin with a
// method and a host.
func routeOf(pattern string) string {
	if i := strings.IndexByte(pattern, '/'); i >= 0 {
		return pattern[i:]
	}
	return ""
}

// withIDs returns a context whose log records have the ids of a span.
func withIDs(ctx context.Context, span trace.SpanContext) context.Context {
	return logctx.With(ctx, slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
}

// peerOf returns the address of the connection's peer, if it has one.
func peerOf(r *http.Request) (string, bool) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return "", false
	}
	addr, err := netip.ParseAddr(host)
	return addr.Unmap().String(), err == nil
}
