package upload

import "bytes"

// searcher finds a delimiter in content. It looks at one byte in as many as
// the delimiter is long (the algorithm of Horspool), where bytes.Index looks at
// all of them and starts anew at every CR: that takes half as long again for
// noise, and more than twice as long for text and for what is made to look like
// delimiters.
type searcher struct {
	pattern []byte
	shift   [256]uint8 // how far to go on from a byte; 0 from the last of the pattern
	again   int        // how far to go on from that one
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
		// Most content has bytes that the pattern has not. Four looks that do
		// not wait for each other are faster than four that do.
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
		// Content that is made to look like the delimiter all along, or just
		// shares its letters, is left to the search with a bound.
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
