package blob

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/sidekick-http/sidekick/upload"
)

// ErrTimeout: the bucket did not accept what was written, or did not answer, within
// [Options.CallTimeout].
var ErrTimeout = errors.New("upload/blob: the bucket did not answer in time")

// A Store puts uploads into a bucket. It is an [upload.Store] that is safe for concurrent use.
// Make it with [New]. Its errors are those of gocloud.dev/blob, [ErrTimeout], and for a full
// bucket [upload.ErrStoreFull].
type Store struct{ opts Options }

// Create begins a file: see [upload.Store]. It does not fail, because the bucket is only called
// once there is content.
func (s *Store) Create(ctx context.Context, f *upload.File) (upload.Object, error) {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	kind := s.opts.ContentType(f)
	if kind == "" {
		kind = octets
	}
	settings := &blob.WriterOptions{
		ContentType: kind, BufferSize: s.opts.PartBytes, MaxConcurrency: s.opts.Concurrency,
		DisableContentTypeDetection: true,
	}
	if !s.opts.Inline {
		settings.ContentDisposition = "attachment"
	}
	if s.opts.Metadata != nil {
		settings.Metadata = s.opts.Metadata(f)
	}
	o := &Object{store: s, settings: settings, ctx: context.WithoutCancel(ctx), key: s.opts.Prefix + hex.EncodeToString(id[:])}
	return o, nil
}

// An Object is one file in the bucket, or on its way there.
type Object struct {
	store    *Store
	settings *blob.WriterOptions
	ctx      context.Context // never cancelled
	key      string
	stream   *stream // nil until something is written
	over     bool    // committed or discarded
	sent     bool    // the object may be in the bucket
}

// Of returns the object of a file; ok is false if the file is not in a [Store].
func Of(f *upload.File) (o *Object, ok bool) {
	o, ok = f.Object().(*Object)
	return o, ok
}

// Key returns the object's key in the bucket.
func (o *Object) Key() string { return o.key }

// Write implements [upload.Object].
func (o *Object) Write(p []byte) (int, error) {
	if o.over {
		return 0, fmt.Errorf("upload/blob: write %s: it is not open for writing", o.key)
	}
	defer o.begin().watch(o.store.opts.CallTimeout)()
	n, err := o.stream.to.Write(p)
	return n, o.explain(o.stream.ctx, "write", err)
}

// begin returns the stream into the bucket.
func (o *Object) begin() *stream {
	if o.stream == nil {
		o.stream = newStream(o.ctx, o.store.opts.Bucket, o.key, o.settings)
	}
	return o.stream
}

// Commit implements [upload.Object]. Afterwards the object is in the bucket.
func (o *Object) Commit() error {
	if o.over {
		return fmt.Errorf("upload/blob: commit %s: it is not open for writing", o.key)
	}
	o.over, o.sent = true, true
	defer o.begin().watch(o.store.opts.CallTimeout)()
	return o.explain(o.stream.ctx, "commit", o.stream.end(nil))
}

// errDiscarded ends the stream of a file that is not wanted.
var errDiscarded = errors.New("upload/blob: discarded")

// Discard implements [upload.Object]. Without Commit, no object appears in the bucket.
func (o *Object) Discard() error {
	if !o.over && o.stream != nil {
		stop := o.stream.watch(o.store.opts.CallTimeout)
		_ = o.stream.end(errDiscarded) // or an earlier failure, which makes no difference
		stop()
		o.sent = true // some drivers keep content that ends in an error
	}
	o.over = true
	if !o.sent {
		return nil
	}
	ctx, done := context.WithTimeoutCause(o.ctx, o.store.opts.CallTimeout, ErrTimeout)
	defer done()
	if err := o.store.opts.Bucket.Delete(ctx, o.key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return o.explain(ctx, "delete", err)
	}
	o.sent = false
	return nil
}

// Open opens a committed object for reading. It calls the bucket, and so does the first read after
// seeking. [Options.CallTimeout] limits how long opening takes, not how long reading does.
func (o *Object) Open() (io.ReadSeekCloser, error) {
	ctx, cancel := context.WithCancelCause(o.ctx)
	limit := time.AfterFunc(o.store.opts.CallTimeout, func() { cancel(ErrTimeout) })
	r, err := o.store.opts.Bucket.NewReader(ctx, o.key, nil)
	if err == nil && !limit.Stop() { // the reader is of no use any more
		_ = r.Close()
		err = ErrTimeout
	}
	if err != nil {
		err = o.explain(ctx, "open", err)
		limit.Stop()
		cancel(nil)
		return nil, err
	}
	return reader{r, cancel}, nil
}

// reader releases the context that it reads with.
type reader struct {
	*blob.Reader
	cancel context.CancelCauseFunc
}

func (r reader) Close() error {
	defer r.cancel(nil)
	return r.Reader.Close()
}

// Attributes returns the bucket's information about the object, such as its size, type, ETag, MD5
// and times.
func (o *Object) Attributes(ctx context.Context) (*blob.Attributes, error) {
	ctx, done := context.WithTimeoutCause(ctx, o.store.opts.CallTimeout, ErrTimeout)
	defer done()
	a, err := o.store.opts.Bucket.Attributes(ctx, o.key)
	return a, o.explain(ctx, "attributes", err)
}

// SignedURL returns an address with which anybody can read the object until it expires, by
// default for an hour: see [blob.SignedURLOptions]. The error matches [errors.ErrUnsupported] if
// the bucket has no such addresses.
func (o *Object) SignedURL(ctx context.Context, options *blob.SignedURLOptions) (string, error) {
	return o.store.SignedURL(ctx, o.key, options)
}

// SignedURL is [Object.SignedURL] for a recorded key.
func (s *Store) SignedURL(ctx context.Context, key string, options *blob.SignedURLOptions) (string, error) {
	ctx, done := context.WithTimeoutCause(ctx, s.opts.CallTimeout, ErrTimeout)
	defer done()
	address, err := s.opts.Bucket.SignedURL(ctx, key, options)
	switch {
	case err == nil:
		return address, nil
	case context.Cause(ctx) == ErrTimeout:
		err = ErrTimeout
	case gcerrors.Code(err) == gcerrors.Unimplemented:
		return "", fmt.Errorf("upload/blob: sign %s: the bucket has no signed addresses: %w", key, errors.ErrUnsupported)
	}
	return "", fmt.Errorf("upload/blob: sign %s: %w", key, err)
}

// explain adds to an error what failed, and whether the time was up or the bucket is full.
func (o *Object) explain(ctx context.Context, doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case context.Cause(ctx) == ErrTimeout:
		err = ErrTimeout
	case gcerrors.Code(err) == gcerrors.ResourceExhausted:
		err = errors.Join(upload.ErrStoreFull, err)
	}
	return fmt.Errorf("upload/blob: %s %s: %w", doing, o.key, err)
}
