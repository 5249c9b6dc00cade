package redis_test

import (
	"fmt"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/ratelimit"
	"github.com/sidekick-http/sidekick/redis"
)

// All processes of this server count the requests of a client together. Redis is
// needed only once requests arrive.
func ExampleOpen() {
	cfg := sidekick.Production()
	cfg.OpenRedis = redis.Open
	cfg.Redis = "redis://localhost:6379/0"
	cfg.RateLimit = &ratelimit.Options{Limits: []ratelimit.Limit{{Rate: 10, Per: time.Second}}}
	cfg.DisableFingerprint = true
	kit, err := sidekick.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer kit.Close()
	fmt.Println("ready to serve")
	// Output: ready to serve
}
