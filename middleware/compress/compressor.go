package compress

import (
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/sidekick-http/sidekick/internal/accept"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// Compressor encodes response bodies with gzip or zstd, as the client's
// Accept-Encoding asks ([RFC 9110 section 12.5.3]). It is made by [New], immutable
// and safe for concurrent use.
//
// # What is encoded
//
// A body is encoded when all of this holds:
//
//   - the client accepts gzip or zstd and does not prefer identity;
//   - the status allows a whole body: not 1xx, 204, 205, 206, 304 or 416;
//   - the handler set no Content-Encoding, no Content-Range and no Cache-Control:
//     no-transform;
//   - its media type is one of [Options.Types]; if the handler set none, it is
//     detected from the plain bytes, as in net/http;
//   - it is not known to be shorter than [Options.MinBytes]. Until the length is
//     clear, at most MinBytes of the body are held back. A Flush sends them at
//     once;
//   - neither [Options.Skip] nor the matched action refuses it. An action can also
//     say no-transform, like any handler.
//
// Everything else passes unchanged and without delay, and files still go out
// through the kernel's fast path. A client that refuses identity and everything
// else ("identity;q=0, *;q=0") gets identity and not a 406: an unencoded response is
// more useful than none.
//
// # What changes in the response
//
// Accept-Encoding is added to the Vary of every response, once, because a cache
// must tell the variants of a URL apart. An encoded response gets Content-Encoding;
// it loses Accept-Ranges and the digests of the plain body (Content-MD5, Digest,
// Content-Digest, Repr-Digest). Its Content-Length is that of the encoded body if
// that is short enough to be known in time, and left out otherwise. A strong ETag
// becomes weak, because the encoded bytes differ ([RFC 9110 section 8.8.3]); an
// If-None-Match with that weak tag is answered with 304 even if the handler knows
// only the strong one. The response to HEAD has no Content-Encoding, and no
// Content-Length if the GET would be encoded.
//
// If a handler panics, or writes less than the Content-Length it announced, no
// decoder mistakes the stream for complete; in the latter case the connection is
// aborted, as net/http does with plain bodies.
//
// # Security
//
// Compressing a secret together with text chosen by an attacker reveals the secret
// to anyone who can make a browser send many requests and watch the sizes of the
// encrypted responses: [BREACH]. A typical case is a page with a CSRF token that
// also shows the search words of the request. In order of preference: do not
// compress such responses (Skip, Cache-Control: no-transform, or the action's
// switch); mask the secret differently in every response; keep other sites from
// sending cookies (SameSite). [Options.MaxPaddingBytes] blurs the sizes, which
// slows the attack but does not prevent it.
//
// [RFC 9110 section 12.5.3]: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
// [RFC 9110 section 8.8.3]: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
// [BREACH]: https://www.breachattack.com/
type Compressor struct {
	codings  []string // on offer, in the server's order of preference
	pools    []*encoderPool
	known    map[string]*encoderPool // the results for commonAccepts, computed once
	minBytes int
	types    typeSet
	skip     func(*http.Request) bool
	heads    sync.Pool // of *[]byte: the first bytes of bodies that are held back
}

// New returns a Compressor. Its error joins all problems of the options, each a
// [*ConfigError].
func New(o Options) (*Compressor, error) {
	o = o.WithDefaults()
	types, err := o.compile()
	if err != nil {
		return nil, err
	}
	c := &Compressor{
		codings:  slices.Clone(o.Codings),
		minBytes: max(o.MinBytes, 1), // an empty body has nothing to encode
		types:    types,
		skip:     o.Skip,
	}
	for _, coding := range c.codings {
		switch coding {
		case codingGzip:
			c.pools = append(c.pools, newGzipPool(o.GzipLevel, o.MaxPaddingBytes))
		case codingZstd:
			c.pools = append(c.pools, newZstdPool(o.ZstdLevel, o.MaxPaddingBytes))
		}
	}
	c.known = make(map[string]*encoderPool, len(commonAccepts))
	for _, header := range commonAccepts {
		c.known[header] = c.negotiate([]string{header})
	}
	c.heads.New = func() any {
		// Detecting a media type takes up to sniffBytes, even if the minimum is less.
		b := make([]byte, 0, max(c.minBytes, sniffBytes))
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
		// The record is only looked up. Making one copies the request, which for a body
		// that is not encoded costs more than everything else here. Without a record,
		// an action can still refuse with no-transform.
		var rec *facts.Record
		if pool != nil {
			if rec = facts.From(r.Context()); !rec.IsOfRequest() {
				rec = nil
			}
		}
		wrapped, b := c.around(w, r, rec, pool)
		finished := false
		defer func() {
			if !finished { // a panic or runtime.Goexit: the body is incomplete
				b.abandon()
			}
		}()
		next.ServeHTTP(wrapped, r)
		finished = true
		b.finish()
	})
}

// withStrongIfMatch returns a request whose If-Match has the tags as the handler
// knows them. A client that got an encoded body has its weak tag, which never matches
// in If-Match (RFC 9110 section 13.1.1), so without this it could not change what it
// has read. If the handler's own tag is weak, it matches neither way.
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

// choose returns the encoders of the coding that the client prefers, or nil for
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

// negotiate is choose for the values of the header.
func (c *Compressor) negotiate(values []string) *encoderPool {
	coding := accept.Encoding(values, c.codings...)
	for i := range c.codings {
		if c.codings[i] == coding {
			return c.pools[i]
		}
	}
	return nil
}

// commonAccepts is what browsers and common libraries send.
var commonAccepts = [...]string{
	"gzip, deflate, br, zstd", "gzip, deflate, br", "gzip, deflate", "gzip", "gzip,deflate", "identity",
	"br, gzip, deflate", "zstd, br, gzip, deflate", "gzip, br", "gzip, compress, deflate, br", "deflate, gzip, br, zstd",
	"deflate, gzip, br", "deflate, gzip",
}
