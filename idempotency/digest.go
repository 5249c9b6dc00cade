package idempotency

import (
	"bytes"
	"crypto/sha256"
	"hash"
)

// prefixBytes is how much of a body is read before the request is processed, and
// held in memory until then. Requests that differ within it are told apart at once,
// others when the first one has finished.
const prefixBytes = 64 << 10

type sum = [sha256.Size]byte

// digest is a hash of what was read of a body. A client that builds a form anew for
// each attempt chooses another boundary each time, so all boundaries count as
// equal.
type digest struct {
	boundary []byte // nil if there is none
	carry    []byte // possibly the start of a boundary
	hash     hash.Hash
	n        int64 // bytes hashed
	ended    bool

	prefix    sum // of the first prefixBytes, or of everything
	hasPrefix bool
	mark      int64 // where marked is taken, or -1
	marked    sum
	hasMarked bool

	// What was read beyond the prefix before it is known which bytes count: the first
	// request with the key may have read less.
	atPrefix hash.Cloner // the state at the end of the prefix; nil after settle
	beyond   []byte      // what was hashed after that, at most prefixBytes
}

// stand replaces boundaries.
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

// end marks the end of the body.
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
		if d.atPrefix != nil {
			d.beyond = append(d.beyond, p[:min(k, int64(prefixBytes-len(d.beyond)))]...)
		}
		d.n += k
		p = p[k:]
		if d.n == prefixBytes {
			d.prefix, d.hasPrefix = d.now(), true
			d.atPrefix = clone(d.hash)
		}
		d.look()
	}
}

// markAt requests the hash of the first n bytes. If more was hashed already, it is
// there only if n is at most prefixBytes beyond the prefix.
func (d *digest) markAt(n int64) {
	d.mark = n
	if further := n - prefixBytes; d.n > n && further >= 0 && further <= int64(len(d.beyond)) && d.atPrefix != nil {
		h := clone(d.atPrefix)
		h.Write(d.beyond[:further])
		h.Sum(d.marked[:0])
		d.hasMarked = true
	}
	d.look()
}

// settle drops what is needed only for markAt.
func (d *digest) settle() { d.atPrefix, d.beyond = nil, nil }

// clone copies the state of a hash. It returns nil if the hash cannot be copied, as
// in an old FIPS module.
func clone(h hash.Hash) hash.Cloner {
	if c, ok := h.(hash.Cloner); ok {
		if c, err := c.Clone(); err == nil {
			return c
		}
	}
	return nil
}

func (d *digest) look() {
	if d.n == d.mark {
		d.marked, d.hasMarked = d.now(), true
	}
}

// now returns the hash so far.
func (d *digest) now() (s sum) {
	d.hash.Sum(s[:0])
	return s
}
