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
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/sidekick-http/sidekick/internal/ids"
)

// Record holds the facts of one request. Each is set by the piece that owns it
// and read by any. It is safe for concurrent use, because a handler that timed
// out may still be running in another goroutine.
type Record struct {
	start  time.Time
	origin *http.Request // the request that Ensure copied; nil if it is of none

	mu          sync.Mutex
	hasID       bool
	secure      bool
	hasClient   bool
	hasPeer     bool // client is the connection's own other end
	fresh       bool // fingerprint is not the client's own word
	limited     bool // remaining is known
	uncounted   bool
	withhold    Withhold
	id          ids.ID // the message id, unless messageID is one
	messageID   string
	client      netip.AddrPort
	fingerprint string
	remaining   int64
	limiter     *Limiter
	received    Params
	receiver    Receiver // makes received, where it is not there yet
	wantsParams bool
	action      *Action // nil for none; its Route is not used
	route       string
	pattern     string
	connection  any
	logAttrs    *[]slog.Attr // nil for most
	trouble     *trouble     // nil for most
}

// Action says which action a request reached.
type Action struct {
	Name    string // "" when none was found
	Version string
	Route   string // the route's pattern; "" when it was reached by name or param
	Level   slog.Level
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
	if _, own := k.(key); own {
		return &c.rec
	}
	return c.Context.Value(k)
}

// From returns the record of the request that ctx belongs to, or the one of
// [NewContext], or nil.
func From(ctx context.Context) *Record {
	if c, own := ctx.(*Carrier); own { // as nearly always: no need to search
		return &c.rec
	}
	rec, _ := ctx.Value(key{}).(*Record)
	return rec
}

// Ensure returns the request's record, and the request that carries it: r
// itself if a piece before has put one there, otherwise a shallow copy.
func Ensure(r *http.Request) (*http.Request, *Record) {
	rec := From(r.Context())
	if rec.IsOfRequest() {
		return r, rec
	}
	c := &Carrier{}
	rec = c.Begin(r, rec)
	return r.WithContext(c), rec
}

// Begin makes c the context of a request that has no record of its own yet, and
// returns the record, with what is known from the one of [NewContext], if there
// is one. Copying the request is left to the caller, who may not need it.
func (c *Carrier) Begin(r *http.Request, known *Record) *Record {
	c.Context = r.Context()
	c.rec.start, c.rec.origin = time.Now(), r
	c.rec.know(known)
	return &c.rec
}

// know takes over what is known of the client; nothing, from nil.
func (f *Record) know(known *Record) {
	if known == nil {
		return
	}
	known.mu.Lock()
	defer known.mu.Unlock()
	f.client, f.secure, f.hasClient = known.client, known.secure, known.hasClient
	f.fingerprint, f.fresh, f.uncounted = known.fingerprint, known.fresh, known.uncounted
}

// IsOfRequest reports whether f is there and the record of one request. Others
// may be in the context of many requests, those of one connection, say, which
// must not find each other's facts.
func (f *Record) IsOfRequest() bool { return f != nil && f.origin != nil }

// NewContext returns a context with a record of its own, which begins with what
// is known of the client already: for what is found out before there is a
// request, and for work apart from one.
func NewContext(ctx context.Context) (context.Context, *Record) {
	c := &Carrier{Context: ctx}
	c.rec.start = time.Now()
	c.rec.know(From(ctx))
	return c, &c.rec
}

// Origin returns the request as the first piece was given it, nil for a record
// that is of none.
func (f *Record) Origin() *http.Request { return f.origin }

// Start returns when the first piece saw the request.
func (f *Record) Start() time.Time { return f.start }

// MessageID returns the id of this request, "" when none was given.
func (f *Record) MessageID() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.messageText()
}

// MessageIDOr returns the id of this request, made by newID if there is none
// yet; nil makes a random UUID.
func (f *Record) MessageIDOr(newID func() string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.identify(newID)
	return f.messageText()
}

