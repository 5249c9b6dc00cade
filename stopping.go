package sidekick

import (
	"context"
	"sync"
)

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
