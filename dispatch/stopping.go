package dispatch

import "context"

// AnnounceStop tells actions that the server is about to stop: see
// [Connection.Stopping]. They go on, and requests are still answered; [Dispatcher.Drain]
// ends that. It fits http.Server.RegisterOnShutdown, cannot be taken back, and
// does nothing the second time. A sidekick.Kit calls it when it begins to stop.
func (d *Dispatcher) AnnounceStop() { d.announceStop() }

// Stopping returns a channel that is closed when the server begins to stop. An
// action without an end of its own, a stream of events say, shall end then: who
// is still running when the server has waited for long enough is cut, and the
// stop counts as failed. Others need not look at it.
//
// Unlike the context of the action, which ends when the client leaves, it says
// nothing of this request: there is time to say goodbye. The channel may be used
// in other goroutines.
func (c *Connection) Stopping() <-chan struct{} { return c.call.d.stopping }

// UntilStop returns a context that ends with ctx, with cancel, and when the server
// begins to stop, by the cause [ErrShuttingDown]: for an action that waits for
// what takes a context. Call cancel when the action ends.
func (c *Connection) UntilStop(ctx context.Context) (_ context.Context, cancel context.CancelFunc) {
	ctx, end := context.WithCancelCause(ctx)
	stopping := c.Stopping()
	go func() {
		select {
		case <-stopping:
			end(ErrShuttingDown)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { end(context.Canceled) }
}
