package legacy

import (
	"io"
	"net/http"
	"sync"
	"time"
)

// body is a client's body on its way to the old server. Before each read, the
// connection gets as much time as a client may be silent. A read error is the
// client's fault, not the old server's. The transport may read the body in another
// goroutine.
type body struct {
	io.ReadCloser
	control  *http.ResponseController
	patience time.Duration

	mu   sync.Mutex
	err  error // the first, except io.EOF
	over bool  // the response is complete, and deadlines belong to the server again
}

func (b *body) Read(p []byte) (int, error) {
	b.arm(time.Now().Add(b.patience))
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		// The server watches the connection while the handler runs, and would take an
		// expired deadline for a lost client.
		b.arm(time.Time{})
	} else if err != nil {
		b.mu.Lock()
		if b.err == nil {
			b.err = err
		}
		b.mu.Unlock()
	}
	return n, err
}

func (b *body) arm(deadline time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.patience > 0 && !b.over {
		// If the writer has no deadlines, the server's own applies.
		_ = b.control.SetReadDeadline(deadline)
	}
}

// failed returns the error of reading the body.
func (b *body) failed() error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// end stops setting the connection's deadlines.
func (b *body) end() {
	b.mu.Lock()
	b.over = true
	b.mu.Unlock()
}
