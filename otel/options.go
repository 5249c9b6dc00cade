package otel

import (
	"fmt"
	"net/http"
	"net/url"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Options configures a [Telemetry]. The zero value is usable.
type Options struct {
	_ struct{}

	// TracerProvider makes the spans. nil means the global one,
	// otel.GetTracerProvider.
	TracerProvider trace.TracerProvider
	// MeterProvider makes the metrics. nil means the global one,
	// otel.GetMeterProvider.
	MeterProvider metric.MeterProvider
	// Propagators read the client's trace from the request. nil means the global one,
	// otel.GetTextMapPropagator, which by default reads nothing.
	Propagators propagation.TextMapPropagator

	// ServerName is the attribute server.address of spans and metrics: a host, with a
	// port if that is not the scheme's default. The default "" means os.Hostname.
	ServerName string

	// IsPublic reports whether the trace of a request is not to be trusted. Its span
	// then starts a new trace that links to the client's, so that clients cannot
	// decide what is sampled. nil continues the trace of every client.
	IsPublic func(*http.Request) bool

	// Skip reports whether a request gets no span and is not counted. nil skips none,
	// not even the probes that the assembled server answers.
	Skip func(*http.Request) bool

	// OmitActions leaves out the spans of actions.
	OmitActions bool
}

// ConfigError says what is wrong with the [Options].
type ConfigError struct{ Field, Value, Reason string }

func (e *ConfigError) Error() string {
	return fmt.Sprintf("otel: %s: invalid value %q: %s", e.Field, e.Value, e.Reason)
}

func (o *Options) check() error {
	if o.ServerName == "" {
		return nil
	}
	if u, err := url.Parse("//" + o.ServerName); err != nil || u.Host != o.ServerName || u.Hostname() == "" {
		return &ConfigError{"ServerName", o.ServerName, "want a host, such as api.example.com, with a port or without"}
	}
	return nil
}
