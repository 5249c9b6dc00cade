// Command observe has traces and metrics around the assembled server: spans and
// numbers that are named by route, never by path, by the instrumentation that
// the makers of OpenTelemetry and of Prometheus have for net/http.
//
//	go run ./observe -address :8080 -metrics localhost:9090
//	curl localhost:8080/api/users/7
//	curl localhost:9090/metrics
//
// It works because the dispatcher puts the pattern of the route into the
// request's Pattern, where [http.ServeMux] has its own, and the outermost piece
// of Sidekick has it on the request that it was given. Whatever is around that
// piece finds it there when it has returned; route.go sees to those farther out.
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

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
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
	// This one prints spans; the package otlptracehttp has one that sends them.
	exporter, err := stdouttrace.New(stdouttrace.WithWriter(out))
	if err != nil {
		return err
	}
	spans := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	defer func() {
		flush, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		err = errors.Join(err, spans.Shutdown(flush)) // what is left is sent
	}()
	registry := prometheus.NewRegistry()
	kit, err := newKit(slog.New(slog.NewTextHandler(os.Stderr, nil)), spans, registry)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kit.Close()) }()

	// Numbers are for those who run the server: they have a listener of their
	// own, which nobody else can reach.
	scrapes := &http.Server{Handler: scraped(registry), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	go func() {
		if err := scrapes.Serve(numbers); !errors.Is(err, http.ErrServerClosed) {
			log.Print(err)
		}
	}()
	return errors.Join(kit.Serve(ctx, app), scrapes.Close())
}

// newKit is the server as it would be without anybody looking, but for the
// instrumentation around it and the middleware that tells its span more.
func newKit(logger *slog.Logger, spans trace.TracerProvider, registry prometheus.Registerer) (*sidekick.Kit, error) {
	cfg := sidekick.Production()
	cfg.Logger = logger
	cfg.Around = []func(http.Handler) http.Handler{
		withRoute, // the outermost
		func(next http.Handler) http.Handler { return measured(registry, next) },
		func(next http.Handler) http.Handler { return traced(spans, next) },
		tellRoute,
	}
	cfg.Middleware = []dispatch.Middleware{tellSpan()}
	cfg.Routes = dispatch.Routes{{Method: "get", Path: `/users/:id(\d+)`, Action: "user"}}
	return sidekick.New(cfg, user(spans.Tracer("users")))
}

type userIn struct {
	ID int `json:"id" required:"true"`
}

type userOut struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

// user has a span of its own for what takes its time; it lies in that of the
// request.
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
