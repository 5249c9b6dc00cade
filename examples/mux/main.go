// Command mux adds Sidekick to an existing server: a plain [http.ServeMux] with a
// few handlers. The pieces are added one by one; each function in pieces.go would
// also work alone.
//
//	go run ./mux -address :8080
//	curl -i 'localhost:8080/weather?callback=show'
package main

import (
	"flag"
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"
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
