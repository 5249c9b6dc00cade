package blob

import (
	"context"
	"io"
	"time"

	"gocloud.dev/blob"
)

// stream is content on its way into a bucket. A goroutine of its own sends it,
// since that is how a bucket can be told that the content is not whole: by an
// error of what it reads. Ending its context would do as well for most, but S3
// then keeps the parts whose upload was just beginning.
type stream struct {
	to     *io.PipeWriter
	ctx    context.Context
	cancel context.CancelCauseFunc
	done   chan struct{} // closed when err is there
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
		_ = from.CloseWithError(s.err) // it returns nil
	}()
	return s
}

// watch has the stream end unless the function that it returns is called in time.
func (s *stream) watch(most time.Duration) (stop func()) {
	timer := time.AfterFunc(most, func() { s.cancel(ErrTimeout) })
	return func() { timer.Stop() }
}

// end ends the content, which is whole if why is nil, and waits for what becomes
// of it.
func (s *stream) end(why error) error {
	_ = s.to.CloseWithError(why) // it returns nil
	<-s.done
	return s.err
}

// source is what a bucket reads. Most drivers that read it themselves drop what
// ends in an error. For all others gocloud.dev copies, by WriteTo, and then closes
// what it has written, whole or not: that is dropped only when its context has
// ended before.
type source struct {
	*io.PipeReader
	cancel context.CancelCauseFunc
}

// copyBytes is as much as package upload writes at once.
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
