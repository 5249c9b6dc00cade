package ratelimit

import (
	"fmt"
	"strings"
	"time"
)

// A Plan is the limits of one [Limiter], made ready to decide by: what a [Store]
// is given with every check. It is immutable and safe for concurrent use.
//
// The state of a client under a limit is one number, its debt: the time until
// the whole burst is available to it again. A client that was never seen has
// none. Each unit that it uses adds Per/Rate, and passing time takes away as
// much as has passed. A request is allowed if afterwards no debt is larger than
// its window, the time that pays for a whole burst. (This is the generic cell
// rate algorithm, GCRA; its "theoretical arrival time" is now plus the debt.)
type Plan struct {
	id     string
	limits []compiled
	burst  int64  // the smallest
	policy string // the field that describes them
}

type compiled struct {
	name     string
	interval int64 // nanoseconds that pay for one unit
	window   int64 // nanoseconds that pay for the burst
	burst    int64
}

// Debts are the debts of one client, one for each limit of a [Plan] in its
// order. The rest is not used.
type Debts [MaxLimits]time.Duration

// NewPlan makes a plan, for tests of a [Store]: a [Limiter] makes its own of
// [Options.Scope] and [Options.Limits]. The errors are the same, too.
func NewPlan(scope string, limits ...Limit) (*Plan, error) {
	o := Options{Scope: scope, Limits: limits}.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	return newPlan(scope, o.Limits), nil
}

// newPlan makes a plan of limits that have been checked.
func newPlan(scope string, limits []Limit) *Plan {
	p := &Plan{}
	parts := make([]string, len(limits))
	for i, l := range limits {
		c := compiled{name: l.Name, interval: l.interval(), burst: l.Burst}
		c.window = c.interval * c.burst
		p.limits = append(p.limits, c)
		parts[i] = fmt.Sprintf("%d/%s+%d", l.Rate, shortTime(l.Per), l.Burst)
		if i == 0 || c.burst < p.burst {
			p.burst = c.burst
		}
	}
	p.id = scope + ":" + strings.Join(parts, ",")
	p.policy = policyField(p.limits)
	return p
}

// ID returns what a store keeps the counts of this plan under: the scope and the
// limits, as "login:10/s+20,1000/h+1000". Plans of equal ID share their counts,
// and have the same limits in the same order.
func (p *Plan) ID() string { return p.id }

// Len returns the number of limits, 1 to [MaxLimits].
func (p *Plan) Len() int { return len(p.limits) }

// Interval returns by how much one unit raises the debt under limit i.
func (p *Plan) Interval(i int) time.Duration { return time.Duration(p.limits[i].interval) }

// Window returns the largest debt under limit i.
func (p *Plan) Window(i int) time.Duration { return time.Duration(p.limits[i].window) }

// Take decides about a request of the given cost and books it: if every limit
// allows it, it adds the cost to every debt and returns true; otherwise it adds
// nothing. Debts that cannot be, because they are negative or larger than the
// window, are mended first, in both cases: that is how a clock that jumps is
// survived. A store must keep what debts hold afterwards, unless nothing has
// changed.
//
// A cost of 0 is always allowed; one below 0 or above a burst never is.
func (p *Plan) Take(debts *Debts, cost int64) bool {
	allowed := p.isPossible(cost)
	for i := range p.limits {
		l := &p.limits[i]
		d := l.mend(int64(debts[i]))
		debts[i] = time.Duration(d)
		// No overflow: the cost is no more than the burst where it counts.
		allowed = allowed && d+cost*l.interval <= l.window
	}
	if allowed {
		for i := range p.limits {
			debts[i] += time.Duration(cost * p.limits[i].interval)
		}
	}
	return allowed
}

// mend returns a debt that can be.
func (l *compiled) mend(debt int64) int64 { return min(max(0, debt), l.window) }

// isPossible tells whether a cost is ever allowed.
func (p *Plan) isPossible(cost int64) bool { return uint64(cost) <= uint64(p.burst) }

// possible returns a cost if it is ever allowed, and otherwise 0: what is left is
// told then, and no store need care.
func (p *Plan) possible(cost int64) int64 {
	if p.isPossible(cost) {
		return cost
	}
	return 0
}

// remaining returns how many units limit i has left.
func (p *Plan) remaining(i int, debt time.Duration) int64 {
	l := &p.limits[i]
	return (l.window - int64(debt)) / l.interval
}

// next returns when limit i has one unit more, 0 where it has all.
func (p *Plan) next(i int, debt time.Duration) time.Duration {
	if debt <= 0 {
		return 0
	}
	l := &p.limits[i]
	return debt - time.Duration(l.window-(p.remaining(i, debt)+1)*l.interval)
}

// wait returns when limit i allows a cost that is not above its burst.
func (p *Plan) wait(i int, debt time.Duration, cost int64) time.Duration {
	l := &p.limits[i]
	return max(0, debt+time.Duration(cost*l.interval-l.window))
}
