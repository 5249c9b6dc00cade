// Command cors puts github.com/rs/cors in front of actions: rs/cors alone decides
// which origins may read what, and Sidekick adds no CORS headers of its own.
//
//	go run ./cors -address :8080
//	curl -i -X OPTIONS -H 'Origin: https://app.example.com' \
//		-H 'Access-Control-Request-Method: PUT' localhost:8080/api/hello
//
// A configured Access-Control-Allow-Origin is the same for everybody. A policy by
// origin, with credentials or with different methods, needs a CORS middleware. Two
// servers show where it goes: newChain combines it with single pieces, newKit with
// the assembled server.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"log/slog"
	"net/http"
	"time"

	"github.com/justinas/alice"
	"github.com/rs/cors"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/middleware/headers"
	"github.com/sidekick-http/sidekick/middleware/preflight"
	"github.com/sidekick-http/sidekick/middleware/recovery"
)

func main() {
	address := flag.String("address", ":8080", "where to listen, `host:port`")
	flag.Parse()

	handler, err := newChain()
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

// policy allows one origin, with its cookies.
func policy() *cors.Cors {
	return cors.New(cors.Options{
		AllowedOrigins:   []string{"https://app.example.com"},
		AllowedMethods:   []string{http.MethodGet, http.MethodPut},
		AllowedHeaders:   []string{"Content-Type"},
		AllowCredentials: true,
		MaxAge:           600,
		// 200, which some old browsers insist on.
		OptionsSuccessStatus: http.StatusOK,
	})
}

// newChain puts rs/cors between the headers and the handlers.
func newChain() (http.Handler, error) {
	recoverer, err1 := recovery.New(recovery.Options{})
	fields, err2 := headers.New(headers.Options{Set: map[string]string{
		"X-Frame-Options": "DENY", // but nothing that begins with Access-Control-
	}})
	// rs/cors answers preflights. Other OPTIONS requests go on to the dispatcher,
	// which knows the methods of a path; TRACE and CONNECT end here.
	responder, err3 := preflight.New(preflight.Options{PassOthers: true})
	actions, err4 := dispatch.New(dispatch.Options{
		Prefixes: []string{"/api"},
		Actions:  []dispatch.Action{hello()},
		Routes:   dispatch.Routes{{Method: "get", Path: "/hello", Action: "hello"}, {Method: "put", Path: "/hello", Action: "hello"}},
		// With names switched off, only routes match, so OPTIONS can list their
		// methods.
		DisableNames: true,
	})
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	return alice.New(
		recoverer.Handler,
		fields.Handler,
		policy().Handler,
		responder.Handler,
	).Then(actions), nil
}

// newKit puts rs/cors around the assembled server.
func newKit() (http.Handler, error) {
	cfg := sidekick.Production()
	cfg.Logger = slog.New(slog.DiscardHandler)
	// The defaults would override what rs/cors has set.
	cfg.Headers.Set = map[string]string{
		"Access-Control-Allow-Origin":  "",
		"Access-Control-Allow-Methods": "",
		"Access-Control-Allow-Headers": "",
	}
	kit, err := sidekick.New(cfg, hello())
	if err != nil {
		return nil, err
	}
	return policy().Handler(kit), nil
}

func hello() dispatch.Action {
	return dispatch.Action{
		Name: "hello",
		Run: func(context.Context, *dispatch.Connection) (any, error) {
			return map[string]any{"hello": "world"}, nil
		},
		// The responses are for the origins of the policy, not for any script tag.
		DisableJSONP: true,
	}
}
