package dispatch

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/dispatch/internal/typed"
)

// Action is one thing that a server can do. It is reached by its name, by
// routes, and by the action param, and answers in the envelope.
type Action struct {
	// Name is how clients call the action. It is required, has none of / ? # (
	// and is matched without case. What stands before a colon is a tag of it in
	// documents: "session:create".
	Name string
	// Description is for people.
	Description string
	// Version tells actions of one name apart; "" is "1". With at most one point
	// it is a decimal number, as in Actionhero: "1" and "1.0" are the same. With
	// more it is compared part by part: 1.10.0 is newer than 1.9.0. Two versions
	// such as 1.9 and 1.10, of which either could be the newer one, are refused.
	// Words compare as strings and are older than numbers. A request that names
	// no version gets the newest.
	//
	// Unlike Actionhero, where words are newer than numbers.
	Version string
	// Inputs are the params that the action takes. No others reach it, but for
	// action, apiVersion, callback, file and messageId and those of
	// [Options.ExtraParams].
	Inputs Inputs
	// Middleware runs around the action, after the global one, in this order.
	Middleware []Middleware
	// Run does the work. Its result is any value that can be encoded as JSON;
	// an error takes its place. A panic is answered as 500. Exactly one of Run
	// and Handler is set.
	Run func(ctx context.Context, c *Connection) (any, error)
	// Handler answers instead of Run and writes the response itself. Its
	// inputs are checked before it runs; [FromContext] gives it the
	// connection, with the params. Middleware may refuse it, its After
	// functions are not run.
	Handler http.Handler
	// Idempotency lets clients repeat the action safely: a request that brings a
	// key is run once, and repeated ones get the same answer. It comes behind the
	// Before functions of middleware, which see every request, so that who asks is
	// checked each time; Around functions see an action that has answered by
	// itself. What is answered with an error of the server's may be tried again.
	// The dispatcher has to be the one that reads the body: behind
	// params.Parser.Handler such an action is a 500. nil means that every request
	// runs. It is a [*idempotency.Replayer].
	Idempotency Replayer
	// Timeout is [Options.Timeout] for this action; 0 means that one, a negative
	// value none.
	Timeout time.Duration
	// Meta are properties of the action, for middleware to ask for: whether it
	// needs a login, which permission it asks for. [Connection.Meta] returns
	// them. They are not changed.
	Meta map[string]any
	// DisableName keeps the action from being reached by its name in the path,
	// DisableActionParam by the parameter "action". Routes lead to it all the same.
	DisableName, DisableActionParam bool
	// FilteredParams are further parameters of this action whose values are not
	// shown: see [Options.FilteredParams].
	FilteredParams []string
	// LogLevel is the level of the records of the access log and of
	// [Options.LogResponses] for this action. The zero value is info.
	LogLevel slog.Level
	// OutputExample shows a result, for people and for documents.
	OutputExample any
	// SuccessStatus is the status of a result, 200 to 299, where the action sets
	// none by [Connection.SetStatus]; 0 means 200.
	SuccessStatus int
	// Responses say of further statuses of the action, 200 to 599, when it answers
	// with them: {409: "The name is taken."}. They are for documents.
	Responses map[int]string
	// MatchExtensionMIMEType answers a path that ends in the extension of a
	// known type with that Content-Type; the body stays JSON. See
	// [Options.DangerouslyMatchActiveTypes].
	MatchExtensionMIMEType bool
	// BlockedConnectionTypes lists kinds of clients that may not run the
	// action; "web" blocks every request, so that it can only be run by other
	// actions.
	BlockedConnectionTypes []string
	// DisableJSONP keeps the answer from being read by a script tag of another
	// site. Set it where the answer depends on who is asking.
	DisableJSONP bool
	// DisableCompression keeps the answer from being compressed: set it where
	// a secret and something that the client sent stand in one answer.
	DisableCompression bool

	typed   *typed.Inputs // of an action that Typed made
	out     *jsonschema.Schema
	problem error // for New to report
}
