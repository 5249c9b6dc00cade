package ratelimit

import (
	"context"
	"log/slog"

	"github.com/sidekick-http/sidekick/internal/guard"
)

// guarded is a store whose calls take no longer than allowed.
type guarded struct {
	guard *guard.Guard
	take  func(context.Context, question) (Taken, error)
}

// question holds the arguments of a call to a store.
type question struct {
	plan *Plan
	key  string
	cost int64
}

func newGuarded(o Options) *guarded {
	_, punctual := o.Store.(PunctualStore)
	store := o.Store
	return &guarded{
		guard: guard.New(guard.Options{
			Package: "ratelimit", Timeout: o.StoreTimeout, Failures: o.StoreFailures, Pause: o.StorePause,
			Logger: o.Logger, Attr: slog.String("fallback", o.Fallback.String()), Punctual: punctual,
			ErrTimeout: ErrStoreTimeout, ErrSkipped: ErrStoreSkipped, ErrBusy: ErrStoreBusy,
		}),
		take: func(ctx context.Context, q question) (Taken, error) { return store.Take(ctx, q.plan, q.key, q.cost) },
	}
}

// Take is [Store.Take] within the time limit. The context's own error says nothing
// about the store: the client has gone.
func (g *guarded) Take(ctx context.Context, plan *Plan, key string, cost int64) (Taken, error) {
	return guard.Ask(ctx, g.guard, g.take, question{plan, key, cost})
}
