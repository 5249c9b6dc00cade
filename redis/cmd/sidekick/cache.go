package main

import (
	"context"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sidekick-http/sidekick/internal/actions"
	"github.com/sidekick-http/sidekick/internal/redisurl"
	"github.com/sidekick-http/sidekick/ratelimit"
)

// callTimeout limits a call to Redis.
const callTimeout = time.Second

// cachePrefix begins the names of all keys.
const cachePrefix = "sidekick-cache:"

// cache is the cache of the action cacheTest.
type cache struct{ client goredis.UniversalClient }

// openCache opens the cache on the server with that URL. It does not connect.
func openCache(address string) (actions.Cache, func() error, error) {
	client, err := dial(address)
	if err != nil {
		return nil, nil, &ratelimit.ConfigError{Package: "cache", Field: "URL", Reason: redisurl.Reason(address, err)}
	}
	return &cache{client}, client.Close, nil
}

func dial(address string) (goredis.UniversalClient, error) {
	completed, isCluster, err := redisurl.Complete(address, "1")
	if err != nil {
		return nil, err
	}
	if isCluster {
		o, err := goredis.ParseClusterURL(completed)
		if err != nil {
			return nil, err
		}
		o.ContextTimeoutEnabled, o.DialerRetries = true, 1
		return goredis.NewClusterClient(o), nil
	}
	o, err := goredis.ParseURL(completed)
	if err != nil {
		return nil, err
	}
	o.ContextTimeoutEnabled, o.DialerRetries = true, 1
	return goredis.NewClient(o), nil
}

// Try is [actions.Cache]'s. It is one transaction, in which no other process sees the
// key: the size that it reports is always 1.
func (c *cache) Try(ctx context.Context, key, value string, keep time.Duration) (actions.Tried, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	key = cachePrefix + key
	created := time.Now()
	var deleted *goredis.IntCmd
	var loaded *goredis.StringCmd
	_, err := c.client.TxPipelined(ctx, func(p goredis.Pipeliner) error {
		p.Set(ctx, key, value, keep)
		loaded, deleted = p.Get(ctx, key), p.Del(ctx, key)
		return nil
	})
	if err != nil {
		return actions.Tried{}, err
	}
	return actions.Tried{Size: 1, Value: loaded.Val(), Created: created, Deleted: deleted.Val() == 1}, nil
}
