package sidekick

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

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

// stopHooks are the functions that are called when a server begins to stop.
type stopHooks struct {
	mu    sync.Mutex
	begun bool
	funcs []func()
}

// OnStop has f called, in a goroutine of its own, when the server begins to
// stop: at the beginning of Config.Server.ShutdownDelay, or at once where that is over
// already. It is for what goes on beside requests, as connections that were
// hijacked; like http.Server.RegisterOnShutdown, nobody waits for f. Actions have
// [dispatch.Connection.Stopping].
func (k *Kit) OnStop(f func()) {
	k.stop.mu.Lock()
	defer k.stop.mu.Unlock()
	if k.stop.begun {
		go f()
		return
	}
	k.stop.funcs = append(k.stop.funcs, f)
}

// beginStop tells everybody who wants to know.
func (k *Kit) beginStop() {
	k.dispatcher.AnnounceStop()
	k.stop.mu.Lock()
	defer k.stop.mu.Unlock()
	k.stop.begun = true
	for _, f := range k.stop.funcs {
		go f()
	}
}

// orStopped returns err, or nil where somebody has stopped the server before it
// could listen, which is no failure.
func (k *Kit) orStopped(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	k.logger.Info("stopped before it could listen", "cause", context.Cause(ctx), "error", err)
	return nil
}
