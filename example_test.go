package sidekick_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing/fstest"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/static"
)

// show prints a handler's response to a request.
func show(h http.Handler, method, target, body string) {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code, strings.TrimSpace(w.Body.String()))
}

// The whole server: an action, answered by name, in an envelope.
func ExampleNew() {
	hello := dispatch.Action{
		Name:   "hello",
		Inputs: dispatch.Inputs{"name": {Required: true}},
		Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			return map[string]any{"hello": c.Params["name"]}, nil
		},
	}
	kit, err := sidekick.New(sidekick.Production(), hello)
	if err != nil {
		log.Fatal(err)
	}
	defer kit.Close()
	// To serve it: kit.ListenAndServe(ctx)

	show(kit, "GET", "/api/hello?name=world", "")
	show(kit, "POST", "/api/hello", `{"name": "world"}`)
	show(kit, "GET", "/api/hello", "")
	show(kit, "GET", "/api/nope", "")
	// Output:
	// 200 {"hello":"world"}
	// 200 {"hello":"world"}
	// 422 {"error":"name is a required parameter for this action"}
	// 404 {"error":"unknown action or invalid apiVersion"}
}

// An existing server gets actions below a path.
func ExampleNew_dispatcher() {
	env, err := envelope.New(envelope.Options{})
	if err != nil {
		log.Fatal(err)
	}

	d, err := dispatch.New(dispatch.Options{
		Prefixes: []string{"/api"},
		Renderer: env,
		Actions: []dispatch.Action{{
			Name:   "add",
			Inputs: dispatch.Inputs{"a": {Required: true, Formatters: []dispatch.Formatter{dispatch.ToInt}}, "b": {Default: int64(1), Formatters: []dispatch.Formatter{dispatch.ToInt}}},
			Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
				return map[string]any{"sum": c.Params["a"].(int64) + c.Params["b"].(int64)}, nil
			},
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux() // the existing one
	mux.Handle("/api/", d)

	show(mux, "GET", "/api/add?a=41", "")
	show(mux, "GET", "/api/add?a=4&b=2", "")
	show(mux, "GET", "/api/add?a=x", "")
	// Output:
	// 200 {"sum":42}
	// 200 {"sum":6}
	// 422 {"error":"a must be a whole number, got \"x\""}
}

// A single piece: nested params in front of a handler that knows nothing of
// Sidekick.
func ExampleNew_params() {
	p, err := params.New(params.Options{})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/search", func(w http.ResponseWriter, r *http.Request) {
		set, _ := params.FromContext(r.Context())
		fmt.Fprintln(w, set.Values["filter"], set.Values["tags"])
	})
	handler := p.Handler(mux)

	show(handler, "GET", "/search?filter[age][min]=18&tags[]=a&tags[]=b", "")
	show(handler, "POST", "/search?tags=query", `{"tags": ["body"]}`)
	// Output:
	// 200 map[age:map[min:18]] [a b]
	// 200 <nil> [body]
}

// Routes are tried top-down; names answer what no route does.
func ExampleNew_routes() {
	user := dispatch.Action{
		Name: "user", Version: "2", Inputs: dispatch.Inputs{"userID": {Required: true}},
		Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			return map[string]any{"user": c.Params["userID"]}, nil
		},
	}
	files := dispatch.Action{
		Name: "files", Inputs: dispatch.Inputs{"path": {}},
		Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			return map[string]any{"path": c.Params["path"]}, nil
		},
	}

	cfg := sidekick.Production()
	cfg.Actions.Routes = dispatch.Routes{
		{Method: "get", Path: `/users/:userID(\d+)`, Action: "user"},
		{Method: "all", Path: "/v:apiVersion/users/:userID", Action: "user"},
		{Method: "get", Path: "/files/:path(.*)", Action: "files", MatchTrailingPathParts: true},
	}

	kit, err := sidekick.New(cfg, user, files)
	if err != nil {
		log.Fatal(err)
	}
	defer kit.Close()
	show(kit, "GET", "/api/users/7", "")
	show(kit, "GET", "/api/users/seven", "")
	show(kit, "POST", "/api/v2/users/seven", "")
	show(kit, "GET", "/api/v1/users/seven", "")
	show(kit, "GET", "/api/files/a/b.txt", "")
	show(kit, "GET", "/api/user?userID=8", "")
	// Output:
	// 200 {"user":"7"}
	// 404 {"error":"unknown action or invalid apiVersion"}
	// 200 {"user":"seven"}
	// 404 {"error":"unknown action or invalid apiVersion"}
	// 200 {"path":"a/b.txt"}
	// 200 {"user":"8"}
}

