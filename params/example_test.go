package params_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/sidekick-http/sidekick/params"
)

func ExampleNew() {
	parser, err := params.New(params.Options{})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /users", func(w http.ResponseWriter, r *http.Request) {
		sent, _ := params.FromContext(r.Context())
		name, ok := sent.Values.String("name")
		if !ok {
			http.Error(w, "name must be a string", http.StatusUnprocessableEntity)
			return
		}
		city, _ := sent.Values.Lookup("address", "city")
		fmt.Fprintf(w, "%s from %s", name, city)
	})
	handler := parser.Handler(mux)

	for _, request := range []*http.Request{
		httptest.NewRequest("POST", "/users?name=Ada&address[city]=London", nil),
		newRequest("application/x-www-form-urlencoded", "name=Ada&address[city]=London"),
		newRequest("application/json", `{"name": "Ada", "address": {"city": "London"}}`),
		newRequest("application/json", `{"name": 1}`),
		newRequest("application/json", `{"name": `),
	} {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		fmt.Println(answer.Code, strings.TrimSpace(answer.Body.String()))
	}
	// Output:
	// 200 Ada from London
	// 200 Ada from London
	// 200 Ada from London
	// 422 name must be a string
	// 400 {"error":"The body is not valid JSON: want a value, but the text ends, at byte 9."}
}

func newRequest(contentType, body string) *http.Request {
	r := httptest.NewRequest("POST", "/users", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return r
}

// The query is read first; the body is read once it is known what it is for.
func ExampleParser_Body() {
	parser, err := params.New(params.Options{})
	if err != nil {
		log.Fatal(err)
	}
	http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, err := parser.Query(r)
		if err != nil {
			http.Error(w, "bad query", http.StatusBadRequest)
			return
		}
		action, _ := sent.Values.String("action")
		fmt.Println("the query names", action)

		onlyAvatar := params.Files{Keep: func(field string) bool { return field == "avatar" }}
		if err := parser.Body(w, r, sent, onlyAvatar); err != nil {
			http.Error(w, "bad body", http.StatusBadRequest)
			return
		}
		defer sent.Close()
		fmt.Println(sent.Values["id"])
	}).ServeHTTP(httptest.NewRecorder(), func() *http.Request {
		r := newRequest("application/json", `{"id": 9007199254740993}`)
		r.URL.RawQuery = "action=show"
		return r
	}())
	// Output:
	// the query names show
	// 9007199254740993
}
