// Command alice combines middlewares with github.com/justinas/alice, in two ways:
// in a chain of single pieces, and by putting the chain of the assembled server in
// front of handlers that are not actions.
//
//	go run ./alice -address :8080
//	curl -i localhost:8080/api/hello
//	curl -i localhost:8080/metrics
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/justinas/alice"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/middleware/compress"
	"github.com/sidekick-http/sidekick/middleware/recovery"
)

func main() {
	address := flag.String("address", ":8080", "where to listen, `host:port`")
	flag.Parse()

	handler, err := newServer(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Addr:              *address,
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
	}
	log.Fatal(server.ListenAndServe())
}

func newServer(logger *slog.Logger) (http.Handler, error) {
	cfg := sidekick.Production()
	cfg.Logger = logger
	kit, err := sidekick.New(cfg, hello())
	if err != nil {
		return nil, err
	}
	own, err := newOwn(logger)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", kit)
	// The server's chain goes in front of other handlers as well, followed by
	// middleware of our own.
	mux.Handle("/metrics", kit.Chain().Append(onlyGET).ThenFunc(metrics))
	mux.Handle("/legacy/", own)
	return mux, nil
}

// newOwn returns a handler with a chain of single pieces.
func newOwn(logger *slog.Logger) (http.Handler, error) {
	recoverer, err := recovery.New(recovery.Options{Logger: logger})
	if err != nil {
		return nil, err
	}
	compressor, err := compress.New(compress.Options{})
	if err != nil {
		return nil, err
	}
	answers, err := envelope.New(envelope.Options{})
	if err != nil {
		return nil, err
	}
	return alice.New(recoverer.Handler, compressor.Handler, onlyGET, answers.Handler).ThenFunc(legacy), nil
}

// onlyGET is an ordinary middleware that knows nothing about Sidekick.
func onlyGET(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func hello() dispatch.Action {
	return dispatch.Action{
		Name: "hello",
		Run: func(context.Context, *dispatch.Connection) (any, error) {
			return map[string]any{"hello": "world"}, nil
		},
	}
}

func metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	fmt.Fprint(w, "requests_total 1\n")
}

// legacy is an existing handler that answers in the envelope.
func legacy(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/legacy/list" {
		http.Error(w, "no such list", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, `{"items": [1, 2, 3]}`)
}
