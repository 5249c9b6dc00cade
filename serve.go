package sidekick

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/errcode"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/listen"
)

// Run is [Kit.ListenAndServe] that also stops on a signal: see [UntilSignal]. A
// second signal ends the process at once.
func (k *Kit) Run(ctx context.Context) error {
	ctx, stop := UntilSignal(ctx)
	defer stop()
	return k.ListenAndServe(ctx)
}

// ListenAndServe listens as Config.Server says and serves until ctx is done; see
// [Kit.Listen] and [Kit.Serve]. If listening is disabled, it only waits for ctx.
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

// Listen opens the listeners of Config.Server (Port, BindIP and Listeners) for
// [Kit.Serve]. From then on clients can connect, and wait to be served. While an
// address is in use, Listen retries every second, up to BootAttempts attempts in
// all. If listening is disabled, it opens nothing. After an error, a [ConfigError]
// that names the option and wraps the error of the system, nothing stays open.
//
// Unix sockets have the mode 0660, unless Config.Server says otherwise, and are
// removed when they are closed. A socket on which nobody listens any more is
// replaced; anything else at that path is an error. The folder must be writable:
// the socket is made in a folder of its own there and then moved.
func (k *Kit) Listen(ctx context.Context) ([]net.Listener, error) {
	o := &k.cfg.Server
	if o.DisableListening {
		return nil, nil
	}
	wanted := o.listeners()
	places := make([]listen.Place, len(wanted))
	for i, l := range wanted {
		places[i] = listen.Place{Port: string(l.Port), Host: l.BindIP, Socket: o.socket()}
	}
	opened, err := listen.Open(ctx, places, o.BootAttempts, k.logger)
	if err != nil {
		return nil, o.cannotListen(err)
	}
	var all []net.Listener
	for i, ls := range opened {
		for _, l := range ls {
			all = append(all, &listener{Listener: o.wrap(l), secure: wanted[i].Secure})
		}
	}
	return all, nil
}

// listener is what Listen opened.
type listener struct {
	net.Listener
	secure bool
}

// URL returns the address under which a listener of [Kit.Listen] can be reached: an
// http or https URL, with "localhost" for all addresses, or "unix:" and the path of
// a socket. Other listeners are assumed to be without TLS.
func URL(l net.Listener) string {
	own, ok := l.(*listener)
	return listen.URL(l.Addr(), ok && own.secure)
}

// Serve serves connections from the listeners until ctx is done or one of them
// fails. Listeners that did not come from [Kit.Listen] must be plain;
// Config.Server.Secure decides whether they serve HTTPS. Serve always closes all of
// them. A Kit can be served once; a second call is an error.
//
// # Stopping
//
// When ctx is done, readiness turns red, actions are notified (see
// [dispatch.Connection.Stopping]), the functions of [Kit.OnStop] are called, and
// connections are wound down: each response says Connection: close (GOAWAY over
// HTTP/2), and connections that have been idle for a second are closed. This goes
// on for Config.Server.ShutdownDelay, during which new connections are still
// accepted. With a delay of a second or more, a restart that hands the socket to
// another process loses no request: no connection is closed while a request may be
// on its way over it.
//
// After the delay no connection is accepted, and late requests are answered with
// 503, except the first on a connection that was accepted during the delay. Running
// requests may finish until Config.Server.ShutdownTimeout has passed since ctx was
// done; hijacked connections are not waited for. Serve returns nil if everything
// has finished. Otherwise it cuts off what is left and returns an error that says
// what that was.
func (k *Kit) Serve(ctx context.Context, listeners ...net.Listener) error {
	if !k.served.CompareAndSwap(false, true) {
		return errors.Join(errors.New("sidekick: a Kit is served once"), listen.CloseAll(listeners))
	}
	all := make([]listen.Listener, len(listeners))
	for i, l := range listeners {
		all[i] = listen.Listener{Listener: l, Secure: k.cfg.Server.Secure, URL: URL(l)}
		if own, ok := l.(*listener); ok {
			all[i].Secure = own.secure
		}
	}
	serving, end := context.WithCancel(ctx)
	defer end()
	if k.store != nil {
		go k.store.SweepUntil(serving)
	}
	go k.pingStores(serving)
	if err := k.server.Serve(ctx, all...); err != nil {
		return fmt.Errorf("sidekick: %w", err)
	}
	return nil
}

