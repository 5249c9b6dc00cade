package main

import (
	"context"
	"errors"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// orders stores placed orders by a unique key.
type orders interface {
	// place stores an order and returns its number, or the number of the order that
	// is already stored under the key.
	place(ctx context.Context, unique, number string) (string, error)
	close() error
}

// openOrders returns orders in Redis, which stands in for a database, or in memory. It
// does not connect.
func openOrders(address string) (orders, error) {
	if address == "" {
		return &memoryOrders{placed: map[string]string{}}, nil
	}
	o, err := goredis.ParseURL(address)
	if err != nil {
		return nil, errors.New("want the URL of a single Redis server, such as redis://127.0.0.1:6379")
	}
	o.ContextTimeoutEnabled, o.DialTimeout = true, callTimeout
	return &redisOrders{goredis.NewClient(o)}, nil
}

// callTimeout limits a call to Redis.
const callTimeout = time.Second

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

func (m *memoryOrders) close() error { return nil }

// redisOrders are orders in a hash.
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

func (r *redisOrders) close() error { return r.client.Close() }
