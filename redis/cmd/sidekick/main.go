package main

import (
	"context"
	"os"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sidekick-http/sidekick/internal/program"
	"github.com/sidekick-http/sidekick/redis"
)

func main() {
	goredis.SetLogger(silent{})
	os.Exit(program.Run(os.Args[1:], os.Stdout, os.Stderr, &program.Redis{Open: redis.Open, OpenCache: openCache}))
}

// silent drops what go-redis would write to standard error: the pieces log an
// outage once, and cacheTest each request that it refuses.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}
