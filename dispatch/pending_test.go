package dispatch

import (
	"net/netip"
	"sync"
	"testing"
)

func TestPendingCountsAndForgets(t *testing.T) {
	p := newPending()
	a := netip.MustParseAddr("192.0.2.1")
	var shard *pendingShard
	for range 3 {
		s, ok := p.begin(a, 3)
		if !ok {
			t.Fatal("refused below the limit")
		}
		shard = s
	}
	if _, ok := p.begin(a, 3); ok {
		t.Error("taken past the limit")
	}
	shard.end(a)
	if _, ok := p.begin(a, 3); !ok {
		t.Error("refused after one has ended")
	}
	for range 3 {
		shard.end(a)
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 20_000 {
				addr := netip.AddrFrom4([4]byte{10, byte(g), byte(i >> 8), byte(i)})
				s, ok := p.begin(addr, 1)
				if !ok {
					t.Errorf("%s refused", addr)
					return
				}
				s.end(addr)
			}
		})
	}
	wg.Wait()
	for i := range p.shards {
		if left := p.shards[i].running; len(left) > 0 {
			t.Errorf("%v are left", left)
		}
	}
}

func TestPendingTellsClientsOfAShardApart(t *testing.T) {
	p := newPending()
	// Set by hand, so that all share one shard.
	s := &p.shards[0]
	var clients []netip.Addr
	for i := 0; len(clients) < 3*pendingKept; i++ {
		addr := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		if got, ok := p.begin(addr, 1); !ok {
			t.Fatalf("%s refused", addr)
		} else if got != s {
			got.end(addr)
			continue
		}
		if _, ok := p.begin(addr, 1); ok {
			t.Fatalf("%s taken twice", addr)
		}
		clients = append(clients, addr)
	}
	for i, addr := range clients {
		s.end(addr)
		if _, ok := p.begin(addr, 1); !ok {
			t.Fatalf("%s refused after its end", addr)
		}
		s.end(addr)
		if got, want := len(s.running), len(clients)-i-1; got != want {
			t.Fatalf("%d actions are left, want %d", got, want)
		}
	}
	if cap(s.running) > pendingKept {
		t.Errorf("room for %d actions is kept, want at most %d", cap(s.running), pendingKept)
	}
}
