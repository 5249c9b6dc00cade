// Package facts carries what the pieces know about one request: its start, ids, client address,
// fingerprint, parameters and matched action. The first piece that runs puts one [Record] into
// the context; every other piece finds it there. So a request needs only one context value and
// one copy of the request, however many pieces are stacked.
//
// A fact may be missing: readers then use the request itself.
package facts

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/sidekick-http/sidekick/internal/ids"
)

// Record holds the facts of one request. Each is set by the piece that owns it; every piece may
// read it. It is safe for concurrent use, because a handler that timed out may still run in
// another goroutine.
type Record struct {
	start  time.Time
	origin *http.Request // the request that Ensure copied; nil if there is none

	mu          sync.Mutex
	hasID       bool
	secure      bool
	hasClient   bool
	hasPeer     bool // client is the peer of the connection
	fresh       bool // the fingerprint was made for this request
	limited     bool // remaining is known
	uncounted   bool
	withhold    Withhold
	id          ids.ID // the message id, unless messageID is set
	messageID   string
	client      netip.AddrPort
	fingerprint string
	remaining   int64
	limiter     *Limiter
	received    Params
	receiver    Receiver // makes received on demand
	wantsParams bool
	action      *Action // nil for none; its Route is ignored
	route       string
	pattern     string
	connection  any
	logAttrs    *[]slog.Attr // nil for most requests
	trouble     *trouble     // nil for most requests
	secret      *secret      // nil for most requests
}

// Action identifies the action that a request reached.
type Action struct {
	Name    string // "" if none was found
	Version string
	Route   string // the route's pattern; "" if the action was reached by name or parameter
	Level   slog.Level
}

// Withhold lists treatments of the body that the matched action forbids. It is read just before
// the response header is sent.
type Withhold struct {
	JSONP    bool // script tags of other sites must not be able to read it
	Compress bool // it must not be compressed (a secret beside reflected input)
}

// Carrier holds a record and the context that carries it: a piece that allocates for each request
// anyway can include it in that allocation. Call [Carrier.Begin] once on the zero value.
type Carrier struct {
	context.Context
	rec Record
}

type key struct{}

// Value returns the record for this package's key.
func (c *Carrier) Value(k any) any {
	if _, own := k.(key); own {
		return &c.rec
	}
	return c.Context.Value(k)
}

// From returns the record of the request that ctx belongs to, or that of [NewContext], or nil.
func From(ctx context.Context) *Record {
	if c, own := ctx.(*Carrier); own { // the usual case, which needs no search
		return &c.rec
	}
	rec, _ := ctx.Value(key{}).(*Record)
	return rec
}

// Ensure returns the request's record, and the request that carries it: r itself if an earlier
// piece has put a record there, otherwise a shallow copy.
func Ensure(r *http.Request) (*http.Request, *Record) {
	rec := From(r.Context())
	if rec.IsOfRequest() {
		return r, rec
	}
	c := &Carrier{}
	rec = c.Begin(r, rec)
	return r.WithContext(c), rec
}

// Begin makes c the context of a request that has no record yet, and returns the record. It
// copies the facts of known, the record of [NewContext], if there is one. The caller copies the
// request if it must.
func (c *Carrier) Begin(r *http.Request, known *Record) *Record {
	c.Context = r.Context()
	c.rec.start, c.rec.origin = time.Now(), r
	c.rec.know(known)
	return &c.rec
}

// know copies what is known about the client, if known is not nil.
func (f *Record) know(known *Record) {
	if known == nil {
		return
	}
	known.mu.Lock()
	defer known.mu.Unlock()
	f.client, f.secure, f.hasClient = known.client, known.secure, known.hasClient
	f.fingerprint, f.fresh, f.uncounted = known.fingerprint, known.fresh, known.uncounted
}

// IsOfRequest reports whether f exists and belongs to one request. Other records may be in the
// context of many requests, such as all of one connection, which must not see each other's facts.
func (f *Record) IsOfRequest() bool { return f != nil && f.origin != nil }

// NewContext returns a context with its own record, which begins with what is already known about
// the client. It is for facts found before there is a request, and for work outside of one.
func NewContext(ctx context.Context) (context.Context, *Record) {
	c := &Carrier{Context: ctx}
	c.rec.start = time.Now()
	c.rec.know(From(ctx))
	return c, &c.rec
}

// Origin returns the request that the first piece received; nil for a record without a request.
func (f *Record) Origin() *http.Request { return f.origin }

// Start returns when the first piece saw the request.
func (f *Record) Start() time.Time { return f.start }

