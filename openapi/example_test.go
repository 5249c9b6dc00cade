package openapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/openapi"
)

func ExampleNew() {
	type in struct {
		Name string `json:"name" required:"true" description:"whom to greet"`
	}
	type out struct {
		Hello string `json:"hello"`
	}
	hello := dispatch.Typed("hello", func(_ context.Context, i in) (out, error) { return out{i.Name}, nil })
	d, err := dispatch.New(dispatch.Options{Prefixes: []string{"/api"}, Actions: []dispatch.Action{hello}})
	if err != nil {
		log.Fatal(err)
	}
	doc, err := openapi.New(openapi.Options{Dispatcher: d, Title: "Greetings", Version: "1.0.0"})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/api/", d)
	mux.Handle("/api/openapi.json", doc)

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/openapi.json", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"), w.Body.String()[:80])
	// Output: 200 application/json {"openapi":"3.1.1","info":{"title":"Greetings","version":"1.0.0"},"servers":[{"u
}

func ExampleSwagger() {
	d, err := dispatch.New(dispatch.Options{
		Prefixes: []string{"/api"},
		Actions:  []dispatch.Action{openapi.Swagger(openapi.SwaggerOptions{Title: "Greetings"})},
	})
	if err != nil {
		log.Fatal(err)
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/swagger", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	// Output: 200 application/json; charset=utf-8
}

// Properties of actions are shown by choice.
func ExampleOptions() {
	remove := dispatch.Action{
		Name: "remove",
		Meta: map[string]any{"permission": "orders:write"},
		Run:  func(context.Context, *dispatch.Connection) (any, error) { return nil, nil },
	}
	d, err := dispatch.New(dispatch.Options{
		Actions: []dispatch.Action{remove},
		Routes:  dispatch.Routes{{Method: "delete", Path: "/orders/:id", Action: "remove"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	doc, err := openapi.New(openapi.Options{Dispatcher: d, ShowMeta: map[string]string{"permission": "x-permission"}})
	if err != nil {
		log.Fatal(err)
	}
	text, err := doc.JSON()
	if err != nil {
		log.Fatal(err)
	}
	var shown struct {
		Paths map[string]map[string]struct {
			Permission string `json:"x-permission"`
		}
	}
	if err := json.Unmarshal(text, &shown); err != nil {
		log.Fatal(err)
	}
	fmt.Println(shown.Paths["/orders/{id}"]["delete"].Permission)
	// Output: orders:write
}
