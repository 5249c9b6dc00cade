package dispatch

import (
	"net/netip"
	"sync"
	"testing"
)

func TestPendingCountsAndForgets(t *testing.T) {
	p := newPending()
	a := netip.MustParseAddr("192.0.2.1")
	var slots []slot
	for range 3 {
		l, ok := p.begin(a, 3)
		if !ok {
			t.Fatal("refused below the limit")
		}
		slots = append(slots, l)
	}
	if _, ok := p.begin(a, 3); ok {
		t.Error("taken past the limit")
	}
	slots[0].end()
	l, ok := p.begin(a, 3)
	if !ok {
		t.Error("refused after one has ended")
	}
	slots[0] = l
	for _, l := range slots {
		l.end()
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 20_000 {
				addr := netip.AddrFrom4([4]byte{10, byte(g), byte(i >> 8), byte(i)})
				l, ok := p.begin(addr, 1)
				if !ok {
					t.Errorf("%s refused", addr)
					return
				}
				l.end()
			}
		})
	}
	wg.Wait()
	kept := 0
	for i := range p.shards {
		for addr, count := range p.shards[i].counts {
			kept++
			if *count != 0 {
				t.Errorf("%s: %d are left", addr, *count)
			}
		}
	}
	if most := len(p.shards) * (idleClients + 1); kept > most {
		t.Errorf("%d idle clients are remembered, want at most %d", kept, most)
	}
}
