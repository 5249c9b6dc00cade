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
	// Around wraps a Runner: New calls it once for each action. The function that it returns may
	// call next or not, and returns what next returned or something else. It sees every outcome:
	// errors of the action and of its inputs, bodies that cannot be read, panics (as a
	// [*PanicError]), and actions with a Handler, whose result is nil. The context that it passes
	// to next becomes the context of the action, of the actions that it runs, and of
	// [Connection.Request].
	//
	// It runs before the body is read: until it calls next, [Connection.Params] holds only the
	// parameters of the query and the path. It also wraps actions that other actions run. If it
	// does not call next, the Before and After functions do not run either.
	Around func(next Runner) Runner
	// Unknown lets the Around function also see requests that reach no action. For them
	// [Connection.Action] returns "", and next returns [ErrUnknownAction].
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
// logs. It is always answered as a 500, whatever its Value is.
type PanicError = failure.Panic
