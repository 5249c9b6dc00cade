package dispatch

import "context"

// AnnounceStop tells actions that the server is about to stop: see [Connection.Stopping]. Running
// actions continue, and new requests are still answered until [Dispatcher.Drain]. It suits
// http.Server.RegisterOnShutdown. It cannot be undone; further calls do nothing. A sidekick.Kit
// calls it when it begins to stop.
func (d *Dispatcher) AnnounceStop() { d.announceStop() }

// Stopping returns a channel that is closed when the server begins to stop. An action that does
// not end by itself, such as an event stream, must end then: the server waits only for a limited
// time, then cuts the connections of the actions that still run, and the stop counts as failed.
// Other actions can ignore it.
//
// The action's context, in contrast, ends when the client leaves. When the channel is closed, the
// client is still there, and the action can say goodbye. Other goroutines may use the channel.
func (c *Connection) Stopping() <-chan struct{} { return c.call.d.stopping }

// UntilStop returns a context that ends with ctx, with cancel, or, with the cause
// [ErrShuttingDown], when the server begins to stop. It is for calls that take a context. Call
// cancel when the action ends.
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
