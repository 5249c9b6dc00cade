package sidekick

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sidekick-http/sidekick/idempotency"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/logtext"
	"github.com/sidekick-http/sidekick/internal/redisurl"
	"github.com/sidekick-http/sidekick/ratelimit"
)

// Stores hold what several processes share. [Config.OpenRedis] returns them.
type Stores struct {
	_ struct{}

	// RateLimit stores the counts of rate limits. If nil, the memory of the process is used.
	RateLimit ratelimit.Store

	// Idempotency stores responses. If nil, the memory of the process is used.
	Idempotency idempotency.Store

	// Ping reports whether the server can be reached. [Kit.Serve] calls it once, while it
	// serves, and logs an error as a warning; its context ends after 10 seconds. If nil, the
	// server is not pinged.
	Ping func(context.Context) error

	// Close closes the connections; [Kit.Close] calls it. If nil, nothing is closed.
	Close func() error
}

// openStores opens the Redis stores if Config.Redis is set.
func (k *Kit) openStores(bad *cfgerr.List) {
	c := &k.cfg
	switch {
	case c.Redis == "":
		return
	case c.OpenRedis == nil:
		bad.Add("redis", nil, "this program has no Redis client: use the program in redis/cmd/sidekick, or set Config.OpenRedis to Open of the module github.com/sidekick-http/sidekick/redis")
		return
	}
	if c.Fingerprint.RandomKeys && !c.DisableFingerprint && k.asksFingerprint() {
		bad.Add("fingerprint.keys", nil, "there are no keys, so a process cannot recognize the clients of the others: with redis, set the same keys in all processes, or disableFingerprint")
	}
	stores, err := c.OpenRedis(c.Redis)
	var known *ConfigError
	switch {
	case errors.As(err, &known): // without the URL, which may contain a password
		bad.Add("redis", nil, "%s", known.Reason)
	case err != nil:
		bad.Add("redis", nil, "%s", redisurl.Safe(c.Redis, err))
	case stores == nil:
		bad.Add("redis", nil, "OpenRedis returned no stores")
	default:
		k.stores = *stores
		if stores.Close != nil {
			k.closeStores = sync.OnceValue(stores.Close)
		}
	}
}

// pingTimeout is how long a server of Redis may take to answer at the start.
const pingTimeout = 10 * time.Second

// pingStores logs a warning if the server of Redis cannot be reached. Until ctx is done
// it waits for an answer; the pieces do not wait for it.
func (k *Kit) pingStores(ctx context.Context) {
	if k.stores.Ping == nil {
		return
	}
	wait, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if err := k.stores.Ping(wait); err != nil && ctx.Err() == nil {
		k.logger.Warn("redis cannot be reached: until it is back, the fallback options of rateLimit and idempotency apply",
			"redis", logtext.URL(k.cfg.Redis), "error", redisurl.Safe(k.cfg.Redis, err))
	}
}

// asksFingerprint reports whether anything shared is stored by the fingerprint of
// clients.
func (k *Kit) asksFingerprint() bool {
	limit, once := k.cfg.RateLimit, k.cfg.Idempotency
	return limit != nil && limit.Store == nil && limit.KeyFingerprint || once != nil && once.Store == nil && once.Scope == nil
}
