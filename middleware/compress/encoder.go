package compress

import (
	"bufio"
	"crypto/rand"
	"encoding/binary"
	"io"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// outBytes is how much encoded output is buffered: a body that fits is sent at once
// and with its length.
const outBytes = 16 << 10

// zstdWindow limits how far back zstd looks, and so the memory that an encoder
// holds and a decoder needs; RFC 9659 allows up to 8 MiB.
const zstdWindow = 128 << 10

// codec is what the encoders of both codings have in common.
type codec interface {
	io.WriteCloser
	Flush() error
	Reset(io.Writer)
}

// encoder is one encoder with its output buffer. It is reset when it is taken from
// its pool, so that nothing from an aborted response can get out.
type encoder struct {
	codec
	pool *encoderPool
	out  *bufio.Writer
	used bool   // something was written
	tail []byte // sent after the encoded body
}

// encoderPool holds the idle encoders of one coding and level.
type encoderPool struct {
	coding  string
	padding int
	idle    sync.Pool
}

func newGzipPool(level, padding int) *encoderPool {
	p := &encoderPool{coding: codingGzip, padding: padding}
	p.idle.New = func() any {
		z, err := newGzipWriter(level)
		if err != nil {
			panic(err) // the options were checked
		}
		return p.newEncoder(z)
	}
	return p
}

func newZstdPool(level, padding int) *encoderPool {
	p := &encoderPool{coding: codingZstd, padding: padding}
	p.idle.New = func() any {
		z, err := zstd.NewWriter(nil,
			zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(level)),
			zstd.WithEncoderConcurrency(1), // no goroutines that an abort would leave behind
			zstd.WithLowerEncoderMem(true),
			zstd.WithWindowSize(zstdWindow),
			zstd.WithAllLitEntropyCompression(true), // see segmentKind
			zstd.WithZeroFrames(true))               // an empty body is also a frame
		if err != nil {
			panic(err) // the options were checked
		}
		return p.newEncoder(z)
	}
	return p
}

func (p *encoderPool) newEncoder(c codec) *encoder {
	return &encoder{codec: c, pool: p, out: bufio.NewWriterSize(nil, outBytes)}
}

// get returns an encoder whose output goes to dst.
func (p *encoderPool) get(dst io.Writer) *encoder {
	e := p.idle.Get().(*encoder)
	e.out.Reset(dst)
	e.codec.Reset(e.out)
	e.used, e.tail = false, nil
	n := 0
	if p.padding > 0 {
		n = randomUpTo(p.padding)
	}
	switch z := e.codec.(type) {
	case *gzipWriter:
		z.comment = paddingText[:n]
	case *zstd.Encoder:
		if n > 0 {
			e.tail = skippableFrame(n)
		}
	}
	return e
}

// put returns an encoder to the pool, in whatever state it is.
func (p *encoderPool) put(e *encoder) {
	e.out.Reset(nil) // keep no response alive
	if z, ok := e.codec.(*gzipWriter); ok {
		z.giveBack()
	}
	p.idle.Put(e)
}

func (e *encoder) Write(p []byte) (int, error) {
	e.used = e.used || len(p) > 0
	return e.codec.Write(p)
}

// flush sends what has been written so far, in a form that can be decoded.
func (e *encoder) flush() error {
	if !e.used {
		return nil
	}
	if err := e.codec.Flush(); err != nil {
		return err
	}
	return e.out.Flush()
}

// close ends the encoded body. Output that fits into the buffer stays there.
func (e *encoder) close() error {
	if err := e.codec.Close(); err != nil {
		return err
	}
	_, err := e.out.Write(e.tail)
	return err
}

// paddingText fills gzip's comment field. The content need not be random, since the
// connection is encrypted; only the length must be.
var paddingText = strings.Repeat("-", maxPaddingBytes)

// skippableFrame returns a zstd frame with n bytes that decoders skip (RFC 8878,
// section 3.1.2). It goes last, because some decoders read only the first frame.
func skippableFrame(n int) []byte {
	frame := make([]byte, 8+n)
	binary.LittleEndian.PutUint32(frame, 0x184D2A50)
	binary.LittleEndian.PutUint32(frame[4:], uint32(n))
	return frame
}

// randomUpTo returns a random number from 1 to most.
func randomUpTo(most int) int {
	var b [4]byte
	rand.Read(b[:]) // documented never to fail
	return 1 + int(binary.LittleEndian.Uint32(b[:])%uint32(most))
}
