package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/idempotency"
)

// order places an order once for each key, no matter which processes the repeated
// requests reach. If a process dies in the middle, the request runs again, so the
// order itself is also stored under the key.
func order(orders orders) dispatch.Action {
	return dispatch.Action{
		Name:          "order",
		Description:   "Places an order. Send a key of your own in Idempotency-Key, and the same one when you repeat it.",
		Inputs:        dispatch.Inputs{"what": {Description: "what is ordered", Required: true}},
		OutputExample: map[string]any{"number": "5KQ7DZ2V", "what": "tea"},
		SuccessStatus: http.StatusCreated,
		Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			work, _ := idempotency.FromContext(ctx)
			number, err := orders.place(ctx, work.Key, rand.Text())
			if err != nil {
				slog.ErrorContext(ctx, "an order was not placed", "error", err)
				return nil, envelope.Errorf(http.StatusServiceUnavailable, "orders cannot be placed at the moment: please try again")
			}
			return map[string]any{"number": number, "what": c.Params["what"]}, nil
		},
	}
}
