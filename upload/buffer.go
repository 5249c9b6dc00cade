package upload

// The two sizes of buffers. A body that comes slowly, or is small, is read
// through a small one; the large one is what makes a fast body cheap.
const (
	smallBuffer = 32 << 10
	largeBuffer = 256<<10 + minRead // so that pieces have 256 KiB
	minRead     = 16 << 10          // the least room that is read into
)

// buffers are those that no request uses at the moment. A sync.Pool would have
// some for each processor, and so twice or more the memory for uploads that
// come one after the other; of these there are 8 large ones at most, 2 MiB.
type buffers struct {
	small, large chan []byte
}

func newBuffers() *buffers {
	return &buffers{small: make(chan []byte, 64), large: make(chan []byte, 8)}
}

func (b *buffers) getSmall() []byte { return get(b.small, smallBuffer) }
func (b *buffers) getLarge() []byte { return get(b.large, largeBuffer) }

func get(free chan []byte, size int) []byte {
	select {
	case buf := <-free:
		return buf
	default:
		return make([]byte, size)
	}
}

func (b *buffers) put(buf []byte) {
	free := b.small
	if len(buf) == largeBuffer {
		free = b.large
	}
	select {
	case free <- buf:
	default: // enough of them
	}
}
