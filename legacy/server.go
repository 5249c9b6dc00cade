package legacy

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/proxyaddr"
)

// Server is a handler that passes requests to the old server. It is immutable and
// safe for concurrent use.
type Server struct {
	opts     Options
	target   target
	name     string // in Via
	resolver *proxyaddr.Resolver
	proxy    *httputil.ReverseProxy
	idle     func()
}

// New returns a Server. Its error joins all problems of the options. It does not
// check whether the old server can be reached.
func New(o Options) (*Server, error) {
	o = o.withDefaults()
	t, err := o.compile()
	if err != nil {
		return nil, err
	}
	o.ProxyFields = slices.Clone(o.ProxyFields)
	for i, name := range o.ProxyFields {
		o.ProxyFields[i] = http.CanonicalHeaderKey(name)
	}
	o.Logger = failure.Logger(o.Logger)
	s := &Server{
		opts: o, target: t, name: "sidekick-" + strings.ToLower(rand.Text()[:8]),
		resolver: proxyaddr.New(o.TrustedProxies), idle: func() {},
	}
	transport := o.Transport
	if transport == nil {
		own := o.transport(t)
		transport, s.idle = own, own.CloseIdleConnections
	}
	s.proxy = &httputil.ReverseProxy{
		Rewrite:        s.rewrite,
		Transport:      transport,
		ModifyResponse: s.modify,
		ErrorHandler:   s.fail,
		ErrorLog:       slog.NewLogLogger(o.Logger.Handler(), slog.LevelWarn),
		BufferPool:     &buffers{},
	}
	return s, nil
}

// Close closes unused connections to the old server, unless the transport is the
// caller's.
func (s *Server) Close() { s.idle() }

// passage is one request on its way to the old server.
type passage struct {
	w    http.ResponseWriter
	in   *http.Request
	body *body // nil if there is none
}

type passageKey struct{}

// ServeHTTP passes the request to the old server and its response to the client.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r, _ = facts.Ensure(r)
	if s.hasPassed(r) {
		s.refuse(w, r, ErrLoop)
		return
	}
	p := &passage{w: w, in: r}
	out := r.WithContext(context.WithValue(r.Context(), passageKey{}, p))
	if r.Body != nil && r.Body != http.NoBody && r.ContentLength != 0 {
		p.body = &body{ReadCloser: r.Body, control: http.NewResponseController(w), patience: s.opts.BodyTimeout}
		defer p.body.end()
		out.Body = p.body
	}
	s.proxy.ServeHTTP(w, out)
}

// hasPassed reports whether this handler has already sent the request.
func (s *Server) hasPassed(r *http.Request) bool {
	for _, line := range r.Header["Via"] {
		for hop := range strings.SplitSeq(line, ",") {
			if fields := strings.Fields(hop); len(fields) >= 2 && fields[1] == s.name {
				return true
			}
		}
	}
	return false
}

// rewrite makes the request for the old server.
func (s *Server) rewrite(pr *httputil.ProxyRequest) {
	in, out := pr.In, pr.Out
	base := s.target.base
	u := *in.URL // including the query, which is passed on unchanged
	u.Scheme, u.Host, u.User = base.Scheme, base.Host, nil
	if base.Path != "" {
		u.Path, u.RawPath = base.Path+slashed(u.Path), base.EscapedPath()+slashed(in.URL.EscapedPath())
	}
	out.URL = &u
	if out.Host = in.Host; s.opts.Host != "" {
		out.Host = s.opts.Host
	}
	s.forward(in, out.Header)
	s.passIdentity(in, out.Header)
	out.Header.Add("Via", fmt.Sprintf("%d.%d %s", in.ProtoMajor, in.ProtoMinor, s.name))
}

// slashed returns a path with a leading slash, so that it can be appended to
// another.
func slashed(path string) string {
	if strings.HasPrefix(path, "/") {
		return path
	}
	return "/" + path
}

// modify changes the old server's response where it would lead clients past this
// program.
func (s *Server) modify(answer *http.Response) error {
	p, ok := answer.Request.Context().Value(passageKey{}).(*passage)
	if !ok {
		return nil // the caller's own transport has made another request
	}
	if answer.StatusCode != http.StatusSwitchingProtocols { // after which the body is a connection
		answer.Body = &response{ReadCloser: answer.Body, s: s, p: p, status: answer.StatusCode}
	}
	s.dropIdentity(answer.Header)
	if location := answer.Header.Get("Location"); location != "" {
		answer.Header.Set("Location", s.public(location, p.in))
	}
	// Fields that outer pieces have set give way to those of the response, since each
	// may occur once.
	h := p.w.Header()
	for name := range answer.Header {
		if name != "Set-Cookie" && name != "Vary" {
			delete(h, name)
		}
	}
	return nil
}

// public rewrites a Location that names the old server's own address, so that it
// names this program as clients know it.
func (s *Server) public(location string, in *http.Request) string {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" || !strings.EqualFold(u.Host, s.target.base.Host) || strings.EqualFold(u.Host, in.Host) {
		return location
	}
	_, secure := s.client(in)
	u.Scheme, u.Host = schemeOf(secure), in.Host
	return u.String()
}

// fail answers a request that could not be passed on.
func (s *Server) fail(w http.ResponseWriter, out *http.Request, err error) {
	p, ok := out.Context().Value(passageKey{}).(*passage)
	if !ok {
		p = &passage{w: w, in: out}
	}
	var timeout interface{ Timeout() bool }
	switch broken := p.body.failed(); {
	case failure.ClientGone(p.in, facts.From(p.in.Context())) && broken == nil:
		err = context.Canceled
	case broken != nil:
		err = bodyError(broken)
	case errors.As(err, &timeout) && timeout.Timeout() && !isDial(err):
		err = &failed{ErrTimeout, err}
	default:
		err = &failed{ErrUnreachable, err}
	}
	s.refuse(w, p.in, err)
}

// isDial reports whether an error occurred while connecting, which is not time that
// the old server took to answer.
func isDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	failure.Refuse(w, r, err, s.opts.Respond, s.opts.Logger)
}

// dialSocket returns a dialer that always connects to the socket.
func dialSocket(d *net.Dialer, path string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) { return d.DialContext(ctx, "unix", path) }
}

// buffers is a pool of buffers for copying bodies.
type buffers struct{ pool sync.Pool }

const bufferBytes = 32 << 10

func (b *buffers) Get() []byte {
	if room, ok := b.pool.Get().(*[bufferBytes]byte); ok {
		return room[:]
	}
	return make([]byte, bufferBytes)
}

func (b *buffers) Put(p []byte) {
	if len(p) == bufferBytes {
		b.pool.Put((*[bufferBytes]byte)(p))
	}
}
