package ratelimit

import "time"

// A Decision says whether a request is allowed, and what its client has left.
type Decision struct {
	// Allowed is true for a request that may go on.
	Allowed bool

	// Counted is true if limits have decided. It is false for a request that is
	// exempt or costs nothing, and if the store has failed.
	Counted bool

	// Remaining is how many units the client has left, under the limit with the
	// fewest. 0 if nothing was counted.
	Remaining int64

	// RetryAfter is the time until a refused request would be allowed, if its
	// client sends nothing else. It is negative if waiting does not help, because
	// the request costs more than a burst, and 0 if the request is allowed.
	RetryAfter time.Duration

	plan  *Plan // nil if nothing was counted
	debts Debts
	cost  int64
}

// LimitState is what a client has left under one limit.
type LimitState struct {
	Name      string        // of the limit
	Burst     int64         // the maximum of Remaining
	Remaining int64         // units
	Next      time.Duration // until there is one more unit; 0 if none is used
	Refused   bool          // this limit has refused the request
}

// Limits returns what the client has left under each limit, in the order of
// [Options.Limits]; nil if nothing was counted.
func (d Decision) Limits() []LimitState {
	if d.plan == nil {
		return nil
	}
	states := make([]LimitState, d.plan.Len())
	for i := range states {
		states[i] = d.limit(i)
	}
	return states
}

func (d *Decision) limit(i int) LimitState {
	p := d.plan
	return LimitState{
		Name:      p.limits[i].name,
		Burst:     p.limits[i].burst,
		Remaining: p.remaining(i, d.debts[i]),
		Next:      p.next(i, d.debts[i]),
		Refused:   !d.Allowed && (uint64(d.cost) > uint64(p.limits[i].burst) || p.wait(i, d.debts[i], d.cost) > 0),
	}
}

// judge fills in the results of a store's decision about a possible cost, and
// returns the error for a refusal.
func (d *Decision) judge(p *Plan, cost int64) error {
	d.Counted, d.plan, d.cost = true, p, cost
	for i := range p.limits {
		if left := p.remaining(i, d.debts[i]); i == 0 || left < d.Remaining {
			d.Remaining = left
		}
	}
	switch {
	case !p.isPossible(cost):
		d.Allowed, d.RetryAfter = false, -1
	case d.Allowed:
		return nil
	}
	for i := range p.limits {
		if d.RetryAfter >= 0 {
			d.RetryAfter = max(d.RetryAfter, p.wait(i, d.debts[i], cost))
		}
	}
	return &LimitedError{*d}
}
