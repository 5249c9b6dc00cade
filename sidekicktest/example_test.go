package sidekicktest_test

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/sidekicktest"
)

// t represents the *testing.T of a test.
var t example

type example struct{}

func (example) Helper()                           {}
func (example) Fatalf(format string, args ...any) { log.Fatalf(format, args...) }

// Errorf prints a test's complaint, so that Output contains it.
func (example) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// newKit is the program's own server: here with an action that greets and remembers whom it has
// seen.
func newKit() *sidekick.Kit {
	seen := map[string]int{}
	hello := dispatch.Action{
		Name:   "hello",
		Inputs: dispatch.Inputs{"name": {Required: true}},
		Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			id, _ := c.Fingerprint()
			seen[id]++
			return map[string]any{"hello": c.Params["name"], "visits": seen[id]}, nil
		},
	}
	avatar := dispatch.Action{
		Name:   "avatar",
		Inputs: dispatch.Inputs{"image": {File: true, Required: true}, "who": {Required: true}},
		Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			image, _ := c.Params.File("image")
			return map[string]any{"who": c.Params["who"], "name": image.Name, "size": image.Size}, nil
		},
	}
	cfg := sidekick.Production()
	cfg.Actions.Routes = dispatch.Routes{{Method: "get", Path: "/greet/:name", Action: "hello"}}
	kit, err := sidekick.New(cfg, hello, avatar)
	if err != nil {
		log.Fatal(err)
	}
	return kit
}

// An action is run by its name; the client is the same one in every call.
func Example() {
	kit := newKit()
	defer kit.Close()

	c := sidekicktest.New(t, kit)
	c.Action("hello", sidekicktest.Params{"name": "ann"})
	res := c.Action("hello", sidekicktest.Params{"name": "ann"})
	if res.Status != http.StatusOK || res.Envelope["visits"] != 2.0 {
		t.Errorf("want ann known, got %v", res)
	}

	other := sidekicktest.New(t, kit).Action("hello", sidekicktest.Params{"name": "bob"})
	if other.Fingerprint == res.Fingerprint {
		t.Errorf("want bob to be somebody else")
	}
	fmt.Println(res)
	fmt.Println(c.Action("hello", nil).Error)
	// Output:
	// 200 {"hello":"ann","visits":2}
	// name is a required parameter for this action
}

// A route, a version, a method, a header and files are members of a Request.
func ExampleClient_Send() {
	kit := newKit()
	defer kit.Close()
	c := sidekicktest.New(t, kit)

	res := c.Send(sidekicktest.Request{
		Action: "avatar",
		Params: sidekicktest.Params{"who": "ann"},
		Files:  []sidekicktest.File{{Field: "image", Name: "ann.png", Content: []byte("not really")}},
		Header: http.Header{"Accept-Language": {"en"}},
	})
	fmt.Println(res)

	res = c.Send(sidekicktest.Request{Path: "/api/greet/ann?apiVersion=1", Method: http.MethodHead})
	fmt.Println(res.Status, res.Action, res.Pattern)
	// Output:
	// 200 {"name":"ann.png","size":10,"who":"ann"}
	// 200 hello /api/greet/:name
}

// A result is decoded into the test's own type.
func ExampleResult() {
	kit := newKit()
	defer kit.Close()

	type greeting struct {
		Hello  string `json:"hello"`
		Visits int    `json:"visits"`
	}
	res := sidekicktest.New(t, kit).Action("hello", sidekicktest.Params{"name": "ann"})
	got := sidekicktest.StrictResult[greeting](t, res)
	fmt.Printf("%+v\n", got)
	// Output: {Hello:ann Visits:1}
}

// A dispatcher alone has no prefix and no cookie: the client's options provide both.
func ExampleNewWith() {
	d, err := dispatch.New(dispatch.Options{Actions: []dispatch.Action{{
		Name: "whoami",
		Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			id, _ := c.Fingerprint()
			return map[string]any{"id": id}, nil
		},
	}}})
	if err != nil {
		log.Fatal(err)
	}
	c := sidekicktest.NewWith(t, d, sidekicktest.Options{Prefix: "/", Fingerprint: "ann"})
	fmt.Println(c.Action("whoami", nil).Envelope["id"])
	// Output: ann
}

// Any handler works.
func ExampleClient_Get() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /count", func(w http.ResponseWriter, _ *http.Request) {
		for i := range 3 {
			fmt.Fprintln(w, i)
			_ = http.NewResponseController(w).Flush()
		}
	})
	res := sidekicktest.New(t, mux).Get("/count")
	fmt.Printf("%d %q %s\n", res.Status, res.Body, res.Pattern)
	// Output: 200 "0\n1\n2\n" GET /count
}
