package tus

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// patience is how long a request waits for another one that uses the same upload.
const patience = 3 * time.Second

// turns makes the requests for one upload in this process take turns. After its connection has
// broken, a client may return before this server notices: then the earlier request, for which
// nothing more will arrive, is interrupted.
type turns struct {
	mu sync.Mutex
	at map[string]*turn
}

type turn struct {
	done chan struct{}

	mu     sync.Mutex
	reader *http.ResponseController // nil while nothing is being read
}

// take waits until it is the request's turn.
func (t *turns) take(ctx context.Context, id string) (leave func(), err error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	// Interrupting must be repeated: the reading request may just be setting its own deadline.
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

// interrupt makes the reading of a body fail.
func (t *turn) interrupt() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.reader != nil {
		_ = t.reader.SetReadDeadline(time.Unix(1, 0)) // not every writer supports deadlines
	}
}

// interruptible allows interrupting the request whose turn it is, until end is called.
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
