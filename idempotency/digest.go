package idempotency

import (
	"bytes"
	"crypto/sha256"
	"hash"
)

// prefixBytes is how much of a body is read before the request is worked on, and
// held in memory for that long. Requests that differ within it are told apart at
// once, others when the first one is finished.
const prefixBytes = 64 << 10

type sum = [sha256.Size]byte

// digest stands for a body, as far as it was read. A client that makes a form
// anew for each try draws another boundary each time: boundaries are all the same
// here.
type digest struct {
	boundary []byte // nil for none
	carry    []byte // what may be the beginning of a boundary
	hash     hash.Hash
	n        int64 // bytes that were hashed
	ended    bool

	prefix    sum // of the first prefixBytes, or of all
	hasPrefix bool
	mark      int64 // where marked is taken; -1 for nowhere
	marked    sum
	hasMarked bool
}

// stand takes the place of boundaries.
var stand = []byte("\x00boundary\x00")

func newDigest(boundary string) digest {
	d := digest{hash: sha256.New(), mark: -1}
	if boundary != "" {
		d.boundary = []byte(boundary)
	}
	return d
}

// write adds bytes of the body.
func (d *digest) write(p []byte) {
	if d.boundary == nil {
		d.add(p)
		return
	}
	if len(d.carry) > 0 {
		p = append(d.carry, p...)
	}
	for {
		i := bytes.Index(p, d.boundary)
		if i < 0 {
			break
		}
		d.add(p[:i])
		d.add(stand)
		p = p[i+len(d.boundary):]
	}
	keep := min(len(p), len(d.boundary)-1)
	d.add(p[:len(p)-keep])
	d.carry = append(d.carry[:0], p[len(p)-keep:]...)
}

// end says that the body is whole.
func (d *digest) end() {
	d.add(d.carry)
	d.carry, d.ended = nil, true
	if !d.hasPrefix {
		d.prefix, d.hasPrefix = d.now(), true
	}
}

func (d *digest) add(p []byte) {
	for len(p) > 0 {
		k := int64(len(p))
		if !d.hasPrefix {
			k = min(k, prefixBytes-d.n)
		}
		if d.mark > d.n {
			k = min(k, d.mark-d.n)
		}
		d.hash.Write(p[:k])
		d.n += k
		p = p[k:]
		if d.n == prefixBytes {
			d.prefix, d.hasPrefix = d.now(), true
		}
		d.look()
	}
}

// markAt has the sum of the first n bytes taken.
func (d *digest) markAt(n int64) {
	d.mark = n
	d.look()
}

func (d *digest) look() {
	if d.n == d.mark {
		d.marked, d.hasMarked = d.now(), true
	}
}

// now returns the sum of what was hashed.
func (d *digest) now() (s sum) {
	d.hash.Sum(s[:0])
	return s
}
