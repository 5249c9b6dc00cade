// Command prefix adds named, versioned actions below a prefix of an existing
// [http.ServeMux].
//
//	go run ./prefix -address :8080
//	curl localhost:8080/api/hello?name=you
//	curl localhost:8080/api/users/7
//	curl localhost:8080/v2/hello?name=you
//
// There are two ways. A dispatcher that knows its prefix sees the original paths,
// as do the access log and the redirects of hosts, which belong outside it. Behind
// [http.StripPrefix] it needs no prefix and can be mounted under any path, or under
// several; but what is around the mux then sees the mux's pattern ("/v2/") instead
// of the action's ("/api/users/:id").
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
)

func main() {
	address := flag.String("address", ":8080", "where to listen, `host:port`")
	flag.Parse()

	handler, err := newServer()
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

func newServer() (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "the old home page") })
	mux.HandleFunc("GET /api/old", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "an old endpoint") })

	known, err := newDispatcher("/api")
	if err != nil {
		return nil, err
	}
	// Both patterns: with "/api/" alone the mux would redirect "/api", where the
	// parameter "action" can name an action.
	mux.Handle("/api", known)
	mux.Handle("/api/", known)

	stripped, err := newDispatcher()
	if err != nil {
		return nil, err
	}
	mux.Handle("/v2/", http.StripPrefix("/v2", stripped))
	return mux, nil
}

// newDispatcher returns a dispatcher for the actions below the given prefixes.
func newDispatcher(prefixes ...string) (*dispatch.Dispatcher, error) {
	answers, err := envelope.New(envelope.Options{
		ServerName: "prefix",
	})
	if err != nil {
		return nil, err
	}
	return dispatch.New(dispatch.Options{
		Prefixes: prefixes,
		Renderer: answers,
		Actions:  []dispatch.Action{hello(), user()},
		Routes:   dispatch.Routes{{Method: "get", Path: "/users/:id", Action: "user"}},
	})
}

// hello is reached by its name.
func hello() dispatch.Action {
	return dispatch.Action{
		Name:        "hello",
		Description: "greets",
		Inputs:      dispatch.Inputs{"name": {Required: true}},
		Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			name, ok := c.Params.String("name")
			if !ok {
				return nil, envelope.Errorf(http.StatusUnprocessableEntity, "name is not a string")
			}
			return map[string]any{"hello": name}, nil
		},
	}
}

// userIn holds the inputs of the action user.
type userIn struct {
	ID int `json:"id" required:"true" minimum:"1"`
}

type userOut struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

var errNoUser = &envelope.Error{Status: http.StatusNotFound, Message: "no such user"}

// user is reached by its route, and by its name.
func user() dispatch.Action {
	return dispatch.Typed("user", func(_ context.Context, in userIn) (userOut, error) {
		if in.ID != 7 {
			return userOut{}, errors.Join(errNoUser, fmt.Errorf("asked for %d", in.ID)) // the second error is for logs
		}
		return userOut{in.ID, "Ada"}, nil
	})
}
