package upload

import "bytes"

// searcher finds a delimiter in content with Horspool's algorithm, which looks at one byte in as
// many as the delimiter is long. bytes.Index looks at all of them and restarts at every CR: it
// takes 1.5 times as long for random bytes, and more than twice as long for text and for content
// made to look like delimiters.
type searcher struct {
	pattern []byte
	shift   [256]uint8 // how far to move on for a byte; 0 for the last byte of the pattern
	again   int        // how far to move on after a mismatch at that byte
}

// newSearcher takes a pattern of 2 to 255 bytes.
func newSearcher(pattern []byte) *searcher {
	s := &searcher{pattern: pattern}
	last := len(pattern) - 1
	for i := range s.shift {
		s.shift[i] = uint8(len(pattern))
	}
	for i, c := range pattern[:last] {
		s.shift[c] = uint8(last - i)
	}
	s.again = int(s.shift[pattern[last]])
	s.shift[pattern[last]] = 0
	return s
}

// index is bytes.Index(b, s.pattern).
func (s *searcher) index(b []byte) int {
	m, last := len(s.pattern), len(s.pattern)-1
	steps := 0
	for i := last; i < len(b); {
		// Most bytes do not occur in the pattern. Four independent lookups are faster than four
		// that wait for each other.
		if i+3*m < len(b) {
			far := uint8(m)
			if s.shift[b[i]] == far && s.shift[b[i+m]] == far && s.shift[b[i+2*m]] == far && s.shift[b[i+3*m]] == far {
				i += 4 * m
				continue
			}
		}
		steps++
		if shift := int(s.shift[b[i]]); shift > 0 {
			i += shift
		} else {
			start := i - last
			if bytes.Equal(b[start:i+1], s.pattern) {
				return start
			}
			steps += 8
			i += s.again
		}
		// Content that resembles the delimiter throughout, or shares its letters, is left to
		// bytes.Index, whose time is bounded.
		if steps > 64+i/4 {
			from := max(0, i-last)
			if j := bytes.Index(b[from:], s.pattern); j >= 0 {
				return from + j
			}
			return -1
		}
	}
	return -1
}
