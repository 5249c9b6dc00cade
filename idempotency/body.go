package idempotency

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/sidekick-http/sidekick/internal/mediatype"
)

// watched is the body of a request that records what was read of it.
type watched struct {
	src       io.ReadCloser
	mediaType string // of the Content-Type, without parameters

	mu    sync.Mutex // a goroutine that a handler left behind may still read
	sum   digest
	ahead []byte // read, but not yet by the handler
	err   error  // what src ended with, io.EOF or a failure
}

type watchedKey struct{}

// watch returns the request with a watched body. One that is watched already is
// left alone.
func watch(r *http.Request) (*http.Request, *watched) {
	if b, ok := r.Context().Value(watchedKey{}).(*watched); ok {
		return r, b
	}
	b := &watched{src: r.Body}
	b.mediaType, b.sum = describe(r.Header.Get("Content-Type"))
	if r.Body == nil || r.Body == http.NoBody {
		b.src, b.err = http.NoBody, io.EOF
		b.sum.end()
	}
	r = r.WithContext(context.WithValue(r.Context(), watchedKey{}, b))
	if b.src != http.NoBody {
		r.Body = b
	}
	return r, b
}

// maxBoundary is the maximum length of a boundary (RFC 2046, section 5.1.1). A
// longer one counts as content. A boundary does not count towards lookAhead, so
// without this limit a client could make the server hold more.
const maxBoundary = 70

// describe returns the media type of a body, and a digest for it.
func describe(contentType string) (mediaType string, d digest) {
	mediaType, params, err := mediatype.Parse(contentType)
	if err != nil {
		return contentType, newDigest("")
	}
	boundary := ""
	if strings.HasPrefix(mediaType, "multipart/") {
		if boundary = params["boundary"]; len(boundary) > maxBoundary {
			boundary = ""
		}
	}
	return mediaType, newDigest(boundary)
}

// Read reads what was read ahead, and then the rest.
func (b *watched) Read(p []byte) (int, error) {
	b.mu.Lock()
	if len(b.ahead) > 0 {
		n := copy(p, b.ahead)
		b.ahead = b.ahead[n:]
		b.mu.Unlock()
		return n, nil
	}
	err := b.err
	b.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return b.take(p)
}

// take reads from the source.
func (b *watched) take(p []byte) (int, error) {
	n, err := b.src.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sum.write(p[:n])
	if err != nil && b.err == nil {
		if b.err = err; err == io.EOF {
			b.sum.end()
		}
	}
	return n, err
}

// Close closes the source.
func (b *watched) Close() error { return b.src.Close() }

// lookAhead reads as much as is needed to tell requests apart. It returns an error
// if the body is incomplete.
func (b *watched) lookAhead() error {
	for !b.sum.hasPrefix && b.err == nil {
		if len(b.ahead) == cap(b.ahead) {
			b.ahead = append(b.ahead, 0)[:len(b.ahead)]
		}
		room := b.ahead[len(b.ahead):cap(b.ahead)]
		n, _ := b.take(room[:min(int64(len(room)), prefixBytes-b.sum.n)])
		b.ahead = b.ahead[:len(b.ahead)+n]
	}
	return b.failure()
}

// failure returns why the body is incomplete, or nil if nothing has failed so far.
func (b *watched) failure() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == io.EOF {
		return nil
	}
	return b.err
}

// settle is called when the request is known to be the first with its key.
func (b *watched) settle() {
	b.mu.Lock()
	b.sum.settle()
	b.mu.Unlock()
}

// prefix returns the hash of the body's first bytes, and whether these are all.
func (b *watched) prefix() (s sum, whole bool) {
	return b.sum.prefix, b.sum.ended && b.sum.n < prefixBytes
}

// read returns the hash of what was read of the body, its length, and whether that
// is all.
func (b *watched) read() (s sum, n int64, ended bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sum.now(), b.sum.n, b.sum.ended
}

// is reports whether the body begins with n bytes that have the hash s and, if
// ended is true, has no more. It reads as far as it needs to. If it cannot tell,
// because too much was read before, it returns false.
func (b *watched) is(s sum, n int64, ended bool) (same bool, err error) {
	b.ahead = nil // nobody else will read it
	b.sum.markAt(n)
	buffer := make([]byte, 32<<10)
	for b.err == nil && (b.sum.n < n || ended) {
		if b.sum.n > n {
			return false, nil // it is longer
		}
		_, _ = b.take(buffer) // take records the error
	}
	if err := b.failure(); err != nil {
		return false, err
	}
	return b.sum.hasMarked && b.sum.marked == s && (!ended || b.sum.n == n), nil
}
