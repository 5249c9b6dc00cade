package otel_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/otel"
)

func ExampleNew() {
	exporter := tracetest.NewInMemoryExporter() // for example one for OTLP
	telemetry, err := otel.New(otel.Options{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter)),
		ServerName:     "api.example.com",
	})
	if err != nil {
		log.Fatal(err)
	}
	cfg := sidekick.Production()
	cfg.Chain.Outermost = append(cfg.Chain.Outermost, telemetry.Handler)
	cfg.Actions.Middleware = append(cfg.Actions.Middleware, telemetry.Middleware())
	kit, err := sidekick.New(cfg, dispatch.Action{Name: "hello", Run: func(context.Context, *dispatch.Connection) (any, error) {
		return "world", nil
	}})
	if err != nil {
		log.Fatal(err)
	}
	defer kit.Close()

	kit.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/api/hello", nil))
	for _, span := range exporter.GetSpans() {
		fmt.Println(span.SpanKind, span.Name)
	}
	// Output:
	// internal action hello
	// server GET /api/hello
}