func (k *Kit) makeServer() {
	o := &k.cfg.Server
	k.server = &listen.Server{
		Handler: k, Logger: k.logger, TLS: k.tls, HTTP2: o.hasHTTP2(), H2C: o.H2C,
		ReadHeaderTimeout: o.ReadHeaderTimeout, ReadTimeout: o.ReadTimeout, WriteTimeout: o.WriteTimeout, IdleTimeout: o.IdleTimeout,
		MaxHeaderBytes: o.MaxHeaderBytes, MaxConnections: o.MaxConnections, Reserve: o.reserve(),
		ShutdownDelay: o.ShutdownDelay, ShutdownTimeout: o.ShutdownTimeout,
		About:  []any{"actions", len(k.dispatcher.Actions()), "routes", len(k.dispatcher.Routes()), "trustedProxies", k.cfg.ClientAddr.TrustedProxies},
		OnStop: k.beginStop,
		Ended:  k.dispatcher.Drain, // for handlers mounted outside this server
	}
}

// errFull answers requests other than probes on connections beyond the limit.
var errFull = &envelope.Error{Status: http.StatusServiceUnavailable, Code: errcode.TooManyConns, Message: "the server cannot accept more connections"}

// admit refuses requests that come too late during a stop, and requests other than
// probes on the connections reserved for probes. It registers all others with their
// connection while they run.
func (k *Kit) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if k.server.IsLate(r) {
			w.Header().Set("Connection", "close")
			w.Header().Set("Retry-After", "1")
			k.respond(w, r, dispatch.ErrShuttingDown)
			return
		}
		conn := listen.FromContext(r.Context())
		if conn == nil {
			next.ServeHTTP(w, r)
			return
		}
		if !conn.Admit() {
			w.Header().Set("Connection", "close")
			w.Header().Set("Retry-After", "1")
			k.respond(w, r, errFull)
			return
		}
		r, rec := facts.Ensure(r)
		conn.Begin(listen.Flight{Method: r.Method, Path: r.URL.Path, Key: rec})
		defer conn.End(rec)
		next.ServeHTTP(w, r)
	})
}

// makeTLS makes the TLS configuration, if anything is secure.
func (k *Kit) makeTLS(bad *cfgerr.List) {
	o := &k.cfg.Server
	secure := o.anySecure()
	switch {
	case !secure || o.DisableListening && o.TLSConfig == nil && !o.hasFiles():
		return // the caller's own listeners may do without TLS
	case o.TLSConfig == nil && o.Cert == "" && o.Key == "":
		bad.Add("server.secure", true, "want a certificate: cert and key, or TLSConfig")
		return
	case o.TLSConfig == nil && !o.hasFiles():
		return // check has reported it
	}
	config := &tls.Config{}
	if o.TLSConfig != nil {
		config = o.TLSConfig.Clone()
	}
	if o.hasFiles() {
		certificate, err := listen.LoadCertificate(o.Cert, o.Key, o.warning(), k.logger)
		if err != nil {
			k.badCertificate(bad, err)
			return
		}
		config.GetCertificate, config.Certificates = certificate.Get, nil
	}
	for i := range config.Certificates {
		listen.WarnOfEnd(k.logger, &config.Certificates[i], o.warning(), time.Now())
	}
	k.tls = listen.AtLeastTLS12(config, o.hasHTTP2())
}

// badCertificate reports what is wrong with each of the two files.
func (k *Kit) badCertificate(bad *cfgerr.List, err error) {
	errs := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		errs = joined.Unwrap()
	}
	for _, err := range errs {
		var file *fs.PathError
		if errors.As(err, &file) && file.Path == k.cfg.Server.Key {
			bad.Add("server.key", k.cfg.Server.Key, "%v", err)
		} else {
			bad.Add("server.cert", k.cfg.Server.Cert, "%v", err)
		}
	}
}
