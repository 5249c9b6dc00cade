// Package redis keeps the answers to requests with idempotency keys in Redis or
// Valkey, for programs that run as many processes. It is a module of its own, so
// that nobody else links a client of Redis.
//
//	store, err := redis.Open("redis://localhost:6379/0")
//	// …
//	once, err := idempotency.New(idempotency.Options{Store: store})
//
// # How it is kept
//
// A record is one hash, "idempotency:" and 43 characters, that expires by itself.
// It holds hashes of the key and the request, who works on it, until when, and
// the answer. One Lua script reads, decides and writes for each call, by the
// server's clock, so that the clocks of the processes do not matter. Each script
// has one key, as clusters want it.
//
// # What is certain
//
// As long as the server runs and keeps what it has, two requests with one key are
// never worked on at the same time, by any number of processes, unless a process
// stands still for longer than its lease. It is not certain
//
//   - where the server forgets: one that is restarted without persistence, is
//     flushed, fails over to a replica that had not received the last writes, or
//     evicts keys by a maxmemory-policy. A request whose answer is forgotten is
//     worked on again. Use appendonly with everysec or always, and noeviction or
//     volatile-ttl;
//   - where its clock jumps forward: the lease of a request at work may pass, and
//     records expire early. A clock that is set back holds a key for another lease
//     at most.
//
// A full server refuses to begin, which is a failure: see
// [idempotency.Options.Fallback].
//
// # Servers
//
// Redis 7 and Valkey are supported, single, with Sentinel and as clusters. The
// user needs the commands EVAL, EVALSHA, TIME, HGET, HMGET, HSET, HDEL, DEL and
// PEXPIRE for the keys of [Options.Prefix].
//
// go-redis writes failures to connect to the standard error, each of them: give
// its SetLogger a logger of your own, since the Replayer tells of an outage, once.
package redis
