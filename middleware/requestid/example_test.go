package requestid_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"

	"github.com/sidekick-http/sidekick/middleware/requestid"
)

func ExampleNew() {
	ids, err := requestid.New(requestid.Options{
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		id, _ := requestid.FromContext(r.Context())
		fmt.Println("the handler sees", id)
	})
	r := httptest.NewRequest("GET", "/", nil) // from 192.0.2.1, a proxy
	r.Header.Set("X-Request-Id", "7b3bf470")
	w := httptest.NewRecorder()
	ids.Handler(mux).ServeHTTP(w, r)
	fmt.Println("the answer has", w.Header().Get("X-Request-Id"))
	// Output:
	// the handler sees 7b3bf470
	// the answer has 7b3bf470
}
