package listen

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sidekick-http/sidekick/internal/buildinfo"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/linger"
)

// Server serves a handler over listeners, and stops without losing a request. Its
// fields must not be changed once it serves.
type Server struct {
	Handler http.Handler
	Logger  *slog.Logger
	TLS     *tls.Config // for secure listeners
	HTTP2   bool        // in addition to HTTP/1.1
	H2C     bool        // also HTTP/2 without TLS

	ReadHeaderTimeout, ReadTimeout, IdleTimeout time.Duration
	// WriteTimeout is how long a client may read nothing of a response.
	WriteTimeout time.Duration

	MaxHeaderBytes int
	MaxConnections int // 0 or less means no limit
	Reserve        int // beyond them, for probes

	// ShutdownDelay is how long a stopping server goes on serving, ShutdownTimeout
	// how long the whole stop may take.
	ShutdownDelay, ShutdownTimeout time.Duration

	// About is logged when serving begins, in addition to the addresses.
	About []any
	// OnStop is called when the server begins to stop, Ended when nothing of it is
	// running any more.
	OnStop, Ended func()

	phase     atomic.Int32
	stopBegan time.Time     // set before the phase
	stopping  chan struct{} // closed when the stop begins
}

// Listener is a listener to serve, and the URL by which it is reached.
type Listener struct {
	net.Listener
	Secure bool
	URL    string
}

// The phases of a server.
const (
	serving  = iota
	closing  // stopping: everything is answered, and connections end after the response
	refusing // stopping: late requests are refused
)

// IsStopping reports whether the server has been told to stop.
func (s *Server) IsStopping() bool { return s.phase.Load() != serving }

// IsLate reports whether a request is to be refused: the server is stopping, and
// the request's connection has already had a response. The first request on a
// connection that was accepted during the delay is not late.
func (s *Server) IsLate(r *http.Request) bool {
	if s.phase.Load() != refusing {
		return false
	}
	c := FromContext(r.Context())
	return c == nil || !c.Accepted().After(s.stopBegan)
}

// Serve serves until ctx is done or one of the listeners fails, and closes them
// all. It returns nil if all requests have finished. Otherwise it cuts off what is
// left and returns an error that says what that was.
func (s *Server) Serve(ctx context.Context, listeners ...Listener) error {
	s.stopping = make(chan struct{})
	group := NewGroup(GroupOptions{Max: s.MaxConnections, Reserve: s.Reserve, WriteTimeout: s.WriteTimeout, Logger: s.Logger})
	base, cut := context.WithCancelCause(context.Background())
	defer cut(nil)
	srv := s.http(base)
	s.logStart(listeners)
	ended := make(chan error, len(listeners))
	members := make([]net.Listener, len(listeners))
	for i, l := range listeners {
		members[i] = group.Listener(l.Listener)
		serve := srv.Serve
		if l.Secure {
			serve = func(l net.Listener) error { return srv.ServeTLS(l, "", "") }
		}
		go func() { ended <- fmt.Errorf("serving %s: %w", l.Addr(), serve(members[i])) }()
	}
	parked := make(chan struct{})
	go func() {
		defer close(parked)
		_ = srv.Serve(group.Parked()) // it ends with the group
	}()
	tell := notifyManager(s.Logger, listeners, group)
	running := len(listeners)
	var failure error
	select {
	case failure = <-ended:
		running--
	case <-ctx.Done():
	}
	cause := failure
	if cause == nil {
		cause = context.Cause(ctx)
	}

	s.stopBegan = time.Now()
	s.phase.Store(closing)
	close(s.stopping)
	s.Logger.Info("stopping", "cause", cause, "delay", s.ShutdownDelay, "within", s.ShutdownTimeout)
	tell.stopping(s.ShutdownTimeout)
	s.OnStop()
	s.delay(group)
	s.phase.Store(refusing)
	failure = errors.Join(failure, CloseAll(members))
	for ; running > 0; running-- {
		<-ended // nothing more comes into the group
	}
	lost, err := s.finish(srv, group, cut)
	err = errors.Join(failure, err, group.Close())
	<-parked
	s.Ended()
	s.logEnd(lost, err)
	return errors.Join(err, tell.close())
}

// logStart logs what is served, and where.
func (s *Server) logStart(listeners []Listener) {
	for _, l := range listeners {
		s.Logger.Info("listening", "at", l.URL)
	}
	s.Logger.Info("serving", append([]any{"version", buildinfo.Version(), "go", runtime.Version(), "at", urls(listeners), "http2", s.HTTP2, "maxConnections", s.MaxConnections}, s.About...)...)
}

// logEnd logs that the stop is over. Failures are returned to the caller of Serve.
func (s *Server) logEnd(cut int, err error) {
	level := slog.LevelInfo
	if err != nil {
		level = slog.LevelWarn
	}
	s.Logger.Log(context.Background(), level, "stopped", "took", time.Since(s.stopBegan).Round(time.Millisecond), "cut", cut)
}

