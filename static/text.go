package static

import (
	"bytes"
	"unicode/utf8"
)

// textCheck checks whether what is written to it in pieces is text in UTF-8.
type textCheck struct {
	cut []byte // an incomplete character at the end of the last piece
	bad bool
}

// Write checks the next piece. Zero and escape bytes count as invalid although
// UTF-8 has them: text does not contain them, while UTF-16 and ISO 2022 are full of
// them.
func (c *textCheck) Write(p []byte) (int, error) {
	c.add(p)
	return len(p), nil
}

func (c *textCheck) add(piece []byte) {
	if c.bad || bytes.IndexByte(piece, 0) >= 0 || bytes.IndexByte(piece, 0x1b) >= 0 {
		c.bad = true
		return
	}
	for len(c.cut) > 0 && len(piece) > 0 {
		c.cut = append(c.cut, piece[0])
		piece = piece[1:]
		if utf8.FullRune(c.cut) {
			c.bad = !utf8.Valid(c.cut)
			c.cut = c.cut[:0]
		}
	}
	end := len(piece)
	for i := 1; i < utf8.UTFMax && i <= len(piece); i++ {
		if b := piece[len(piece)-i]; utf8.RuneStart(b) {
			if !utf8.FullRune(piece[len(piece)-i:]) {
				end -= i
			}
			break
		}
	}
	c.cut = append(c.cut, piece[end:]...)
	c.bad = c.bad || !utf8.Valid(piece[:end])
}

// ok reports whether everything written is valid.
func (c *textCheck) ok() bool { return !c.bad && len(c.cut) == 0 }
