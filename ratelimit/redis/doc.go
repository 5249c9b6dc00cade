// Package redis keeps the counts of rate limits in Redis or Valkey, for programs
// that run as many processes. It is a module of its own, so that nobody else
// links a client of Redis.
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
// One Lua script reads, decides and writes, under all limits of a check at once
// and by the server's clock, so that the clocks of the processes do not matter.
// A client is one key, "ratelimit:{ip:192.0.2.1}:10/s+20", which holds a number
// for each limit and expires when the client owes nothing. What a client is
// called stands in braces: all its keys are in one slot of a cluster.
//
// Units are paid for by eighths of a microsecond, rounded up: rates of more than
// a hundred thousand units a second become lower by up to a hundredth, those of
// millions by more.
//
// # Under load
//
// A check that finds the connection busy waits for the next batch, which is sent
// when the one before comes back: one script for many clients, or on a cluster
// one pipeline for each server. A client that Redis has refused is refused here,
// without asking again, for as long as it is certain that Redis would refuse it,
// and at most for [Options.LocalRefusals].
//
// # What is certain
//
// As long as the server runs and keeps what it has, nothing is allowed beyond
// the limits, by any number of processes, batches and local refusals: the slack
// is 0. More is allowed only
//
//   - where the server forgets: one that is restarted without persistence, is
//     flushed, fails over to a replica that had not received the last writes, or
//     evicts keys by a maxmemory-policy (use noeviction or volatile-ttl, which
//     gives up those first that owe least). A client then has at most its bursts
//     again, once for each time;
//   - where its clock jumps forward: the same;
//   - while it does not answer, as [ratelimit.Options.Fallback] says.
//
// A check whose answer was lost on the way may have been counted.
//
// # Servers
//
// Redis 7 and Valkey are supported, single, with Sentinel and as clusters. The
// user needs the commands EVAL, EVALSHA, TIME, GET and SET for the keys of
// [Options.Prefix]. Connections are made when they are needed, and again after
// they have broken. A server of a cluster that does not answer is left alone for
// a second at a time; the clients of the others are limited as before.
//
// go-redis writes failures to connect to the standard error, each of them:
// give its SetLogger a logger of your own, since the limiter tells of an outage,
// once.
package redis
