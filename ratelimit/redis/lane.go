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
	// mostLines is how many batches are under way at a time: while the server works
	// on one, the next is on its way.
	mostLines = 2

	// withoutDeadline bounds a check that has no deadline.
	withoutDeadline = time.Second

	// connectWithin bounds the making of a connection. No check waits for it
	// longer than it may.
	connectWithin = 5 * time.Second

	// staleAfter is when a connection that was not used is looked at before it is
	// used again: the server, or something in between, may have closed it.
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
	done  chan struct{} // closed when taken and err are there
}

// client is what is asked: a client of go-redis, or a connection.
type client interface {
	goredis.Scripter
	Pipeline() goredis.Pipeliner
}

// line is what one batch at a time is sent over.
type line struct {
	client
	conn *goredis.Conn // nil where the client makes connections when it wants
	used time.Time
}

// lane is the way to one server, or to several that cannot be told apart. Checks
// that find it busy wait and are sent together.
//
// A check may use a line in its own goroutine, which is what makes it fast, only
// because the line is a connection that is there: reading and writing end in
// time. Making a connection may take longer, whatever context go-redis is given,
// so that is done by other goroutines.
type lane struct {
	store    *Store
	server   *goredis.Client // nil where there are several
	several  client          // nil where there is a server
	together bool            // one script may have keys of many slots

	mu      sync.Mutex
	waiting []*check
	free    []*line
	lines   int // that are there, or are made

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

// take answers a check: at once and alone if a line is free, otherwise with the
// next batch.
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

// pick takes the free line that was used last, nil for none. mu is held.
func (l *lane) pick() (free *line) {
	if n := len(l.free); n > 0 {
		free, l.free = l.free[n-1], l.free[:n-1]
	}
	return free
}

// alone asks the server about one check.
func (l *lane) alone(ctx context.Context, by *line, t *terms, key string, cost int64) (ratelimit.Taken, error) {
	q := question{terms: t, keys: []string{key}, costs: []int64{cost}}
	good := l.ask(within(ctx, deadlineOf(ctx)), by, []*question{&q})
	// Others have come meanwhile. They are no business of this check's caller.
	if l.put(by, good) {
		go l.serve(by)
	}
	answer, err := q.answer()
	if err != nil {
		return ratelimit.Taken{}, err
	}
	return t.read(answer)
}

// put gives a line back that was good, or is not to be used again. It returns
// true, and gives nothing back, where it must serve others.
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

// serve sends the batches that wait over a line, until there are none. A line
// that is nil, stale or broken is made anew.
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

// connect makes a line usable. The client looks at a connection that it has
// before it gives it away.
func (l *lane) connect(by *line) error {
	if l.server == nil {
		by.client = l.several
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), connectWithin)
	defer cancel()
	conn := l.server.Conn()
	if err := conn.Ping(ctx).Err(); isBroken(err) {
		_ = conn.Close() // it is no use any more
		l.note(err)
		return err
	}
	by.client, by.conn, by.used = conn, conn, time.Now()
	return nil
}

// close gives the connection back to the client, which knows whether it can be
// used by anybody.
func (b *line) close() {
	if b.conn != nil {
		_ = b.conn.Close() // nobody is there to be told
	}
	b.client, b.conn = nil, nil
}

// giveUp ends a line that cannot be made, and with the last one all checks that
// wait.
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

// isBroken tells whether an error says that a connection cannot be used again.
// What the server has answered, an error, say, does not.
func isBroken(err error) bool {
	var answer goredis.Error
	return err != nil && !errors.As(err, &answer)
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

// fly asks the server about a batch and hands out the answers. Checks that
// nobody waits for any more are left out: they must not be counted. It returns
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
	if by.conn == nil { // there is more to wait for than reading and writing
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

// deadline is a context that ends at a time, and not before, whoever has left: a
// connection in the middle of an answer would have to be closed. It has no timer,
// which reading and writing do not need.
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

// within returns a context with the values of ctx that ends at a time.
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
