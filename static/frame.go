package static

import (
	"encoding/binary"
	"io"
)

// mostWindow is the largest zstd window that a client must support (RFC 9659,
// section 3).
const mostWindow = 8 << 20

// undecodable reports whether a client that accepts a coding may be unable to
// decode the content: zstd with a window of more than 8 MiB or with a dictionary,
// brotli with a large window (an extension of RFC 7932), or an empty file. It reads
// only the header of the first frame. Anything else that is wrong with the content
// is the problem of whoever made it.
func undecodable(file io.Reader, coding string) bool {
	var head [4]byte
	switch n, _ := io.ReadFull(file, head[:]); {
	case n == 0:
		return true
	case coding == "br":
		return head[0]&0x7f == 0x11 // the window bits that RFC 7932 leaves out
	case coding == "zstd" && n == len(head):
		return hugeWindow(file, binary.LittleEndian.Uint32(head[:]))
	}
	return false
}

// hugeWindow reads the header of a zstd frame after its magic number (RFC 8878,
// section 3.1.1), skipping skippable frames in front of it.
func hugeWindow(file io.Reader, magic uint32) bool {
	const frame, skippable = 0xFD2FB528, 0x184D2A50
	var b [14]byte
	for skipped := 0; magic&^0xf == skippable; skipped++ {
		if _, err := io.ReadFull(file, b[:4]); err != nil || skipped > 16 {
			return true
		}
		if _, err := io.CopyN(io.Discard, file, int64(binary.LittleEndian.Uint32(b[:]))); err != nil {
			return true
		}
		if _, err := io.ReadFull(file, b[:4]); err != nil {
			return true
		}
		magic = binary.LittleEndian.Uint32(b[:])
	}
	if magic != frame {
		return false
	}
	if _, err := io.ReadFull(file, b[:1]); err != nil {
		return true
	}
	descriptor := b[0]
	if descriptor&3 != 0 {
		return true // it needs a dictionary
	}
	if descriptor&0x20 == 0 {
		if _, err := io.ReadFull(file, b[:1]); err != nil {
			return true
		}
		base := uint64(1) << (10 + b[0]>>3)
		return base+base/8*uint64(b[0]&7) > mostWindow
	}
	// Single segment: the window is as large as the content.
	size := 1 << (descriptor >> 6)
	clear(b[:8])
	if _, err := io.ReadFull(file, b[:size]); err != nil {
		return true
	}
	window := binary.LittleEndian.Uint64(b[:8])
	if size == 2 {
		window += 256
	}
	return window > mostWindow
}
