package static

import (
	"sync"
	"sync/atomic"
)

const (
	// keepBytes is the largest content that is kept. For larger files, reading costs
	// little compared with sending.
	keepBytes = 128 << 10

	// entryCost is the cost of an entry without content.
	entryCost = 1 << 10

	// fewestEntries is how many entries are kept even if no content may be kept.
	fewestEntries = 4096
)

// cacheKey is what was asked for.
type cacheKey struct {
	root   int
	folder bool   // the name ended in a slash
	name   string // as requested, without the name of an index file
	coding string // of a precompressed neighbour
}

// cache holds entries within a limit. What it returns may be out of date: ask
// Handler.valid.
type cache struct {
	keep int64 // bytes of content that may be kept; 0 keeps none
	most int64 // sum of all costs

	mu      sync.RWMutex
	entries map[cacheKey]*cached
	used    int64
}

type cached struct {
	*entry
	recent  atomic.Bool  // used since makeRoom last looked
	checked atomic.Int64 // when the entry was last compared with the disk, in nanoseconds since 1970
}

func newCache(limit int64) *cache {
	limit = max(limit, 0)
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
	if !found.recent.Load() { // a load is cheaper than a store to memory shared between processors
		found.recent.Store(true)
	}
	return found
}

// keeps reports whether content of that size may be kept.
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

// drop removes an entry that is known to be wrong although its stamp looks right.
func (c *cache) drop(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if found := c.entries[e.key]; found != nil && found.entry == e {
		c.used -= found.cost()
		delete(c.entries, e.key)
	}
}

// makeRoom drops entries, in Go's random map order, until an eighth is free. An
// entry that was used since the last time is spared once.
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
