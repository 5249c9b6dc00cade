// Command sidekick is cmd/sidekick of the core module with a Redis client: the same
// server, commands, flags and options. Processes with the same "redis" in their file,
// SIDEKICK_REDIS or flag -redis share the counts of their rate limits, the responses to
// requests with idempotency keys, and the cache of the action cacheTest. Without it
// each process keeps them in its memory.
//
//	go run ./cmd/sidekick -redis redis://localhost:6379/0 -config sidekick.json
//
// A file for this is
//
//	{"rateLimit": {"limits": [{"rate": 100, "per": "1s"}]}, "idempotency": true}
//
// With idempotency all processes need the same SIDEKICK_FINGERPRINT_KEYS.
package main
