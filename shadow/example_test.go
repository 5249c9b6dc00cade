package shadow_test

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/sidekick-http/sidekick/shadow"
)

// Clients get the old response; the report has what is different in the new one.
func ExampleNew() {
	old := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"id": 1, "name": "Ann"}`)
	})
	moved := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"id": 2, "nmae": "Ann"}`)
	})
	sh, err := shadow.New(shadow.Options{
		Old:    old,
		Name:   func(r *http.Request) string { return strings.TrimPrefix(r.URL.Path, "/api/") },
		Masks:  []shadow.Mask{{Path: "**.id", Kind: shadow.ID}},
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		log.Fatal(err)
	}
	w := httptest.NewRecorder()
	sh.Handler(moved).ServeHTTP(w, httptest.NewRequest("GET", "/api/user", nil))
	sh.Close() // waits for the comparison
	answer, _ := io.ReadAll(w.Body)
	fmt.Printf("%s\n", answer)
	for _, n := range sh.Report().Names {
		for _, f := range n.Found {
			fmt.Printf("%s: %s %s was %q and is %q\n", n.Name, f.Kind, f.Path, f.Old, f.New)
		}
	}
	// Output:
	// {"id": 1, "name": "Ann"}
	// user: body name was "string of 3 bytes" and is "missing"
	// user: body nmae was "missing" and is "string of 3 bytes"
}
