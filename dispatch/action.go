package dispatch

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/dispatch/internal/typed"
)

// Action is one thing that a server can do. Clients reach it by its name, by routes, or by the
// parameter "action". Its result is sent in the envelope.
type Action struct {
	// Name is how clients call the action. It is required, must not contain any of / ? # and (,
	// and is matched case-insensitively. In documents, the part before a colon becomes a tag:
	// "session:create" has the tag "session".
	Name string
	// Description is for people.
	Description string
	// Version distinguishes actions of the same name; "" means "1". With at most one point it is
	// a decimal number, as in Actionhero: "1" and "1.0" are the same. With more points it is
	// compared part by part: 1.10.0 is newer than 1.9.0. Pairs such as 1.9 and 1.10 are refused,
	// because either could be the newer one. Words compare as strings and are older than numbers,
	// unlike in Actionhero, where they are newer. A request that names no version gets the
	// newest.
	Version string
	// Inputs are the parameters that the action takes. Besides these it receives only action,
	// apiVersion, callback, file, messageId and those of [Options.ExtraParams].
	Inputs Inputs
	// Middleware runs around the action, in this order, inside the global middleware.
	Middleware []Middleware
	// Run does the work. Its result may be any value that can be encoded as JSON. An error is
	// sent instead of the result, a panic as a 500. Set exactly one of Run and Handler.
	Run func(ctx context.Context, c *Connection) (any, error)
	// Handler answers instead of Run and writes the response itself. The inputs are checked
	// before it runs; [FromContext] returns the connection with the parameters. If the action has
	// inputs, the body has been read for them: what was sent is in the parameters, and not in
	// r.Body or r.FormValue. Without inputs the handler gets the body untouched. Middleware may
	// refuse the request, but After functions do not run.
	Handler http.Handler
	// Idempotency lets clients repeat the action safely: the first request with a key runs it,
	// and repeated ones get the same response. Before functions of middleware run for every
	// request, repeated ones included, so that access is checked each time. To Around functions,
	// an action that replays a response looks like one that wrote its own response. After a server
	// error the client may try again with the same key. The dispatcher must read the body itself:
	// behind params.Parser.Handler such an action is answered with a 500. nil means that every
	// request runs the action. The usual value is an [*idempotency.Replayer].
	Idempotency Replayer
	// Timeout replaces [Options.Timeout] for this action, whether a request, another action or
	// [Dispatcher.Run] runs it. 0 keeps Options.Timeout; a negative value means no timeout.
	Timeout time.Duration
	// Meta holds properties of the action for middleware to read, such as whether it needs a
	// login or which permission. [Connection.Meta] returns them, and documents show them by
	// choice (openapi.Options.ShowMeta). They must not be changed.
	Meta map[string]any
	// DisableName keeps clients from reaching the action by its name in the path,
	// DisableActionParam by the parameter "action". Routes still lead to it.
	DisableName, DisableActionParam bool
	// FilteredParams are parameters of this action whose values are hidden, in addition to those
	// of [Options.FilteredParams].
	FilteredParams []string
	// LogLevel is the level at which the access log and [Options.LogResponses] record this
	// action. The zero value is info.
	LogLevel slog.Level
	// OutputExample is an example of a result, for documents.
	OutputExample any
	// SuccessStatus is the status of a result, 200 to 299, unless the action calls
	// [Connection.SetStatus]. 0 means 200.
	SuccessStatus int
	// Responses describes further statuses that the action may respond with, 200 to 599, for
	// documents: {409: "The name is taken."}.
	Responses map[int]string
	// MatchExtensionMIMEType sets the Content-Type by the extension of the path, if it is a known
	// one. The body stays JSON. See [Options.DangerouslyMatchActiveTypes]. In Actionhero it is on
	// unless the action switches it off.
	MatchExtensionMIMEType bool
	// BlockedConnectionTypes lists kinds of clients that may not run the action. "web" blocks
	// every request, so that only other actions can run it.
	BlockedConnectionTypes []string
	// DisableJSONP keeps script tags of other sites from reading the response. Set it where the
	// response depends on who is asking.
	DisableJSONP bool
	// DisableCompression keeps the response from being compressed. Set it where a response contains
	// both a secret and something that the client sent.
	DisableCompression bool

	typed   *typed.Inputs // set for an action that Typed made
	out     *jsonschema.Schema
	problem error // reported by New
}
