package tus

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// patience is how long a request waits for another one at the same upload.
const patience = 3 * time.Second

// turns has the requests of one process for one upload come one after the other.
// A client whose connection has broken comes back before this server has noticed:
// then the request before, which waits for nothing, is interrupted.
type turns struct {
	mu sync.Mutex
	at map[string]*turn
}

type turn struct {
	done chan struct{}

	mu     sync.Mutex
	reader *http.ResponseController // nil while nothing is read
}

// take waits for the turn of a request.
func (t *turns) take(ctx context.Context, id string) (leave func(), err error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	// Who reads may be about to set a deadline of its own.
	again := time.NewTicker(patience / 20)
	defer again.Stop()
	for {
		t.mu.Lock()
		before := t.at[id]
		if before == nil {
			own := &turn{done: make(chan struct{})}
			t.at[id] = own
			t.mu.Unlock()
			return func() {
				t.mu.Lock()
				delete(t.at, id)
				t.mu.Unlock()
				close(own.done)
			}, nil
		}
		t.mu.Unlock()
		before.interrupt()
		select {
		case <-before.done:
		case <-again.C:
		case <-timer.C:
			return nil, refuse(ErrLocked, "")
		case <-ctx.Done():
			return nil, refuse(ErrLocked, "")
		}
	}
}

// interrupt ends the reading of a body.
func (t *turn) interrupt() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.reader != nil {
		_ = t.reader.SetReadDeadline(time.Unix(1, 0)) // not every writer can
	}
}

// interruptible lets the request whose turn it is be interrupted until the
// function that it returns is called.
func (t *turns) interruptible(id string, w http.ResponseWriter) (end func()) {
	t.mu.Lock()
	own := t.at[id]
	t.mu.Unlock()
	own.mu.Lock()
	own.reader = http.NewResponseController(w)
	own.mu.Unlock()
	return func() {
		own.mu.Lock()
		own.reader = nil
		own.mu.Unlock()
	}
}
