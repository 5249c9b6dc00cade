package ratelimit

import (
	"context"
	"hash/maphash"
	"math/bits"
	"sync"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

const (
	defaultMaxKeys = 1 << 17
	mostKeys       = 1 << 28

	// ways is how many records share a lock and a floor.
	ways = 16

	// span is where the clock of a store begins, 73 years from 0: a record of
	// zeroes owes nothing, even when the clock is set back.
	span = 1 << 61
)

// MemoryOptions configure a [Memory]. The zero value is usable.
type MemoryOptions struct {
	_ struct{}

	// MaxKeys is how many clients that owe something can be told apart, in each
	// scope, rounded up to a power of two. It takes 16 bytes and 9 for each limit
	// for every one of them, when they are first used, and no more than that: see
	// [Memory] for what happens when they are more. Default: 131,072; at most
	// 268,435,456.
	MaxKeys int

	// Now gives the current time. It may jump back and forth, by up to 70 years: a
	// client then has at best a full burst again, and at worst none left. Default:
	// the monotonic clock, which does not jump.
	Now func() time.Time
}

// Memory is a [Store] in the memory of one process. It is safe for concurrent
// use, needs no goroutine and no sweeping: a client that owes nothing is the
// same as one that was never seen, so its record is free to be used for another.
//
// # When it is full
//
// The records are in sets of 16, to which clients are spread by a hash with a
// random seed that nobody can foresee. When all 16 clients of a set owe
// something and one more comes, the record of the one that owes least is given
// up; but what it owed is kept as the floor of the set: every client that has no
// record there is taken to owe that much, until time has paid it off. So no
// flood of keys makes the store forget what a client has used, or grow. What it
// costs is that clients who come new to a full store find part of their burst
// used. For them to find all of it used, a flood must have used up whole bursts
// of about MaxKeys clients, within the time that a burst takes to come back.
//
// Two clients share a record only if two 64-bit hashes of theirs, under
// different random seeds, are equal.
type Memory struct {
	maxKeys int
	now     func() time.Time // nil for the monotonic clock
	start   time.Time
	first   maphash.Seed
	second  maphash.Seed

	tables sync.Map   // *Plan to *table
	mu     sync.Mutex // guards byID
	byID   map[string]*table
}

// NewMemory returns a Memory. Its error joins a [*ConfigError] for every problem
// of the options.
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
		first:   maphash.MakeSeed(),
		second:  maphash.MakeSeed(),
		byID:    map[string]*table{},
	}
	if o.Now != nil {
		m.start = o.Now()
	}
	return m, nil
}

// Take is [Store.Take]. It returns no error and does not look at the context.
func (m *Memory) Take(_ context.Context, plan *Plan, key string, cost int64) (Taken, error) {
	var t Taken
	t.Allowed = m.table(plan).take(plan, m.clock(), m.identify(key), cost, &t.Debts)
	return t, nil
}

// identity stands for a key.
type identity struct{ first, second uint64 }

func (m *Memory) identify(key string) identity {
	return identity{maphash.String(m.first, key), maphash.String(m.second, key)}
}

func (m *Memory) identifyBytes(key []byte) identity {
	return identity{maphash.Bytes(m.first, key), maphash.Bytes(m.second, key)}
}

// clock returns the time in nanoseconds, from 0 to 2×span.
func (m *Memory) clock() int64 {
	var passed time.Duration
	if m.now == nil {
		passed = time.Since(m.start)
	} else {
		passed = m.now().Sub(m.start)
	}
	return span + int64(min(max(-span, passed), span))
}

// table returns the records of a plan, which those of equal ID share.
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

// table holds the records of all clients of a plan, in sets of fixed size.
type table struct {
	sets  []set
	mask  uint64
	n     int     // limits
	until []int64 // for each set ways+1 rows of n: when each record owes nothing any more; the last row is the floor
}

// set is the identity of the records that share a lock. One of zeroes is free.
type set struct {
	mu     sync.Mutex
	first  [ways]uint64
	second [ways]uint64
}

func newTable(maxKeys, limits int) *table {
	sets := 1 << bits.Len(uint(max(1, maxKeys)-1)/ways)
	return &table{
		sets:  make([]set, sets),
		mask:  uint64(sets - 1),
		n:     limits,
		until: make([]int64, sets*(ways+1)*limits),
	}
}

// take is [Store.Take] at a given time. What the client owes afterwards is left
// in debts.
func (t *table) take(plan *Plan, now int64, who identity, cost int64, debts *Debts) (allowed bool) {
	at := who.first & t.mask
	s := &t.sets[at]
	rows := t.until[int(at)*(ways+1)*t.n:][:(ways+1)*t.n]

	s.mu.Lock()
	way := s.find(who)
	row := rows[way*t.n:][:t.n] // the floor for a client that has no record
	for i, until := range row {
		debts[i] = time.Duration(until - now)
	}
	allowed = plan.Take(debts, cost)
	switch {
	case !allowed || cost == 0:
		// Nothing new, unless the clock was set back: then less is owed than was.
		for i, until := range row {
			row[i] = min(until, now+int64(debts[i]))
		}
	case way < ways:
		for i := range row {
			row[i] = now + int64(debts[i])
		}
	default:
		way = t.free(plan, rows, now)
		s.first[way], s.second[way] = who.first, who.second
		for i := range t.n {
			rows[way*t.n+i] = now + int64(debts[i])
		}
	}
	s.mu.Unlock()
	return allowed
}

// find returns which record is the client's, or ways for none.
func (s *set) find(who identity) int {
	for way, first := range &s.first { // not a copy of it
		if first == who.first && s.second[way] == who.second {
			return way
		}
	}
	return ways
}

// free returns a record that can be written over: one that owes nothing, or the
// one that owes the smallest part of its windows, which then becomes the floor.
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
	floor := rows[ways*t.n:]
	for i, until := range rows[way*t.n:][:t.n] {
		latest := now + plan.limits[i].window // later only where the clock was set back
		floor[i] = min(max(floor[i], until), latest)
	}
	return way
}