// identify gives the request an id, unless it has one. A UUID becomes text only
// when somebody asks for it: the envelope does not.
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

// Requester is what the envelope shows of who is asking.
type Requester struct {
	ID          ids.ID
	MessageID   string // in place of ID, where it is not ""
	Fingerprint string
	Client      netip.Addr
	Remaining   int64 // requests, by the rate limits; negative where none has run
	Received    Params
}

// Requester returns all that the envelope shows of the record's own request at
// once. A message id is made as by [Record.MessageIDOr].
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

// SetUncounted says that the request is one that its client does not know of: it
// does not count among those that a client may send.
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

// Fingerprint returns the client's id, "" when there is none.
func (f *Record) Fingerprint() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fingerprint
}

// SetFingerprint sets the client's id.
func (f *Record) SetFingerprint(id string) { f.setFingerprint(id, false) }

// SetFreshFingerprint sets an id that was made for this request: the client has
// brought none, and may never come back with this one.
func (f *Record) SetFreshFingerprint(id string) { f.setFingerprint(id, true) }

func (f *Record) setFingerprint(id string, fresh bool) {
	f.mu.Lock()
	f.fingerprint, f.fresh = id, fresh
	f.mu.Unlock()
}

// OwnFingerprint returns the client's id if the client has brought it, and ""
// otherwise.
func (f *Record) OwnFingerprint() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fresh {
		return ""
	}
	return f.fingerprint
}

// Limiter is the identity of a rate limiter.
type Limiter struct{ _ byte } // with a size, so that no two have one address

// EnterLimiter notes that a rate limiter is about to count the request. It
// returns false where the same one was the last to do so: it is mounted twice.
func (f *Record) EnterLimiter(l *Limiter) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.limiter == l {
		return false
	}
	f.limiter = l
	return true
}

// LimitRemaining notes how many requests a rate limiter has left for the client.
// Of several limiters the one with the fewest counts.
func (f *Record) LimitRemaining(n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.limited || n < f.remaining {
		f.limited, f.remaining = true, n
	}
}

// Remaining returns what LimitRemaining has noted; ok is false where no rate
// limiter has run.
func (f *Record) Remaining() (n int64, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.remaining, f.limited
}

// Received returns the params that may be shown in the envelope and in logs:
// allow-listed, with secrets masked. They are shared and must not be changed.
func (f *Record) Received() Params {
	f.receive()
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

// Receiver calls SetReceived when it is asked to: for params that cost something
// to show, and that perhaps nobody wants to see.
type Receiver interface{ ReceiveParams() }

// SetReceiver notes who makes what Received returns, once it is asked for.
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

// WantReceived says that Received will be called for this request.
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

// SetReached is [Record.SetAction] for an action that outlives the request and
// is never changed. Its Route is not looked at.
func (f *Record) SetReached(a *Action, route string) {
	f.mu.Lock()
	f.action, f.route = a, route
	f.mu.Unlock()
}

// SetPattern names the matched route on r and on the request that the first
// piece was given, where the metrics and traces around all pieces look for it.
// Where the request has timed out they may be looking already: it is left alone.
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
	rec := From(r.Context())
	if rec.IsOfRequest() {
		return rec.ClientOr(r)
	}
	if rec != nil {
		if client, _, ok := rec.Client(); ok {
			return client
		}
	}
	return PeerOf(r) // which is this request's alone
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

// PeerOf returns the address of the connection's other end, IPv4 in IPv6
// unmapped; not valid when r.RemoteAddr is no address.
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

// peer4 is a short way for what most requests have: four numbers and a port, in
// the one form that net writes. It leaves everything else to netip.
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

// SecureOf reports whether the client's own connection is encrypted: as the
// trusted-proxy rule decided, otherwise whether this connection is.
func SecureOf(r *http.Request) bool {
	if rec := From(r.Context()); rec != nil {
		if _, secure, ok := rec.Client(); ok {
			return secure
		}
	}
	return r.TLS != nil
}
