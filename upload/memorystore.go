package upload

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// MemoryStoreOptions configures a [MemoryStore]. The zero value is safe to use.
type MemoryStoreOptions struct {
	_ struct{}

	// MaxBytes limits the total size of all files; by default 64 MiB. It cannot be switched off:
	// a file beyond it is refused with 507.
	MaxBytes int64
}

// MemoryStore holds files in memory: for small files, and for tests. A file takes at most an
// eighth more than its size, plus 4 KiB. A kept file exists as long as its [File] is referenced,
// and no longer counts towards MaxBytes. It is safe for concurrent use.
type MemoryStore struct {
	max  int64
	used atomic.Int64
}

// NewMemoryStore checks the options and returns a store.
func NewMemoryStore(o MemoryStoreOptions) (*MemoryStore, error) {
	problems := cfgerr.For("upload")
	if o.MaxBytes < 0 {
		problems.Add("MaxBytes", o.MaxBytes, "want a number of bytes, or 0 for 64 MiB")
		return nil, problems.Err()
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 64 << 20
	}
	return &MemoryStore{max: o.MaxBytes}, nil
}

// Create begins a file: see [Store].
func (s *MemoryStore) Create(context.Context, *File) (Object, error) {
	return &memoryObject{store: s}, nil
}

// memoryObject is one file of a MemoryStore. Its content is in chunks, since a growing slice
// leaves copies of itself behind.
type memoryObject struct {
	store  *MemoryStore
	chunks [][]byte
	size   int64
	taken  int64 // counted towards MaxBytes
}

// These are the sizes of new chunks.
const (
	minChunk = 4 << 10
	maxChunk = 256 << 10
)

func (o *memoryObject) Write(p []byte) (int, error) {
	if !take(&o.store.used, int64(len(p)), o.store.max) {
		return 0, ErrStoreFull
	}
	o.taken += int64(len(p))
	o.size += int64(len(p))
	n := len(p)
	if last := len(o.chunks) - 1; last >= 0 {
		chunk := o.chunks[last]
		fits := min(len(p), cap(chunk)-len(chunk))
		o.chunks[last] = append(chunk, p[:fits]...)
		p = p[fits:]
	}
	if len(p) > 0 {
		room := max(len(p), int(min(max(o.size/8, minChunk), maxChunk)))
		o.chunks = append(o.chunks, append(make([]byte, 0, room), p...))
	}
	return n, nil
}

func (o *memoryObject) Commit() error { return nil }

func (o *memoryObject) Discard() error {
	o.chunks, o.size = nil, 0
	return o.Keep()
}

// Keep stops counting the file towards MaxBytes.
func (o *memoryObject) Keep() error {
	o.store.used.Add(-o.taken)
	o.taken = 0
	return nil
}

func (o *memoryObject) Open() (io.ReadSeekCloser, error) {
	return &memoryReader{chunks: o.chunks, size: o.size}, nil
}

// memoryReader reads a file's chunks one after the other.
type memoryReader struct {
	chunks [][]byte
	size   int64
	at     int64 // position in the file
	chunk  int   // the chunk that contains at; len(chunks) at the end
	begin  int64 // position of that chunk
}

func (r *memoryReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	rest := r.rest()
	if len(rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, rest)
	r.at += int64(n)
	return n, nil
}

// rest returns the rest of the current chunk; nothing at the end.
func (r *memoryReader) rest() []byte {
	if r.at >= r.size {
		return nil
	}
	for {
		chunk := r.chunks[r.chunk]
		if in := r.at - r.begin; in < int64(len(chunk)) {
			return chunk[in:]
		}
		r.begin += int64(len(chunk))
		r.chunk++
	}
}

// WriteTo writes the rest in whole chunks. io.Copy uses it.
func (r *memoryReader) WriteTo(w io.Writer) (int64, error) {
	var done int64
	for rest := r.rest(); len(rest) > 0; rest = r.rest() {
		n, err := w.Write(rest)
		r.at += int64(n)
		done += int64(n)
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

var errSeek = errors.New("upload: seeking to before the file, or by something unknown")

// Seek moves to any position not before the beginning; reading past the end returns io.EOF.
func (r *memoryReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	default:
		return 0, errSeek
	}
	if offset < 0 {
		return 0, errSeek
	}
	r.at = offset
	if offset < r.begin {
		r.chunk, r.begin = 0, 0
	}
	return offset, nil
}

func (r *memoryReader) Close() error { return nil }
