package compress

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
)

// gzipWriter writes the gzip format (RFC 1952) as gzip.Writer does, but switches to
// another encoder for parts of a body that the encoder of its level does not make
// smaller: see segmentKind.
type gzipWriter struct {
	level   int
	usual   *flate.Writer
	out     io.Writer
	current *flate.Writer
	kind    segmentKind // of current
	chosen  bool        // kind was chosen for this body
	seen    samples     // since kind was chosen
	crc     uint32
	size    uint32
	comment string // for the header
	begun   bool
}

// segmentBytes is how much is judged at a time: the block size of the encoders of
// levels 1 to 6, which store a block uncompressed if they find no repetition in it.
const segmentBytes = 64<<10 - 1

func newGzipWriter(level int) (*gzipWriter, error) {
	usual, err := flate.NewWriter(nil, level)
	return &gzipWriter{level: level, usual: usual}, err
}

// Reset begins a new body.
func (z *gzipWriter) Reset(out io.Writer) {
	z.giveBack()
	z.out, z.current, z.kind = out, z.usual, usual
	z.usual.Reset(out)
	z.crc, z.size, z.comment, z.begun, z.chosen, z.seen = 0, 0, "", false, false, samples{}
}

// begin writes the header, without name and time.
func (z *gzipWriter) begin() error {
	if z.begun {
		return nil
	}
	z.begun = true
	const hasComment, unknownSystem = 1 << 4, 255
	header := [...]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, unknownSystem}
	if z.comment != "" {
		header[3] = hasComment
	}
	if _, err := z.out.Write(header[:]); err != nil || z.comment == "" {
		return err
	}
	_, err := io.WriteString(z.out, z.comment+"\x00")
	return err
}

func (z *gzipWriter) Write(p []byte) (int, error) {
	if err := z.begin(); err != nil {
		return 0, err
	}
	z.crc = crc32.Update(z.crc, crc32.IEEETable, p)
	z.size += uint32(len(p))
	n := 0
	for n < len(p) {
		segment := p[n:min(len(p), n+segmentBytes)]
		if err := z.use(z.choose(segment)); err != nil {
			return n, err
		}
		m, err := z.current.Write(segment)
		if n += m; err != nil {
			return n, err
		}
	}
	return n, nil
}

// choose decides how to encode the segment.
func (z *gzipWriter) choose(segment []byte) segmentKind {
	if z.level > 6 {
		return usual // the encoders of these levels look everywhere
	}
	z.seen.take(segment)
	if z.chosen && z.seen.bytes < lookBytes && (z.kind != onlyCodes || areAll(segment)) {
		return z.kind // switching would lose what the encoder has seen
	}
	z.chosen = true
	kind := z.seen.kind(segment)
	z.seen = samples{}
	return kind
}

// use switches to the encoder for segments of this kind. The blocks of all encoders
// form one stream, but none refers to what another has seen.
func (z *gzipWriter) use(kind segmentKind) error {
	if kind == z.kind {
		return nil
	}
	if err := z.current.Flush(); err != nil {
		return err
	}
	z.giveBack()
	z.kind = kind
	if kind == usual {
		z.current = z.usual
	} else {
		z.current = otherEncoders[kind].Get().(*flate.Writer)
	}
	z.current.Reset(z.out)
	return nil
}

// giveBack returns an encoder other than the usual one to its pool.
func (z *gzipWriter) giveBack() {
	if z.kind != usual {
		z.current.Reset(nil) // keep no response alive
		otherEncoders[z.kind].Put(z.current)
	}
	z.current, z.kind = z.usual, usual
}

// Flush sends what has been written so far.
func (z *gzipWriter) Flush() error {
	if err := z.begin(); err != nil {
		return err
	}
	return z.current.Flush()
}

// Close ends the body.
func (z *gzipWriter) Close() error {
	if err := z.begin(); err != nil {
		return err
	}
	if err := z.current.Close(); err != nil {
		return err
	}
	var trailer [8]byte
	binary.LittleEndian.PutUint32(trailer[:4], z.crc)
	binary.LittleEndian.PutUint32(trailer[4:], z.size)
	_, err := z.out.Write(trailer[:])
	return err
}

// otherEncoders are idle encoders for segments that do not suit the usual one.
var otherEncoders = [...]*sync.Pool{
	onlyCodes: flatePool(flate.HuffmanOnly),
	thorough:  flatePool(8),
	probing:   flatePool(1),
}

func flatePool(level int) *sync.Pool {
	return &sync.Pool{New: func() any {
		z, err := flate.NewWriter(nil, level)
		if err != nil {
			panic(err) // the levels are constants
		}
		return z
	}}
}
