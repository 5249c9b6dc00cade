package ids_test

import (
	"regexp"
	"sync"
	"testing"

	"github.com/sidekick-http/sidekick/internal/ids"
)

// Version 4 and the variant of RFC 9562.
var random = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestRandom(t *testing.T) {
	seen := map[string]bool{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 1000 {
				id := ids.Random().String()
				mu.Lock()
				if !random.MatchString(id) || seen[id] {
					t.Errorf("got %q, want a new random UUID", id)
				}
				seen[id] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func TestAppend(t *testing.T) {
	id := ids.ID{0: 0x01, 4: 0x23, 6: 0x45, 8: 0x67, 10: 0x89, 15: 0xab}
	if got, want := string(id.Append([]byte("x"))), "x01000000-2300-4500-6700-8900000000ab"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
