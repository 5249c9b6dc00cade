package sidekick

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// The limits of a connection. While a form is read, upload puts its own rolling
// deadline in the place of readTimeout, so that large files take their time.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = time.Minute
	writeTimeout      = time.Hour
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
)

// ListenAndServe listens on Config.Port at Config.BindIP and serves until ctx is done; see
// [Kit.Serve].
func (k *Kit) ListenAndServe(ctx context.Context) error {
	l, err := net.Listen("tcp", net.JoinHostPort(k.cfg.BindIP, string(k.cfg.Port)))
	if err != nil {
		return fmt.Errorf("sidekick: %w", err)
	}
	return k.Serve(ctx, l)
}

// Serve serves the connections of l until ctx is done. Then it accepts no
// more, answers late requests with 503, lets those in flight finish for at
// most Config.ShutdownTimeout, and closes idle connections at once. It returns
// nil when all have finished, and otherwise an error that says what was cut.
// It closes l in any case. A Kit is served once.
func (k *Kit) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler:           k,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(k.logger.Handler(), slog.LevelWarn),
	}
	k.logger.Info("listening", "address", l.Addr().String())
	go k.sweep()
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("sidekick: serving %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	k.dispatcher.Drain()
	k.logger.Info("stopping", "wait", k.cfg.ShutdownTimeout)
	wait, cancel := context.WithTimeout(context.Background(), k.cfg.ShutdownTimeout)
	defer cancel()
	if err := srv.Shutdown(wait); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("requests were still running after %v and were cut", k.cfg.ShutdownTimeout)
		}
		return errors.Join(fmt.Errorf("sidekick: stopping: %w", err), srv.Close())
	}
	return nil
}

// leftOver is how old an upload must be to count as left behind by a process
// that was killed: no request takes that long.
const leftOver = 24 * time.Hour

// sweep removes what a killed process has left behind.
func (k *Kit) sweep() {
	removed, err := k.store.Sweep(leftOver)
	if removed > 0 || err != nil {
		k.logger.Info("uploads of a process that was killed", "removed", removed, "error", err)
	}
}
