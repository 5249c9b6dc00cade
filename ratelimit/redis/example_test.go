package redis_test

import (
	"log"
	"net/http"
	"time"

	"github.com/sidekick-http/sidekick/ratelimit"
	"github.com/sidekick-http/sidekick/ratelimit/redis"
)

// One limit for all processes that use the same Redis. While it does not answer,
// each process limits for itself.
func ExampleOpen() {
	store, err := redis.Open("redis://localhost:6379/0")
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	limiter, err := ratelimit.New(ratelimit.Options{
		Limits:   []ratelimit.Limit{{Rate: 10, Per: time.Second, Burst: 20}, {Rate: 1000, Per: time.Hour}},
		Store:    store,
		Fallback: ratelimit.FallbackLocal,
	})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(":8080", limiter.Handler(http.DefaultServeMux)))
}
