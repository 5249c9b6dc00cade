package ratelimit

import (
	"fmt"
	"strings"
	"time"
)

// A Plan holds the limits of one [Limiter] in the form needed to decide. A [Store]
// gets it with every check. It is immutable and safe for concurrent use.
//
// The state of a client under a limit is one number, its debt: the time until the
// whole burst is available to it again. A client that was never seen has no debt.
// Each unit that it uses adds Per/Rate, and time that passes is subtracted. A
// request is allowed if afterwards no debt is larger than its window, the time in
// which a whole burst comes back. (This is the generic cell rate algorithm, GCRA;
// its "theoretical arrival time" is now plus the debt.)
type Plan struct {
	id     string
	limits []compiled
	burst  int64  // the smallest
	policy string // the field that describes the limits
}

type compiled struct {
	name     string
	interval int64 // nanoseconds for one unit
	window   int64 // nanoseconds for the burst
	burst    int64
}

// Debts are the debts of one client, one for each limit of a [Plan], in the same
// order. The remaining elements are not used.
type Debts [MaxLimits]time.Duration

// NewPlan makes a plan, for tests of a [Store]: a [Limiter] makes its own from
// [Options.Scope] and [Options.Limits]. The errors are the same as those of [New].
func NewPlan(scope string, limits ...Limit) (*Plan, error) {
	o := Options{Scope: scope, Limits: limits}.WithDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	return newPlan(scope, o.Limits), nil
}

// newPlan makes a plan from checked limits.
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

// ID identifies the counts of this plan in a store: the scope and the limits, such
// as "login:10/s+20,1000/h+1000". Plans with the same ID share their counts, and
// have the same limits in the same order.
func (p *Plan) ID() string { return p.id }

// Len returns the number of limits, 1 to [MaxLimits].
func (p *Plan) Len() int { return len(p.limits) }

// Interval returns by how much one unit raises the debt under limit i.
func (p *Plan) Interval(i int) time.Duration { return time.Duration(p.limits[i].interval) }

// Window returns the largest debt under limit i.
func (p *Plan) Window(i int) time.Duration { return time.Duration(p.limits[i].window) }

// Take decides a request of the given cost and charges it: if every limit
// allows it, Take adds the cost to every debt and returns true; otherwise it adds
// nothing. In both cases it first corrects impossible debts, negative ones and
// those larger than the window, which a jumping clock can cause. A store must keep
// the resulting debts, unless nothing has changed.
//
// A cost of 0 is always allowed; one below 0 or above a burst never is.
func (p *Plan) Take(debts *Debts, cost int64) bool {
	allowed := p.isPossible(cost)
	for i := range p.limits {
		l := &p.limits[i]
		d := l.clamp(int64(debts[i]))
		debts[i] = time.Duration(d)
		// No overflow: if it counts, the cost is no more than the burst.
		allowed = allowed && d+cost*l.interval <= l.window
	}
	if allowed {
		for i := range p.limits {
			debts[i] += time.Duration(cost * p.limits[i].interval)
		}
	}
	return allowed
}

// clamp returns the nearest possible debt.
func (l *compiled) clamp(debt int64) int64 { return min(max(0, debt), l.window) }

// isPossible reports whether a cost can ever be allowed.
func (p *Plan) isPossible(cost int64) bool { return uint64(cost) <= uint64(p.burst) }

// possible returns a cost if it can ever be allowed, and otherwise 0, so that the
// store only reports what is left.
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

// next returns the time until limit i has one more unit, or 0 if none is used.
func (p *Plan) next(i int, debt time.Duration) time.Duration {
	if debt <= 0 {
		return 0
	}
	l := &p.limits[i]
	return debt - time.Duration(l.window-(p.remaining(i, debt)+1)*l.interval)
}

// wait returns the time until limit i allows a cost that is not above its burst.
func (p *Plan) wait(i int, debt time.Duration, cost int64) time.Duration {
	l := &p.limits[i]
	return max(0, debt+time.Duration(cost*l.interval-l.window))
}
