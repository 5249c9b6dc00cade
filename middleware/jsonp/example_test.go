package jsonp_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/sidekick-http/sidekick/middleware/jsonp"
)

// JSONP for one handler of a plain ServeMux: only for public data.
func ExampleNew() {
	scripts, err := jsonp.New(jsonp.Options{})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /weather", scripts.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"text":"<b>sun</b>"}`)
	})))

	for _, target := range []string{"/weather", "/weather?callback=app.show", "/weather?callback=alert(1)//"} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
		fmt.Println(w.Code, w.Header().Get("Content-Type"))
		fmt.Println(w.Body)
	}
	// Output:
	// 200 application/json
	// {"text":"<b>sun</b>"}
	// 200 text/javascript; charset=utf-8
	// /**/app.show({"text":"\u003cb>sun\u003c/b>"});
	// 400 application/json; charset=utf-8
	// {"error":"callback is not a function's name"}
}
