package idempotency

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/sidekick-http/sidekick/internal/guard"
)

const (
	// firstPause and longestPause lie between two checks whether the first request
	// with a key has finished.
	firstPause   = 10 * time.Millisecond
	longestPause = 250 * time.Millisecond
)

// asked is a call to the store: a method and its arguments.
type asked struct {
	method func(Store, context.Context, Claim, []byte) (Begun, error)
	claim  Claim
	answer []byte
}

func begin(s Store, ctx context.Context, c Claim, _ []byte) (Begun, error) { return s.Begin(ctx, c) }

func renew(s Store, ctx context.Context, c Claim, _ []byte) (Begun, error) {
	return Begun{}, s.Renew(ctx, c)
}

func finish(s Store, ctx context.Context, c Claim, answer []byte) (Begun, error) {
	return Begun{}, s.Finish(ctx, c, answer)
}

func abort(s Store, ctx context.Context, c Claim, _ []byte) (Begun, error) {
	return Begun{}, s.Abort(ctx, c)
}

func newGuard(o Options, store Store) *guard.Guard {
	_, punctual := store.(PunctualStore)
	return guard.New(guard.Options{
		Package: "idempotency", Timeout: o.StoreTimeout, Failures: o.StoreFailures, Pause: o.StorePause,
		Logger: o.Logger, Attr: slog.String("fallback", o.Fallback.String()), Punctual: punctual,
		ErrTimeout: ErrStoreTimeout, ErrSkipped: ErrStoreSkipped, ErrBusy: ErrStoreBusy,
	})
}

// ask calls the store within the time limit. That another request has taken over a
// key is a result, not a failure: the State is [Running].
func (p *Replayer) ask(ctx context.Context, q asked) (Begun, error) {
	return guard.Ask(ctx, p.guard, p.call, q)
}

func (p *Replayer) call(ctx context.Context, q asked) (Begun, error) {
	begun, err := q.method(p.store, ctx, q.claim, q.answer)
	if errors.Is(err, ErrLost) {
		return Begun{State: Running}, nil
	}
	return begun, err
}

// claim claims a key, or says why it cannot be claimed. It waits for another
// request that is being processed.
func (p *Replayer) claim(ctx context.Context, c Claim) (Begun, error) {
	begun, err := p.askFor(ctx, c)
	if err != nil || begun.State != Running || p.opts.Wait < 0 {
		return begun, err
	}
	defer p.waiting.Add(-1)
	if p.waiting.Add(1) > mostWaiting {
		return begun, nil
	}
	until, pause := time.Now().Add(p.opts.Wait), firstPause
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for err == nil && begun.State == Running {
		left := time.Until(until)
		if left <= 0 {
			break
		}
		timer.Reset(min(pause, left))
		pause = min(2*pause, longestPause)
		select {
		case <-timer.C:
			begun, err = p.askFor(ctx, c)
		case <-ctx.Done():
			return Begun{}, context.Cause(ctx)
		}
	}
	return begun, err
}

// askFor claims a key in the store. A store that has failed to answer may have
// granted it nevertheless, so it is released again.
func (p *Replayer) askFor(ctx context.Context, c Claim) (Begun, error) {
	begun, err := p.ask(ctx, asked{begin, c, nil})
	if err != nil && !errors.Is(err, ErrStoreSkipped) && !errors.Is(err, ErrStoreBusy) {
		p.later(asked{abort, c, nil})
	}
	return begun, err
}

// hold renews a claim until release is called. If another request takes over the
// key, it calls lost.
func (p *Replayer) hold(c Claim, lost func(cause error)) (release func()) {
	var mu sync.Mutex // held during calls to the store, so that nothing is renewed after release
	released := false
	var timer *time.Timer
	every := c.Lease / 3
	mu.Lock()
	defer mu.Unlock()
	timer = time.AfterFunc(every, func() {
		mu.Lock()
		defer mu.Unlock()
		if released {
			return
		}
		begun, err := p.ask(context.Background(), asked{renew, c, nil})
		if err == nil && begun.State == Running {
			p.logLost(context.Background())
			lost(ErrLost)
			return
		}
		timer.Reset(every)
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		released = true
		timer.Stop()
	}
}

func (p *Replayer) logLost(ctx context.Context) {
	p.opts.Logger.ErrorContext(ctx, "idempotency: a request has lost its key to another one, since its lease has passed; what it does may be done twice")
}

// finish stores a response. If the store fails, it tries again for as long as the
// lease lasts; false means that the response is not stored yet.
func (p *Replayer) finish(r *http.Request, c Claim, answer []byte) (stored bool) {
	ctx := context.WithoutCancel(r.Context())
	begun, err := p.ask(ctx, asked{finish, c, answer})
	switch {
	case err != nil:
		p.later(asked{finish, c, answer})
	case begun.State == Running:
		p.logLost(ctx)
	}
	return err == nil && begun.State != Running
}

// abort releases a key.
func (p *Replayer) abort(c Claim) {
	if _, err := p.ask(context.Background(), asked{abort, c, nil}); err != nil {
		p.later(asked{abort, c, nil})
	}
}
