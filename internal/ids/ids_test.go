package ids_test

import (
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/sidekick-http/sidekick/internal/ids"
)

func TestNew(t *testing.T) {
	seen := map[string]bool{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 1000 {
				s := ids.New()
				id, err := uuid.Parse(s)
				mu.Lock()
				if err != nil || id.Version() != 4 || id.Variant() != uuid.RFC4122 || id.String() != s || seen[s] {
					t.Errorf("got %q (%v), want a new random UUID", s, err)
				}
				seen[s] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func TestAppend(t *testing.T) {
	id := ids.Random()
	if got, want := string(id.Append([]byte("x"))), "x"+uuid.UUID(id).String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
