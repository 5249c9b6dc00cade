package clientaddr_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"

	"github.com/sidekick-http/sidekick/middleware/clientaddr"
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
	resolver, err := clientaddr.New(clientaddr.Options{
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		client, ok := clientaddr.FromContext(r.Context())
		fmt.Println(client.Addr(), ok)
	})
	h := resolver.Handler(mux)

	// The proxy is 192.0.2.1. The client sent the first address itself.
	get(h, "GET", "/", "X-Forwarded-For", "6.6.6.6, 203.0.113.9")
	// Output:
	// 203.0.113.9 true
}
