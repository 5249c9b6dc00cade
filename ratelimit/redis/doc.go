// Package redis keeps the counts of rate limits in Redis or Valkey, for programs
// that run as many processes. It is a separate module, so that other programs do
// not link a Redis client.
//
//	store, err := redis.Open("redis://localhost:6379/0")
//	// …
//	limiter, err := ratelimit.New(ratelimit.Options{
//		Limits: []ratelimit.Limit{{Rate: 10, Per: time.Second, Burst: 20}},
//		Store:  store,
//	})
//
// # How it decides
//
// One Lua script reads, decides and writes, for all limits of a check at once and
// by the server's clock, so that the clocks of the processes do not matter. A
// client is one key, such as "ratelimit:{ip:192.0.2.1}:10/s+20", which holds a
// number for each limit and expires when the client owes nothing. The client's own
// key is in braces, so that all keys of a client are in one slot of a cluster.
//
// Time is counted in eighths of a microsecond, rounded up: rates of more than a
// hundred thousand units a second become lower by up to one percent, those of
// millions by more.
//
// # Under load
//
// If the connection is busy, a check waits for the next batch, which is sent when
// the one before comes back: one script for many clients, or on a cluster one
// pipeline for each server. A client that Redis has refused is then refused locally
// for as long as Redis would certainly refuse it, but at most for
// [Options.LocalRefusals].
//
// # What is certain
//
// As long as the server runs and loses no data, any number of processes together
// never allow more than the limits. More is allowed only
//
//   - if the server loses data, because it is restarted without persistence, is
//     flushed, fails over to a replica that had not received the last writes, or
//     evicts keys by a maxmemory-policy (use noeviction or volatile-ttl, which
//     first evicts those that owe least). Each time, a client gets at most its
//     bursts again;
//   - if its clock jumps forward, with the same effect;
//   - while it does not answer, depending on [ratelimit.Options.Fallback].
//
// A check whose answer is lost on the way may have been counted.
//
// # Servers
//
// Redis 7 and Valkey are supported, single, with Sentinel and as clusters. The
// Redis user needs the commands EVAL, EVALSHA, TIME, GET and SET for the keys of
// [Options.Prefix]. Connections are made when needed, and remade after they break.
// A server of a cluster that does not answer is not called for a second at a time;
// clients on other servers are limited as before.
//
// go-redis writes every failure to connect to standard error. Since the limiter
// already logs an outage, once, consider replacing that logger with go-redis'
// SetLogger.
package redis
