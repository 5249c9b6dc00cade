package ratelimit

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/netip"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// Keys begin with their kind, so that no header value can equal somebody's address.
const (
	keyAddress     = "ip:"
	keyFingerprint = "fp:"
	keyHeader      = "hd:"
	keyFunction    = "fn:"
	keyLong        = "long:"
)

const (
	// mostKey limits the length of keys given to a store. It is far more than
	// addresses and hashes need.
	mostKey = 128
	// hashed is the length of a hash in a key: 132 bits.
	hashed = 22
)

// Key returns the key of a request's client in the [Store]:
//
//   - "ip:192.0.2.1" or "ip:2001:db8::/64" for an address, and "ip:" if there is
//     none, as on a unix socket: all of those are one client;
//   - "fp:" or "hd:" and 22 characters of a hash, for a fingerprint or the value of
//     a header field;
//   - "fn:" and what [Options.Key] returned.
//
// A key that would have more than 128 bytes becomes "long:" and 22 characters of a
// hash. Pass it to [Limiter.Allow] to count for the client of the request.
func (l *Limiter) Key(r *http.Request) string {
	var room [mostKey]byte
	return string(l.appendKey(room[:0], r))
}

func (l *Limiter) appendKey(b []byte, r *http.Request) []byte {
	switch {
	case l.opts.Key != nil:
		if key := l.opts.Key(r); key != "" {
			return appendPart(b, keyFunction, key)
		}
	case l.opts.KeyHeader != "":
		if values := r.Header[l.opts.KeyHeader]; len(values) > 0 && values[0] != "" {
			return appendHash(append(b, keyHeader...), values[0])
		}
	case l.opts.KeyFingerprint:
		if rec := facts.From(r.Context()); rec != nil {
			if id := rec.OwnFingerprint(); id != "" {
				return appendHash(append(b, keyFingerprint...), id)
			}
		}
	}
	return l.appendAddress(b, r)
}

func (l *Limiter) appendAddress(b []byte, r *http.Request) []byte {
	b = append(b, keyAddress...)
	addr := l.address(r).WithZone("")
	switch {
	case !addr.IsValid():
		return b
	case addr.Is4() || l.opts.IPv6PrefixBits == addr.BitLen():
		return addr.AppendTo(b)
	}
	prefix, _ := addr.Prefix(l.opts.IPv6PrefixBits) // the number of bits was checked
	return prefix.AppendTo(b)
}

// address returns the client's address: the one that an earlier piece has
// determined, otherwise the one that follows from the trusted proxies of this
// piece.
func (l *Limiter) address(r *http.Request) netip.Addr {
	if l.resolver != nil {
		rec := facts.From(r.Context())
		decided := false
		if rec != nil {
			_, _, decided = rec.Client()
		}
		if !decided {
			addr, _ := l.resolver.Resolve(r)
			return addr.Addr().Unmap()
		}
	}
	return facts.ClientOf(r).Addr().Unmap()
}

// appendPart appends a key, or a hash of it if it is too long.
func appendPart(b []byte, kind, key string) []byte {
	if len(kind)+len(key) > mostKey {
		return appendHash(append(b, keyLong...), kind+key)
	}
	return append(append(b, kind...), key...)
}

// appendHash appends a hash that can neither be reversed nor collide with that of
// another value.
func appendHash(b []byte, s string) []byte {
	var room [256]byte // keeps most values off the heap
	sum := sha256.Sum256(append(room[:0], s...))
	var text [44]byte
	base64.RawURLEncoding.Encode(text[:], sum[:])
	return append(b, text[:hashed]...)
}
