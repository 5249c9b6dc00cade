package redis

import (
	"context"
	"errors"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sidekick-http/sidekick/ratelimit"
)

const (
	// mostLines is how many batches are in flight at a time: while the server
	// processes one, the next is on its way.
	mostLines = 2

	// withoutDeadline is the time limit for a check that has no deadline.
	withoutDeadline = time.Second

	// connectWithin limits the time for making a connection. A check does not wait
	// for that beyond its own deadline.
	connectWithin = 5 * time.Second

	// staleAfter is how long a connection may be unused before it is checked again:
	// the server, or something in between, may have closed it.
	staleAfter = time.Second
)

// check is one question to the server.
type check struct {
	ctx   context.Context
	terms *terms
	key   string // the name in Redis
	cost  int64

	taken ratelimit.Taken
	err   error
	done  chan struct{} // closed when taken and err are set
}

// client is what runs scripts: a client of go-redis, or a connection.
type client interface {
	goredis.Scripter
	Pipeline() goredis.Pipeliner
}

// line sends one batch at a time.
type line struct {
	client
	conn *goredis.Conn // nil if the client makes connections as it likes
	used time.Time
}

// lane is the connection to one server, or to several that cannot be told apart.
// Checks that find it busy wait and are sent together.
//
// For speed, a check may use a line in its own goroutine, but only if the line
// already has a connection, so that reading and writing end in time. Making a
// connection may take longer, whatever context go-redis is given, so other
// goroutines do that.
type lane struct {
	store    *Store
	server   *goredis.Client // nil if there are several
	several  client          // nil if there is a single server
	together bool            // one script may have keys of many slots

	mu      sync.Mutex
	waiting []*check
	free    []*line
	lines   int // existing or being made

	// A server of a cluster that does not answer is not called for a while. The
	// limiter would not do that as long as other servers answer.
	failures int       // in a row
	rests    time.Time // when to try it again; zero if it is in use
}

const (
	failuresToRest = 5
	restsFor       = time.Second
)

// isResting reports whether the server should not be called. When the time has come,
// one check is let through to try it.
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

// note records whether the server answers. An error from the server is also an
// answer.
func (l *lane) note(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !isBroken(err) {
		l.failures, l.rests = 0, time.Time{}
		return
	}
	if l.failures++; l.failures >= failuresToRest && l.rests.IsZero() {
		l.rests = time.Now().Add(restsFor)
	}
}

// take decides a check: at once and alone if a line is free, otherwise with the next
// batch.
func (l *lane) take(ctx context.Context, t *terms, key string, cost int64) (ratelimit.Taken, error) {
	l.mu.Lock()
	free := l.pick()
	if free != nil && free.conn != nil && time.Since(free.used) < staleAfter {
		l.mu.Unlock()
		return l.alone(ctx, free, t, key, cost)
	}
	c := &check{ctx: ctx, terms: t, key: key, cost: cost, done: make(chan struct{})}
	l.waiting = append(l.waiting, c)
	switch {
	case free != nil:
		go l.serve(free)
	case l.lines < mostLines:
		l.lines++
		go l.serve(nil)
	}
	l.mu.Unlock()
	select {
	case <-c.done:
		return c.taken, c.err
	case <-ctx.Done():
		return ratelimit.Taken{}, context.Cause(ctx)
	}
}

// pick takes the free line that was used last, or returns nil. mu is held.
func (l *lane) pick() (free *line) {
	if n := len(l.free); n > 0 {
		free, l.free = l.free[n-1], l.free[:n-1]
	}
	return free
}

// alone asks the server about a single check.
func (l *lane) alone(ctx context.Context, by *line, t *terms, key string, cost int64) (ratelimit.Taken, error) {
	q := question{terms: t, keys: []string{key}, costs: []int64{cost}}
	good := l.ask(within(ctx, deadlineOf(ctx)), by, []*question{&q})
	// Other checks have arrived in the meantime. The caller of this one does not wait
	// for them.
	if l.put(by, good) {
		go l.serve(by)
	}
	answer, err := q.answer()
	if err != nil {
		return ratelimit.Taken{}, err
	}
	return t.read(answer)
}

