package static

import (
	"io"
	"sync"
)

// copyBytes is the size of the buffers through which content is copied where
// it cannot go from the disk to the network by the system's own means. A slow
// client keeps one for as long as it takes: it is what package io would use.
const copyBytes = 32 << 10

var copyBuffers = sync.Pool{New: func() any { return new([copyBytes]byte) }}

// copyTo writes what src has. Where w has io.ReaderFrom, as the server's own
// writer over HTTP/1 has, that does it, and no buffer of this package waits for
// the client.
func copyTo(w io.Writer, src io.Reader) (int64, error) {
	if to, ok := w.(io.ReaderFrom); ok {
		return to.ReadFrom(src)
	}
	buf := copyBuffers.Get().(*[copyBytes]byte)
	defer copyBuffers.Put(buf)
	return io.CopyBuffer(w, src, buf[:])
}

// wholeBytes is the largest file that is read before the answer begins, though
// it is not kept: it goes out together with the header then, in one write. It
// fits the buffers of a connection, so that no client keeps it waiting.
const wholeBytes = 16 << 10

var wholeBuffers = sync.Pool{New: func() any { return new([wholeBytes]byte) }}
