package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sidekick-http/sidekick/ratelimit"
)

const (
	// mostFlights is how many batches are under way at a time: while the server
	// works on one, the next is on its way.
	mostFlights = 2

	// withoutDeadline bounds a batch none of whose checks has a deadline.
	withoutDeadline = time.Second
)

// check is one question to the server.
type check struct {
	ctx   context.Context
	terms *terms
	key   string // the name in Redis
	cost  int64

	taken ratelimit.Taken
	err   error
	done  chan struct{} // closed when taken and err are there
}

// client is what a lane needs of a client of go-redis.
type client interface {
	goredis.Scripter
	Pipeline() goredis.Pipeliner
}

// lane is the way to one server, or to several that cannot be told apart. Checks
// that find it busy wait and are sent together.
type lane struct {
	store    *Store
	client   client
	together bool // one script may have keys of many slots

	mu      sync.Mutex
	waiting []*check
	flights int

	// A server of a cluster that does not answer is left alone for a while: the
	// limiter would not do that as long as others answer.
	failures int       // in a row
	rests    time.Time // when it is tried again; zero if it is not left alone
}

const (
	failuresToRest = 5
	restsFor       = time.Second
)

// isResting tells whether the server is left alone. When the time has come, one
// check is let through to try it.
func (l *lane) isResting() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rests.IsZero() {
		return false
	}
	now := time.Now()
	if now.Before(l.rests) {
		return true
	}
	l.rests = now.Add(restsFor)
	return false
}

// note keeps account of whether the server answers. What it answers, an error,
// say, makes no difference.
func (l *lane) note(err error) {
	var answer goredis.Error
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil || errors.As(err, &answer) {
		l.failures, l.rests = 0, time.Time{}
		return
	}
	if l.failures++; l.failures >= failuresToRest && l.rests.IsZero() {
		l.rests = time.Now().Add(restsFor)
	}
}

// take answers a check: at once and alone if the lane is free, otherwise with the
// next batch.
func (l *lane) take(ctx context.Context, t *terms, key string, cost int64) (ratelimit.Taken, error) {
	l.mu.Lock()
	if l.flights < mostFlights {
		l.flights++
		l.mu.Unlock()
		taken, err := l.alone(ctx, t, key, cost)
		// Others have come meanwhile. They are no business of this check's caller.
		if batch := l.land(); batch != nil {
			go func() {
				for ; batch != nil; batch = l.land() {
					l.fly(batch)
				}
			}()
		}
		return taken, err
	}
	c := &check{ctx: ctx, terms: t, key: key, cost: cost, done: make(chan struct{})}
	l.waiting = append(l.waiting, c)
	l.mu.Unlock()
	select {
	case <-c.done:
		return c.taken, c.err
	case <-ctx.Done():
		return ratelimit.Taken{}, context.Cause(ctx)
	}
}

// alone asks the server about one check, whose context is the only one that
// counts.
func (l *lane) alone(ctx context.Context, t *terms, key string, cost int64) (ratelimit.Taken, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, withoutDeadline)
		defer cancel()
	}
	q := question{terms: t, keys: []string{key}, costs: []int64{cost}}
	l.ask(ctx, []*question{&q})
	answer, err := q.answer()
	if err != nil {
		return ratelimit.Taken{}, err
	}
	return t.read(answer)
}

// next takes a batch off those that wait. mu is held.
func (l *lane) next() []*check {
	n := min(len(l.waiting), l.store.maxBatch)
	batch := l.waiting[:n:n]
	if l.waiting = l.waiting[n:]; len(l.waiting) == 0 {
		l.waiting = nil // or a burst would be held for ever
	}
	return batch
}

// land ends a flight: it returns the batch of the next one, nil for none.
func (l *lane) land() []*check {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.flights--
		return nil
	}
	return l.next()
}

// fly asks the server about a batch and hands out the answers. Checks that
// nobody waits for any more are left out: they must not be counted.
func (l *lane) fly(batch []*check) {
	wanted := batch[:0]
	var deadline time.Time
	for _, c := range batch {
		if c.ctx.Err() != nil {
			c.err = context.Cause(c.ctx)
			close(c.done)
			continue
		}
		till, ok := c.ctx.Deadline()
		if !ok {
			till = time.Now().Add(withoutDeadline)
		}
		if till.After(deadline) {
			deadline = till
		}
		wanted = append(wanted, c)
	}
	if len(wanted) == 0 {
		return
	}
	// A client that leaves takes nobody with it.
	ctx, cancel := context.WithDeadline(context.WithoutCancel(wanted[0].ctx), deadline)
	defer cancel()
	questions := l.questions(wanted)
	l.ask(ctx, questions)
	for _, q := range questions {
		q.deliver()
	}
}

