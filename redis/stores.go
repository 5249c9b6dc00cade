package redis

import (
	"errors"

	"github.com/sidekick-http/sidekick"
	idempotencyredis "github.com/sidekick-http/sidekick/idempotency/redis"
	ratelimitredis "github.com/sidekick-http/sidekick/ratelimit/redis"
)

// Open returns the stores of the server with that URL, for
// [sidekick.Config.OpenRedis]:
//
//	redis://user:password@host:6379/0
//	rediss://host:6380                                  over TLS
//	unix:///run/redis/redis.sock?db=0
//	redis://host:6379?addr=host2:6379&addr=host3:6379   a cluster
//
// Other parameters are those of go-redis, such as dial_timeout=5s. Open does not
// connect. Its error is a [*sidekick.ConfigError] that does not repeat the URL, which
// may contain a password. The stores are safe for concurrent use.
func Open(url string) (*sidekick.Stores, error) {
	counts, err := ratelimitredis.Open(url)
	if err != nil {
		return nil, err
	}
	answers, err := idempotencyredis.Open(url)
	if err != nil {
		return nil, errors.Join(err, counts.Close())
	}
	return &sidekick.Stores{
		RateLimit: counts, Idempotency: answers, Ping: answers.Ping,
		Close: func() error { return errors.Join(counts.Close(), answers.Close()) },
	}, nil
}