func urls(listeners []Listener) []string {
	all := make([]string, len(listeners))
	for i, l := range listeners {
		all[i] = l.URL
	}
	return all
}

// connContext promises, for every request of a connection, that serveHTTP reads on
// from clients that were refused.
func connContext(ctx context.Context, nc net.Conn) context.Context {
	return linger.NewContext(ConnContext(ctx, nc))
}

// maxStreams is how many requests an HTTP/2 connection may have running.
const maxStreams = 100

// http makes the http.Server. base is the context of all requests. It has no
// WriteTimeout, which would limit a whole response: the group and serveHTTP have a
// rolling one.
func (s *Server) http(base context.Context) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(s.HTTP2)
	protocols.SetUnencryptedHTTP2(s.HTTP2 && s.H2C)
	return &http.Server{
		Handler:           http.HandlerFunc(s.serveHTTP),
		ReadHeaderTimeout: s.ReadHeaderTimeout,
		ReadTimeout:       s.ReadTimeout,
		IdleTimeout:       s.IdleTimeout,
		MaxHeaderBytes:    s.MaxHeaderBytes,
		TLSConfig:         s.TLS,
		Protocols:         &protocols,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		ConnState:         ConnState,
		ConnContext:       connContext,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          ErrorLog(s.Logger),
		// OPTIONS * takes the same path as all requests, including refusal during a
		// stop.
		DisableGeneralOptionsHandler: true,
	}
}

// serveHTTP is the handler for what comes over a connection of this server.
func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	// net/http does not tell whether a chunked request had a length as well. A proxy
	// that used the length took what looks like the next request here for part of the
	// body, so there must be no next one (RFC 9112, section 6.1).
	if s.IsStopping() || len(r.TransferEncoding) > 0 {
		w.Header().Set("Connection", "close")
	}
	if r.ProtoMajor == 2 {
		if below, ok := w.(http2Writer); ok { // as net/http's own writers are
			sw := &stream{http2Writer: below, timeout: s.WriteTimeout}
			defer sw.finish()
			w = sw
		}
	}
	s.Handler.ServeHTTP(w, r)
	if r.ContentLength != 0 {
		if bounds, due := linger.Due(r.Context()); due {
			linger.After(w, r, bounds, s.stopping)
		}
	}
}

// closeEvery is how often a stopping server looks for connections to close.
const closeEvery = 20 * time.Millisecond

// delay goes on serving for the delay, while closing connections.
func (s *Server) delay(group *Group) {
	tick := time.NewTicker(closeEvery)
	defer tick.Stop()
	for time.Since(s.stopBegan) < s.ShutdownDelay {
		group.CloseIdle()
		<-tick.C
	}
}

// errCut is the cause of the context of a request that a stop cuts off, to
// distinguish it from a client that has left.
var errCut = errors.New("sidekick: the server stops, and waits no longer")

// finish waits for running requests, cuts off those that take too long, and returns
// how many those were.
//
// http.Server.Shutdown comes last, and only for HTTP/2: from then on net/http drops
// arriving HTTP/1 requests without any response.
func (s *Server) finish(srv *http.Server, group *Group, cut context.CancelCauseFunc) (lost int, err error) {
	wait, cancel := context.WithDeadline(context.Background(), s.stopBegan.Add(s.ShutdownTimeout))
	defer cancel()
	tick := time.NewTicker(closeEvery)
	defer tick.Stop()
	for group.CloseIdle() > 0 && wait.Err() == nil {
		select {
		case <-tick.C:
		case <-wait.Done():
		}
	}
	if err = srv.Shutdown(wait); err == nil {
		return 0, nil
	}
	if errors.Is(err, context.DeadlineExceeded) {
		running := group.Flights()
		lost = len(running)
		err = fmt.Errorf("requests were still running after %v and were cut%s", s.ShutdownTimeout, describe(running))
	}
	cut(errCut)
	return lost, errors.Join(fmt.Errorf("stopping: %w", err), srv.Close())
}

// describe names some of the requests.
func describe(flights []Flight) string {
	const few, long = 10, 100
	if len(flights) == 0 {
		return "" // their handlers had returned, but the clients had not read everything
	}
	var b strings.Builder
	fmt.Fprintf(&b, " (%d): ", len(flights))
	for i, f := range flights {
		if i == few {
			fmt.Fprintf(&b, " and %d more", len(flights)-few)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		rec := f.Key.(*facts.Record)
		fmt.Fprintf(&b, "%.10s %.*q", f.Method, long, rec.ShownPath(f.Path))
		if name := rec.Action().Name; name != "" {
			fmt.Fprintf(&b, " (action %s)", name)
		}
		fmt.Fprintf(&b, " for %v", time.Since(rec.Start()).Round(time.Millisecond))
	}
	return b.String()
}

// CloseAll closes listeners. One that is already closed is not an error.
func CloseAll(ls []net.Listener) error {
	var errs []error
	for _, l := range ls {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
