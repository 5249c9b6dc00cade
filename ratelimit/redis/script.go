package redis

import (
	"errors"
	"fmt"
	"math/bits"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sidekick-http/sidekick/ratelimit"
)

// unit is the script's unit of time, counted from 2026. Eighths of a microsecond
// are exact in Lua's doubles until 2061, and off by one after that.
const unit = 125 * time.Nanosecond

// source is the script. It decides for many clients under the same limits, in the
// same way as Plan.Take.
//
// Arguments are the number of limits, an increment and a window for each, and,
// unless all are 1, the costs. The answer has a number for each limit of each
// client: the debt, in units. If the client is refused, the first of them is -1
// minus the debt. If its key cannot be read or written, it is the error message. A
// key holds, for each limit, the time at which nothing is owed any more.
//
// A debt larger than its window means that the clock was set back. It is corrected
// and written back even if nothing is taken; otherwise the client would have to
// wait for the clock.
//
// A single limit, the usual case, has its own branch: it costs the server a fifth
// less.
const source = `
local call, format, ceil = redis.pcall, string.format, math.ceil
local time = call('TIME')
local now = (time[1] - 1767225600) * 8000000 + time[2] * 8
local n = tonumber(ARGV[1])
local costs = 2 * n + 1
local out = {}

if n == 1 then
	local increment, window = tonumber(ARGV[2]), tonumber(ARGV[3])
	for k = 1, #KEYS do
		local kept = call('GET', KEYS[k])
		local failed = kept and type(kept) == 'table' and kept.err
		if not failed then
			local taken, write = increment * (ARGV[costs + k] or 1), false
			local debt = kept and (tonumber(kept) or now) - now or 0
			if debt < 0 then
				debt = 0
			elseif debt > window then
				debt, write = window, true
			end
			if debt + taken <= window then
				debt, write = debt + taken, write or taken > 0
				out[k] = debt
			else
				out[k] = -1 - debt
			end
			if write then
				failed = call('SET', KEYS[k], format('%d', now + debt), 'PX', format('%d', ceil(debt / 8000))).err
			end
		end
		if failed then
			out[k] = failed
		end
	end
	return out
end

local increment, window = {}, {}
for i = 1, n do
	increment[i] = tonumber(ARGV[2 * i])
	window[i] = tonumber(ARGV[2 * i + 1])
end
local at = 0
for k = 1, #KEYS do
	local kept = call('GET', KEYS[k])
	local failed = kept and type(kept) == 'table' and kept.err
	local cost = tonumber(ARGV[costs + k] or 1)
	local following = kept and not failed and string.gmatch(kept, '%-?%d+')
	local debts, allowed, write = {}, true, false
	for i = 1, n do
		local debt = following and (following() or now) - now or 0
		if debt < 0 then
			debt = 0
		elseif debt > window[i] then
			debt, write = window[i], true
		end
		debts[i] = debt
		allowed = allowed and debt + cost * increment[i] <= window[i]
	end
	local ends, last = {}, 0
	for i = 1, n do
		if allowed then
			debts[i] = debts[i] + cost * increment[i]
		end
		last = math.max(last, debts[i])
		ends[i] = format('%d', now + debts[i])
		out[at + i] = debts[i]
	end
	if not failed and (write or allowed and cost > 0) then
		failed = call('SET', KEYS[k], table.concat(ends, ' '), 'PX', format('%d', ceil(last / 8000))).err
	end
	if failed then
		out[at + 1] = failed
	elseif not allowed then
		out[at + 1] = -1 - debts[1]
	end
	at = at + n
end
return out
`

// newScript returns the script with its hash.
func newScript() *goredis.Script { return goredis.NewScript(source) }

// terms are a plan in the form of the script's arguments.
type terms struct {
	plan       *ratelimit.Plan
	arguments  []any
	increments []uint64 // units
}

func newTerms(plan *ratelimit.Plan) *terms {
	t := &terms{plan: plan, arguments: []any{plan.Len()}}
	for i := range plan.Len() {
		interval := plan.Interval(i)
		increment := int64((interval + unit - 1) / unit)
		burst := int64(plan.Window(i) / interval)
		t.increments = append(t.increments, uint64(increment))
		t.arguments = append(t.arguments, increment, increment*burst)
	}
	return t
}

// read reads the script's answer about one client.
func (t *terms) read(answer []any) (taken ratelimit.Taken, err error) {
	for i := range t.plan.Len() {
		switch v := answer[i].(type) {
		case int64:
			if i == 0 {
				if taken.Allowed = v >= 0; !taken.Allowed {
					v = -1 - v
				}
			}
			taken.Debts[i] = t.debt(i, v)
		case string:
			return ratelimit.Taken{}, errors.New("ratelimit/redis: " + v)
		default:
			return ratelimit.Taken{}, fmt.Errorf("ratelimit/redis: the script returned %v", answer[i])
		}
	}
	return taken, nil
}

// debt turns units into time. An increment is a little longer here than in the
// plan. The debt is returned in the plan's measure, so that the units left are the
// same.
func (t *terms) debt(i int, units int64) time.Duration {
	interval := uint64(t.plan.Interval(i))
	if interval == t.increments[i]*uint64(unit) {
		return time.Duration(units) * unit
	}
	high, low := bits.Mul64(uint64(max(0, units)), interval)
	if high >= t.increments[i] {
		return t.plan.Window(i) // impossible
	}
	quotient, rest := bits.Div64(high, low, t.increments[i])
	if rest > 0 {
		quotient++
	}
	return time.Duration(min(quotient, uint64(t.plan.Window(i))))
}
