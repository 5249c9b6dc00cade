package upload

// There are two sizes of buffers. A small or slow body is read through a small one; a large one
// makes a fast body cheaper.
const (
	smallBuffer = 32 << 10
	largeBuffer = 256<<10 + minRead // so that pieces have 256 KiB
	minRead     = 16 << 10          // the least room for a read
)

// buffers holds the free buffers. A sync.Pool would keep some for each processor, which is at
// least twice the memory for uploads that follow each other. Here at most 8 large ones are kept,
// 2 MiB.
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
	default: // enough are kept
	}
}
