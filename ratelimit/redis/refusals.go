package redis

import (
	"hash/maphash"
	"sync/atomic"
	"time"

	"github.com/sidekick-http/sidekick/ratelimit"
)

// places limits how many refusals are remembered. Two clients at the same place
// displace each other, which costs only additional questions to the server.
const places = 4096

// refusals remembers what clients owed when they were refused. Only time reduces
// that, so as long as it is too much, they can be refused without asking.
type refusals struct {
	most   time.Duration // how long one counts; none if not positive
	seed   maphash.Seed
	places [places]atomic.Pointer[refusal]
}

type refusal struct {
	plan  *ratelimit.Plan
	key   string
	debts ratelimit.Debts
	at    time.Time // before the server was asked
}

func newRefusals(most time.Duration) *refusals {
	return &refusals{most: most, seed: maphash.MakeSeed()}
}

func (r *refusals) place(key string) *atomic.Pointer[refusal] {
	return &r.places[maphash.String(r.seed, key)%places]
}

// note remembers a refusal.
func (r *refusals) note(plan *ratelimit.Plan, key string, debts ratelimit.Debts, at time.Time) {
	if r.most > 0 {
		r.place(key).Store(&refusal{plan, key, debts, at})
	}
}

// refuses reports whether the server would certainly refuse, and what it would
// answer.
func (r *refusals) refuses(plan *ratelimit.Plan, key string, cost int64) (taken ratelimit.Taken, certain bool) {
	if r.most <= 0 {
		return taken, false
	}
	known := r.place(key).Load()
	if known == nil || known.key != key || known.plan != plan {
		return taken, false
	}
	passed := time.Since(known.at)
	if passed >= r.most {
		return taken, false
	}
	taken.Debts = known.debts
	for i := range plan.Len() {
		taken.Debts[i] -= passed
	}
	return taken, !plan.Take(&taken.Debts, cost)
}