// MessageID returns the id of this request, or "" if it has none.
func (f *Record) MessageID() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.messageText()
}

// SetMessageID sets the id of this request; it must not be "".
func (f *Record) SetMessageID(id string) {
	f.mu.Lock()
	f.messageID = id
	f.mu.Unlock()
}

// MessageIDOr returns the id of this request. If there is none yet, newID makes it; nil makes a
// random UUID.
func (f *Record) MessageIDOr(newID func() string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.identify(newID)
	return f.messageText()
}

// identify gives the request an id, unless it has one. A UUID is converted to a string only on
// demand; the envelope does not need it.
func (f *Record) identify(newID func() string) {
	switch {
	case f.hasID || f.messageID != "":
	case newID != nil:
		f.messageID = newID()
	default:
		f.id, f.hasID = ids.Random(), true
	}
}

func (f *Record) messageText() string {
	if f.hasID && f.messageID == "" {
		f.messageID = f.id.String()
	}
	return f.messageID
}

// Requester is what the envelope shows about the client.
type Requester struct {
	ID          ids.ID
	MessageID   string // replaces ID unless ""
	Fingerprint string
	Client      netip.Addr
	Remaining   int64 // remaining requests of rate limits; negative if none has run
	Received    Params
}

// Requester returns everything that the envelope shows about the record's own request. It makes a
// message id like [Record.MessageIDOr].
func (f *Record) Requester(r *http.Request, newID func() string) Requester {
	f.receive()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.identify(newID)
	f.findPeer(r)
	remaining := int64(-1)
	if f.limited {
		remaining = f.remaining
	}
	return Requester{f.id, f.messageID, f.fingerprint, f.client.Addr(), remaining, f.received}
}

// SetClient sets the client's address and whether its connection is secure, as decided by the
// trusted-proxy rule.
func (f *Record) SetClient(addr netip.AddrPort, secure bool) {
	f.mu.Lock()
	f.client, f.secure, f.hasClient = addr, secure, true
	f.mu.Unlock()
}

// Client returns what SetClient set; ok is false if it was not called.
func (f *Record) Client() (addr netip.AddrPort, secure, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.client, f.secure, f.hasClient
}

// SetUncounted marks a request that the client does not know about, so that it does not count
// towards the client's limits.
func (f *Record) SetUncounted() {
	f.mu.Lock()
	f.uncounted = true
	f.mu.Unlock()
}

// Uncounted reports whether SetUncounted was called.
func (f *Record) Uncounted() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.uncounted
}

// Fingerprint returns the client's id, or "".
func (f *Record) Fingerprint() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fingerprint
}

// SetFingerprint sets the client's id.
func (f *Record) SetFingerprint(id string) { f.setFingerprint(id, false) }

// SetFreshFingerprint sets an id made for this request: the client sent none, and may never send
// this one.
func (f *Record) SetFreshFingerprint(id string) { f.setFingerprint(id, true) }

func (f *Record) setFingerprint(id string, fresh bool) {
	f.mu.Lock()
	f.fingerprint, f.fresh = id, fresh
	f.mu.Unlock()
}

// OwnFingerprint returns the client's id if the client sent it, otherwise "".
func (f *Record) OwnFingerprint() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fresh {
		return ""
	}
	return f.fingerprint
}

// Limiter identifies a rate limiter.
type Limiter struct{ _ byte } // not empty, so that no two have the same address

// EnterLimiter notes that a rate limiter is about to count the request. It returns false if the
// same one was the last to do so, which means that it is mounted twice.
func (f *Record) EnterLimiter(l *Limiter) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.limiter == l {
		return false
	}
	f.limiter = l
	return true
}

// LimitRemaining notes how many requests a rate limiter still allows the client. Of several
// limiters the lowest number counts.
func (f *Record) LimitRemaining(n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.limited || n < f.remaining {
		f.limited, f.remaining = true, n
	}
}

// Received returns the parameters that the envelope and logs may show: allow-listed, with secrets
// masked. They are shared and must not be changed.
func (f *Record) Received() Params {
	f.receive()
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.received
}

// SetReceived sets what Received returns; the record takes over the list.
func (f *Record) SetReceived(params Params) {
	f.mu.Lock()
	f.received = params
	f.mu.Unlock()
}

// Receiver calls SetReceived on demand, for parameters that are expensive to prepare and may
// never be shown.
type Receiver interface{ ReceiveParams() }

// SetReceiver sets the Receiver for the first call of Received.
func (f *Record) SetReceiver(r Receiver) {
	f.mu.Lock()
	f.receiver = r
	f.mu.Unlock()
}

