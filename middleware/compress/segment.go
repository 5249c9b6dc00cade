package compress

import "github.com/klauspost/compress/flate"

// segmentKind says which encoder makes a part of a body small.
//
// The encoders of gzip's levels 1 to 6 skip ahead faster and faster where they
// find no repetition, and store a block in which they found none as it is. Base64
// and hexadecimal digits of random bytes have none, but take 8 bits for what is
// worth 6 or 4. In JSON with many of them that also hides the repetitions
// between them. zstd has an option for that.
type segmentKind uint8

const (
	usual     segmentKind = iota // the encoder of the level
	onlyCodes                    // Huffman codes alone: digits without a repetition
	thorough                     // one that looks everywhere: digits, and something between them
	probing                      // no kind: the pool of what looks for repetitions
)

const (
	// A sample is taken of so many bytes, at each such distance.
	sampleBytes = 64
	sampleEvery = 512

	// lookBytes is how much of a body decides, after the first write.
	lookBytes = 16 << 10

	// windowBytes is how far back repetitions are found.
	windowBytes = 32 << 10

	// maxOthers is how many other bytes may be around digits in a segment, for
	// JSON's own.
	maxOthers = 64
)

// samples are what was seen of a body: how many bytes, and around how many of
// them the samples are digits.
type samples struct{ bytes, digits int }

// take takes samples of one write. What is too short for one is taken for words.
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

// kind tells how to encode a segment, the last of what the samples are from.
func (s *samples) kind(segment []byte) segmentKind {
	switch {
	case 2*s.digits <= s.bytes:
		return usual
	case s.bytes-s.digits < sampleBytes && len(segment) >= windowBytes && areAll(segment) && !hasRepetitions(segment):
		return onlyCodes
	}
	return thorough
}

// isDigit has the digits of base64 in both alphabets, those of hexadecimal among
// them, and how JSON may escape them and lines of them may end.
var isDigit = func() (digits [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=\\\r\n") {
		digits[c] = true
	}
	return digits
}()

// areDigits tells whether p has nothing else. Words have a blank or a quote
// sooner than that.
func areDigits(p []byte) bool {
	for i := len(p) - 1; i >= 0; i-- {
		if !isDigit[p[i]] {
			return false
		}
	}
	return true
}

// areAll is areDigits for a segment, in which a few others may be.
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

// hasRepetitions tells whether the fastest encoder makes the segment smaller by a
// sixteenth or more.
func hasRepetitions(segment []byte) bool {
	z := otherEncoders[probing].Get().(*flate.Writer)
	defer otherEncoders[probing].Put(z)
	var size counter
	z.Reset(&size)
	_, _ = z.Write(segment) // a counter takes everything
	_ = z.Flush()
	z.Reset(nil)
	return int(size) <= len(segment)-len(segment)/16
}

// counter counts what is written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
