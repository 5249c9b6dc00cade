package idempotency

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

const (
	defaultMaxKeys  = 100_000
	defaultMaxBytes = 64 << 20

	// entryBytes is the approximate size of an entry without its response.
	entryBytes = 400
)

// MemoryOptions configure a [Memory]. The zero value is usable.
type MemoryOptions struct {
	_ struct{}

	// MaxKeys is the maximum number of keys. Default: 100,000.
	MaxKeys int

	// MaxBytes limits the size of all stored responses, plus about 400 bytes for each
	// key. Default: 64 MiB.
	MaxBytes int64
}

// Memory is a [Store] in the memory of one process. It is safe for concurrent use,
// and needs no goroutine.
//
// When it is full, the response that would expire first is dropped: a flood of keys
// shortens the time for which responses are kept. Keys of requests being processed
// are never dropped; if there is nothing else to drop, Begin and Finish fail with
// [ErrFull].
type Memory struct {
	maxKeys  int
	maxBytes int64
	start    time.Time

	mu      sync.Mutex
	entries map[string]*entry
	byEnd   byEnd
	bytes   int64
	fence   int64
}

// entry is the record of one key.
type entry struct {
	key, owner, request string
	fence               int64
	lease               time.Duration // since start; until then the claim holds
	end                 time.Duration // since start; then it is forgotten
	finished            bool
	answer              []byte
	index               int // in byEnd
}

// NewMemory returns a Memory. Its error joins a [*ConfigError] for every problem of
// the options.
func NewMemory(o MemoryOptions) (*Memory, error) {
	errs := cfgerr.For("idempotency")
	if o.MaxKeys < 0 {
		errs.Add("MaxKeys", o.MaxKeys, "want 1 or more, or 0 for %d", defaultMaxKeys)
	}
	if o.MaxBytes < 0 {
		errs.Add("MaxBytes", o.MaxBytes, "want 1 or more, or 0 for %d", defaultMaxBytes)
	}
	if err := errs.Err(); err != nil {
		return nil, err
	}
	m := &Memory{maxKeys: o.MaxKeys, maxBytes: o.MaxBytes, start: time.Now(), entries: map[string]*entry{}}
	if m.maxKeys == 0 {
		m.maxKeys = defaultMaxKeys
	}
	if m.maxBytes == 0 {
		m.maxBytes = defaultMaxBytes
	}
	return m, nil
}

// Punctual marks a store none of whose methods wait.
func (m *Memory) Punctual() {}

// Begin implements [Store]. Its only error is [ErrFull].
func (m *Memory) Begin(_ context.Context, c Claim) (Begun, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	e := m.find(c.Key, now)
	switch {
	case e == nil:
		if e = m.add(c, now); e == nil {
			return Begun{}, ErrFull
		}
	case e.request != c.Request:
		return Begun{State: Different}, nil
	case e.finished:
		return Begun{State: Finished, Answer: e.answer}, nil
	case e.owner != c.Owner && e.lease > now:
		return Begun{State: Running}, nil
	}
	m.fence++
	e.owner, e.fence = c.Owner, m.fence
	m.hold(e, c, now)
	return Begun{State: Claimed, Fence: e.fence}, nil
}

// Renew implements [Store]. Its errors are [ErrLost] and [ErrFull].
func (m *Memory) Renew(_ context.Context, c Claim) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	e, err := m.own(c, now)
	if err != nil || e.finished {
		return err
	}
	m.hold(e, c, now)
	return nil
}

// Finish implements [Store]. Its errors are [ErrLost] and [ErrFull].
func (m *Memory) Finish(_ context.Context, c Claim, answer []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	e, err := m.own(c, now)
	if err != nil || e.finished {
		return err
	}
	size := int64(len(answer))
	if size+entryBytes > m.maxBytes || !m.makeRoom(e, 0, size, now) {
		return ErrFull
	}
	e.answer, e.finished, e.end = answer, true, now+c.Keep
	m.bytes += size
	heap.Fix(&m.byEnd, e.index)
	return nil
}

// Abort implements [Store]. It returns nil.
func (m *Memory) Abort(_ context.Context, c Claim) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.entries[c.Key]; e != nil && e.owner == c.Owner && !e.finished {
		m.remove(e)
	}
	return nil
}

func (m *Memory) now() time.Duration { return time.Since(m.start) }

// find returns the entry of a key, or nil. It removes expired entries on the way.
func (m *Memory) find(key string, now time.Duration) *entry {
	for len(m.byEnd) > 0 && m.byEnd[0].end <= now {
		m.remove(m.byEnd[0])
	}
	return m.entries[key]
}

// own returns the entry that c.Owner has for a key. If there is no entry, it makes
// one.
func (m *Memory) own(c Claim, now time.Duration) (*entry, error) {
	e := m.find(c.Key, now)
	if e == nil {
		if e = m.add(c, now); e == nil {
			return nil, ErrFull
		}
		e.owner, e.fence = c.Owner, c.Fence
		m.hold(e, c, now)
	}
	if e.owner != c.Owner {
		return nil, ErrLost
	}
	return e, nil
}

// add makes an entry, or returns nil if there is no room.
func (m *Memory) add(c Claim, now time.Duration) *entry {
	if !m.makeRoom(nil, 1, entryBytes, now) {
		return nil
	}
	e := &entry{key: c.Key, request: c.Request, end: now + c.Lease + c.Keep}
	m.entries[e.key] = e
	m.bytes += entryBytes
	heap.Push(&m.byEnd, e)
	return e
}

// hold starts the lease of an entry.
func (m *Memory) hold(e *entry, c Claim, now time.Duration) {
	e.lease, e.end = now+c.Lease, now+c.Lease+c.Keep
	heap.Fix(&m.byEnd, e.index)
}

// makeRoom drops what expires first until there is room for the given number of
// entries and bytes. It returns false if there is none, because everything left
// belongs to requests being processed. It keeps own, whose lease may have passed.
func (m *Memory) makeRoom(own *entry, entries int, bytes int64, now time.Duration) bool {
	var working []*entry // entries in use that were met on the way
	defer func() {
		for _, e := range working {
			heap.Push(&m.byEnd, e)
		}
	}()
	for len(m.entries)+entries > m.maxKeys || m.bytes+bytes > m.maxBytes {
		if len(m.byEnd) == 0 {
			return false
		}
		if e := m.byEnd[0]; e != own && (e.finished || e.lease <= now) {
			m.remove(e)
		} else {
			working = append(working, heap.Pop(&m.byEnd).(*entry))
		}
	}
	return true
}

func (m *Memory) remove(e *entry) {
	heap.Remove(&m.byEnd, e.index)
	delete(m.entries, e.key)
	m.bytes -= int64(len(e.answer)) + entryBytes
}

// byEnd is a heap of entries; the one that expires first is at the top.
type byEnd []*entry

func (h byEnd) Len() int           { return len(h) }
func (h byEnd) Less(i, j int) bool { return h[i].end < h[j].end }

func (h byEnd) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push appends an entry.
func (h *byEnd) Push(x any) {
	e := x.(*entry)
	e.index = len(*h)
	*h = append(*h, e)
}

// Pop removes the last entry.
func (h *byEnd) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return e
}
