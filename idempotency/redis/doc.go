// Package redis keeps the responses to requests with idempotency keys in Redis or
// Valkey, for programs that run as many processes. It is a separate module, so that
// other programs do not link a Redis client.
//
//	store, err := redis.Open("redis://localhost:6379/0")
//	// …
//	once, err := idempotency.New(idempotency.Options{Store: store})
//
// # How records are kept
//
// A record is a Redis hash, named "idempotency:" and 43 characters, that expires by
// itself. It holds hashes of the key and the request, the owner, the end of its
// lease, and the response. For each call one Lua script reads, decides and writes,
// by the server's clock, so that the clocks of the processes do not matter. Each
// script uses one key, as clusters require.
//
// # What is certain
//
// As long as the server runs and loses no data, two requests with one key are never
// processed at the same time, by any number of processes, unless a process is
// suspended for longer than its lease. It is not certain
//
//   - if the server loses data, because it is restarted without persistence, is
//     flushed, fails over to a replica that had not received the last writes, or
//     evicts keys by a maxmemory-policy. A request whose response is lost is
//     processed again. Use appendonly with everysec or always, and noeviction or
//     volatile-ttl;
//   - if its clock jumps forward: the lease of a request being processed may pass,
//     and records expire early. A clock that is set back holds a key for at most
//     another lease.
//
// A full server refuses new keys, which counts as a failure: see
// [idempotency.Options.Fallback].
//
// # Servers
//
// Redis 7 and Valkey are supported, single, with Sentinel and as clusters. The
// Redis user needs the commands EVAL, EVALSHA, TIME, HGET, HMGET, HSET, HDEL, DEL
// and PEXPIRE for the keys of [Options.Prefix].
//
// go-redis writes every failure to connect to standard error. Since the Replayer
// already logs an outage, once, consider replacing that logger with go-redis'
// SetLogger.
package redis
