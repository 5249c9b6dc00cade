package sidekick

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/linger"
	"github.com/sidekick-http/sidekick/internal/listen"
)

// Run is [Kit.ListenAndServe] that stops on a signal, too: see [UntilSignal]. A second
// signal ends the process at once.
func (k *Kit) Run(ctx context.Context) error {
	ctx, stop := UntilSignal(ctx)
	defer stop()
	return k.ListenAndServe(ctx)
}

// UntilSignal returns a context that ends with the parent, with stop, and on the
// first SIGINT, SIGTERM or SIGHUP, which is then its cause: for [Kit.Serve],
// where [Kit.Run] does not fit. When the context ends, signals do again what they
// do by default, so that a second one ends the process at once. A SIGHUP that is
// ignored when the process begins, as nohup has it, stays ignored.
//
// A SIGHUP has nothing else to do: certificates are read again by themselves,
// and other options are for the next process.
func UntilSignal(parent context.Context) (ctx context.Context, stop context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	wanted := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		wanted = append(wanted, syscall.SIGHUP)
	}
	signal.Notify(signals, wanted...)
	go func() {
		var cause error
		select {
		case s := <-signals:
			cause = fmt.Errorf("signal: %v", s)
		case <-ctx.Done():
		}
		// Before anything can be seen of the stop: signal.NotifyContext, whose stop
		// is called when its context is done, swallows a signal in between.
		signal.Stop(signals)
		cancel(cause)
	}()
	return ctx, func() { cancel(nil) }
}

// ListenAndServe listens as Config says and serves until ctx is done; see
// [Kit.Listen] and [Kit.Serve]. Where Config.Enabled is off it waits for ctx.
func (k *Kit) ListenAndServe(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	ls, err := k.Listen(ctx)
	if err != nil {
		return k.orStopped(ctx, err)
	}
	return k.Serve(ctx, ls...)
}

// Listen opens what Config.Port, Config.BindIP and Config.Listeners say, for
// [Kit.Serve]; clients can connect from now on, and wait for it. While an address
// is in use it tries again, a second later, Config.BootAttempts times in all.
// Where Config.Enabled is off it opens nothing. On an error nothing stays open.
//
// Unix sockets have the mode 0660, unless Config.Server says otherwise, and are
// removed when they are closed. One at
// which nobody listens any more is replaced; anything else at that path is an
// error. The folder must be writable: the socket is made in a folder of its own
// there, and then moved.
func (k *Kit) Listen(ctx context.Context) ([]net.Listener, error) {
	if !k.cfg.Enabled {
		return nil, nil
	}
	wanted := k.cfg.listeners()
	places := make([]listen.Place, len(wanted))
	for i, l := range wanted {
		places[i] = listen.Place{Port: string(l.Port), Host: l.BindIP, Socket: k.cfg.Server.socket()}
	}
	opened, err := listen.Open(ctx, places, k.cfg.BootAttempts, k.logger)
	if err != nil {
		return nil, fmt.Errorf("sidekick: %w", err)
	}
	var all []net.Listener
	for i, ls := range opened {
		for _, l := range ls {
			all = append(all, &listener{Listener: k.wrap(l), secure: wanted[i].Secure})
		}
	}
	return all, nil
}

// listeners returns all places to listen at.
func (c *Config) listeners() []Listener {
	return append([]Listener{{Port: c.Port, BindIP: c.BindIP, Secure: c.Secure}}, c.Listeners...)
}

// listener is what Listen opened.
type listener struct {
	net.Listener
	secure bool
}

// URL returns how people reach a listener that [Kit.Listen] returned: a URL with
// http or https, "localhost" standing for all addresses, or "unix:" and the path
// of a socket. Other listeners are taken for ones without TLS.
func URL(l net.Listener) string {
	own, ok := l.(*listener)
	return listen.URL(l.Addr(), ok && own.secure)
}

