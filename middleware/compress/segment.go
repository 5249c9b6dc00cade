package compress

import "github.com/klauspost/compress/flate"

// segmentKind says which encoder makes a part of a body small.
//
// The encoders of gzip's levels 1 to 6 skip ahead faster and faster while they find
// no repetition, and store a block without repetitions uncompressed. Random bytes
// written in base64 or hexadecimal have no repetitions, but use 8 bits for 6 or 4
// bits of information. In JSON with many such strings, the skipping also misses the
// repetitions between them. zstd has an option for that.
type segmentKind uint8

const (
	usual     segmentKind = iota // the encoder of the level
	onlyCodes                    // Huffman coding only: digits without repetitions
	thorough                     // one that looks everywhere: digits with something between them
	probing                      // not a kind: the pool of the encoder that looks for repetitions
)

const (
	// The length of a sample, and the distance between samples.
	sampleBytes = 64
	sampleEvery = 512

	// lookBytes is how much of the body, after the first write, is examined to
	// decide.
	lookBytes = 16 << 10

	// windowBytes is how far back repetitions are found.
	windowBytes = 32 << 10

	// maxOthers is how many other bytes a segment of digits may contain, for the
	// syntax of JSON.
	maxOthers = 64
)

// samples count the bytes of a body, and how many of them lie around samples that
// consist of digits.
type samples struct{ bytes, digits int }

// take samples one write. A write too short for a sample counts as words.
func (s *samples) take(p []byte) {
	s.bytes += len(p)
	for len(p) >= sampleBytes {
		part := p[:min(len(p), sampleEvery)]
		p = p[len(part):]
		if at := (len(part) - sampleBytes) / 2; at >= 0 && areDigits(part[at:at+sampleBytes]) {
			s.digits += len(part)
		}
	}
}

// kind returns how to encode a segment, the last of those that were sampled.
func (s *samples) kind(segment []byte) segmentKind {
	switch {
	case 2*s.digits <= s.bytes:
		return usual
	case s.bytes-s.digits < sampleBytes && len(segment) >= windowBytes && areAll(segment) && !hasRepetitions(segment):
		return onlyCodes
	}
	return thorough
}

// isDigit holds the digits of base64 in both alphabets, which include the
// hexadecimal ones, their JSON escapes, and line ends.
var isDigit = func() (digits [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=\\\r\n") {
		digits[c] = true
	}
	return digits
}()

// areDigits reports whether p consists of digits only. In words a blank or a quote
// comes earlier.
func areDigits(p []byte) bool {
	for i := len(p) - 1; i >= 0; i-- {
		if !isDigit[p[i]] {
			return false
		}
	}
	return true
}

// areAll is areDigits for a segment, in which a few other bytes are allowed.
func areAll(segment []byte) bool {
	others := 0
	for _, c := range segment {
		if !isDigit[c] {
			if others++; others > maxOthers {
				return false
			}
		}
	}
	return true
}

// hasRepetitions reports whether the fastest encoder makes the segment smaller by a
// sixteenth or more.
func hasRepetitions(segment []byte) bool {
	z := otherEncoders[probing].Get().(*flate.Writer)
	defer otherEncoders[probing].Put(z)
	var size counter
	z.Reset(&size)
	_, _ = z.Write(segment) // a counter never fails
	_ = z.Flush()
	z.Reset(nil)
	return int(size) <= len(segment)-len(segment)/16
}

// counter counts the bytes written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
