package upload

import (
	"bytes"
	"context"
	"io"
	"sync/atomic"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// MemoryStoreOptions configures a [MemoryStore]. The zero value is safe to
// use.
type MemoryStoreOptions struct {
	_ struct{}

	// MaxBytes limits what all files together may have; by default 64 MiB.
	// There is no "unlimited": a file past it is refused with 507.
	MaxBytes int64
}

// MemoryStore holds files in memory: for small files, and for tests. A file
// that is kept stays until nothing refers to its [File], and takes nothing of
// MaxBytes from then on. It is safe for concurrent use.
type MemoryStore struct {
	max  int64
	used atomic.Int64
}

// NewMemoryStore checks the options and returns a store.
func NewMemoryStore(o MemoryStoreOptions) (*MemoryStore, error) {
	problems := cfgerr.For("upload")
	if o.MaxBytes < 0 {
		problems.Add("MaxBytes", o.MaxBytes, "want a number of bytes, or 0 for 64 MiB")
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 64 << 20
	}
	return &MemoryStore{max: o.MaxBytes}, problems.Err()
}

// Create begins a file: see [Store].
func (s *MemoryStore) Create(context.Context, *File) (Object, error) {
	return &memoryObject{store: s}, nil
}

// memoryObject is one file of a MemoryStore.
type memoryObject struct {
	store *MemoryStore
	data  []byte
	taken int64 // of the store's allowance
}

func (o *memoryObject) Write(p []byte) (int, error) {
	if !take(&o.store.used, int64(len(p)), o.store.max) {
		return 0, ErrStoreFull
	}
	o.taken += int64(len(p))
	o.data = append(o.data, p...)
	return len(p), nil
}

func (o *memoryObject) Commit() error { return nil }

func (o *memoryObject) Discard() error {
	o.data = nil
	return o.Keep()
}

// Keep gives back what the file takes of the store's allowance.
func (o *memoryObject) Keep() error {
	o.store.used.Add(-o.taken)
	o.taken = 0
	return nil
}

func (o *memoryObject) Open() (io.ReadSeekCloser, error) {
	return memoryReader{bytes.NewReader(o.data)}, nil
}

type memoryReader struct{ *bytes.Reader }

func (memoryReader) Close() error { return nil }
