package legacy_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/legacy"
)

// A program that has taken over one of two actions.
func ExampleNew() {
	oldServer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "the old server answers", r.URL.Path)
	}))
	defer oldServer.Close()

	old, err := legacy.New(legacy.Options{Server: oldServer.URL})
	if err != nil {
		log.Fatal(err)
	}
	defer old.Close()
	d, err := dispatch.New(dispatch.Options{
		Prefixes: []string{"/api"},
		Unknown:  old,
		Actions: []dispatch.Action{{Name: "hello", Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			return nil, c.Pipe("the new server answers "+c.URL().Path+"\n", nil)
		}}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, path := range []string{"/api/hello", "/api/goodbye", "/public/logo.png"} {
		w := httptest.NewRecorder()
		d.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		body, _ := io.ReadAll(w.Body)
		fmt.Print(string(body))
	}
	// Output:
	// the new server answers /api/hello
	// the old server answers /api/goodbye
	// the old server answers /public/logo.png
}
