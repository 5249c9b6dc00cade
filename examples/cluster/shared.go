package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/idempotency"
	idempotencyredis "github.com/sidekick-http/sidekick/idempotency/redis"
	"github.com/sidekick-http/sidekick/internal/actions"
	"github.com/sidekick-http/sidekick/ratelimit"
	ratelimitredis "github.com/sidekick-http/sidekick/ratelimit/redis"
)

// shared is what the processes share.
type shared struct {
	counts  ratelimit.Store   // nil means memory
	answers idempotency.Store // nil means memory
	orders  orders
	actions []dispatch.Action
	closers []func() error
}

// connect returns what is shared through a Redis server, or what is in the memory
// of this process. It does not fail if the server is not up yet.
func connect(address string) (*shared, error) {
	id := fmt.Sprintf("process %d", os.Getpid())
	if address == "" {
		return &shared{orders: &memoryOrders{placed: map[string]string{}}, actions: actions.All(id)}, nil
	}
	s := &shared{}
	counts, err := ratelimitredis.Open(address)
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, counts.Close)
	answers, err := idempotencyredis.Open(address)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	s.closers = append(s.closers, answers.Close)
	o, err := goredis.ParseURL(address)
	if err != nil {
		return nil, errors.Join(errors.New("want an address of one server"), s.close())
	}
	o.ContextTimeoutEnabled, o.DialTimeout = true, callTimeout
	client := goredis.NewClient(o)
	s.closers = append(s.closers, client.Close)
	s.counts, s.answers = counts, answers
	s.orders, s.actions = &redisOrders{client}, actions.With(id, &redisCache{client})
	return s, nil
}

func (s *shared) close() error {
	var errs []error
	for _, c := range s.closers {
		errs = append(errs, c())
	}
	return errors.Join(errs...)
}

// callTimeout limits a call to Redis.
const callTimeout = time.Second

// orders stores placed orders by a unique key.
type orders interface {
	// place stores an order and returns its number, or the number of the order that
	// is already stored under the key.
	place(ctx context.Context, unique, number string) (string, error)
}

// memoryOrders are the orders of one process.
type memoryOrders struct {
	mu     sync.Mutex
	placed map[string]string
}

func (m *memoryOrders) place(_ context.Context, unique, number string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if there, ok := m.placed[unique]; ok {
		return there, nil
	}
	m.placed[unique] = number
	return number, nil
}

// redisOrders are orders in a hash, which stands in for a database.
type redisOrders struct{ client *goredis.Client }

func (r *redisOrders) place(ctx context.Context, unique, number string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var there *goredis.StringCmd
	_, err := r.client.TxPipelined(ctx, func(p goredis.Pipeliner) error {
		p.HSetNX(ctx, "orders", unique, number)
		there = p.HGet(ctx, "orders", unique)
		return nil
	})
	if err != nil {
		return "", err
	}
	return there.Val(), nil
}

// redisCache is the cache of the action cacheTest.
type redisCache struct{ client *goredis.Client }

// Try implements [actions.Cache]. The sorted set "cacheTest" holds the names of the
// entries, by expiry time.
func (r *redisCache) Try(ctx context.Context, key, value string, keep time.Duration) (actions.Tried, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	now := time.Now()
	var size, deleted *goredis.IntCmd
	var loaded *goredis.StringCmd
	_, err := r.client.TxPipelined(ctx, func(p goredis.Pipeliner) error {
		p.Set(ctx, key, value, keep)
		p.ZAdd(ctx, "cacheTest", goredis.Z{Score: float64(now.Add(keep).UnixMilli()), Member: key})
		p.ZRemRangeByScore(ctx, "cacheTest", "-inf", fmt.Sprint(now.UnixMilli()))
		size, loaded = p.ZCard(ctx, "cacheTest"), p.Get(ctx, key)
		p.ZRem(ctx, "cacheTest", key)
		deleted = p.Del(ctx, key)
		return nil
	})
	if err != nil {
		return actions.Tried{}, err
	}
	return actions.Tried{Size: int(size.Val()), Value: loaded.Val(), Created: now, Deleted: deleted.Val() == 1}, nil
}
