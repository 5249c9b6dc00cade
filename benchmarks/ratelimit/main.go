// Command ratelimit measures what it costs to check a rate limit, in memory and
// in Redis, against go-chi/httprate, ulule/limiter, golang.org/x/time/rate and
// go-redis/redis_rate, in one run:
//
//	go run ./ratelimit
//
// Every contender must first allow what a limit allows, refuse the next request,
// and leave another client alone. The part with Redis starts redis-server, and is
// left out where that is not installed.
package main

import (
	"flag"
	"fmt"
	"os"
)

const clients = 1000

func main() {
	rounds := flag.Int("rounds", 15, "how often each contender is measured")
	only := flag.String("only", "", "memory or redis: measure that part alone")
	flag.Parse()
	if err := run(*rounds, *only); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(rounds int, only string) error {
	if only == "" || only == "memory" {
		if err := memory(rounds); err != nil {
			return err
		}
	}
	if only == "" || only == "redis" {
		return inRedis(rounds)
	}
	return nil
}

// names returns the keys of clients: addresses, as they mostly are.
func names() []string {
	list := make([]string, clients)
	for i := range list {
		list[i] = fmt.Sprintf("203.%d.%d.%d", i%7, i/250, i%250)
	}
	return list
}

// verify holds that a contender limits a client to three requests and nobody
// else for it. made makes one with the limit of three in an hour.
func verify(name string, made func(limit int64) (check, error)) error {
	c, err := made(3)
	if err != nil {
		return err
	}
	for i, want := range []bool{true, true, true, false, false} {
		got, err := c("198.51.100.1")
		if err != nil || got != want {
			return fmt.Errorf("%s: request %d of 3 in an hour: got %t, want %t (%v)", name, i+1, got, want, err)
		}
	}
	if got, err := c("198.51.100.2"); err != nil || !got {
		return fmt.Errorf("%s: another client: got %t, want true (%v)", name, got, err)
	}
	return nil
}

// check asks whether a client may send one more request.
type check func(key string) (bool, error)
