package fingerprint_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/sidekick-http/sidekick/fingerprint"
)

// Every client gets an id and sends it back, in front of a plain mux.
func ExampleNew() {
	visits := map[string]int{} // a server needs a lock around it
	mux := http.NewServeMux()
	mux.HandleFunc("GET /visit", func(w http.ResponseWriter, r *http.Request) {
		id, _ := fingerprint.FromContext(r.Context())
		visits[id]++
		fmt.Fprintf(w, "visit number %d", visits[id])
	})

	clients, err := fingerprint.New(fingerprint.Options{
		Keys: [][]byte{[]byte("32 random bytes, from a safe place")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := clients.Handler(mux)

	first := httptest.NewRecorder()
	server.ServeHTTP(first, httptest.NewRequest("GET", "/visit", nil))
	fmt.Println(first.Body, len(first.Result().Cookies()), first.Header().Get("Cache-Control"))

	again := httptest.NewRequest("GET", "/visit", nil)
	again.AddCookie(first.Result().Cookies()[0])
	second := httptest.NewRecorder()
	server.ServeHTTP(second, again)
	fmt.Println(second.Body, len(second.Result().Cookies()))
	// Output:
	// visit number 1 1 private
	// visit number 2 0
}

// An id from before the sign-in is worth nothing after it.
func ExampleIdentifier_Renew() {
	clients, err := fingerprint.New(fingerprint.Options{RandomKeys: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	signIn := clients.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		before, _ := fingerprint.FromContext(r.Context())
		after := clients.Renew(w, r)
		now, _ := fingerprint.FromContext(r.Context())
		fmt.Println(before != after, now == after)
	}))
	signIn.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/signin", nil))
	// Output: true true
}

func ExampleNewContext() {
	r := httptest.NewRequest("GET", "/", nil)
	ctx := fingerprint.NewContext(r.Context(), "client 7")
	fmt.Println(fingerprint.FromContext(ctx))
	// Output: client 7 true
}

func ExampleLogID() {
	fmt.Println(fingerprint.LogID("0123456789012345678901234567890123456789"))
	// Output: fb526cd4ad0ec978
}
