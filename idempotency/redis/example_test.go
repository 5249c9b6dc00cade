package redis_test

import (
	"fmt"
	"net/http"

	"github.com/sidekick-http/sidekick/idempotency"
	"github.com/sidekick-http/sidekick/idempotency/redis"
)

// Processes that share a Redis server repeat each other's responses.
func ExampleOpen() {
	store, err := redis.Open("redis://localhost:6379/0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	once, err := idempotency.New(idempotency.Options{Store: store})
	if err != nil {
		fmt.Println(err)
		return
	}
	http.Handle("POST /orders", once.Handler(http.NotFoundHandler()))
}