func (f *Record) receive() {
	f.mu.Lock()
	r := f.receiver
	f.receiver = nil
	f.mu.Unlock()
	if r != nil {
		r.ReceiveParams()
	}
}

// WantReceived announces that Received will be called for this request.
func (f *Record) WantReceived() {
	f.mu.Lock()
	f.wantsParams = true
	f.mu.Unlock()
}

// WantsReceived reports whether WantReceived was called.
func (f *Record) WantsReceived() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.wantsParams
}

// Action returns the action that the request reached.
func (f *Record) Action() Action {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.action == nil {
		return Action{Route: f.route}
	}
	return Action{Name: f.action.Name, Version: f.action.Version, Route: f.route, Level: f.action.Level}
}

// SetAction sets the action that the request reached.
func (f *Record) SetAction(a Action) { f.SetReached(&a, a.Route) }

// SetReached is [Record.SetAction] for an action that outlives the request and never changes. Its
// Route is ignored.
func (f *Record) SetReached(a *Action, route string) {
	f.mu.Lock()
	f.action, f.route = a, route
	f.mu.Unlock()
}

// SetPattern sets the matched route on r and on the request that the first piece received, where
// outer metrics and traces look for it. It does not change a request that has timed out, since
// they may already be reading it.
func (f *Record) SetPattern(r *http.Request, pattern string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pattern, r.Pattern = pattern, pattern
	if f.origin != nil && f.origin != r && r.Context().Err() == nil {
		f.origin.Pattern = pattern
	}
}

// Pattern returns what SetPattern has set.
func (f *Record) Pattern() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.pattern
}

// Withhold returns the forbidden treatments of the body.
func (f *Record) Withhold() Withhold {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.withhold
}

// SetWithhold sets the forbidden treatments of the body.
func (f *Record) SetWithhold(w Withhold) {
	f.mu.Lock()
	f.withhold = w
	f.mu.Unlock()
}

// Connection returns what SetConnection set.
func (f *Record) Connection() any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.connection
}

// SetConnection sets the dispatcher's connection for the running action.
func (f *Record) SetConnection(c any) {
	f.mu.Lock()
	f.connection = c
	f.mu.Unlock()
}

// ClientOf returns the client's address: the one decided by the trusted-proxy rule, otherwise the
// peer of the connection. It is not valid if the peer has no address (a Unix socket).
func ClientOf(r *http.Request) netip.AddrPort {
	rec := From(r.Context())
	if rec.IsOfRequest() {
		return rec.ClientOr(r)
	}
	if rec != nil {
		if client, _, ok := rec.Client(); ok {
			return client
		}
	}
	return PeerOf(r) // of this request only
}

// ClientOr is [ClientOf] for the record's own request.
func (f *Record) ClientOr(r *http.Request) netip.AddrPort {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.findPeer(r)
	return f.client
}

func (f *Record) findPeer(r *http.Request) {
	if !f.hasClient && !f.hasPeer {
		f.client, f.hasPeer = PeerOf(r), true
	}
}

// PeerOf returns the address of the connection's peer, with IPv4 in IPv6 unmapped; not valid if
// r.RemoteAddr is not an address.
func PeerOf(r *http.Request) netip.AddrPort {
	if peer, ok := peer4(r.RemoteAddr); ok {
		return peer
	}
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// peer4 is a fast path for the usual address: four numbers and a port, in the form that net
// writes. It leaves everything else to netip.
func peer4(s string) (_ netip.AddrPort, ok bool) {
	var numbers [5]uint32
	at, digits := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			if digits == 5 || digits > 0 && numbers[at] == 0 {
				return netip.AddrPort{}, false
			}
			numbers[at] = numbers[at]*10 + uint32(c-'0')
			digits++
		case digits > 0 && numbers[at] <= 255 && (c == '.' && at < 3 || c == ':' && at == 3):
			at, digits = at+1, 0
		default:
			return netip.AddrPort{}, false
		}
	}
	if at != 4 || digits == 0 || numbers[4] > 65535 {
		return netip.AddrPort{}, false
	}
	addr := netip.AddrFrom4([4]byte{byte(numbers[0]), byte(numbers[1]), byte(numbers[2]), byte(numbers[3])})
	return netip.AddrPortFrom(addr, uint16(numbers[4])), true
}

// SecureOf reports whether the client's connection is encrypted, as decided by the trusted-proxy
// rule, otherwise whether this connection is.
func SecureOf(r *http.Request) bool {
	if rec := From(r.Context()); rec != nil {
		if _, secure, ok := rec.Client(); ok {
			return secure
		}
	}
	return r.TLS != nil
}
