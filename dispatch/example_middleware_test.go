package dispatch_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
)

// userKey is the key of the user in a connection. Its type is unexported, so that
// no other package can use the same key.
type userKey struct{}

// login lets only requests with a known token reach an action with the property "login".
func login(users map[string]string) dispatch.Middleware {
	return dispatch.Middleware{
		Name: "login",
		Before: func(ctx context.Context, c *dispatch.Connection) error {
			if need := c.Meta("login"); need == nil || need == false {
				return nil
			}
			user, ok := users[c.Request().Header.Get("X-Token")]
			if !ok {
				return envelope.Errorf(http.StatusUnauthorized, "log in first")
			}
			c.Set(userKey{}, user)
			return nil
		},
	}
}

// Middleware identifies the user and passes the user to the action.
func ExampleConnection_Set() {
	whoami := dispatch.Action{
		Name: "whoami",
		Meta: map[string]any{"login": true},
		Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			user, _ := c.Value(userKey{}).(string)
			return map[string]any{"user": user}, nil
		},
	}
	about := dispatch.Action{
		Name: "about",
		Meta: map[string]any{"login": false},
		Run: func(context.Context, *dispatch.Connection) (any, error) {
			return map[string]any{"about": "us"}, nil
		},
	}
	d, err := dispatch.New(dispatch.Options{
		Renderer:   plain(),
		Actions:    []dispatch.Action{whoami, about},
		Middleware: []dispatch.Middleware{login(map[string]string{"t-1": "ann"})},
	})
	if err != nil {
		log.Fatal(err)
	}

	for _, request := range [][2]string{{"/whoami", "t-1"}, {"/whoami", "t-2"}, {"/about", ""}} {
		r := httptest.NewRequest("GET", request[0], nil)
		r.Header.Set("X-Token", request[1])
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 {"user":"ann"}
	// 401 {"error":"log in first"}
	// 200 {"about":"us"}
}

// spanKey is the key of the span in a context.
type spanKey struct{}

// traced wraps every action in a span, which the action finds in its context.
func traced(next dispatch.Runner) dispatch.Runner {
	return func(ctx context.Context, c *dispatch.Connection) (any, error) {
		name, _ := c.Action()
		span := "span of " + name
		result, err := next(context.WithValue(ctx, spanKey{}, span), c)
		fmt.Println(span, "ends with", err)
		return result, err
	}
}

// An Around function sees every outcome, and changes the action's context. An After function may
// replace the result.
func ExampleMiddleware() {
	divide := dispatch.Typed("divide", func(ctx context.Context, in struct{ A, B int }) (map[string]any, error) {
		return map[string]any{"quotient": in.A / in.B, "in": ctx.Value(spanKey{})}, nil
	})
	d, err := dispatch.New(dispatch.Options{
		Renderer: plain(),
		Logger:   noLogger,
		Actions:  []dispatch.Action{divide},
		Middleware: []dispatch.Middleware{
			{Name: "traces", Priority: 1, Around: traced}, // the lowest priority is the outermost
			{Name: "sign", After: func(ctx context.Context, c *dispatch.Connection, result any) (any, error) {
				result.(map[string]any)["signed"] = true
				return result, nil
			}},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	print(d, "GET", "/divide?A=6&B=3")
	print(d, "GET", "/divide?A=6&B=three")
	// Output:
	// span of divide ends with <nil>
	// 200 {"in":"span of divide","quotient":2,"signed":true}
	// span of divide ends with dispatch: B must be a whole number, got "three"
	// 422 {"error":"B must be a whole number, got \"three\""}
}
