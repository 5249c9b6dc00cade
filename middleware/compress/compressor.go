package compress

import (
	"maps"
	"net/http"
	"sync"

	"github.com/sidekick-http/sidekick/internal/accept"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// Compressor encodes response bodies with gzip or zstd, as the client's
// Accept-Encoding asks ([RFC 9110 section 12.5.3]). Make one with
// [New]; it is immutable then and safe for concurrent use.
//
// # What is encoded
//
// A body is encoded when all of this holds:
//
//   - the client accepts gzip or zstd and does not like identity better;
//   - the status allows a whole body: not 1xx, 204, 205, 206, 304 or 416;
//   - the handler set no Content-Encoding, no Content-Range and no
//     Cache-Control: no-transform;
//   - its media type is one of [Options.Types]; where the handler set
//     none, it is detected from the plain bytes, as net/http would do;
//   - it is not known to be shorter than [Options.MinBytes]. As long
//     as that is open, at most MinBytes of the body are held back. A Flush ends
//     the wait: what is flushed is on its way at once;
//   - [Options.Skip] does not refuse it, nor does the matched action,
//     which can say no-transform as every handler can.
//
// Everything else passes as it is, without being held back, and keeps the fast
// path that sends files from the kernel. A client that refuses identity and
// everything else ("identity;q=0, *;q=0") gets identity and not a 406: a plain
// answer serves it better than none.
//
// # What changes in the response
//
// Every response says Vary: Accept-Encoding, once, beside what the handler put
// there, because a cache must tell the variants of a URL apart. An encoded one
// gets Content-Encoding; it loses Accept-Ranges and the digests of the plain
// body (Content-MD5, Digest, Content-Digest, Repr-Digest). Its Content-Length
// is that of the encoded body where that is short enough to be known in time,
// and left out otherwise. A strong ETag becomes weak, because the encoded bytes
// are others ([RFC 9110 section 8.8.3]); an If-None-Match with that weak tag is
// answered with 304 even by a handler that knows only the strong one. The answer
// to HEAD has no Content-Encoding, and no Content-Length where the GET would be
// encoded.
//
// A handler that panics, or writes less than the Content-Length it announced,
// leaves a stream that no decoder takes for complete; in the latter case the
// connection is aborted, as net/http does with plain bodies.
//
// # Security
//
// Compressing a secret beside text that an attacker chooses reveals the secret
// to whoever can watch the size of many encrypted answers, and can make a
// browser ask for them: [BREACH]. A page that shows a CSRF token and also the
// search words it was asked with is the usual case. In order of preference:
// do not compress such answers (Skip, Cache-Control: no-transform, or the
// switch of the action); mask the secret anew in every answer; keep foreign
// sites from sending cookies (SameSite). [Options.MaxPaddingBytes]
// blurs the sizes, which makes the attack slower and does not end it.
//
// [RFC 9110 section 12.5.3]: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
// [RFC 9110 section 8.8.3]: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
// [BREACH]: https://www.breachattack.com/
type Compressor struct {
	codings  []string // offered, in the order of our preference
	pools    []*encoderPool
	known    map[string]*encoderPool // what commonAccepts lead to, worked out once
	minBytes int
	types    typeSet
	skip     func(*http.Request) bool
	heads    sync.Pool // of *[]byte: first bytes of bodies that are held back
}

// New returns a Compressor with the given options, or every problem
// with them in one error, each a [*ConfigError].
func New(o Options) (*Compressor, error) {
	s, err := o.settle()
	if err != nil {
		return nil, err
	}
	c := &Compressor{codings: s.codings, minBytes: s.minBytes, types: s.types, skip: o.Skip}
	for _, coding := range s.codings {
		switch coding {
		case codingGzip:
			c.pools = append(c.pools, newGzipPool(s.gzipLevel, o.MaxPaddingBytes))
		case codingZstd:
			c.pools = append(c.pools, newZstdPool(s.zstdLevel, o.MaxPaddingBytes))
		}
	}
	c.known = make(map[string]*encoderPool, len(commonAccepts))
	for _, header := range commonAccepts {
		c.known[header] = c.negotiate([]string{header})
	}
	c.heads.New = func() any {
		// Detecting a media type takes up to sniffBytes, even if the minimum is less.
		b := make([]byte, 0, max(s.minBytes, sniffBytes))
		return &b
	}
	return c, nil
}

// Handler returns a handler that runs next and encodes its responses.
func (c *Compressor) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.skip != nil && c.skip(r) {
			next.ServeHTTP(w, r)
			return
		}
		pool := c.choose(r)
		if pool != nil {
			r = withStrongIfMatch(r)
		}
		// The record is looked up and not made: making one copies the request,
		// which costs more than all else here for a body that is not encoded.
		// Without one, an action that refuses can still say no-transform.
		var rec *facts.Record
		if pool != nil {
			if rec = facts.From(r.Context()); !rec.IsOfRequest() {
				rec = nil
			}
		}
		wrapped, b := c.around(w, r, rec, pool)
		finished := false
		defer func() {
			if !finished { // a panic, or the goroutine's end: the body is not whole
				b.abandon()
			}
		}()
		next.ServeHTTP(wrapped, r)
		finished = true
		b.finish()
	})
}

// withStrongIfMatch returns a request whose If-Match has the tags as the handler
// knows them. A client that was sent an encoded body has its weak tag, which can
// match nothing there (RFC 9110 section 13.1.1): without this, nobody could
// change what he has read. A weak tag of the handler's own matches neither way.
func withStrongIfMatch(r *http.Request) *http.Request {
	values := r.Header[fieldIfMatch]
	if len(values) == 0 || !httpfield.HasWeakTag(values) {
		return r
	}
	strong := make([]string, len(values))
	for i, list := range values {
		strong[i] = httpfield.Strengthen(list)
	}
	changed := r.WithContext(r.Context())
	changed.Header = maps.Clone(r.Header)
	changed.Header[fieldIfMatch] = strong
	return changed
}

// choose returns the encoders of the coding that the client likes best, nil for
// identity.
func (c *Compressor) choose(r *http.Request) *encoderPool {
	values := r.Header[fieldAcceptEncoding]
	if len(values) == 0 {
		return nil
	}
	if len(values) == 1 {
		if pool, ok := c.known[values[0]]; ok {
			return pool
		}
	}
	return c.negotiate(values)
}

// negotiate is choose by the header's values.
func (c *Compressor) negotiate(values []string) *encoderPool {
	coding := accept.Encoding(values, c.codings...)
	for i := range c.codings {
		if c.codings[i] == coding {
			return c.pools[i]
		}
	}
	return nil
}

// commonAccepts is what browsers and the usual libraries send.
var commonAccepts = [...]string{
	"gzip, deflate, br, zstd", "gzip, deflate, br", "gzip, deflate", "gzip", "gzip,deflate", "identity",
	"br, gzip, deflate", "zstd, br, gzip, deflate", "gzip, br", "gzip, compress, deflate, br", "deflate, gzip, br, zstd",
	"deflate, gzip, br", "deflate, gzip",
}
