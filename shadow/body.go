package shadow

import (
	"io"
	"sync"
)

// heard is a request's body, kept while the first handler reads it. A transport may
// go on reading in another goroutine after that handler has returned.
type heard struct {
	io.ReadCloser
	most int64

	mu    sync.Mutex
	kept  []byte
	long  bool
	whole bool // it was read to its end
}

func (b *heard) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.long = b.long || int64(len(b.kept)+n) > b.most; b.long {
		b.kept = nil
	} else {
		b.kept = append(b.kept, p[:n]...)
	}
	b.whole = b.whole || err == io.EOF
	return n, err
}

// unfit returns why the body cannot be sent to another handler, or "".
func (b *heard) unfit() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.long:
		return tooLong
	case !b.whole:
		return unread
	}
	return ""
}

// bytes returns the body. If it is fit, nothing more is added to it.
func (b *heard) bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.kept
}
