// Package facts carries what the pieces know of one request: its start, ids,
// client address, fingerprint, params and matched action. The first piece that
// runs puts one [Record] into the context; every other piece finds it there,
// so that however many pieces are stacked a request pays for one context value
// and one copy of the request.
//
// A missing fact is normal: readers fall back to what the request itself says.
package facts

import (
	"context"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Record holds the facts of one request. Each is set by the piece that owns it
// and read by any. It is safe for concurrent use, because a handler that timed
// out may still be running in another goroutine.
type Record struct {
	start  time.Time
	origin *http.Request // the request that Ensure copied

	mu          sync.Mutex
	messageID   string
	client      netip.AddrPort
	secure      bool
	hasClient   bool
	hasPeer     bool // client is the connection's own other end
	fingerprint string
	received    Params
	action      Action
	withhold    Withhold
	tapped      http.ResponseWriter
	tap         any
	connection  any
}

// Action says which action a request reached.
type Action struct {
	Name    string // "" when none was found
	Version string
	Route   string // the route's pattern; "" when it was reached by name or param
}

// Withhold lists the treatments of the body that the matched action refuses.
// They are read when the response header is about to be sent.
type Withhold struct {
	JSONP    bool // must not be readable by a script tag of another site
	Compress bool // must not be compressed (a secret beside reflected input)
}

// Carrier is room for a record and the context that carries it: a piece that
// allocates for each request anyway can have it in the same allocation. The
// zero value is ready for [Carrier.Begin], once.
type Carrier struct {
	context.Context
	rec Record
}

type key struct{}

// Value returns the record for the key of this package.
func (c *Carrier) Value(k any) any {
	if k == (key{}) {
		return &c.rec
	}
	return c.Context.Value(k)
}

// From returns the record of the request that ctx belongs to, or nil.
func From(ctx context.Context) *Record {
	rec, _ := ctx.Value(key{}).(*Record)
	return rec
}

// Ensure returns the request's record, and the request that carries it: r
// itself if a piece before has put one there, otherwise a shallow copy.
func Ensure(r *http.Request) (*http.Request, *Record) {
	if rec := From(r.Context()); rec != nil {
		return r, rec
	}
	c := &Carrier{}
	rec := c.Begin(r)
	return r.WithContext(c), rec
}

// Begin makes c the context of a request that has no record yet, and returns
// the record. Copying the request is left to the caller, who may not need it.
func (c *Carrier) Begin(r *http.Request) *Record {
	c.Context = r.Context()
	c.rec.start, c.rec.origin = time.Now(), r
	return &c.rec
}

// NewContext returns a context with an empty record of its own, for work that
// runs outside a request or apart from it.
func NewContext(ctx context.Context) (context.Context, *Record) {
	c := &Carrier{Context: ctx}
	c.rec.start = time.Now()
	return c, &c.rec
}

// Start returns when the first piece saw the request.
func (f *Record) Start() time.Time { return f.start }

// MessageID returns the id of this request, "" when none was given.
func (f *Record) MessageID() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.messageID
}

// MessageIDOr returns the id of this request, made by the given function if
// there is none yet.
func (f *Record) MessageIDOr(make func() string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.messageID == "" {
		f.messageID = make()
	}
	return f.messageID
}

// SetClient sets the client's address and whether its connection is secure, as
// the trusted-proxy rule has decided them.
func (f *Record) SetClient(addr netip.AddrPort, secure bool) {
	f.mu.Lock()
	f.client, f.secure, f.hasClient = addr, secure, true
	f.mu.Unlock()
}

// Client returns what SetClient set; ok is false when no piece decided it.
func (f *Record) Client() (addr netip.AddrPort, secure, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.client, f.secure, f.hasClient
}

// Fingerprint returns the client's id, "" when there is none.
func (f *Record) Fingerprint() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fingerprint
}

// SetFingerprint sets the client's id.
func (f *Record) SetFingerprint(id string) {
	f.mu.Lock()
	f.fingerprint = id
	f.mu.Unlock()
}

// Received returns the params that may be shown in the envelope and in logs:
// allow-listed, with secrets masked. They are shared and must not be changed.
func (f *Record) Received() Params {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.received
}

// SetReceived sets what Received returns; the list belongs to the record then.
func (f *Record) SetReceived(params Params) {
	f.mu.Lock()
	f.received = params
	f.mu.Unlock()
}

// Action returns the action that the request reached.
func (f *Record) Action() Action {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.action
}

// SetAction sets the action that the request reached.
func (f *Record) SetAction(a Action) {
	f.mu.Lock()
	f.action = a
	f.mu.Unlock()
}

// SetPattern names the matched route on r and on the request that the first
// piece was given, where the metrics and traces around all pieces look for it.
func (f *Record) SetPattern(r *http.Request, pattern string) {
	f.mu.Lock()
	r.Pattern = pattern
	if f.origin != nil && f.origin != r {
		f.origin.Pattern = pattern
	}
	f.mu.Unlock()
}

// Withhold returns which treatments of the body are refused.
func (f *Record) Withhold() Withhold {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.withhold
}

// SetWithhold sets which treatments of the body are refused.
func (f *Record) SetWithhold(w Withhold) {
	f.mu.Lock()
	f.withhold = w
	f.mu.Unlock()
}

// Tap returns the writer that a piece has put around the response and what it
// observes it with; nil when none has.
func (f *Record) Tap() (http.ResponseWriter, any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tapped, f.tap
}

// SetTap notes the writer that observes the response.
func (f *Record) SetTap(w http.ResponseWriter, tap any) {
	f.mu.Lock()
	f.tapped, f.tap = w, tap
	f.mu.Unlock()
}

// Connection returns what the dispatcher has set for the action that runs.
func (f *Record) Connection() any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.connection
}

// SetConnection notes the connection of the action that runs.
func (f *Record) SetConnection(c any) {
	f.mu.Lock()
	f.connection = c
	f.mu.Unlock()
}

// ClientOf returns the client's address: the one that the trusted-proxy rule
// decided, otherwise the peer of the connection. The result is not valid when
// the server has no address for its peer (a unix socket).
func ClientOf(r *http.Request) netip.AddrPort {
	if rec := From(r.Context()); rec != nil {
		return rec.ClientOr(r)
	}
	return PeerOf(r)
}

// ClientOr is [ClientOf] for the record's own request.
func (f *Record) ClientOr(r *http.Request) netip.AddrPort {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.hasClient && !f.hasPeer {
		f.client, f.hasPeer = PeerOf(r), true
	}
	return f.client
}

// PeerOf returns the address of the connection's other end, IPv4 in IPv6
// unmapped; not valid when r.RemoteAddr is no address.
func PeerOf(r *http.Request) netip.AddrPort {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// SecureOf tells whether the client's own connection is encrypted: as the
// trusted-proxy rule decided, otherwise whether this connection is.
func SecureOf(r *http.Request) bool {
	if rec := From(r.Context()); rec != nil {
		if _, secure, ok := rec.Client(); ok {
			return secure
		}
	}
	return r.TLS != nil
}
