package preflight_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/sidekick-http/sidekick/middleware/preflight"
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
	responder, err := preflight.New(preflight.Options{
		Methods: []string{"GET", "PUT"},
		Origin:  "https://www.example.com",
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /note", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "noted") })
	h := responder.Handler(mux)

	resp := get(h, "OPTIONS", "/note", "Origin", "https://www.example.com", "Access-Control-Request-Method", "PUT")
	fmt.Println(resp.StatusCode, resp.Header.Get("Access-Control-Allow-Methods"), resp.Header.Get("Access-Control-Allow-Origin"))
	fmt.Println(get(h, "TRACE", "/note").Status)
	// Output:
	// 200 GET, PUT https://www.example.com
	// 405 Method Not Allowed
}

// CORS headers say who may read. Who may send is another question, and another
// piece.
func ExampleResponder_crossOriginProtection() {
	responder, err := preflight.New(preflight.Options{})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /pay", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "paid") })
	h := responder.Handler(http.NewCrossOriginProtection().Handler(mux))

	fmt.Println(get(h, "POST", "https://shop.example/pay", "Origin", "https://shop.example").Status)
	fmt.Println(get(h, "POST", "https://shop.example/pay", "Origin", "https://evil.example").Status)
	// Output:
	// 200 OK
	// 403 Forbidden
}
