package ratelimit

import (
	"context"
	"hash/maphash"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

const (
	defaultMaxKeys = 1 << 17
	mostKeys       = 1 << 28

	// ways is how many records share a lock and a floor: their tags and the lock fill
	// one cache line, their times and the floor another.
	ways = 7

	// usual is how many records of a set are in use on average when MaxKeys records
	// are. By chance some sets have more.
	usual = 4

	// fewest is how many sets a table starts with, in 8 KiB.
	fewest = 64

	// moved replaces a floor when the records of a set are in the next, larger table.
	// Times are never below 0.
	moved = -1

	// span is where the clock of a store starts, 73 years after 0, so that a record
	// of zeros owes nothing even if the clock is set back.
	span = 1 << 61
)

// MemoryOptions configure a [Memory]. The zero value is usable.
type MemoryOptions struct {
	_ struct{}

	// MaxKeys is roughly how many clients that owe something can be told apart, in
	// each scope, rounded up to a power of two. See [Memory] for what happens beyond
	// that. A store starts small and doubles as it fills, up to 16 bytes, plus 16 for
	// each limit, per client. Default: 131,072; at most 268,435,456.
	MaxKeys int

	// Now returns the current time. It may jump by up to 70 years in either
	// direction: a client then has at best a full burst again, and at worst none
	// left. Default: the monotonic clock, which does not jump.
	Now func() time.Time
}

// Memory is a [Store] in the memory of one process. It is safe for concurrent use,
// and needs no goroutine and no clean-up: a client that owes nothing is the same as
// one that was never seen, so its record is free for another.
//
// # When it is full
//
// The records are in sets of seven, and a hash with a random seed that nobody can
// predict assigns each client to a set. If all records of a set belong to clients
// that owe something and another client comes, the record of the client that owes
// least is given up. Its debt becomes the floor of the set, the minimum that every
// client without a record there is assumed to owe, until time has paid it off. So a
// flood of keys can neither make the store forget what a client has used nor make it
// grow beyond its limit. The price is that new clients of a full store find part of
// their burst used. For them to find all of it used, a flood must use up the whole
// bursts of about MaxKeys clients within the time that a burst takes to come back.
//
// Two clients share a record only if their hashes of 63 bits are equal, which the
// random seed keeps anybody from arranging: among 100,000 clients it happens by
// chance once in two billion stores.
type Memory struct {
	maxKeys int
	now     func() time.Time // nil means the monotonic clock
	start   time.Time
	seed    maphash.Seed

	tables sync.Map   // *Plan to *table
	mu     sync.Mutex // guards byID
	byID   map[string]*table
}

// NewMemory returns a Memory. Its error joins a [*ConfigError] for every problem of
// the options.
func NewMemory(o MemoryOptions) (*Memory, error) {
	errs := cfgerr.For("ratelimit")
	if o.MaxKeys < 0 || o.MaxKeys > mostKeys {
		errs.Add("MaxKeys", o.MaxKeys, "want 1 to %d, or 0 for %d", mostKeys, defaultMaxKeys)
	}
	if err := errs.Err(); err != nil {
		return nil, err
	}
	if o.MaxKeys == 0 {
		o.MaxKeys = defaultMaxKeys
	}
	m := &Memory{
		maxKeys: o.MaxKeys,
		now:     o.Now,
		start:   time.Now(),
		seed:    maphash.MakeSeed(),
		byID:    map[string]*table{},
	}
	if o.Now != nil {
		m.start = o.Now()
	}
	return m, nil
}

// Take implements [Store]. It returns no error and ignores the context.
func (m *Memory) Take(_ context.Context, plan *Plan, key string, cost int64) (Taken, error) {
	var t Taken
	t.Allowed = m.table(plan).take(plan, m.clock(), m.tag(key), cost, &t.Debts)
	return t, nil
}

// used is set in every tag: a record without it is free, or has been moved.
const used = 1 << 63

// tag returns a hash of the key.
func (m *Memory) tag(key string) uint64 { return maphash.String(m.seed, key) | used }

func (m *Memory) tagBytes(key []byte) uint64 { return maphash.Bytes(m.seed, key) | used }

// clock returns the time in nanoseconds, from 0 to 2×span.
func (m *Memory) clock() int64 {
	if m.now == nil {
		return span + int64(time.Since(m.start))
	}
	return span + int64(min(max(-span, m.now().Sub(m.start)), span))
}

// table returns the records of a plan. Plans with the same ID share them.
func (m *Memory) table(plan *Plan) *table {
	if t, known := m.tables.Load(plan); known {
		return t.(*table)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.byID[plan.id]
	if t == nil {
		t = newTable(m.maxKeys, plan.Len())
		m.byID[plan.id] = t
	}
	m.tables.Store(plan, t)
	return t
}

// table holds the records of all clients of a plan. It grows up to its limit.
type table struct {
	n       int        // limits
	most    int        // sets
	mu      sync.Mutex // held while it grows
	current atomic.Pointer[records]
}

// records are in sets of fixed size.
type records struct {
	sets  []set
	until []int64 // for each set ways+1 rows of n: the times at which each record owes nothing any more; the last row is the floor
}

// set holds the tags of the records that share a lock, and so of their clients. A
// record that owes nothing is free, whoever had it.
type set struct {
	mu   sync.Mutex
	tags [ways]uint64
}

func newTable(maxKeys, limits int) *table {
	t := &table{n: limits, most: 1 << bits.Len(uint(max(1, maxKeys)-1)/usual)}
	t.current.Store(newRecords(min(fewest, t.most), limits))
	return t
}

func newRecords(sets, limits int) *records {
	return &records{sets: make([]set, sets), until: make([]int64, sets*(ways+1)*limits)}
}

// set returns the set of a client, and its rows.
func (r *records) set(tag uint64, n int) (*set, []int64) {
	at := int(tag & uint64(len(r.sets)-1))
	return &r.sets[at], r.until[at*(ways+1)*n:][:(ways+1)*n]
}

// take is [Store.Take] at a given time. It leaves in debts what the client owes
// afterwards.
func (t *table) take(plan *Plan, now int64, tag uint64, cost int64, debts *Debts) (allowed bool) {
	if t.n == 1 { // the usual case: the same as below, in half the time
		r := t.current.Load()
		at := int(tag & uint64(len(r.sets)-1))
		s := &r.sets[at]
		s.mu.Lock()
		if way := s.find(tag); way < ways {
			allowed = takeOne(&r.until[at*(ways+1)+way], &plan.limits[0], now, cost, debts)
			s.mu.Unlock()
			return allowed
		}
		s.mu.Unlock()
	}
	for {
		r, done := t.current.Load(), true
		s, rows := r.set(tag, t.n)
		s.mu.Lock()
		if way := s.find(tag); way < ways {
			allowed = takeFrom(rows[way*t.n:][:t.n], plan, now, cost, debts)
		} else {
			allowed, done = t.takeNew(s, rows, plan, now, tag, cost, debts)
		}
		s.mu.Unlock()
		if done {
			return allowed
		}
		t.grow(r)
	}
}

// takeOne is takeFrom for a single limit and a possible cost.
func takeOne(until *int64, l *compiled, now, cost int64, debts *Debts) (allowed bool) {
	owed := l.clamp(*until - now)
	if after := owed + cost*l.interval; after <= l.window {
		owed, allowed = after, true
	}
	if debts[0] = time.Duration(owed); allowed || now+owed < *until {
		*until = now + owed
	}
	return allowed
}

// takeFrom is take for a row of times, which it changes.
func takeFrom(row []int64, plan *Plan, now int64, cost int64, debts *Debts) (allowed bool) {
	for i, until := range row {
		debts[i] = time.Duration(until - now)
	}
	allowed = plan.Take(debts, cost)
	for i, until := range row {
		// If nothing is taken, less is owed only if the clock was set back.
		if ends := now + int64(debts[i]); allowed || ends < until {
			row[i] = ends
		}
	}
	return allowed
}

// takeNew is take for a client that has no record in a set, which is locked. done
// is false, and nothing has changed, if there is a larger table or one is needed.
func (t *table) takeNew(s *set, rows []int64, plan *Plan, now int64, tag uint64, cost int64, debts *Debts) (allowed, done bool) {
	floor := rows[ways*t.n:]
	if floor[0] == moved {
		return false, false
	}
	if cost > 0 {
		// A client without a record owes the floor.
		var room [MaxLimits]int64
		row := room[:copy(room[:], floor)]
		if takeFrom(row, plan, now, cost, debts) {
			way := t.free(plan, rows, now)
			if way == ways {
				return false, false
			}
			s.tags[way] = tag
			copy(rows[way*t.n:], row)
			return true, true
		}
	}
	return takeFrom(floor, plan, now, 0, debts) && cost == 0, true
}

// grow replaces old by a table twice as large, unless another goroutine has done
// so. Each set becomes two.
func (t *table) grow(old *records) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current.Load() != old {
		return
	}
	larger := newRecords(2*len(old.sets), t.n)
	for at := range old.sets {
		s, rows := old.set(uint64(at), t.n)
		s.mu.Lock()
		floor := rows[ways*t.n:]
		for _, half := range []int{at, at + len(old.sets)} {
			copy(larger.until[(half*(ways+1)+ways)*t.n:], floor)
		}
		for way, tag := range s.tags {
			half := at
			if tag&uint64(len(old.sets)) != 0 {
				half += len(old.sets)
			}
			larger.sets[half].tags[way] = tag
			copy(larger.until[(half*(ways+1)+way)*t.n:], rows[way*t.n:][:t.n])
		}
		floor[0], s.tags = moved, [ways]uint64{}
		s.mu.Unlock()
	}
	t.current.Store(larger)
}

// find returns the index of the client's record, or ways if it has none.
func (s *set) find(tag uint64) int {
	for way := range s.tags {
		if s.tags[way] == tag {
			return way
		}
	}
	return ways
}

// free returns a record that can be overwritten: one that owes nothing or, in a
// table that cannot grow, the one that owes the smallest part of its windows, which
// then becomes the floor. It returns ways if the table must grow.
func (t *table) free(plan *Plan, rows []int64, now int64) (way int) {
	least := 0.0
	for w := range ways {
		owed := 0.0
		for i, until := range rows[w*t.n:][:t.n] {
			if until > now {
				owed = max(owed, float64(until-now)/float64(plan.limits[i].window))
			}
		}
		if owed == 0 {
			return w
		}
		if w == 0 || owed < least {
			way, least = w, owed
		}
	}
	if len(t.current.Load().sets) < t.most {
		return ways
	}
	floor := rows[ways*t.n:]
	for i, until := range rows[way*t.n:][:t.n] {
		latest := now + plan.limits[i].window // later only if the clock was set back
		floor[i] = min(max(floor[i], until), latest)
	}
	return way
}
