package envelope_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/sidekick-http/sidekick/envelope"
)

// errOutOfStock is the program's own error: its code is for programs, its message for people.
var errOutOfStock = &envelope.Error{
	Status:  http.StatusConflict,
	Code:    "out_of_stock",
	Message: "there is none left",
}

// Errors with codes. A cause that was not made to be shown is only logged.
func ExampleError() {
	env, err := envelope.New(envelope.Options{
		Errors: envelope.ErrorOptions{
			Details: true, // sends errorCode, and errorParams for invalid parameters
			Texts:   map[string]string{"internal_error": "Sorry, that failed."},
		},
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, failed := range []error{
		fmt.Errorf("order 7: %w", errOutOfStock),
		envelope.Errorf(http.StatusNotFound, "there is no order 8"),
		errors.New("pq: connection refused"),
	} {
		w := httptest.NewRecorder()
		env.Render(w, httptest.NewRequest("GET", "/", nil), nil, failed)
		var sent struct{ Error, ErrorCode string }
		if err := json.Unmarshal(w.Body.Bytes(), &sent); err != nil {
			fmt.Println(err)
		}
		fmt.Println(w.Code, sent.ErrorCode, "-", sent.Error)
	}
	// Output:
	// 409 out_of_stock - there is none left
	// 404 not_found - there is no order 8
	// 500 internal_error - Sorry, that failed.
}
