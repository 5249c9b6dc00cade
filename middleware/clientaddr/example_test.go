package clientaddr_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"

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

// Behind Cloudflare, whose networks are in files from
// https://www.cloudflare.com/ips: only its own field is believed.
func ExampleReadPrefixes() {
	const list = "173.245.48.0/20\n103.21.244.0/22\n2400:cb00::/32\n"
	proxies, err := clientaddr.ReadPrefixes(strings.NewReader(list)) // or LoadPrefixes("ips-v4")
	if err != nil {
		log.Fatal(err)
	}
	resolver, err := clientaddr.New(clientaddr.Options{TrustedProxies: proxies, Header: "CF-Connecting-IP"})
	if err != nil {
		log.Fatal(err)
	}

	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "103.21.244.7:443"
	r.Header.Set("CF-Connecting-IP", "203.0.113.9")
	r.Header.Set("X-Forwarded-For", "6.6.6.6") // from the client
	client, _ := resolver.Of(r)
	fmt.Println(client.Addr())
	// Output:
	// 203.0.113.9
}
