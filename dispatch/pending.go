package dispatch

import (
	"hash/maphash"
	"net/netip"
	"sync"
)

// pending counts the actions that run for each client. It is split, so that
// requests of different clients seldom wait for each other.
type pending struct {
	seed   maphash.Seed
	shards [32]pendingShard
}

type pendingShard struct {
	mu     sync.Mutex
	counts map[netip.Addr]int
}

func newPending() *pending {
	p := &pending{seed: maphash.MakeSeed()}
	for i := range p.shards {
		p.shards[i].counts = map[netip.Addr]int{}
	}
	return p
}

func (p *pending) shard(client netip.Addr) *pendingShard {
	return &p.shards[maphash.Comparable(p.seed, client)%uint64(len(p.shards))]
}

// begin counts one more action of the client, unless it has most already.
func (p *pending) begin(client netip.Addr, most int) bool {
	s := p.shard(client)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counts[client] >= most {
		return false
	}
	s.counts[client]++
	return true
}

// end takes it back. Clients without actions take no memory.
func (p *pending) end(client netip.Addr) {
	s := p.shard(client)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counts[client]--; s.counts[client] <= 0 {
		delete(s.counts, client)
	}
}
