package ui_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/sidekick-http/sidekick/openapi/ui"
)

// The page for a server's existing OpenAPI document.
func Example() {
	mux := http.NewServeMux()
	mux.HandleFunc("/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"openapi": "3.1.0", "info": {"title": "Mine", "version": "1"}, "paths": {}}`)
	})
	page, err := ui.New(ui.Options{SpecURL: "/openapi.json"})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux.Handle("/docs/", page)

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/docs/", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	// Output: 200 text/html; charset=utf-8
}
