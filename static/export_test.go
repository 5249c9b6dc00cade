package static

import (
	"io/fs"
	"time"
)

// SetClock replaces the clock that decides when a file is at rest.
func SetClock(h *Handler, now func() time.Time) { h.now = now }

// CacheUse returns what the cache uses, and what it may use.
func CacheUse(h *Handler) (used, most int64) {
	h.cache.mu.RLock()
	defer h.cache.mu.RUnlock()
	return h.cache.used, h.cache.most
}

// The parsers, for their tests.
var (
	NameOf      = nameOf
	WindowsName = windowsName
)

// Span is a range, for tests.
type Span struct{ Start, Length int64 }

// ParseRange is parseRange.
func ParseRange(field string, size int64, most int) (spans []Span, apply bool) {
	list, apply := parseRange(field, size, most)
	for _, s := range list {
		spans = append(spans, Span{s.start, s.length})
	}
	return spans, apply
}

// BetweenStatAndOpen returns h, which calls do before it next opens a file.
func BetweenStatAndOpen(h *Handler, do func()) *Handler {
	h.roots[0] = &meddling{root: h.roots[0], do: do}
	return h
}

type meddling struct {
	root
	do func()
}

func (m *meddling) open(name string, gen *generation) (fs.File, error) {
	if do := m.do; do != nil {
		m.do = nil
		do()
	}
	return m.root.open(name, gen)
}

// ValidText reports whether pieces together are text in UTF-8.
func ValidText(pieces ...[]byte) bool {
	var c textCheck
	for _, p := range pieces {
		c.add(p)
	}
	return c.ok()
}

// Undecodable is undecodable.
var Undecodable = undecodable
