package sidekick

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/sidekick-http/sidekick/internal/failure"
)

// UntilSignal returns a context that ends with its parent, when stop is called, or
// on the first SIGINT, SIGTERM or SIGHUP, which is then its cause. It is for
// [Kit.Serve], where [Kit.Run] does not fit. Once the context has ended, signals
// have their default effect again, so that a second one ends the process at once. A
// SIGHUP that was ignored when the process started, as with nohup, stays ignored.
//
// From the call on, a log or other output whose reader has gone no longer ends the
// process (SIGPIPE): its records are lost, requests are answered all the same.
//
// There is nothing to reload on a SIGHUP: certificates are read again by
// themselves, and other options take effect in the next process.
func UntilSignal(parent context.Context) (ctx context.Context, stop context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	wanted := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		wanted = append(wanted, syscall.SIGHUP)
	}
	signal.Notify(signals, wanted...)
	// Without this, the first record after the reader of the log has ended would end
	// the server. It is not ignored, because processes that this one starts would
	// inherit that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		var cause error
		select {
		case s := <-signals:
			cause = fmt.Errorf("signal: %v", s)
		case <-ctx.Done():
		}
		// This must come before the stop can be noticed: signal.NotifyContext, which
		// calls stop when its context is done, would swallow a signal in between.
		signal.Stop(signals)
		cancel(cause)
	}()
	return ctx, func() { cancel(nil) }
}

// stopHooks are the functions to call when a server begins to stop.
type stopHooks struct {
	mu     sync.Mutex
	begun  bool
	funcs  []func()
	failed []error // the panics
}

// OnStop registers f to be called, in its own goroutine, when the server begins to
// stop, which is the start of Config.Server.ShutdownDelay, or at once if the stop
// has already begun. It is for work outside requests, such as hijacked connections;
// like http.Server.RegisterOnShutdown, it does not wait for f. If f panics, that is
// logged, the stop goes on, and [Kit.Serve] returns an error, unless it has returned
// before. Actions have [dispatch.Connection.Stopping].
func (k *Kit) OnStop(f func()) {
	k.stop.mu.Lock()
	defer k.stop.mu.Unlock()
	if k.stop.begun {
		go k.runHook(f)
		return
	}
	k.stop.funcs = append(k.stop.funcs, f)
}

// beginStop calls the hooks.
func (k *Kit) beginStop() {
	k.dispatcher.AnnounceStop()
	k.stop.mu.Lock()
	defer k.stop.mu.Unlock()
	k.stop.begun = true
	for _, f := range k.stop.funcs {
		go k.runHook(f)
	}
}

// runHook calls f, and contains its panic, which would end the process with running
// requests.
func (k *Kit) runHook(f func()) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		err := failure.Recovered(p)
		k.stop.mu.Lock()
		k.stop.failed = append(k.stop.failed, fmt.Errorf("a function of OnStop: %w", err))
		k.stop.mu.Unlock()
		k.logger.Error("a function of OnStop panicked", "error", failure.Text(err), "stack", string(err.Stack))
	}()
	f()
}

// panics returns the panics of the hooks so far.
func (s *stopHooks) panics() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.failed...)
}

// orStopped returns err, or nil if the server was stopped before it could listen,
// which is not a failure.
func (k *Kit) orStopped(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	k.logger.Info("stopped before it could listen", "cause", context.Cause(ctx), "error", err)
	return nil
}
