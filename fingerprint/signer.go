package fingerprint

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/securecookie"
)

const (
	// signedLen is the length of a signed value, for times from 2001 to 2286: the
	// base64 of the time, the base64 of the id, and the MAC.
	signedLen = 96

	// clockSkew is how far in the future a signature may be dated, for servers that
	// share keys but whose clocks differ a little.
	clockSkew = time.Minute
)

// A signer turns ids into cookie values and back. The values are those of
// securecookie for the plain bytes of an id, without a serializer.
//
// securecookie makes them, which is rare. They are checked here, because every
// request has one: securecookie sets up its MAC anew for each check and works on
// copies, which costs more than all other pieces together.
type signer struct {
	name     string // of the cookie; the signature covers it
	codec    *securecookie.SecureCookie
	life     time.Duration
	checkers sync.Pool // of *checker
}

// checker holds what a check of a value needs.
type checker struct {
	macs []hash.Hash // one for each key
	text []byte      // the cookie's name, a bar, and room for a decoded value
	sum  [sha256.Size]byte
}

// newSigner returns a signer whose first key signs. life is how long its signatures
// are valid.
func newSigner(name string, keys [][]byte, life time.Duration) *signer {
	own := make([][]byte, len(keys))
	for i, key := range keys {
		own[i] = bytes.Clone(key)
	}
	s := &signer{name: name, life: life}
	s.codec = securecookie.New(own[0], nil).SetSerializer(securecookie.NopEncoder{})
	s.checkers.New = func() any {
		c := &checker{text: append([]byte(name+"|"), make([]byte, signedLen/4*3)...)}
		for _, key := range own {
			c.macs = append(c.macs, hmac.New(sha256.New, key))
		}
		return c
	}
	return s
}

// sign returns the value for an id, dated now.
func (s *signer) sign(id string) (string, error) {
	b, err := hex.DecodeString(id)
	if err != nil {
		return "", err
	}
	return s.codec.Encode(s.name, b)
}

// verify returns the id in a value that is valid at now, and when it was signed.
// current reports whether the first key signed it.
//
// A value is base64 of "date|id|MAC", with the id in base64 and the MAC that of
// "name|date|id".
func (s *signer) verify(value string, now time.Time) (id string, signed time.Time, current, ok bool) {
	if len(value) != signedLen { // values that are too long are never hashed
		return "", time.Time{}, false, false
	}
	c := s.checkers.Get().(*checker)
	defer s.checkers.Put(c)
	var coded [signedLen]byte
	copy(coded[:], value)
	before := len(s.name) + 1
	n, err := base64.URLEncoding.Decode(c.text[before:], coded[:])
	if err != nil {
		return "", time.Time{}, false, false
	}
	date, rest, ok := bytes.Cut(c.text[before:before+n], []byte{'|'})
	codedID, mac, ok2 := bytes.Cut(rest, []byte{'|'})
	if !ok || !ok2 {
		return "", time.Time{}, false, false
	}
	key := c.signedBy(c.text[:before+len(date)+1+len(codedID)], mac)
	if key < 0 {
		return "", time.Time{}, false, false
	}
	seconds, err := strconv.ParseInt(string(date), 10, 64)
	signed = time.Unix(seconds, 0)
	if err != nil || seconds < now.Unix()-int64(s.life/time.Second) || signed.Sub(now) > clockSkew {
		return "", time.Time{}, false, false
	}
	var b [signedLen]byte
	if n, err = base64.URLEncoding.Decode(b[:], codedID); err != nil || n != idBytes {
		return "", time.Time{}, false, false
	}
	return formatID(b[:n]), signed, key == 0, true
}

// signedBy returns the index of the key that made the MAC of text, or -1.
func (c *checker) signedBy(text, mac []byte) int {
	for i, h := range c.macs {
		h.Reset()
		_, _ = h.Write(text) // it never fails
		if hmac.Equal(h.Sum(c.sum[:0]), mac) {
			return i
		}
	}
	return -1
}
