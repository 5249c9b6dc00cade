package jsclient_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/sidekick-http/sidekick/jsclient"
)

// The library in your own server, whose actions are below /v1.
func Example() {
	script, err := jsclient.New(jsclient.Options{APIPath: "/v1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/public/"+jsclient.Path, script)

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/public/javascript/ActionheroWebsocketClient.js", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	// Output: 200 text/javascript; charset=utf-8
}
