package headers_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/sidekick-http/sidekick/middleware/headers"
)

// get plays a request to a handler, for the examples.
func get(h http.Handler, method, target string, header ...string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func ExampleNew() {
	fields, err := headers.New(headers.Options{Set: map[string]string{
		"X-Content-Type-Options":    "nosniff",
		"Cache-Control":             "no-store",
		"Strict-Transport-Security": "max-age=31536000; includeSubDomains",
	}})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /photo", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		fmt.Fprint(w, "a photo")
	})
	h := fields.Handler(mux)

	for _, target := range []string{"http://a.example/photo", "https://a.example/photo", "http://a.example/none"} {
		resp := get(h, "GET", target)
		fmt.Printf("%d %s, %s, %q\n", resp.StatusCode, resp.Header.Get("X-Content-Type-Options"),
			resp.Header.Get("Cache-Control"), resp.Header.Get("Strict-Transport-Security"))
	}
	// Output:
	// 200 nosniff, max-age=60, ""
	// 200 nosniff, max-age=60, "max-age=31536000; includeSubDomains"
	// 404 nosniff, no-store, ""
}

// Every problem of the options is reported at once.
func ExampleNew_problems() {
	_, err := headers.New(headers.Options{Set: map[string]string{
		"Content-Length": "10",
		"X Name":         "value",
		"X-Value":        "line\nbreak",
	}})
	fmt.Println(err)
	// Output:
	// headers: Set["Content-Length"]: differs from response to response and cannot be configured
	// headers: Set["X Name"]: invalid name: want a token such as X-Frame-Options
	// headers: Set["X-Value"]: invalid value "line\nbreak": want no control characters and no blanks around it
}
