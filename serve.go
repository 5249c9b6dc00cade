package sidekick

import (
	"context"
	"errors"
	"fmt"
	"net"

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

// Serve serves connections from the listeners until ctx is done or one of them
// fails. Listeners that did not come from [Kit.Listen] must be plain;
// Config.Server.Secure decides whether they serve HTTPS. Serve always closes all of
// them. Serve may be called only once; a second call is an error.
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
// has finished and no function of [Kit.OnStop] has panicked. Otherwise it cuts off what is left and returns an error that says
// what that was.
func (k *Kit) Serve(ctx context.Context, listeners ...net.Listener) error {
	if !k.served.CompareAndSwap(false, true) {
		return errors.Join(errors.New("sidekick: Serve may be called only once"), listen.CloseAll(listeners))
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
	if err := errors.Join(k.server.Serve(ctx, all...), k.stop.panics()); err != nil {
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
