package ratelimit

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/internal/rounds"
)

// Clients in the same set share neither records nor debts, and even if somebody
// could find keys that share a set, a full one forgets nobody.
func TestHashCollisions(t *testing.T) {
	const now, sets = span, 1024
	plan, err := NewPlan("", Limit{Rate: 1, Per: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	table := newTable(sets*usual, 1)
	take := func(tag uint64) bool {
		var debts Debts
		return table.take(plan, now, tag, 1, &debts)
	}
	in := func(client uint64) uint64 { return client * sets } // all in the first set, however large the table is
	for client := range uint64(ways) {
		if !take(in(client)) { // the hash of the first is 0, like that of a free record
			t.Errorf("client %d is refused for what another has used", client)
		}
	}
	for client := range uint64(ways) {
		if take(in(client)) {
			t.Errorf("client %d is forgotten", client)
		}
	}
	for client := range uint64(1000) {
		take(in(client + 100))
	}
	for client := range uint64(ways) {
		if take(in(client)) {
			t.Errorf("client %d is forgotten after a thousand others in its set", client)
		}
	}
	if !take(1) {
		t.Error("a client of another set is refused")
	}
	if got := len(table.current.Load().sets); got != sets {
		t.Errorf("the table has %d sets, want %d", got, sets)
	}
}

// A table that grows while many use it loses nobody and allows nothing extra.
func TestGrowing(t *testing.T) {
	const burst, workers = 3, 8
	clients := rounds.Of(t, 5000)
	for limits := 1; limits <= 2; limits++ {
		plan, err := NewPlan("", []Limit{{Name: "a", Rate: burst, Per: time.Hour}, {Name: "b", Rate: burst, Per: 2 * time.Hour}}[:limits]...)
		if err != nil {
			t.Fatal(err)
		}
		store, err := NewMemory(MemoryOptions{MaxKeys: 10 * clients})
		if err != nil {
			t.Fatal(err)
		}
		table := store.table(plan)
		if got := len(table.current.Load().sets); got != fewest {
			t.Errorf("the table begins with %d sets, want %d", got, fewest)
		}
		allowed := make([]atomic.Int32, clients)
		var wg sync.WaitGroup
		for worker := range workers {
			wg.Go(func() {
				for i := range clients * (burst + 1) {
					client := (i*7 + worker*clients/workers) % clients
					var debts Debts
					if table.take(plan, span, store.tag(fmt.Sprint(client)), 1, &debts) {
						allowed[client].Add(1)
					}
				}
			})
		}
		wg.Wait()
		for client := range allowed {
			if got := allowed[client].Load(); got != burst {
				t.Fatalf("client %d got %d, want %d", client, got, burst)
			}
		}
		if got := len(table.current.Load().sets); got <= fewest || got > table.most {
			t.Errorf("the table has %d sets", got)
		}
	}
}

// Nobody can predict the place of a key: the hashes of two stores differ.
func TestHashesAreSeeded(t *testing.T) {
	a, _ := NewMemory(MemoryOptions{})
	b, _ := NewMemory(MemoryOptions{})
	for _, key := range []string{"ip:192.0.2.1", "ip:192.0.2.2", "", "x"} {
		if a.tag(key) != a.tagBytes([]byte(key)) {
			t.Errorf("%q has two hashes", key)
		}
		if key != "" && a.tag(key) == b.tag(key) {
			t.Errorf("%q has the same hash under two seeds", key)
		}
	}
}