// question is one call of the script: about checks under the same limits.
type question struct {
	terms  *terms
	keys   []string
	costs  []int64
	checks []*check // who asks, in the same order; none where only one does
	cmd    *goredis.Cmd
}

// questions puts checks that one script can decide together.
func (l *lane) questions(checks []*check) []*question {
	var list []*question
next:
	for _, c := range checks {
		if l.together {
			for _, q := range list {
				if q.terms == c.terms {
					q.add(c)
					continue next
				}
			}
		}
		q := &question{terms: c.terms}
		q.add(c)
		list = append(list, q)
	}
	return list
}

func (q *question) add(c *check) {
	q.keys, q.costs, q.checks = append(q.keys, c.key), append(q.costs, c.cost), append(q.checks, c)
}

// send puts a question on its way, by the script's hash or with the script.
func (q *question) send(ctx context.Context, by goredis.Scripter, script *goredis.Script, whole bool) {
	arguments := q.terms.arguments
	if slices.ContainsFunc(q.costs, func(cost int64) bool { return cost != 1 }) {
		arguments = slices.Clip(arguments)
		for _, cost := range q.costs {
			arguments = append(arguments, cost)
		}
	}
	if whole {
		q.cmd = script.Eval(ctx, by, q.keys, arguments...)
	} else {
		q.cmd = script.EvalSha(ctx, by, q.keys, arguments...)
	}
}

// ask sends questions and waits for what the server says.
func (l *lane) ask(ctx context.Context, questions []*question) {
	l.store.ask(ctx, l.client, questions)
	if l.store.cluster == nil {
		return
	}
	for _, q := range questions {
		l.note(q.cmd.Err())
	}
	l.store.redirect(ctx, questions)
}

// ask sends questions, at first by the script's hash, which a server that has
// been restarted does not know.
func (s *Store) ask(ctx context.Context, by client, questions []*question) {
	for _, whole := range []bool{false, true} {
		if len(questions) == 1 {
			questions[0].send(ctx, by, s.script, whole)
		} else {
			p := by.Pipeline()
			for _, q := range questions {
				q.send(ctx, p, s.script, whole)
			}
			_, _ = p.Exec(ctx) // each command has its error
		}
		var unknown []*question
		for _, q := range questions {
			if err := q.cmd.Err(); err != nil && (errors.Is(err, goredis.ErrNoScript) || goredis.HasErrorPrefix(err, "NOSCRIPT")) {
				unknown = append(unknown, q)
			}
		}
		if questions = unknown; len(questions) == 0 {
			return
		}
	}
}

// answer returns what the server has said.
func (q *question) answer() ([]any, error) {
	answer, err := q.cmd.Slice()
	if want := q.terms.plan.Len() * len(q.keys); err == nil && len(answer) != want {
		err = fmt.Errorf("ratelimit/redis: the script has answered %d numbers, want %d", len(answer), want)
	}
	return answer, err
}

// deliver hands out the answers.
func (q *question) deliver() {
	answer, err := q.answer()
	n := q.terms.plan.Len()
	for i, c := range q.checks {
		if err != nil {
			c.err = err
		} else {
			c.taken, c.err = q.terms.read(answer[i*n : (i+1)*n])
		}
		close(c.done)
	}
}

// redirect asks again what a server of a cluster has not answered because the
// keys are another one's now. The cluster client knows whom to ask.
func (s *Store) redirect(ctx context.Context, questions []*question) {
	var moved []*question
	for _, q := range questions {
		switch err := q.cmd.Err(); {
		case err == nil:
		case goredis.HasErrorPrefix(err, "MOVED") || goredis.HasErrorPrefix(err, "ASK") || goredis.HasErrorPrefix(err, "TRYAGAIN"):
			moved = append(moved, q)
		default:
			s.lost(ctx)
		}
	}
	if len(moved) > 0 {
		s.lost(ctx)
		s.ask(ctx, s.cluster, moved)
	}
}
