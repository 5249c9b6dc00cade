package dispatch

import (
	"hash/maphash"
	"net/netip"
	"sync"
)

// pending counts the running actions of each client. It is sharded, so that requests of different
// clients seldom wait for each other.
type pending struct {
	seed   maphash.Seed
	shards [pendingShards]pendingShard
}

// pendingShards is large enough that a shard holds few actions at a time. For a few, a linear
// search costs less than a map.
const pendingShards = 256

// pendingKept is the capacity that a shard keeps once its actions have ended.
const pendingKept = 32

type pendingShard struct {
	mu      sync.Mutex
	running []netip.Addr // the client of each action, unordered
}

// networkBits is how many bits of an IPv6 address identify a client, as by default in package
// ratelimit: a client is given at least a /64 network (RFC 6177).
const networkBits = 64

// clientOf returns what identifies the client of an address: an IPv4 address itself, or the first
// address of a network of IPv6, without a zone.
func clientOf(addr netip.Addr) netip.Addr {
	if addr = addr.Unmap(); !addr.Is6() {
		return addr
	}
	network, _ := addr.Prefix(networkBits) // the number of bits is valid
	return network.Addr()
}

func newPending() *pending { return &pending{seed: maphash.MakeSeed()} }

// begin counts one more action of the client, unless it already runs most. Call end on the
// returned shard when the action ends.
func (p *pending) begin(client netip.Addr, most int) (*pendingShard, bool) {
	s := &p.shards[maphash.Comparable(p.seed, client)%pendingShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	// No client has more actions than the shard, so this is usually enough to know.
	if len(s.running) >= most && s.count(client) >= most {
		return nil, false
	}
	s.running = append(s.running, client)
	return s, true
}

func (s *pendingShard) count(client netip.Addr) (n int) {
	for i := range s.running {
		if s.running[i] == client {
			n++
		}
	}
	return n
}

// end uncounts one action of the client.
func (s *pendingShard) end(client netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.running) - 1
	for i := last; i >= 0; i-- {
		if s.running[i] == client {
			s.running[i] = s.running[last]
			s.running = s.running[:last]
			break
		}
	}
	if last == 0 && cap(s.running) > pendingKept {
		s.running = nil // gives back the memory of a burst
	}
}

// asPending runs f, which serves one of the versions, as one of the client's pending actions,
// unless the client has too many already.
func (c *call) asPending(versions []*compiledAction, f func()) {
	most := c.d.opts.MaxPending
	if client := clientOf(c.rec.ClientOr(c.r).Addr()); most > 0 && client.IsValid() && !c.rec.Uncounted() {
		shard, ok := c.d.pending.begin(client, most)
		if !ok {
			c.failAt(versions, ErrTooManyPending)
			return
		}
		defer shard.end(client)
	}
	f()
}
