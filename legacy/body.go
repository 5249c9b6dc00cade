package legacy

import (
	"io"
	"net/http"
	"sync"
	"time"
)

// body is a client's body on its way. Before every read the connection gets as
// much time as a client may be silent; what it fails with is the client's fault,
// not the old server's. The transport may read it in another goroutine.
type body struct {
	io.ReadCloser
	control  *http.ResponseController
	patience time.Duration

	mu   sync.Mutex
	err  error // the first, io.EOF left out
	over bool  // the answer is, and deadlines are the server's again
}

func (b *body) Read(p []byte) (int, error) {
	b.arm(time.Now().Add(b.patience))
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		// The server watches the connection while the handler runs, and would take
		// a deadline for a lost client.
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
		// Not every writer can; the server's own deadline holds then.
		_ = b.control.SetReadDeadline(deadline)
	}
}

// failed returns what reading the body has failed with.
func (b *body) failed() error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// end ends the care for the connection's deadlines.
func (b *body) end() {
	b.mu.Lock()
	b.over = true
	b.mu.Unlock()
}
