package routing

import (
	"math/bits"
	"math/rand/v2"
	"slices"
)

// literals finds a link by a literal, with A to Z in either case. It is a perfect hash table:
// each key has exactly one possible slot, so that no search needs unpredictable branches. Its
// keys come only from patterns, so that requests cannot cause collisions.
type literals struct {
	factors []uint64 // by the low bits of the hash: odd, chosen so that no two keys share a slot
	slots   []slot
	seed    uint64
	shift   uint8 // hash*factor>>shift is the slot
}

// slot is small, so that large tables fit into the cache. A free slot has no key and leads
// nowhere.
type slot struct {
	keyAt  uint32 // in Table.keys
	keyLen uint32
	link   link
}

// get returns the link of s, or nowhere.
func (l *literals) get(keys, s string) link {
	if len(l.slots) == 0 {
		return nowhere
	}
	hash := hashFold(s, l.seed)
	factor := l.factors[hash&uint64(len(l.factors)-1)]
	sl := &l.slots[hash*factor>>(l.shift&63)]
	if !equalFold(keys[sl.keyAt:sl.keyAt+sl.keyLen], s) {
		return nowhere
	}
	return sl.link
}

// newLiterals returns the table of distinct lower-case keys with their slots.
func newLiterals(keys []string, slots []slot) literals {
	if len(keys) == 0 {
		return literals{}
	}
	random := rand.New(rand.NewPCG(1, uint64(len(keys))))
	for size := bits.Len(uint(len(keys) + len(keys)/2)); ; size++ {
		// The seed differs each time, in case two keys have the same hash.
		l := literals{
			factors: make([]uint64, 1<<bits.Len(uint(len(keys)/4))),
			slots:   make([]slot, 1<<size),
			seed:    random.Uint64(),
			shift:   uint8(64 - size),
		}
		if !l.place(keys, slots, random) {
			continue
		}
		for i := range l.slots {
			if l.slots[i].keyLen == 0 {
				l.slots[i].link = nowhere
			}
		}
		return l
	}
}

// place chooses the factors. It fails if there are too few slots.
func (l *literals) place(keys []string, slots []slot, random *rand.Rand) bool {
	hashes := make([]uint64, len(keys))
	groups := make([][]int, len(l.factors)) // the keys that share a factor
	for i, key := range keys {
		hashes[i] = hashFold(key, l.seed)
		g := hashes[i] & uint64(len(groups)-1)
		groups[g] = append(groups[g], i)
	}
	order := make([]int, len(groups))
	for g := range order {
		order[g] = g
	}
	// The largest groups come first, while there is most room.
	slices.SortStableFunc(order, func(a, b int) int { return len(groups[b]) - len(groups[a]) })
	for _, g := range order {
		if !l.placeGroup(g, groups[g], hashes, slots, random) {
			return false
		}
	}
	return true
}

func (l *literals) placeGroup(g int, keys []int, hashes []uint64, slots []slot, random *rand.Rand) bool {
tries:
	for range 1000 {
		l.factors[g] = random.Uint64() | 1
		for k, i := range keys {
			sl := &l.slots[hashes[i]*l.factors[g]>>l.shift]
			if sl.keyLen > 0 {
				for _, i := range keys[:k] {
					l.slots[hashes[i]*l.factors[g]>>l.shift] = slot{}
				}
				continue tries
			}
			*sl = slots[i]
		}
		return true
	}
	return false
}

// equalFold compares a key in lower case with a string.
func equalFold(key, s string) bool {
	return len(key) == len(s) && (key == s || equalLetters(key, s))
}

func equalLetters(key, s string) bool {
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != key[i] {
			return false
		}
	}
	return true
}

// hashFold returns the same hash for strings that differ only in the case of A to Z. It processes
// up to sixteen bytes with one multiplication, like wyhash.
func hashFold(s string, seed uint64) uint64 {
	var a, b uint64 // overlapping bytes are read twice
	n := len(s)
	switch {
	case n > 16:
		for i := 0; i+16 < n; i += 16 {
			seed = mix(load8(s[i:]), load8(s[i+8:]), seed)
		}
		a, b = load8(s[n-16:]), load8(s[n-8:])
	case n >= 8:
		a, b = load8(s), load8(s[n-8:])
	case n >= 4:
		a, b = load4(s), load4(s[n-4:])
	case n > 0:
		a = uint64(s[0]) | uint64(s[n/2])<<8 | uint64(s[n-1])<<16
	}
	return mix(a, b, seed+uint64(n)*0xd6e8feb86659fd93)
}

// mix cannot lose the information of one factor by the other being zero: a folded word has no
// upper case J, unlike the constant, and the seed can change.
func mix(a, b, seed uint64) uint64 {
	hi, lo := bits.Mul64(foldWord(a)^0x9e3779b97f4a7c15, foldWord(b)^seed)
	return hi ^ lo
}

// foldWord sets bit 0x20 in every byte from A to Z.
func foldWord(w uint64) uint64 {
	const ones = 0x0101010101010101
	low := w & (0x7f * ones)
	fromA := low + (0x80-'A')*ones // the highest bit of a byte is set if it is A or above
	pastZ := low + (0x7f-'Z')*ones // the highest bit of a byte is set if it is above Z
	return w | (fromA^pastZ)&^w&(0x80*ones)>>2
}

func load8(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func load4(s string) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}