// Serve serves the connections of listeners until ctx is done, or until one of
// them fails. Those that [Kit.Listen] has not opened must be plain ones; whether
// they serve HTTPS is what Config.Secure says. Serve closes them all in any case.
// A Kit is served once; a second time is an error.
//
// # Stopping
//
// When ctx is done, readiness turns red, actions learn of it (see
// [dispatch.Connection.Stopping]), the functions of [Kit.OnStop] are called, and
// connections end as their clients use them: each answer says Connection: close
// (over HTTP/2 it is GOAWAY), and those that were not in use for a second are
// closed. This goes on for Config.ShutdownDelay, and new connections are
// accepted. A restart that hands the socket over to another process loses no
// request if the delay is a second or more: no connection is closed that a
// request may be on its way over.
//
// Then nothing is accepted, and late requests are answered with 503, except the
// first of a connection that was accepted during the delay. What is running may
// finish until Config.ShutdownTimeout has passed since ctx was done; hijacked
// connections are not waited for. Serve returns nil when all has finished, and
// otherwise cuts what is left and returns an error that says what that was.
func (k *Kit) Serve(ctx context.Context, listeners ...net.Listener) error {
	if !k.served.CompareAndSwap(false, true) {
		return errors.Join(errors.New("sidekick: a Kit is served once"), closeAll(listeners))
	}
	group := listen.NewGroup(listen.GroupOptions{
		Max: k.cfg.MaxConnections, Reserve: k.reserve(), WriteTimeout: k.cfg.WriteTimeout, Logger: k.logger,
	})
	base, cut := context.WithCancelCause(context.Background())
	defer cut(nil)
	srv := k.server(base)
	k.logStart(listeners)
	ended := make(chan error, len(listeners))
	members := make([]net.Listener, len(listeners))
	for i, l := range listeners {
		members[i] = group.Listener(l)
		go func() {
			err := k.serveOne(srv, l, members[i])
			ended <- fmt.Errorf("sidekick: serving %s: %w", l.Addr(), err)
		}()
	}
	parked := make(chan struct{})
	go func() {
		defer close(parked)
		_ = srv.Serve(group.Parked()) // it ends with the group
	}()
	sweeping, endSweeping := context.WithCancel(ctx)
	defer endSweeping()
	go k.store.SweepUntil(sweeping)
	tell := k.notifyManager(listeners, group)
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

	k.stopBegan = time.Now()
	k.phase.Store(closing)
	close(k.stopping)
	k.logger.Info("stopping", "cause", cause, "delay", k.cfg.ShutdownDelay, "within", k.cfg.ShutdownTimeout)
	tell.stopping(k.cfg.ShutdownTimeout)
	k.beginStop()
	k.delay(group)
	k.phase.Store(refusing)
	failure = errors.Join(failure, closeAll(members))
	for ; running > 0; running-- {
		<-ended // nothing more comes into the group
	}
	lost, err := k.finish(srv, group, cut)
	err = errors.Join(failure, err, group.Close())
	<-parked
	k.dispatcher.Drain() // for handlers that lie outside this server
	k.logEnd(lost, err)
	return errors.Join(err, tell.close())
}

// The phases of a server.
const (
	serving  = iota
	closing  // stopping: all is answered, and connections end behind the answer
	refusing // stopping: what comes late is refused
)

// server makes the http.Server. base is the context of all requests. It has no
// WriteTimeout, which would limit a whole answer: the group and serveHTTP have a
// rolling one.
func (k *Kit) server(base context.Context) *http.Server {
	http2 := k.hasHTTP2()
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(http2)
	protocols.SetUnencryptedHTTP2(http2 && k.cfg.H2C)
	return &http.Server{
		Handler:           http.HandlerFunc(k.serveHTTP),
		ReadHeaderTimeout: k.cfg.ReadHeaderTimeout,
		ReadTimeout:       k.cfg.ReadTimeout,
		IdleTimeout:       k.cfg.IdleTimeout,
		MaxHeaderBytes:    k.cfg.MaxHeaderBytes,
		TLSConfig:         k.tls,
		Protocols:         &protocols,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		ConnState:         listen.ConnState,
		ConnContext:       k.connContext,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          listen.ErrorLog(k.logger),
		// OPTIONS * goes the way of all requests, the one to a stop included.
		DisableGeneralOptionsHandler: true,
	}
}

// connContext promises, for every request of a connection, that serveHTTP reads
// on from clients that were refused.
func (k *Kit) connContext(ctx context.Context, nc net.Conn) context.Context {
	return linger.NewContext(listen.ConnContext(ctx, nc))
}

// maxStreams is how many requests a connection of HTTP/2 may have running.
const maxStreams = 100

