package actions

import (
	"sync"
	"time"
)

// cache keeps values in memory until they expire. It holds at most a fixed
// number of them: past it the one that expires first makes room.
type cache struct {
	most int
	mu   sync.Mutex
	byID map[string]entry
}

type entry struct {
	value   string
	created time.Time
	expires time.Time
}

func newCache(most int) *cache { return &cache{most: most, byID: map[string]entry{}} }

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
