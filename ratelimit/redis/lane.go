package redis

import (
	"context"
	"errors"
	"fmt"
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

// add sends a check, alone if the lane is free; otherwise it goes with the next
// batch. It may block while the check is under way.
func (l *lane) add(c *check) {
	l.mu.Lock()
	l.waiting = append(l.waiting, c)
	if l.flights == mostFlights {
		l.mu.Unlock()
		return
	}
	l.flights++
	batch := l.next()
	l.mu.Unlock()
	l.fly(batch)
	// Others have come meanwhile. They are no business of this check's caller.
	if batch = l.land(); batch != nil {
		go func() {
			for ; batch != nil; batch = l.land() {
				l.fly(batch)
			}
		}()
	}
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
	l.ask(ctx, l.client, questions)
	if l.store.cluster != nil {
		for _, q := range questions {
			l.note(q.cmd.Err())
		}
		l.store.redirect(ctx, questions)
	}
	for _, q := range questions {
		q.deliver()
	}
}

// question is one call of the script: about checks of the same plan.
type question struct {
	checks []*check
	cmd    *goredis.Cmd
}

// questions puts checks that one script can decide together.
func (l *lane) questions(checks []*check) []*question {
	var list []*question
next:
	for _, c := range checks {
		if l.together {
			for _, q := range list {
				if q.checks[0].terms == c.terms {
					q.checks = append(q.checks, c)
					continue next
				}
			}
		}
		list = append(list, &question{checks: []*check{c}})
	}
	return list
}

// send puts a question on its way, by the script's hash or with the script.
func (q *question) send(ctx context.Context, by goredis.Scripter, script *goredis.Script, whole bool) {
	keys := make([]string, len(q.checks))
	plain := true
	for i, c := range q.checks {
		keys[i] = c.key
		plain = plain && c.cost == 1
	}
	arguments := q.checks[0].terms.arguments
	if !plain {
		arguments = arguments[:len(arguments):len(arguments)]
		for _, c := range q.checks {
			arguments = append(arguments, c.cost)
		}
	}
	if whole {
		q.cmd = script.Eval(ctx, by, keys, arguments...)
	} else {
		q.cmd = script.EvalSha(ctx, by, keys, arguments...)
	}
}

// ask sends questions, at first by the script's hash, which a server that has
// been restarted does not know.
func (l *lane) ask(ctx context.Context, by client, questions []*question) {
	for _, whole := range []bool{false, true} {
		if len(questions) == 1 {
			questions[0].send(ctx, by, l.store.script, whole)
		} else {
			p := by.Pipeline()
			for _, q := range questions {
				q.send(ctx, p, l.store.script, whole)
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

// deliver hands out the answers.
func (q *question) deliver() {
	answer, err := q.cmd.Slice()
	n := q.checks[0].terms.plan.Len()
	if err == nil && len(answer) != n*len(q.checks) {
		err = fmt.Errorf("ratelimit/redis: the script has answered %d numbers about %d clients", len(answer), len(q.checks))
	}
	for i, c := range q.checks {
		if err != nil {
			c.err = err
		} else {
			c.taken, c.err = c.terms.read(answer[i*n : (i+1)*n])
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
		s.whole.ask(ctx, s.cluster, moved)
	}
}
