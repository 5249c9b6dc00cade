package dispatch_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
)

type problem struct {
	Title string `json:"title,omitempty"`
}

// problems renders errors in the form of RFC 9457, and results unchanged.
type problems struct{}

func (problems) Respond(w http.ResponseWriter, r *http.Request, a envelope.Answer) {
	status, body := cmp.Or(a.Status, http.StatusOK), a.Value
	w.Header().Set("Content-Type", "application/json")
	if a.Err != nil {
		// The text of an error that was not made to be shown stays in the log.
		status, body = cmp.Or(a.Status, http.StatusInternalServerError), problem{}
		var shown interface {
			StatusCode() int
			ClientMessage() string
		}
		if errors.As(a.Err, &shown) {
			status = cmp.Or(a.Status, shown.StatusCode(), http.StatusInternalServerError)
			body = problem{shown.ClientMessage()}
		}
		w.Header().Set("Content-Type", "application/problem+json")
	}
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{}`)
	}
	w.WriteHeader(status)
	_, _ = w.Write(text) // fails only if the client has left
}

// Answers in your own form instead of the envelope. The dispatcher logs the errors.
func ExampleRenderer() {
	d, err := dispatch.New(dispatch.Options{
		Renderer: problems{},
		Logger:   noLogger,
		Actions: []dispatch.Action{
			{Name: "ok", Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
				return []int{1, 2}, nil
			}},
			{Name: "taken", Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
				return nil, envelope.Errorf(http.StatusConflict, "the name is taken")
			}},
			{Name: "broken", Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
				return nil, errors.New("pq: no such table: users")
			}},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	print(d, "GET", "/ok")
	print(d, "GET", "/taken")
	print(d, "GET", "/broken")
	print(d, "GET", "/nope")
	// Output:
	// 200 [1,2]
	// 409 {"title":"the name is taken"}
	// 500 {}
	// 404 {"title":"unknown action or invalid apiVersion"}
}
