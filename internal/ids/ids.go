// Package ids makes the ids of messages.
package ids

import (
	"crypto/rand"
	"encoding/hex"
	"sync"
)

// ID is a UUID (RFC 9562) in binary form.
type ID [16]byte

// block is a supply of random bytes: one call for many ids costs half as much as
// one for each.
type block struct {
	left int
	b    [64 * len(ID{})]byte
}

var blocks = sync.Pool{New: func() any { return new(block) }}

// Random returns a random ID of version 4. The bytes come from crypto/rand, and
// each is used once.
func Random() (id ID) {
	k := blocks.Get().(*block)
	if k.left == 0 {
		rand.Read(k.b[:]) // never fails
		k.left = len(k.b)
	}
	from := k.b[k.left-len(id) : k.left]
	copy(id[:], from)
	clear(from)
	k.left -= len(id)
	blocks.Put(k)
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id
}

// Append appends the ID as a string of 36 bytes.
func (id *ID) Append(b []byte) []byte {
	var text [36]byte
	hex.Encode(text[:8], id[:4])
	hex.Encode(text[9:13], id[4:6])
	hex.Encode(text[14:18], id[6:8])
	hex.Encode(text[19:23], id[8:10])
	hex.Encode(text[24:], id[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return append(b, text[:]...)
}

// String returns the ID as a string of 36 bytes.
func (id ID) String() string {
	var buf [36]byte
	return string(id.Append(buf[:0]))
}
