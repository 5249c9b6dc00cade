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

// idleClients is how many clients without actions a shard remembers. To forget
// each at once would cost every request an insertion and a deletion.
const idleClients = 64

type pendingShard struct {
	mu     sync.Mutex
	counts map[netip.Addr]*int
	idle   int // counts that are 0
}

func newPending() *pending {
	p := &pending{seed: maphash.MakeSeed()}
	for i := range p.shards {
		p.shards[i].counts = map[netip.Addr]*int{}
	}
	return p
}

// slot is one client's place among the counts.
type slot struct {
	shard *pendingShard
	count *int
}

// begin counts one more action of the client, unless it has most already. The
// slot is what ends it.
func (p *pending) begin(client netip.Addr, most int) (slot, bool) {
	s := &p.shards[maphash.Comparable(p.seed, client)%uint64(len(p.shards))]
	s.mu.Lock()
	defer s.mu.Unlock()
	count := s.counts[client]
	switch {
	case count == nil:
		count = new(int)
		s.counts[client] = count
	case *count == 0:
		s.idle--
	case *count >= most:
		return slot{}, false
	}
	*count++
	return slot{s, count}, true
}

// end takes it back.
func (l slot) end() {
	s := l.shard
	s.mu.Lock()
	defer s.mu.Unlock()
	if *l.count--; *l.count > 0 {
		return
	}
	if s.idle++; s.idle > idleClients {
		for client, count := range s.counts {
			if *count == 0 {
				delete(s.counts, client)
			}
		}
		s.idle = 0
	}
}
