package dispatch

import (
	"context"

	"github.com/sidekick-http/sidekick/internal/failure"
)

// Runner runs an action, or what middleware has made of it. Its result takes the
// place of the action's, its error that of both.
type Runner func(ctx context.Context, c *Connection) (any, error)

// Middleware runs around, before and after actions. Each function may be nil.
// All may run in several goroutines at once, one for each request.
type Middleware struct {
	// Name is for people.
	Name string
	// Priority orders global middleware: the lowest is the outermost and runs
	// first; equal ones run as they are listed. 0 means 100. The middleware of an
	// action runs inside the global one, as it is listed.
	Priority int
	// Around wraps what runs an action: New calls it once for each action. The
	// function that it returns calls next, or does not, and returns what next
	// returned, or something else. It sees every outcome: errors of the action and
	// of its inputs, bodies that cannot be read, panics (as a [*PanicError]), and
	// actions with a Handler, whose result is nil. The context that it hands on
	// is the one of the action, of what it runs, and of [Connection.Request].
	//
	// It runs before the body is read: [Connection.Params] has what the query and
	// the path say until next is called. It runs around actions that others run,
	// too. Not calling next skips the Before and After functions as well.
	Around func(next Runner) Runner
	// Unknown lets the Around function see requests that reach no action as well:
	// [Connection.Action] is "" for them, and next returns [ErrUnknownAction].
	Unknown bool
	// Create runs at the start of every request that reaches the dispatcher, before
	// its action is known, and Destroy at its end, whatever became of it: as
	// Actionhero's middleware of connections. They are for global middleware only.
	Create, Destroy func(ctx context.Context, c *Connection)
	// Before runs with the parameters as the client sent them, allow-listed but
	// not yet checked: it may add to c.Params. An error refuses the request;
	// [Connection.Stop] ends it with a result.
	Before func(ctx context.Context, c *Connection) error
	// After runs once the action has succeeded or was stopped, and may replace
	// the result.
	After func(ctx context.Context, c *Connection, result any) (any, error)
}

const defaultPriority = 100

// PanicError is the panic of an action, a handler, or middleware: its Value, and
// the Stack at that point, for logs. It is a 500, whatever its Value may say.
type PanicError = failure.Panic
