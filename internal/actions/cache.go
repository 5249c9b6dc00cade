package actions

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Cache is what cacheTest tries. It must be safe for concurrent use.
type Cache interface {
	// Try saves a value for a while, loads it and deletes it again, in one step: two
	// requests with one key must not delete each other's value.
	Try(ctx context.Context, key, value string, keep time.Duration) (Tried, error)
}

// Tried is what came of it.
type Tried struct {
	Size    int    // values in the cache, with this one
	Value   string // as it was loaded
	Created time.Time
	Deleted bool
}

// cache keeps values in memory until they expire. It holds at most a fixed
// number of them: past it the one that expires first makes room.
type cache struct {
	most int
	turn sync.Mutex // of Try
	mu   sync.Mutex
	byID map[string]entry
}

type entry struct {
	value   string
	created time.Time
	expires time.Time
}

func newCache(most int) *cache { return &cache{most: most, byID: map[string]entry{}} }

// Try is [Cache]'s.
func (c *cache) Try(_ context.Context, key, value string, keep time.Duration) (Tried, error) {
	c.turn.Lock()
	defer c.turn.Unlock()
	c.save(key, value, keep)
	size := c.size()
	loaded, ok := c.load(key)
	if !ok {
		return Tried{}, fmt.Errorf("the cache lost %q at once", key)
	}
	return Tried{size, loaded.value, loaded.created, c.delete(key)}, nil
}

func (c *cache) save(key, value string, keep time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if _, there := c.byID[key]; !there && len(c.byID) >= c.most {
		c.makeRoom(now)
	}
	c.byID[key] = entry{value: value, created: now, expires: now.Add(keep)}
}

// makeRoom deletes what has expired, or else what will expire first.
func (c *cache) makeRoom(now time.Time) {
	first, firstKey := time.Time{}, ""
	for k, e := range c.byID {
		switch {
		case !e.expires.After(now):
			delete(c.byID, k)
		case firstKey == "" || e.expires.Before(first):
			first, firstKey = e.expires, k
		}
	}
	if len(c.byID) >= c.most {
		delete(c.byID, firstKey)
	}
}

func (c *cache) load(key string) (entry, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byID[key]
	return e, ok && e.expires.After(time.Now())
}

func (c *cache) delete(key string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.byID[key]
	delete(c.byID, key)
	return ok
}

func (c *cache) size() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.byID)
}
