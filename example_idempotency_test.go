package sidekick_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/idempotency"
)

// An order that is sent twice is placed once.
func ExampleConfig_idempotency() {
	orders := 0
	order := dispatch.Action{
		Name: "order",
		Run: func(context.Context, *dispatch.Connection) (any, error) {
			orders++
			return map[string]any{"number": orders}, nil
		},
	}
	cfg := sidekick.Production()
	cfg.Idempotency = &idempotency.Options{Required: true}
	cfg.IdempotentActions = []string{"order"} // without this: every action
	kit, err := sidekick.New(cfg, order)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer kit.Close()
	for _, key := range []string{"8e03978e-40d5-43e8", "8e03978e-40d5-43e8", ""} {
		r := httptest.NewRequest(http.MethodPost, "/api/order", nil)
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		w := httptest.NewRecorder()
		kit.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Header().Get("Idempotent-Replayed"), w.Body)
	}
	// Output:
	// 200  {"number":1}
	// 200 true {"number":1}
	// 400  {"error":"the header Idempotency-Key is required: send a key that is unique to this request, and the same one when you repeat it"}
}
