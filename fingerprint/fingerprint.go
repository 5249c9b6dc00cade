package fingerprint

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/proxyaddr"
	"github.com/sidekick-http/sidekick/internal/respw"
)

// An Identifier tells clients apart by a cookie. It is made by [New], immutable and
// safe for concurrent use.
type Identifier struct {
	cookie      http.Cookie // without value and date
	header      string      // the request field that may hold the id; "" if disabled
	signer      *signer     // nil if ids are not signed
	renewBefore time.Duration
	life        time.Duration
	static      bool
	omitCookie  bool
	resolver    *proxyaddr.Resolver // nil if no proxy is trusted
}

// New returns an Identifier. Its error joins a [*ConfigError] for every problem of
// the options, such as missing keys or one under 32 bytes.
func New(o Options) (*Identifier, error) {
	o = o.WithDefaults()
	err := o.readKeys()
	if err = errors.Join(err, o.check()); err != nil {
		return nil, err
	}
	f := &Identifier{
		cookie:      o.cookie(),
		renewBefore: o.RenewBefore,
		life:        o.life(),
		static:      o.StaticElements,
		omitCookie:  o.OmitCookie,
	}
	if o.AcceptHeader {
		f.header = http.CanonicalHeaderKey("X-" + o.CookieName)
	}
	if len(o.TrustedProxies) > 0 {
		f.resolver = proxyaddr.New(o.TrustedProxies)
	}
	if !o.DangerouslyUnsigned {
		keys := o.Keys
		if o.RandomKeys {
			key := make([]byte, minKeyBytes)
			_, _ = rand.Read(key) // never fails
			keys = [][]byte{key}
		}
		f.signer = newSigner(f.cookie.Name, keys, f.life)
	}
	return f, nil
}

// Handler makes the client's id available to next through [FromContext], and sends
// the cookie if it is due. A request whose id is already known passes unchanged.
//
// The cookie is added when the response header is sent, after those of next, and
// only if next has not set one of the same name.
func (f *Identifier) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, rec := facts.Ensure(r)
		if rec.Fingerprint() != "" {
			next.ServeHTTP(w, r)
			return
		}
		client := f.look(r)
		if client.fresh {
			rec.SetFreshFingerprint(client.id)
		} else {
			rec.SetFingerprint(client.id)
		}
		if f.omitCookie || !client.due || r.Method == http.MethodOptions {
			next.ServeHTTP(w, r)
			return
		}
		tw, r, tap := respw.Of(w, r)
		tap.BeforeHeader(func(status int) {
			// A handler that has identified the client through NewContext needs no
			// cookie.
			if rec.Fingerprint() == client.id {
				f.offer(tw.Header(), r, status, client.id)
			}
		})
		next.ServeHTTP(tw, r)
		if tw != w {
			tap.Finish()
		}
	})
}

// Of returns the id in a request's cookie or header. If neither holds a valid one,
// fresh is true and the id is a new one, different with every call unless
// [Options.StaticElements] derives it from the request. Of sends nothing and looks
// only at the request: inside [Identifier.Handler] use [FromContext].
func (f *Identifier) Of(r *http.Request) (id string, fresh bool) {
	client := f.look(r)
	return client.id, client.fresh
}

// Renew gives the client a new random id and returns it. It sets the cookie at
// once, in place of any other, and if the request has passed [Identifier.Handler]
// or another piece, [FromContext] returns the new id from now on. Call it when a
// client gains or loses rights, before the response begins. Shared caches cannot
// store the response.
//
// A signed value cannot be revoked: the old id stays valid until it expires. Move
// what the program stores under the old id to the new one, and delete the old
// entry.
func (f *Identifier) Renew(w http.ResponseWriter, r *http.Request) string {
	id := randomID()
	if rec := facts.From(r.Context()); rec.IsOfRequest() {
		rec.SetFingerprint(id)
	}
	if f.omitCookie {
		return id
	}
	h := w.Header()
	if kept := withoutCookie(h, f.cookie.Name); len(kept) > 0 {
		h[setCookie] = kept
	} else {
		h.Del(setCookie)
	}
	f.send(h, r, id)
	if mayBeShared(h) {
		h.Set(cacheControl, "private")
	}
	keepPrivate(h)
	return id
}

// client is what a request reveals about its sender.
type client struct {
	id    string
	fresh bool // the id did not come from the client
	due   bool // a cookie should be sent
}

// look finds the client's id, or makes a new one.
func (f *Identifier) look(r *http.Request) client {
	if lines := r.Header["Cookie"]; len(lines) > 0 && !tooManyCookies(lines) {
		tries := 0
		for _, line := range lines {
			for value, rest, found := nextCookie(line, f.cookie.Name); found && tries < maxTries; value, rest, found = nextCookie(rest, f.cookie.Name) {
				if c, ok := f.read(value); ok {
					return c
				}
				tries++
			}
		}
	}
	if f.header != "" {
		if c, ok := f.read(r.Header.Get(f.header)); ok {
			return c
		}
	}
	if f.static {
		addr, _ := f.origin(r)
		return client{id: staticID(addr.Addr(), r.Header), fresh: true, due: true}
	}
	return client{id: randomID(), fresh: true, due: true}
}

// read reads the value of a cookie or header.
func (f *Identifier) read(value string) (c client, ok bool) {
	if f.signer == nil {
		return client{id: value}, isID(value)
	}
	now := time.Now()
	id, signed, current, ok := f.signer.verify(value, now)
	if !ok {
		return client{}, false
	}
	left := f.life - now.Sub(signed)
	return client{id: id, due: !current || f.renewBefore > 0 && left < f.renewBefore}, true
}

// offer adds the cookie to a header that is about to be sent with status, unless
// the response is a redirect or a 304, sets the cookie already, or may be stored by
// shared caches.
func (f *Identifier) offer(h http.Header, r *http.Request, status int, id string) {
	if status >= 300 && status <= 399 || carries(h, f.cookie.Name) || mayBeShared(h) {
		return
	}
	if f.send(h, r, id) {
		keepPrivate(h)
	}
}

// keepPrivate keeps shared caches from storing a response with a cookie, whatever
// else its Cache-Control says.
func keepPrivate(h http.Header) {
	said := strings.Join(h[cacheControl], ", ")
	for directive := range strings.SplitSeq(said, ",") {
		switch strings.ToLower(strings.TrimSpace(directive)) {
		case "private", "no-store":
			return
		}
	}
	if said != "" {
		said += ", "
	}
	h.Set(cacheControl, said+"private")
}

// send adds the cookie to a header. It cannot fail for ids made by this package,
// and a failure must not fail the request.
func (f *Identifier) send(h http.Header, r *http.Request, id string) bool {
	c := f.cookie
	c.Value = id
	if f.signer != nil {
		value, err := f.signer.sign(id)
		if err != nil {
			return false
		}
		c.Value = value
	}
	if !c.Secure {
		_, c.Secure = f.origin(r)
	}
	if c.MaxAge > 0 {
		c.Expires = time.Now().Add(f.life)
	}
	h.Add(setCookie, c.String())
	return true
}

// origin returns the client's address and whether its connection is secure: what an
// earlier piece has determined, otherwise what follows from the trusted proxies of
// this piece.
func (f *Identifier) origin(r *http.Request) (addr netip.AddrPort, secure bool) {
	if f.resolver != nil {
		rec := facts.From(r.Context())
		if rec == nil {
			return f.resolver.Resolve(r)
		}
		if _, _, decided := rec.Client(); !decided {
			return f.resolver.Resolve(r)
		}
	}
	return facts.ClientOf(r), facts.SecureOf(r)
}