// put returns a line, which is good or must not be used again. If checks are
// waiting, it keeps the line busy and returns true.
func (l *lane) put(by *line, good bool) (busy bool) {
	if !good {
		by.close()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	by.used = time.Now()
	switch {
	case len(l.waiting) > 0:
		return true
	case by.client == nil:
		l.lines--
	default:
		l.free = append(l.free, by)
	}
	return false
}

// serve sends the waiting batches over a line, until there are none. A line that is
// nil, stale or broken is made anew.
func (l *lane) serve(by *line) {
	if by == nil {
		by = &line{}
	}
	if time.Since(by.used) >= staleAfter {
		by.close()
	}
	for busy := true; busy; {
		if by.client == nil {
			if err := l.connect(by); err != nil {
				l.giveUp(err)
				return
			}
		}
		l.mu.Lock()
		batch := l.next()
		l.mu.Unlock()
		busy = l.put(by, l.fly(by, batch))
	}
}

// connect makes a line usable. The client checks an existing connection before it
// hands it out.
func (l *lane) connect(by *line) error {
	if l.server == nil {
		by.client = l.several
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), connectWithin)
	defer cancel()
	conn := l.server.Conn()
	if err := conn.Ping(ctx).Err(); isBroken(err) {
		_ = conn.Close() // it is of no use any more
		l.note(err)
		return err
	}
	by.client, by.conn, by.used = conn, conn, time.Now()
	return nil
}

// close gives the connection back to the client, which knows whether it can be used
// again.
func (b *line) close() {
	if b.conn != nil {
		_ = b.conn.Close() // there is nobody to report an error to
	}
	b.client, b.conn = nil, nil
}

// giveUp ends a line that cannot be connected and, with the last line, all waiting
// checks.
func (l *lane) giveUp(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lines--; l.lines > 0 {
		return
	}
	for _, c := range l.waiting {
		c.err = err
		close(c.done)
	}
	l.waiting = nil
}

// isBroken reports whether an error means that a connection cannot be used again.
// An error from the server does not.
func isBroken(err error) bool {
	var answer goredis.Error
	return err != nil && !errors.As(err, &answer)
}

// next takes a batch of the waiting checks. mu is held.
func (l *lane) next() []*check {
	n := min(len(l.waiting), l.store.maxBatch)
	batch := l.waiting[:n:n]
	if l.waiting = l.waiting[n:]; len(l.waiting) == 0 {
		l.waiting = nil // or a burst would stay in memory forever
	}
	return batch
}

// fly asks the server about a batch and delivers the answers. Checks that nobody
// waits for any more are left out, because they must not be counted. It reports
// whether the line is still good.
func (l *lane) fly(by *line, batch []*check) (good bool) {
	wanted := batch[:0]
	var last time.Time
	for _, c := range batch {
		if c.ctx.Err() != nil {
			c.err = context.Cause(c.ctx)
			close(c.done)
			continue
		}
		if at := deadlineOf(c.ctx); at.After(last) {
			last = at
		}
		wanted = append(wanted, c)
	}
	if len(wanted) == 0 {
		return true
	}
	ctx := within(wanted[0].ctx, last)
	if by.conn == nil { // this may also wait for a connection
		timed, cancel := context.WithDeadline(ctx, last)
		defer cancel()
		ctx = timed
	}
	questions := l.questions(wanted)
	good = l.ask(ctx, by, questions)
	for _, q := range questions {
		q.deliver()
	}
	return good
}

// deadline is a context that ends at a certain time, and not before, even if the
// client leaves: a connection in the middle of an answer would have to be closed.
// It has no timer, because reading and writing need none.
type deadline struct {
	context.Context
	at time.Time
}

func (d deadline) Deadline() (time.Time, bool) { return d.at, true }

func (d deadline) Err() error {
	if time.Now().After(d.at) {
		return context.DeadlineExceeded
	}
	return nil
}

// within returns a context with the values of ctx that ends at a certain time.
func within(ctx context.Context, at time.Time) context.Context {
	return deadline{context.WithoutCancel(ctx), at}
}

// deadlineOf returns when a check must be answered.
func deadlineOf(ctx context.Context) time.Time {
	if at, ok := ctx.Deadline(); ok {
		return at
	}
	return time.Now().Add(withoutDeadline)
}