// A typed action takes its inputs as a struct.
func ExampleNew_typed() {
	type in struct {
		Term  string `json:"term" required:"true" minLength:"2" description:"what to look for"`
		Limit int    `json:"limit" default:"10" minimum:"1" maximum:"100"`
		Sort  string `json:"sort" enum:"name,age"`
	}
	type out struct {
		Found []string `json:"found"`
		Limit int      `json:"limit"`
	}
	search := dispatch.Typed("search", func(ctx context.Context, q in) (out, error) {
		if q.Term == "nobody" {
			return out{}, envelope.Errorf(http.StatusNotFound, "nobody is called %q", q.Term)
		}
		return out{Found: []string{q.Term}, Limit: q.Limit}, nil
	})

	kit, err := sidekick.New(sidekick.Production(), search)
	if err != nil {
		log.Fatal(err)
	}
	defer kit.Close()
	show(kit, "GET", "/api/search?term=ann", "")
	show(kit, "POST", "/api/search", `{"term": "ann", "limit": 5}`)
	show(kit, "GET", "/api/search?term=a&limit=many&sort=size", "")
	show(kit, "GET", "/api/search?term=nobody", "")
	// Output:
	// 200 {"found":["ann"],"limit":10}
	// 200 {"found":["ann"],"limit":5}
	// 422 {"error":"term must be at least 2 characters long, got 1; limit must be a whole number, got \"many\"; sort must be one of name, age, got \"size\""}
	// 404 {"error":"nobody is called \"nobody\""}
}

// An action sends a file from the public folders, or content from anywhere.
func ExampleNew_files() {
	logo := dispatch.Action{Name: "logo", Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
		return nil, c.SendFile("logo.svg")
	}}
	report := dispatch.Action{Name: "report", Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
		return nil, c.ServeContent(static.Content{
			Reader: strings.NewReader("name,age\nann,7\n"), Name: "report.csv", Download: true,
		})
	}}

	cfg := sidekick.Production()
	cfg.Static.Roots = []static.Root{static.FS(fstest.MapFS{"logo.svg": {Data: []byte("<svg/>")}})} // for example an embed.FS

	kit, err := sidekick.New(cfg, logo, report)
	if err != nil {
		log.Fatal(err)
	}
	defer kit.Close()
	show(kit, "GET", "/logo.svg", "")
	show(kit, "GET", "/api/logo", "")
	show(kit, "GET", "/api/report", "")
	// Output:
	// 200 <svg/>
	// 200 <svg/>
	// 200 name,age
	// ann,7
}

// An action declares which of its inputs are files.
func ExampleNew_uploads() {
	avatar := dispatch.Action{
		Name:   "avatar",
		Inputs: dispatch.Inputs{"image": {File: true, Required: true}, "who": {Required: true}},
		Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			image, ok := c.Params.File("image")
			if !ok {
				return nil, envelope.Errorf(http.StatusUnprocessableEntity, "image must be a file")
			}
			// image.MoveTo(path) keeps it; otherwise it is gone after the request.
			return map[string]any{"name": image.Name, "size": image.Size}, nil
		},
	}

	kit, err := sidekick.New(sidekick.Production(), avatar)
	if err != nil {
		log.Fatal(err)
	}
	defer kit.Close()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	form.WriteField("who", "ann")
	part, _ := form.CreateFormFile("image", `C:\photos\ann.png`)
	io.WriteString(part, "not really a picture")
	form.Close()
	r := httptest.NewRequest("POST", "/api/avatar", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	w := httptest.NewRecorder()
	kit.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
	// Output: 200 {"name":"ann.png","size":20}
}
