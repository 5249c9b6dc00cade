package idempotency

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	// mostLater and mostLaterBytes limit the calls that are left to repeat.
	mostLater      = 1024
	mostLaterBytes = 64 << 20

	laterTimeout = time.Second // of one attempt
)

// rest is the set of calls that are left to repeat because the store has failed.
type rest struct {
	closing chan struct{} // closed by Close

	mu      sync.Mutex
	closed  bool
	count   int
	bytes   int
	givenUp int           // after Close
	ended   chan struct{} // closed when the last call ends after Close
}

func newRest() *rest { return &rest{closing: make(chan struct{}), ended: make(chan struct{})} }

func (l *rest) take(bytes int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.count >= mostLater || l.bytes+bytes > mostLaterBytes {
		return false
	}
	l.count, l.bytes = l.count+1, l.bytes+bytes
	return true
}

func (l *rest) give(bytes int, done bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count, l.bytes = l.count-1, l.bytes-bytes
	if !l.closed {
		return
	}
	if !done {
		l.givenUp++
	}
	if l.count == 0 {
		close(l.ended)
	}
}

// close ends the pauses of all calls. It waits for their last attempts, but not for a
// store that ignores their time limit, and returns how many have failed.
func (l *rest) close() (failed int) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return 0
	}
	l.closed = true
	close(l.closing)
	if l.count == 0 {
		close(l.ended)
	}
	l.mu.Unlock()
	timeout := time.NewTimer(laterTimeout + laterTimeout/10)
	defer timeout.Stop()
	select {
	case <-l.ended:
	case <-timeout.C:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.givenUp + l.count
}

// Close ends what the Replayer repeats in the background after a failure of the Store:
// each call is made once more and then given up, which is logged. It takes about a
// second at the most. Call it when no request uses the Replayer any more, and before
// the Store is closed. Later calls of Close do nothing.
//
// A Replayer that is not closed ends these calls by itself when [Options.Lease] has
// passed.
func (p *Replayer) Close() {
	if failed := p.rest.close(); failed > 0 {
		p.opts.Logger.Warn("idempotency: closed while the store fails: answers are not stored, or keys stay held until their lease has passed", "calls", failed)
	}
}

// later repeats a failed call until the store answers or the lease has passed: after
// that, another request may have the key.
func (p *Replayer) later(q asked) {
	if !p.rest.take(len(q.answer)) {
		return
	}
	until := time.Now().Add(q.claim.Lease)
	go func() {
		done := false
		defer func() { p.rest.give(len(q.answer), done) }()
		last := false
		for pause := firstPause; !last && !done && time.Now().Before(until); pause = min(2*pause, time.Second) {
			timer := time.NewTimer(pause)
			select {
			case <-timer.C:
			case <-p.rest.closing:
				timer.Stop()
				last = true
			}
			err := p.try(q)
			done = err == nil || errors.Is(err, ErrLost)
		}
	}()
}

// try calls the store without the guard, whose circuit breaker is for waiting
// requests.
func (p *Replayer) try(q asked) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("idempotency: the store panicked: %v", panicked)
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), laterTimeout)
	defer cancel()
	_, err = q.method(p.store, ctx, q.claim, q.answer)
	return err
}
