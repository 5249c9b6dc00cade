// Command observe adds traces and metrics to the assembled server, with Sidekick's
// modules otel and prometheus. Spans and metrics are named by route, never by path.
//
//	go run ./observe -address :8080 -metrics localhost:9090
//	curl localhost:8080/api/users/7
//	curl localhost:9090/metrics
//
// It works because the dispatcher puts the pattern of the route into the request's
// Pattern, as [http.ServeMux] does with its own, and the outermost piece of
// Sidekick copies it to the request that it was given. The modules read it there
// once the server has answered.
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/otel"
	"github.com/sidekick-http/sidekick/prometheus"
)

func main() {
	address := flag.String("address", ":8080", "where to listen, `host:port`")
	metrics := flag.String("metrics", "localhost:9090", "where to answer for /metrics, `host:port`")
	flag.Parse()
	ctx, stop := sidekick.UntilSignal(context.Background())
	defer stop()
	app, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	numbers, err := net.Listen("tcp", *metrics)
	if err != nil {
		log.Fatal(err)
	}
	if err := run(ctx, app, numbers, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, app, numbers net.Listener, out io.Writer) (err error) {
	// This one prints spans; package otlptracehttp has one that sends them.
	exporter, err := stdouttrace.New(stdouttrace.WithWriter(out))
	if err != nil {
		return err
	}
	spans := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	defer func() {
		flush, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		err = errors.Join(err, spans.Shutdown(flush)) // sends the remaining spans
	}()
	metrics, err := prometheus.New(prometheus.Options{})
	if err != nil {
		return err
	}
	kit, err := newKit(slog.New(slog.NewJSONHandler(os.Stderr, nil)), spans, metrics)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kit.Close()) }()

	// Metrics are for those who run the server, so they have a listener of their own
	// that nobody else can reach.
	scraped := http.NewServeMux()
	scraped.Handle("GET /metrics", metrics.Scrape())
	scrapes := &http.Server{Handler: scraped, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	go func() {
		if err := scrapes.Serve(numbers); !errors.Is(err, http.ErrServerClosed) {
			log.Print(err)
		}
	}()
	return errors.Join(kit.Serve(ctx, app), scrapes.Close())
}

// newKit returns an ordinary server, with traces and metrics around it and around
// its actions. Log records get the ids of spans without further configuration.
func newKit(logger *slog.Logger, spans trace.TracerProvider, metrics *prometheus.Metrics) (*sidekick.Kit, error) {
	telemetry, err := otel.New(otel.Options{
		TracerProvider: spans,
		Propagators:    propagation.TraceContext{}, // continues the traces of clients
		ServerName:     "users.example.com",
	})
	if err != nil {
		return nil, err
	}
	cfg := sidekick.Production()
	cfg.Logger = logger
	cfg.Chain.Outermost = []func(http.Handler) http.Handler{metrics.Handler, telemetry.Handler}
	cfg.Actions.Middleware = []dispatch.Middleware{metrics.Middleware(), telemetry.Middleware()}
	cfg.Actions.Routes = dispatch.Routes{{Method: "get", Path: `/users/:id(\d+)`, Action: "user"}}
	return sidekick.New(cfg, user(spans.Tracer("users")))
}

type userIn struct {
	ID int `json:"id" required:"true"`
}

type userOut struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

// user has its own span for the slow part, inside the span of the action, which is
// inside that of the request.
func user(tracer trace.Tracer) dispatch.Action {
	return dispatch.Typed("user", func(ctx context.Context, in userIn) (userOut, error) {
		_, span := tracer.Start(ctx, "load user")
		defer span.End()
		switch in.ID {
		case 7:
			return userOut{in.ID, "Ada"}, nil
		case 500:
			return userOut{}, errors.New("the table is gone")
		}
		return userOut{}, envelope.Errorf(http.StatusNotFound, "no such user")
	})
}
