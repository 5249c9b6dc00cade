package dispatch

import (
	"context"

	"github.com/sidekick-http/sidekick/internal/failure"
)

// Runner runs an action, or the action wrapped in middleware. Its result and error replace the
// action's.
type Runner func(ctx context.Context, c *Connection) (any, error)

// Middleware runs around, before and after actions. Each function may be nil. Several goroutines
// may call them at once, one for each request.
type Middleware struct {
	// Name is for people.
	Name string
	// Priority orders global middleware: the lowest is the outermost and runs first; equal ones
	// run in the order of the list. 0 means 100. Middleware of an action runs inside the global
	// middleware, in the order of its list.
	Priority int
	// Around wraps a Runner: New calls it once for each action. The function that it returns
	// need not call next, and may replace its result. The context that it passes to next becomes
	// the context of the action, of the actions that it runs, and of [Connection.Request]. It
	// also wraps actions that other actions run. If it does not call next, the Before and After
	// functions do not run either.
	//
	// It sees every outcome of a request that leads to the action: its result; errors of the
	// action, of its middleware and of its inputs; queries and bodies that cannot be read;
	// refusals such as [ErrBlockedConnectionType] and [ErrTooManyPending]; [ErrTimeout]; panics
	// of what it wraps, as a [*PanicError]; and a response that the action wrote itself, whose
	// result is nil and whose status [Connection.Status] returns. If a request fails before a
	// version is chosen, it counts for the version that its path or query names, otherwise for
	// the route's, otherwise for the newest.
	//
	// It does not see what happens to the outcome afterwards: a result that cannot be encoded,
	// another failure of the [Renderer], or a client that leaves during the response. Neither does
	// it see a panic of a Create function, or of a function among [Options].
	//
	// It runs before the body is read: until it calls next, [Connection.Params] holds only the
	// parameters of the query and the path. Only if the action has several versions, and neither
	// path nor query names one, the body is read first, because it may name one.
	Around func(next Runner) Runner
	// Unknown lets the Around function also see requests that reach no action: those that lead
	// to none, those with a method that the path does not support, those that are refused before
	// an action is known (by [ErrShuttingDown], or because of a query or body that might have
	// named it), OPTIONS, and files. For them [Connection.Action] returns "", and next returns
	// the error that is sent, such as [ErrUnknownAction], or nil if something was sent: by
	// [Options.Unknown], with the methods for OPTIONS, or with a file. The files of
	// [Dispatcher.Folder], such as those of routes with Dir in the assembled server, are not
	// seen. A request whose body asks for a version that its action does not have is seen as one
	// of that action, and then, if [Options.Unknown] responds, once more without it.
	Unknown bool
	// Create runs at the start of every request that reaches the dispatcher, before the action is
	// known, and Destroy at its end, whatever the outcome, like Actionhero's connection
	// middleware. Only global middleware may have them.
	Create, Destroy func(ctx context.Context, c *Connection)
	// Before runs with the parameters as the client sent them, allow-listed but not yet checked,
	// and may add to c.Params. An error refuses the request; [Connection.Stop] ends it with a
	// result.
	Before func(ctx context.Context, c *Connection) error
	// After runs once the action has succeeded or a Before function has stopped it. It may
	// replace the result.
	After func(ctx context.Context, c *Connection, result any) (any, error)
}

const defaultPriority = 100

// PanicError is the panic of an action, a handler, or middleware: its Value, and the Stack for
// logs. It is always a 500, whatever its Value is.
type PanicError = failure.Panic
