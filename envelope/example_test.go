package envelope_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/sidekick-http/sidekick/envelope"
)

// A handler answers through the envelope instead of encoding JSON itself.
func ExampleNew() {
	env, err := envelope.New(envelope.Options{
		ServerName:        "Greeter",
		ServerInformation: true,
		Now:               func() time.Time { return time.UnixMilli(1700000000000) }, // only for the output below
	})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("name") == "" {
			env.Render(w, r, nil, envelope.Errorf(http.StatusUnprocessableEntity, "name is required"))
			return
		}
		env.Render(w, r, map[string]any{"hello": r.FormValue("name")}, nil)
	})

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/hello?name=world", nil))
	fmt.Println(w.Body)
	w = httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/hello", nil))
	fmt.Println(w.Code, w.Body)
	// Output:
	// {"hello":"world","serverInformation":{"serverName":"Greeter","apiVersion":"1.0.0","requestDuration":0,"currentTime":1700000000000}}
	// 422 {"error":"name is required","serverInformation":{"serverName":"Greeter","apiVersion":"1.0.0","requestDuration":0,"currentTime":1700000000000}}
}

// An existing handler's answers are put into an envelope.
func ExampleEnvelope_Handler() {
	env, err := envelope.New(envelope.Options{})
	if err != nil {
		panic(err)
	}
	existing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "no such user", http.StatusNotFound)
	})

	w := httptest.NewRecorder()
	env.Handler(existing).ServeHTTP(w, httptest.NewRequest("GET", "/users/7", nil))
	fmt.Println(w.Code, w.Body)
	// Output: 404 {"error":"no such user"}
}

// An error has a status and a message for the client.
func ExampleErrorf() {
	err := envelope.Errorf(http.StatusConflict, "the name %q is taken", "ann")
	fmt.Println(err.StatusCode(), err)
	// Output: 409 the name "ann" is taken
}
