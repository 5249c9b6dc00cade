package redis

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sidekick-http/sidekick/ratelimit"
)

// A Store keeps what clients have used in Redis or Valkey. It is a
// [ratelimit.Store], made by [New] or [Open] and safe for concurrent use. One Store
// can serve any number of limiters.
type Store struct {
	prefix   string
	maxBatch int
	script   *goredis.Script
	refusals *refusals
	terms    sync.Map // *ratelimit.Plan to *terms
	owned    goredis.UniversalClient

	whole   *lane                  // the only server, or all; nil for a cluster
	cluster *goredis.ClusterClient // nil if there is none
	known   atomic.Bool            // whether the servers of the cluster are known
	mu      sync.Mutex
	lanes   map[*goredis.Client]*lane // of the servers of a cluster
	reload  time.Time                 // when the servers of a cluster were last asked for
}

func newStore(o Options) *Store {
	s := &Store{
		prefix:   o.Prefix,
		maxBatch: o.MaxBatch,
		script:   newScript(),
		refusals: newRefusals(o.LocalRefusals),
		lanes:    map[*goredis.Client]*lane{},
	}
	switch c := o.Client.(type) {
	case *goredis.Client:
		s.whole = &lane{store: s, server: c, together: true}
	case *goredis.ClusterClient:
		s.cluster = c
	default:
		s.whole = &lane{store: s, several: c}
	}
	return s
}

// Close closes the connections of a Store made by [Open]; checks then fail. It does
// not close a client that the Store was given.
func (s *Store) Close() error {
	if s.owned == nil {
		return nil
	}
	return s.owned.Close()
}

// Take implements [ratelimit.Store]. Its errors are those of go-redis or of the
// server, the cause of ctx, or [ratelimit.ErrStoreSkipped] for clients on a server
// of a cluster that is not called after failures.
func (s *Store) Take(ctx context.Context, plan *ratelimit.Plan, key string, cost int64) (ratelimit.Taken, error) {
	if taken, certain := s.refusals.refuses(plan, key, cost); certain {
		return taken, nil
	}
	name := s.prefix + "{" + key + "}" + plan.ID()
	at := time.Now()
	l, err := s.laneOf(ctx, name)
	if err != nil {
		return ratelimit.Taken{}, err
	}
	if s.cluster != nil && l.isResting() {
		return ratelimit.Taken{}, ratelimit.ErrStoreSkipped
	}
	taken, err := l.take(ctx, s.termsOf(plan), name, cost)
	if err == nil && !taken.Allowed {
		s.refusals.note(plan, key, taken.Debts, at)
	}
	return taken, err
}

// Punctual marks Take as returning in time: everything that it waits for has a
// deadline.
func (s *Store) Punctual() {}

// termsOf returns a plan in the form of the script's arguments.
func (s *Store) termsOf(plan *ratelimit.Plan) *terms {
	if t, known := s.terms.Load(plan); known {
		return t.(*terms)
	}
	t, _ := s.terms.LoadOrStore(plan, newTerms(plan))
	return t.(*terms)
}

// laneOf returns the lane for a key. Each server of a cluster has its own, so that
// one that hangs does not block the others.
func (s *Store) laneOf(ctx context.Context, key string) (*lane, error) {
	if s.cluster == nil {
		return s.whole, nil
	}
	server, err := s.serverOf(ctx, key)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lanes[server]
	if l == nil {
		if len(s.lanes) > 1000 { // servers that are long gone
			clear(s.lanes)
		}
		l = &lane{store: s, server: server}
		s.lanes[server] = l
	}
	return l, nil
}

// serverOf returns the server of a cluster that has a key. Until the servers are
// known, it asks one of them, waiting no longer than ctx.
func (s *Store) serverOf(ctx context.Context, key string) (*goredis.Client, error) {
	if s.known.Load() {
		return s.cluster.MasterForKey(ctx, key)
	}
	type found struct {
		server *goredis.Client
		err    error
	}
	answers := make(chan found, 1)
	go func() {
		server, err := s.cluster.MasterForKey(ctx, key)
		if err == nil {
			s.known.Store(true)
		}
		answers <- found{server, err}
	}()
	select {
	case f := <-answers:
		return f.server, f.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// lost records that a server of a cluster has not answered: another may have taken
// its place.
func (s *Store) lost(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.Sub(s.reload) > time.Second/10 {
		s.reload = now
		s.cluster.ReloadState(ctx)
	}
}
