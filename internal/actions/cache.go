package actions

import (
	"context"
	"sync"
	"time"
)

// Cache is the cache that the action cacheTest uses. It must be safe for concurrent
// use.
type Cache interface {
	// Try saves a value for a while, loads it and deletes it again, in one step: two
	// requests with one key must not delete each other's value.
	Try(ctx context.Context, key, value string, keep time.Duration) (Tried, error)
}

// Tried is the result of Try.
type Tried struct {
	Size    int    // values in the cache, including this one
	Value   string // as loaded
	Created time.Time
	Deleted bool
}

// memory is the Cache of one process. No value outlives the Try that saved it, so
// there is nothing to expire and no limit to keep.
type memory struct {
	mu    sync.Mutex
	byKey map[string]entry
}

type entry struct {
	value   string
	created time.Time
}

func newMemory() *memory { return &memory{byKey: map[string]entry{}} }

// Try implements [Cache].
func (m *memory) Try(_ context.Context, key, value string, _ time.Duration) (Tried, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.byKey[key] = entry{value, time.Now()}
	size, loaded := len(m.byKey), m.byKey[key]
	delete(m.byKey, key)
	_, still := m.byKey[key]
	return Tried{size, loaded.value, loaded.created, !still}, nil
}
