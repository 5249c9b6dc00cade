// Package redis lets the processes of a server share one Redis or Valkey: the counts
// of their rate limits, and the responses to requests with idempotency keys. It is a
// separate module, so that other programs do not link a Redis client.
//
//	cfg.OpenRedis = redis.Open
//
// Then one setting is enough: "redis" in the configuration file, the variable
// SIDEKICK_REDIS, or Redis in sidekick.Config. The program in cmd/sidekick is that of
// the core module plus this line. It also keeps the cache of its action cacheTest in
// Redis.
//
// If clients are identified by their fingerprint, as they are for idempotency keys, all
// processes need the same SIDEKICK_FINGERPRINT_KEYS.
//
// # Stores
//
// [Open] uses the modules ratelimit/redis and idempotency/redis with their defaults.
// Their documentation describes the keys, the guarantees, and the commands that the
// Redis user needs. Each has its own connections, which are made on demand. The options
// rateLimit.fallback and idempotency.fallback say what happens while the server cannot
// be reached. Each piece logs an outage once when it begins and once when it ends.
//
// go-redis writes every failed connection to standard error. Pass a silent logger to
// its SetLogger, as the program does.
package redis