func (k *Kit) serveOne(srv *http.Server, l, member net.Listener) error {
	secure := k.cfg.Secure
	if own, ok := l.(*listener); ok {
		secure = own.secure
	}
	if secure {
		return srv.ServeTLS(member, "", "")
	}
	return srv.Serve(member)
}

// serveHTTP is [Kit.ServeHTTP] for what came over a connection of this server.
func (k *Kit) serveHTTP(w http.ResponseWriter, r *http.Request) {
	// net/http does not tell whether a chunked request had a length as well. A
	// proxy that believed the length took for a body what looks like the next
	// request here, so there is no next one (RFC 9112, section 6.1).
	if k.phase.Load() != serving || len(r.TransferEncoding) > 0 {
		w.Header().Set("Connection", "close")
	}
	if r.ProtoMajor == 2 {
		sw, finish := listen.Stream(w, k.cfg.WriteTimeout)
		defer finish()
		w = sw
	}
	k.handler.ServeHTTP(w, r)
	if r.ContentLength != 0 {
		if bounds, due := linger.Due(r.Context()); due {
			linger.After(w, r, bounds, k.stopping)
		}
	}
}

// closeEvery is how often a stopping server looks for connections to close.
const closeEvery = 20 * time.Millisecond

// delay goes on serving for Config.ShutdownDelay, and closes connections.
func (k *Kit) delay(group *listen.Group) {
	tick := time.NewTicker(closeEvery)
	defer tick.Stop()
	for time.Since(k.stopBegan) < k.cfg.ShutdownDelay {
		group.CloseIdle()
		<-tick.C
	}
}

// finish waits for what is running, cuts what takes too long, and returns how
// many requests that were.
//
// http.Server.Shutdown comes last, and for HTTP/2 alone: from then on net/http
// drops requests of HTTP/1 that are just arriving, without any answer.
func (k *Kit) finish(srv *http.Server, group *listen.Group, cut context.CancelCauseFunc) (lost int, err error) {
	wait, cancel := context.WithDeadline(context.Background(), k.stopBegan.Add(k.cfg.ShutdownTimeout))
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
		err = fmt.Errorf("requests were still running after %v and were cut%s", k.cfg.ShutdownTimeout, describe(running))
	}
	cut(errCut)
	return lost, errors.Join(fmt.Errorf("sidekick: stopping: %w", err), srv.Close())
}

// errCut is why the context of a request ends that a stop cuts: not because its
// client has left.
var errCut = errors.New("sidekick: the server stops, and waits no longer")

// describe names requests, a few of them.
func describe(flights []listen.Flight) string {
	const few, long = 10, 100
	if len(flights) == 0 {
		return "" // their handlers had returned, and the clients not taken all
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
		fmt.Fprintf(&b, "%.10s %.*q", f.Method, long, f.Path)
		if name := rec.Action().Name; name != "" {
			fmt.Fprintf(&b, " (action %s)", name)
		}
		fmt.Fprintf(&b, " for %v", time.Since(rec.Start()).Round(time.Millisecond))
	}
	return b.String()
}

func closeAll(ls []net.Listener) error {
	var errs []error
	for _, l := range ls {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// makeTLS makes the configuration of HTTPS, where there is any.
func (k *Kit) makeTLS(bad *cfgerr.List) {
	needed := false
	for _, l := range k.cfg.listeners() {
		needed = needed || l.Secure
	}
	if !needed || !k.cfg.Enabled {
		return
	}
	files := k.cfg.ServerOptions
	if !files.isWhole() {
		return // as check has reported
	}
	config := &tls.Config{}
	switch {
	case k.cfg.TLSConfig != nil:
		config = k.cfg.TLSConfig.Clone()
	case files == ServerOptions{}:
		bad.Add("secure", true, "want a certificate: serverOptions, or TLSConfig")
		return
	}
	if files != (ServerOptions{}) {
		certificate, err := listen.LoadCertificate(files.Cert, files.Key, k.cfg.Server.warning(), k.logger)
		if err != nil {
			bad.Add("serverOptions", nil, "%v", err)
			return
		}
		config.GetCertificate, config.Certificates = certificate.Get, nil
	}
	for i := range config.Certificates {
		listen.WarnOfEnd(k.logger, &config.Certificates[i], k.cfg.Server.warning(), time.Now())
	}
	k.tls = listen.AtLeastTLS12(config, k.hasHTTP2())
}
