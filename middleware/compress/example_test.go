package compress_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/sidekick-http/sidekick/middleware/compress"
)

// A Compressor in front of a plain ServeMux. It leaves alone pages that show a
// secret next to what a visitor typed.
func ExampleNew() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /list", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"list":["%s"]}`, strings.Repeat("a long answer ", 1000))
	})
	mux.HandleFunc("GET /account/search", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, strings.Repeat("<p>results, and a form with a token</p>", 1000))
	})

	compressor, err := compress.New(compress.Options{
		Skip: func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/account/") },
	})
	if err != nil {
		log.Fatal(err)
	}
	handler := compressor.Handler(mux) // for http.ListenAndServe

	for _, path := range []string{"/list", "/account/search"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Accept-Encoding", "gzip, deflate, br")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Printf("%s: %q, less than 1000 bytes: %t\n", path, w.Header().Get("Content-Encoding"), w.Body.Len() < 1000)
	}
	// Output:
	// /list: "gzip", less than 1000 bytes: true
	// /account/search: "", less than 1000 bytes: false
}
