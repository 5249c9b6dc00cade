package idempotency_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/sidekick-http/sidekick/idempotency"
)

// An order that is sent twice is placed once.
func ExampleNew() {
	orders := 0
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, _ *http.Request) {
		orders++
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, "order %d", orders)
	})
	once, err := idempotency.New(idempotency.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := once.Handler(mux)

	for _, body := range []string{"tea", "tea", "coffee"} {
		r := httptest.NewRequest("POST", "/orders", strings.NewReader(body))
		r.Header.Set("Idempotency-Key", `"8e03978e-40d5-43e8-bc93-6894a57f9324"`)
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Header().Get("Idempotent-Replayed"), w.Body)
	}
	// Output:
	// 201  order 1
	// 201 true order 1
	// 422  {"error":"the key in Idempotency-Key was sent with another request before: send a new key with a new request"}
}

// A function can say whose keys they are: here the customer that an outer piece has
// identified.
func ExampleOptions_scope() {
	once, err := idempotency.New(idempotency.Options{
		Required: true,
		Scope:    func(r *http.Request) string { return r.Header.Get("X-Customer") },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := once.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		work, _ := idempotency.FromContext(r.Context())
		fmt.Fprintf(w, "%s of %s", work.Key, r.Header.Get("X-Customer"))
	}))
	for _, customer := range []string{"ann", "bob", "ann"} {
		r := httptest.NewRequest("POST", "/orders", nil)
		r.Header.Set("X-Customer", customer)
		r.Header.Set("Idempotency-Key", "order-1")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Header().Get("Idempotent-Replayed"), w.Body)
	}
	// Output:
	// 200  order-1 of ann
	// 200  order-1 of bob
	// 200 true order-1 of ann
}

// A smaller memory for responses than the default.
func ExampleNewMemory() {
	store, err := idempotency.NewMemory(idempotency.MemoryOptions{MaxKeys: 1000, MaxBytes: 1 << 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	once, err := idempotency.New(idempotency.Options{Store: store})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := once.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "done") }))
	for range 2 {
		r := httptest.NewRequest("POST", "/orders", nil)
		r.Header.Set("Idempotency-Key", "8e03978e-40d5-43e8-bc93-6894a57f9324")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		fmt.Println(w.Body, w.Header().Get("Idempotent-Replayed") == "true")
	}
	// Output:
	// done false
	// done true
}
