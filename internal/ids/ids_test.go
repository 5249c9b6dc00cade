package ids_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/sidekick-http/sidekick/internal/ids"
)

func TestNew(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		s := ids.New()
		id, err := uuid.Parse(s)
		if err != nil || id.Version() != 4 || id.Variant() != uuid.RFC4122 || len(s) != 36 || seen[s] {
			t.Fatalf("got %q (%v), want a new random UUID", s, err)
		}
		seen[s] = true
	}
}
