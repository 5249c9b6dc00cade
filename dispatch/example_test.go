package dispatch_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
)

// plain is an envelope without metadata, whose answers are the same each time.
func plain() *envelope.Envelope {
	env, err := envelope.New(envelope.Options{})
	if err != nil {
		log.Fatal(err)
	}
	return env
}

// noLogger discards the errors that the examples cause on purpose.
var noLogger = slog.New(slog.DiscardHandler)

func print(h http.Handler, method, target string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	fmt.Println(w.Code, w.Body)
}

// Two versions of an action, a route, and a middleware that refuses.
func ExampleNew() {
	greet := func(version, greeting string) dispatch.Action {
		return dispatch.Action{
			Name: "greet", Version: version,
			Inputs: dispatch.Inputs{"name": {Default: "you"}},
			Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
				name, _ := c.Params.String("name")
				return map[string]any{"text": greeting + " " + name}, nil
			},
		}
	}
	d, err := dispatch.New(dispatch.Options{
		Renderer: plain(),
		Actions:  []dispatch.Action{greet("1", "good day"), greet("2", "hello")},
		Routes:   dispatch.Routes{{Method: "get", Path: "/people/:name/greeting", Action: "greet"}},
		Middleware: []dispatch.Middleware{{
			Name: "nobody",
			Before: func(ctx context.Context, c *dispatch.Connection) error {
				if name, _ := c.Params.String("name"); name == "nobody" {
					return envelope.Errorf(http.StatusForbidden, "this name is not greeted")
				}
				return nil
			},
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	print(d, "GET", "/greet")
	print(d, "GET", "/greet?apiVersion=1&name=ann")
	print(d, "GET", "/people/bob/greeting")
	print(d, "GET", "/people/nobody/greeting")
	print(d, "GET", "/greet?apiVersion=3")
	// Output:
	// 200 {"text":"hello you"}
	// 200 {"text":"good day ann"}
	// 200 {"text":"hello bob"}
	// 403 {"error":"this name is not greeted"}
	// 404 {"error":"unknown action or invalid apiVersion"}
}

// Problems of the configuration are reported all at once.
func ExampleNew_problems() {
	_, err := dispatch.New(dispatch.Options{
		Actions: []dispatch.Action{{Name: "a", Handler: http.NotFoundHandler()}},
		Routes: dispatch.Routes{
			{Method: "get", Path: "/x/:id", Action: "a"},
			{Method: "get", Path: "/x/:name", Action: "a"},
			{Method: "get", Path: "/y", Action: "b"},
		},
	})
	fmt.Println(err)
	// Output:
	// dispatch: Routes[2] (get /y).Action: invalid value "b": no action has this name
	// dispatch: Routes[1] (get /x/:name): it can never match: Routes[0] (get /x/:id) comes before it and matches all of its paths
}

// A typed action beside plain ones.
func ExampleTyped() {
	type point struct {
		X int `json:"x" required:"true"`
		Y int `json:"y" default:"1" minimum:"1"`
	}
	scale := dispatch.Typed("scale", func(ctx context.Context, p point) ([]int, error) {
		return []int{p.X * 2, p.Y * 2}, nil
	}, func(a *dispatch.Action) { a.Description = "Doubles a point." })
	d, err := dispatch.New(dispatch.Options{Renderer: plain(), Actions: []dispatch.Action{scale}})
	if err != nil {
		log.Fatal(err)
	}
	print(d, "GET", "/scale?x=3")
	print(d, "GET", "/scale?x=left&y=0")
	// Output:
	// 200 [6,2]
	// 422 {"error":"x must be a whole number, got \"left\"; y must be at least 1, got \"0\""}
}

// One action as a handler, for any mux.
func ExampleDispatcher_Action() {
	d, err := dispatch.New(dispatch.Options{Renderer: plain(), Actions: []dispatch.Action{{
		Name: "user", Inputs: dispatch.Inputs{"id": {Required: true}},
		Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			return map[string]any{"user": c.Params["id"]}, nil
		},
	}}})
	if err != nil {
		log.Fatal(err)
	}
	user, err := d.Action("user", "")
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /users/{id}", user)
	print(mux, "GET", "/users/7")
	// Output: 200 {"user":"7"}
}
