package hosts_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/sidekick-http/sidekick/hosts"
)

// One name for a server, in front of a plain mux.
func ExampleNew() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") })

	names, err := hosts.New(hosts.Options{
		Allowed:     []string{"http://www.site.com", "http://*.site.com"},
		ExemptPaths: []string{"/healthz"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := names.Handler(mux)

	for _, host := range []string{"www.site.com", "shop.site.com", "site.com"} {
		r := httptest.NewRequest("GET", "/hello?to=you", nil)
		r.Host = host
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		fmt.Printf("%s: %d %q\n", host, w.Code, w.Header().Get("Location"))
	}
	// Output:
	// www.site.com: 200 ""
	// shop.site.com: 200 ""
	// site.com: 302 "http://www.site.com/hello?to=you"
}

// Only the decision, for a server that answers in its own way.
func ExampleRedirector_Check() {
	names, err := hosts.New(hosts.Options{Allowed: []string{"https://www.site.com"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := httptest.NewRequest("GET", "https://other.site.com/x", nil)
	var misdirected *hosts.MisdirectedError
	if err := names.Check(r); errors.As(err, &misdirected) {
		fmt.Println(misdirected.Status, misdirected.Location)
	}
	// Output: 302 https://www.site.com/x
}
