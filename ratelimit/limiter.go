package ratelimit

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/proxyaddr"
)

// A Limiter refuses requests from clients that have used up their limits. It is
// made by [New], safe for concurrent use, and immutable except for the counts.
type Limiter struct {
	opts     Options
	plan     *Plan
	identity facts.Limiter
	exempt   map[string]bool     // exact paths
	folders  []string            // exempt, with everything below them
	resolver *proxyaddr.Resolver // nil if no proxy is trusted
	store    *guarded            // nil if the store is a Memory

	// If the store is a Memory, it is used directly. Otherwise this replaces the
	// store while it fails; nil if nothing does.
	memory *Memory
	table  *table
}

// New returns a Limiter. Its error joins a [*ConfigError] for every problem of the
// options, such as missing limits.
func New(o Options) (*Limiter, error) {
	o = o.WithDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.ErrorHandler == nil {
		o.ErrorHandler = failure.AnswerError
	}
	o.Logger = failure.Logger(o.Logger)
	o.KeyHeader = http.CanonicalHeaderKey(o.KeyHeader)
	l := &Limiter{opts: o, plan: newPlan(o.Scope, o.Limits), exempt: map[string]bool{}}
	for _, path := range o.ExemptPaths {
		l.exempt[path] = true
		if strings.HasSuffix(path, "/") {
			l.folders = append(l.folders, path)
		}
	}
	if len(o.TrustedProxies) > 0 {
		l.resolver = proxyaddr.New(o.TrustedProxies)
	}
	own, isMemory := o.Store.(*Memory)
	switch {
	case isMemory:
		l.memory = own
	case o.Store == nil || o.Fallback == FallbackLocal:
		l.memory, _ = NewMemory(MemoryOptions{}) // the defaults cannot fail
	}
	if l.memory != nil {
		l.table = l.memory.table(l.plan)
	}
	if o.Store != nil && !isMemory {
		l.store = newGuarded(o)
	}
	return l, nil
}

// Handler passes allowed requests to next, and lets [Options.ErrorHandler] answer
// the others. It records how many units the client has left; the envelope shows
// them as RequestsRemaining.
//
// A request that has just passed the same Limiter is not counted again. If the
// client leaves before the store has answered, the request is not passed on.
func (l *Limiter) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cost, exempt := l.costOf(r)
		if exempt {
			next.ServeHTTP(w, r)
			return
		}
		r, rec := facts.Ensure(r)
		if !rec.EnterLimiter(&l.identity) {
			next.ServeHTTP(w, r)
			return
		}
		d, err := l.check(r.Context(), r, cost)
		if err != nil {
			l.refuse(w, r, err)
			return
		}
		l.SetFields(w.Header(), d, nil)
		next.ServeHTTP(w, r)
	})
}

// refuse answers a refused request.
func (l *Limiter) refuse(w http.ResponseWriter, r *http.Request, err error) {
	l.SetFields(w.Header(), Decision{}, err)
	l.opts.ErrorHandler(w, r, err)
}

// SetFields sets the fields that [Limiter.Handler] sets, for a result of
// [Limiter.Check]. It is for callers that respond themselves. [Options.FieldsAlways]
// and [Options.OmitFields] apply.
func (l *Limiter) SetFields(h http.Header, d Decision, err error) {
	switch e := err.(type) {
	case nil:
		if l.opts.FieldsAlways {
			d.SetFields(h)
		}
	case *LimitedError:
		if l.opts.OmitFields {
			setRetryAfter(h, e.Decision.RetryAfter)
		} else {
			e.SetFields(h)
		}
	case *UnavailableError:
		e.SetFields(h)
	}
}

// Check decides a request and counts it if it is allowed. It sends nothing.
// If the request has passed another piece of this module, what is left is recorded
// for the envelope. The error is nil for a request that may go on, a
// [*LimitedError] for one that is refused, and an [*UnavailableError] if the store
// fails under [FallbackClosed] or ctx has ended. ctx is usually the request's own.
func (l *Limiter) Check(ctx context.Context, r *http.Request) (Decision, error) {
	cost, exempt := l.costOf(r)
	if exempt {
		return Decision{Allowed: true}, nil
	}
	return l.check(ctx, r, cost)
}

// Allow decides about cost units for the client with this key, and counts them if
// they are allowed. A cost of 0 counts nothing and returns what is left; one that
// is negative or above a burst is refused. The errors are those of [Limiter.Check].
// [Limiter.Key] returns the keys of requests.
func (l *Limiter) Allow(ctx context.Context, key string, cost int64) (d Decision, err error) {
	if len(key) > mostKey {
		key = string(appendHash([]byte(keyLong), key))
	}
	if l.store == nil {
		err = l.decide(l.memory.tag(key), cost, &d)
	} else {
		err = l.ask(ctx, key, cost, &d)
	}
	return d, err
}

// costOf returns what a request costs, and whether it is exempt.
func (l *Limiter) costOf(r *http.Request) (cost int64, exempt bool) {
	if len(l.exempt) > 0 && l.exempts(r.URL) {
		return 0, true
	}
	if l.opts.Cost == nil {
		return 1, false
	}
	cost = l.opts.Cost(r)
	return cost, cost == 0
}

// exempts reports whether requests for a URL are not counted. A path that other
// programs could read differently, because of its escapes, is counted.
func (l *Limiter) exempts(u *url.URL) bool {
	if u.RawPath != "" {
		return false
	}
	if l.exempt[u.Path] {
		return true
	}
	for _, folder := range l.folders {
		if below, ok := strings.CutPrefix(u.Path, folder); ok && isPlain(below) {
			return true
		}
	}
	return false
}

// isPlain reports whether every reader understands a path in the same way.
func isPlain(path string) bool {
	for segment := range strings.SplitSeq(strings.TrimSuffix(path, "/"), "/") {
		switch segment {
		case "", ".", "..":
			return path == ""
		}
		if strings.Contains(segment, `\`) {
			return false
		}
	}
	return true
}

func (l *Limiter) check(ctx context.Context, r *http.Request, cost int64) (d Decision, err error) {
	var room [mostKey]byte
	key := l.appendKey(room[:0], r)
	if l.store == nil {
		err = l.decide(l.memory.tagBytes(key), cost, &d)
	} else {
		err = l.ask(ctx, string(key), cost, &d)
	}
	if rec := facts.From(r.Context()); d.Counted && rec.IsOfRequest() {
		rec.LimitRemaining(d.Remaining)
	}
	return d, err
}

// decide lets the memory of this process decide. d must be zero.
func (l *Limiter) decide(tag uint64, cost int64, d *Decision) error {
	d.Allowed = l.table.take(l.plan, l.memory.clock(), tag, l.plan.possible(cost), &d.debts)
	return d.judge(l.plan, cost)
}

// ask lets the store decide, or its replacement while it fails. d must be zero.
func (l *Limiter) ask(ctx context.Context, key string, cost int64, d *Decision) error {
	taken, err := l.store.Take(ctx, l.plan, key, l.plan.possible(cost))
	switch {
	case err == nil:
		d.Allowed, d.debts = taken.Allowed, taken.Debts
		return d.judge(l.plan, cost)
	case ctx.Err() != nil:
		return &UnavailableError{Err: context.Cause(ctx)}
	case l.opts.Fallback == FallbackOpen:
		d.Allowed = true
		return nil
	case l.opts.Fallback == FallbackClosed:
		return &UnavailableError{Err: err, RetryAfter: l.opts.StorePause}
	default:
		return l.decide(l.memory.tag(key), cost, d)
	}
}
