package redis

import (
	"hash/maphash"
	"sync/atomic"
	"time"

	"github.com/sidekick-http/sidekick/ratelimit"
)

// places bounds how many refusals are remembered. Two that come to the same
// place take turns, which costs no more than questions to the server.
const places = 4096

// refusals remembers what clients owed when they were refused. Nobody but the
// passing of time makes that less, so as long as it is too much they can be
// refused without asking.
type refusals struct {
	most   time.Duration // for which one counts; not positive: none
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

// refuses tells whether the server would certainly refuse, and what it would say.
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
