package ratelimit

import (
	"testing"
	"time"
)

// Clients whose first hashes are equal are told apart by the second, and share
// neither records nor what they owe.
func TestHashCollisions(t *testing.T) {
	const now = span
	plan, err := NewPlan("", Limit{Rate: 1, Per: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	table := newTable(4096, 1)
	take := func(first, second uint64) bool {
		var debts Debts
		return table.take(plan, now, identity{first, second}, 1, &debts)
	}
	for second := range uint64(ways) {
		if !take(0, second+1) {
			t.Errorf("client %d is refused for what another has used", second)
		}
	}
	for second := range uint64(ways) {
		if take(0, second+1) {
			t.Errorf("client %d is forgotten", second)
		}
	}
	// Even if somebody could find keys that share a set, a full set forgets nobody.
	for second := range uint64(1000) {
		take(0, second+100)
	}
	for second := range uint64(ways) {
		if take(0, second+1) {
			t.Errorf("client %d is forgotten after a thousand others in its set", second)
		}
	}
	// A client of another set is none the worse for it.
	if !take(1, 1) {
		t.Error("a client of another set is refused")
	}
	// Hashes that look like a free record are as good as any.
	zero := newTable(16, 1)
	var debts Debts
	if !zero.take(plan, now, identity{}, 1, &debts) || zero.take(plan, now, identity{}, 1, &debts) {
		t.Error("a client whose hashes are 0 is not limited to 1")
	}
}

// Nobody can foresee where a key goes: the hashes of two stores differ.
func TestHashesAreSeeded(t *testing.T) {
	a, _ := NewMemory(MemoryOptions{})
	b, _ := NewMemory(MemoryOptions{})
	same := 0
	for _, key := range []string{"ip:192.0.2.1", "ip:192.0.2.2", "", "x"} {
		ia, ib := a.identify(key), b.identify(key)
		if ia != a.identifyBytes([]byte(key)) {
			t.Errorf("%q has two identities", key)
		}
		if ia.first == ib.first || ia.second == ib.second || ia.first == ia.second {
			same++
		}
	}
	if same > 0 {
		t.Errorf("%d hashes are equal under different seeds", same)
	}
}
