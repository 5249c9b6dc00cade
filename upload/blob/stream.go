package blob

import (
	"context"
	"io"
	"time"

	"gocloud.dev/blob"
)

// stream is content on its way into a bucket. Its own goroutine sends it, because only an error
// from the reader tells the bucket that the content is incomplete. For most buckets, cancelling
// the context would also work, but S3 would then keep parts whose upload was just beginning.
type stream struct {
	to     *io.PipeWriter
	ctx    context.Context
	cancel context.CancelCauseFunc
	done   chan struct{} // closed once err is set
	err    error
}

func newStream(ctx context.Context, bucket *blob.Bucket, key string, settings *blob.WriterOptions) *stream {
	from, to := io.Pipe()
	s := &stream{to: to, done: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	go func() {
		defer close(s.done)
		defer s.cancel(nil)
		s.err = bucket.Upload(s.ctx, key, &source{from, s.cancel}, settings)
		_ = from.CloseWithError(s.err) // always returns nil
	}()
	return s
}

// watch ends the stream unless stop is called in time.
func (s *stream) watch(most time.Duration) (stop func()) {
	timer := time.AfterFunc(most, func() { s.cancel(ErrTimeout) })
	return func() { timer.Stop() }
}

// end ends the content, which is complete if why is nil, and waits for the result.
func (s *stream) end(why error) error {
	_ = s.to.CloseWithError(why) // always returns nil
	<-s.done
	return s.err
}

// source is what a bucket reads. Drivers that read it themselves mostly discard content that ends
// in an error. For others gocloud.dev copies it with WriteTo and then closes the object, complete
// or not, unless its context was cancelled before.
type source struct {
	*io.PipeReader
	cancel context.CancelCauseFunc
}

// copyBytes is the size of package upload's writes.
const copyBytes = 256 << 10

// WriteTo copies the content.
func (s *source) WriteTo(w io.Writer) (n int64, err error) {
	buffer := make([]byte, copyBytes)
	for {
		read, readErr := s.Read(buffer)
		if read > 0 {
			written, err := w.Write(buffer[:read])
			n += int64(written)
			if err != nil {
				return n, err
			}
		}
		switch {
		case readErr == io.EOF:
			return n, nil
		case readErr != nil:
			s.cancel(readErr)
			return n, readErr
		}
	}
}
