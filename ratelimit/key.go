package ratelimit

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/netip"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// Keys begin with what they are made of, so that no header can be set to
// somebody's address.
const (
	keyAddress     = "ip:"
	keyFingerprint = "fp:"
	keyHeader      = "hd:"
	keyFunction    = "fn:"
	keyLong        = "long:"
)

const (
	// mostKey bounds what a store is given. It is far above what addresses and
	// hashes take.
	mostKey = 128
	// hashed is the length of a hash in a key: 132 bits.
	hashed = 22
)

// Key returns what stands for the client of a request in the [Store]:
//
//   - "ip:192.0.2.1", "ip:2001:db8::/64" for an address, "ip:" alone where there
//     is none, as on a unix socket: all those are one client;
//   - "fp:" or "hd:" and 22 characters of a hash, for a fingerprint and the value
//     of a header field;
//   - "fn:" and what [Options.Key] has returned.
//
// One that would have more than 128 bytes is "long:" and 22 characters of a hash.
// With it [Limiter.Allow] counts for the client of the request.
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
	prefix, _ := addr.Prefix(l.opts.IPv6PrefixBits) // the bits are checked
	return prefix.AppendTo(b)
}

// address returns where a request comes from: as a piece before has decided,
// otherwise by this one's own trusted proxies.
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

// appendPart appends a key, or a hash of it where it is too long.
func appendPart(b []byte, kind, key string) []byte {
	if len(kind)+len(key) > mostKey {
		return appendHash(append(b, keyLong...), kind+key)
	}
	return append(append(b, kind...), key...)
}

// appendHash appends a hash that can neither be turned back nor be met by
// another value.
func appendHash(b []byte, s string) []byte {
	var room [256]byte // keeps most values from being copied to the heap
	sum := sha256.Sum256(append(room[:0], s...))
	var text [44]byte
	base64.RawURLEncoding.Encode(text[:], sum[:])
	return append(b, text[:hashed]...)
}
