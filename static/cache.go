package static

import (
	"sync"
	"sync/atomic"
)

const (
	// keepBytes is the largest content that is kept: past it, reading the file
	// costs little beside sending it.
	keepBytes = 128 << 10

	// entryCost is what an entry without content is counted as.
	entryCost = 1 << 10

	// fewestEntries is how many entries are kept even where no content is.
	fewestEntries = 4096
)

// cacheKey is what was asked for.
type cacheKey struct {
	root   int
	folder bool   // the name ended in a slash
	name   string // as asked, before an index file's name is added
	coding string // of a precompressed neighbour
}

// cache holds entries within a limit. What it returns may be out of date: ask
// Handler.valid.
type cache struct {
	keep int64 // bytes of content that may be kept; 0 for none
	most int64 // sum of all costs

	mu      sync.RWMutex
	entries map[cacheKey]*cached
	used    int64
}

type cached struct {
	*entry
	recent  atomic.Bool  // asked for since the last look for room
	checked atomic.Int64 // when the entry was last compared with the disk, in nanoseconds since 1970
}

func newCache(limit int64) *cache {
	switch {
	case limit == 0:
		limit = DefaultCacheBytes
	case limit < 0:
		limit = 0
	}
	return &cache{keep: limit, most: limit + fewestEntries*entryCost, entries: map[cacheKey]*cached{}}
}

// get returns the entry for a key, or nil.
func (c *cache) get(key cacheKey) *entry {
	if found := c.find(key); found != nil {
		return found.entry
	}
	return nil
}

func (c *cache) find(key cacheKey) *cached {
	c.mu.RLock()
	found := c.entries[key]
	c.mu.RUnlock()
	if found == nil {
		return nil
	}
	if !found.recent.Load() { // a load is cheaper than a store that two processors share
		found.recent.Store(true)
	}
	return found
}

// keeps tells whether content of that size may be kept.
func (c *cache) keeps(size int64) bool { return size <= keepBytes && size <= c.keep }

func (c *cache) put(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.entries[e.key]; old != nil {
		c.used -= old.cost()
	}
	c.entries[e.key] = &cached{entry: e}
	c.used += e.cost()
	if c.used > c.most {
		c.makeRoom()
	}
}

// drop forgets an entry that is known to be wrong, although it does not look it.
func (c *cache) drop(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if found := c.entries[e.key]; found != nil && found.entry == e {
		c.used -= found.cost()
		delete(c.entries, e.key)
	}
}

// makeRoom drops entries, in the order in which Go happens to walk the map,
// until an eighth is free. One that was asked for since the last time is
// passed over once.
func (c *cache) makeRoom() {
	for range 2 {
		for key, e := range c.entries {
			if c.used <= c.most-c.most/8 {
				return
			}
			if e.recent.Swap(false) {
				continue
			}
			c.used -= e.cost()
			delete(c.entries, key)
		}
	}
}

func (e *entry) cost() int64 { return entryCost + int64(len(e.body)) }
