package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// mostWaiting bounds how many calls of a store can be under way. A store that
// hangs whatever its context says holds a goroutine for each.
const mostWaiting = 4096

// guard stands between a limiter and a store that may fail or hang: it waits for
// a bounded time, leaves the store alone for a while after failures in a row,
// and tells once of every outage.
type guard struct {
	store    Store
	punctual bool
	timeout  time.Duration
	most     int64         // failures in a row that open the breaker
	pause    time.Duration // for which it stays open
	logger   *slog.Logger
	fallback Fallback
	start    time.Time // from which times are counted

	waiting  atomic.Int64 // calls under way
	failures atomic.Int64 // in a row
	success  atomic.Int64 // when the last was
	openTill atomic.Int64 // when the store is tried again; 0 while the breaker is closed

	// An outage lasts from the first failure to an answer that no failure has come
	// before for a pause: one of many checks that fail is told of once.
	outage  atomic.Bool
	began   atomic.Int64
	last    atomic.Int64 // failure
	without atomic.Int64 // checks that the store has not decided
}

func newGuard(o Options) *guard {
	_, punctual := o.Store.(PunctualStore)
	return &guard{
		store:    o.Store,
		punctual: punctual,
		timeout:  o.StoreTimeout,
		most:     int64(o.StoreFailures),
		pause:    o.StorePause,
		logger:   o.Logger,
		fallback: o.Fallback,
		start:    time.Now().Add(-o.StoreTimeout), // as if the last answer were long ago
	}
}

// take is [Store.Take] within the time limit. An error that is the context's own
// says nothing about the store: the client has gone.
func (g *guard) take(ctx context.Context, plan *Plan, key string, cost int64) (Taken, error) {
	if ctx.Err() != nil {
		return Taken{}, context.Cause(ctx)
	}
	probe := false
	if till := g.openTill.Load(); till != 0 {
		now := g.now()
		// One request tries the store; those that come meanwhile do without.
		if now < till || !g.openTill.CompareAndSwap(till, now+int64(g.pause)) {
			g.without.Add(1)
			return Taken{}, ErrStoreSkipped
		}
		probe = true
	}
	taken, err := g.ask(ctx, plan, key, cost)
	switch {
	case err == nil:
		g.answered(ctx, probe)
	case ctx.Err() == nil:
		g.failed(ctx, err)
	}
	return taken, err
}

// ask calls the store, but returns when the time is up, whatever the store does.
func (g *guard) ask(ctx context.Context, plan *Plan, key string, cost int64) (taken Taken, err error) {
	limited, cancel := context.WithTimeoutCause(ctx, g.timeout, ErrStoreTimeout)
	defer cancel()
	if g.punctual {
		taken, err = g.call(limited, plan, key, cost)
	} else {
		taken, err = g.leave(limited, plan, key, cost)
	}
	if err != nil && limited.Err() != nil {
		err = context.Cause(limited)
	}
	return taken, err
}

// leave has another goroutine call the store, which is left where it is when
// the context ends.
func (g *guard) leave(ctx context.Context, plan *Plan, key string, cost int64) (Taken, error) {
	if g.waiting.Add(1) > mostWaiting {
		g.waiting.Add(-1)
		return Taken{}, ErrStoreBusy
	}
	type answer struct {
		taken Taken
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		taken, err := g.call(ctx, plan, key, cost)
		g.waiting.Add(-1)
		answers <- answer{taken, err}
	}()
	select {
	case a := <-answers:
		return a.taken, a.err
	case <-ctx.Done():
		return Taken{}, ctx.Err()
	}
}

// call calls the store. In a goroutine of its own a panic would end the process.
func (g *guard) call(ctx context.Context, plan *Plan, key string, cost int64) (taken Taken, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("ratelimit: the store panicked: %v", p)
		}
	}()
	return g.store.Take(ctx, plan, key, cost)
}

func (g *guard) now() int64 { return int64(time.Since(g.start)) }

// failed notes a failure of the store.
func (g *guard) failed(ctx context.Context, err error) {
	now := g.now()
	g.last.Store(now)
	g.without.Add(1)
	// A store of several servers, one of which fails, fails in a row now and then;
	// it may leave that one alone by itself.
	if !errors.Is(err, ErrStoreSkipped) && g.failures.Add(1) >= g.most && now-g.success.Load() >= int64(g.timeout) {
		g.openTill.CompareAndSwap(0, now+int64(g.pause))
	}
	if g.outage.CompareAndSwap(false, true) {
		g.began.Store(now)
		g.without.Store(1)
		g.logger.ErrorContext(ctx, "ratelimit: the store fails", "error", err, "fallback", g.fallback.String())
	}
}

// answered notes an answer of the store.
func (g *guard) answered(ctx context.Context, probe bool) {
	if g.failures.Load() != 0 {
		g.failures.Store(0)
	}
	now := g.now()
	g.success.Store(now)
	if probe {
		g.openTill.Store(0)
	}
	if !g.outage.Load() || g.openTill.Load() != 0 {
		return
	}
	if (probe || now-g.last.Load() >= int64(g.pause)) && g.outage.CompareAndSwap(true, false) {
		g.logger.WarnContext(ctx, "ratelimit: the store answers again",
			"after", time.Duration(now-g.began.Load()), "undecided", g.without.Load())
	}
}
