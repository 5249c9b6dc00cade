package redis_test

import (
	"fmt"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/idempotency"
	"github.com/sidekick-http/sidekick/ratelimit"
	"github.com/sidekick-http/sidekick/redis"
)

// All processes of this program share one limit, and a repeated request runs once.
func ExampleOpen() {
	cfg := sidekick.Production()
	cfg.OpenRedis = redis.Open
	cfg.Redis = "redis://localhost:6379/0" // or in a file, or SIDEKICK_REDIS
	cfg.RateLimit = &ratelimit.Options{Limits: []ratelimit.Limit{{Rate: 100, Per: time.Second}}}
	cfg.Idempotency = &idempotency.Options{}
	cfg.Fingerprint.Keys = [][]byte{[]byte("the same 32 bytes or more in all processes")}
	kit, err := sidekick.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer kit.Close()
	fmt.Println("ready, whether the server of Redis is there or not")
	// Output:
	// ready, whether the server of Redis is there or not
}
