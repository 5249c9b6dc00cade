package static

import (
	"io"
	"sync"
)

// copyBytes is the size of the buffers for content that cannot go from disk to
// network through the operating system alone. A slow client holds one buffer for as
// long as it takes. Package io uses the same size.
const copyBytes = 32 << 10

var copyBuffers = sync.Pool{New: func() any { return new([copyBytes]byte) }}

// copyTo writes everything from src. If w has io.ReaderFrom, as the server's writer
// has over HTTP/1, that does the work, and no buffer of this package waits for the
// client.
func copyTo(w io.Writer, src io.Reader) (int64, error) {
	if to, ok := w.(io.ReaderFrom); ok {
		return to.ReadFrom(src)
	}
	buf := copyBuffers.Get().(*[copyBytes]byte)
	defer copyBuffers.Put(buf)
	return io.CopyBuffer(w, src, buf[:])
}

// wholeBytes is the largest file that is read whole before the response begins
// although it is not kept in memory, so that header and body go out in one write.
// It fits the send buffer of a connection, so a slow client does not hold the
// buffer it was read into.
const wholeBytes = 16 << 10

var wholeBuffers = sync.Pool{New: func() any { return new([wholeBytes]byte) }}
