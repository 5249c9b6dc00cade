package redis

import goredis "github.com/redis/go-redis/v9"

// A record is a hash: r, the request; o, the owner; f, the owner's fence; l, until
// when it holds the key, in microseconds of the server's clock; a, the response,
// once there is one.
//
// If a lease is longer than possible, the clock was set back: it starts anew.

// The first value that the scripts return.
const (
	done      = 0
	claimed   = 1
	running   = 2
	finished  = 3
	different = 4
	lost      = 5
)

type scripts struct{ begin, renew, finish, abort *goredis.Script }

func newScripts() scripts {
	return scripts{
		begin:  goredis.NewScript(clock + begin),
		renew:  goredis.NewScript(clock + renew),
		finish: goredis.NewScript(finish),
		abort:  goredis.NewScript(abort),
	}
}

const clock = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
`

// ARGV: owner, request, lease and keep in milliseconds.
const begin = `
local known = redis.call('HMGET', KEYS[1], 'r', 'o', 'f', 'l')
local fence = now
if known[1] then
	if known[1] ~= ARGV[2] then
		return {4}
	end
	local answer = redis.call('HGET', KEYS[1], 'a')
	if answer then
		return {3, answer}
	end
	local till, longest = tonumber(known[4]) or 0, now + ARGV[3] * 1000
	if known[2] ~= ARGV[1] and till > now then
		if till > longest then
			redis.call('HSET', KEYS[1], 'l', string.format('%d', longest))
		end
		return {2}
	end
	fence = math.max(now, (tonumber(known[3]) or 0) + 1)
end
redis.call('HSET', KEYS[1], 'r', ARGV[2], 'o', ARGV[1], 'f', string.format('%d', fence), 'l', string.format('%d', now + ARGV[3] * 1000))
redis.call('PEXPIRE', KEYS[1], ARGV[3] + ARGV[4])
return {1, fence}
`

// ARGV: as above, and the fence.
const renew = `
local known = redis.call('HMGET', KEYS[1], 'o', 'f', 'l')
if known[1] and known[1] ~= ARGV[1] then
	return {5}
end
if known[1] and not known[3] then
	return {0}
end
redis.call('HSET', KEYS[1], 'r', ARGV[2], 'o', ARGV[1], 'f', known[2] or ARGV[5], 'l', string.format('%d', now + ARGV[3] * 1000))
redis.call('PEXPIRE', KEYS[1], ARGV[3] + ARGV[4])
return {0}
`

// ARGV: owner, request, keep, the fence, and the answer.
const finish = `
local known = redis.call('HMGET', KEYS[1], 'o', 'f', 'l')
if known[1] and known[1] ~= ARGV[1] then
	return {5}
end
if known[1] and not known[3] then
	return {0}
end
redis.call('HSET', KEYS[1], 'r', ARGV[2], 'o', ARGV[1], 'f', known[2] or ARGV[4], 'a', ARGV[5])
redis.call('HDEL', KEYS[1], 'l')
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {0}
`

// ARGV: owner.
const abort = `
local known = redis.call('HMGET', KEYS[1], 'o', 'l')
if known[1] == ARGV[1] and known[2] then
	redis.call('DEL', KEYS[1])
end
return {0}
`
