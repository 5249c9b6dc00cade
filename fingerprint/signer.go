package fingerprint

import (
	"encoding/base64"
	"encoding/hex"
	"time"

	"github.com/gorilla/securecookie"
)

const (
	// signedLen is the length of a signed value: base64 of the time, the id in
	// base64, and the MAC, for times from 1973 to 2286.
	signedLen = 96

	// timeLen is how much of a signed value is enough to read the time: base64 of
	// twelve bytes, ten digits and the sign after them.
	timeLen = 16

	// clockSkew is how far a signature may lie in the future, for servers that
	// share keys but not quite the time.
	clockSkew = time.Minute
)

// A signer turns ids into cookie values and back. The codecs take the bytes of
// an id as they are: gob, the default, costs more than all the rest.
type signer struct {
	name   string // of the cookie, which the signature covers
	codecs []*securecookie.SecureCookie
}

// newSigner returns a signer whose first key signs. life is how long its
// signatures hold.
func newSigner(name string, keys [][]byte, life time.Duration) *signer {
	s := &signer{name: name}
	for _, key := range keys {
		codec := securecookie.New(append([]byte(nil), key...), nil)
		codec.MaxAge(int(life / time.Second))
		codec.SetSerializer(securecookie.NopEncoder{})
		s.codecs = append(s.codecs, codec)
	}
	return s
}

// sign returns the value for an id, dated now.
func (s *signer) sign(id string) (string, error) {
	b, err := hex.DecodeString(id)
	if err != nil {
		return "", err
	}
	return s.codecs[0].Encode(s.name, b)
}

// verify returns the id in a value that is good now, and when it was signed;
// current tells that the first key did.
func (s *signer) verify(value string, now time.Time) (id string, signed time.Time, current, ok bool) {
	if len(value) != signedLen { // nothing that is too long is ever hashed
		return "", time.Time{}, false, false
	}
	for i, codec := range s.codecs {
		var b []byte
		if codec.Decode(s.name, value, &b) != nil || len(b) != idBytes {
			continue
		}
		signed = signedAt(value)
		if signed.Sub(now) > clockSkew {
			return "", time.Time{}, false, false
		}
		return formatID(b), signed, i == 0, true
	}
	return "", time.Time{}, false, false
}

// signedAt reads the time out of a value that has been verified; securecookie
// checks it, but does not tell it.
func signedAt(value string) time.Time {
	var b [timeLen / 4 * 3]byte
	n, _ := base64.URLEncoding.Decode(b[:], []byte(value[:timeLen]))
	var seconds int64
	for _, c := range b[:n] {
		if c < '0' || '9' < c {
			break
		}
		seconds = seconds*10 + int64(c-'0')
	}
	return time.Unix(seconds, 0)
}
