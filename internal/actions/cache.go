package actions

import (
	"context"
	"fmt"
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

// cache keeps values in memory until they expire. It holds a limited number; beyond
// that it drops the one that would expire first.
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

// Try implements [Cache].
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

// makeRoom deletes expired values, or else the one that expires first.
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
