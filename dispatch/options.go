package dispatch

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/static"
)

const defaultMaxPending = 256

// Options configure a [Dispatcher]. The zero value is usable: no actions, by
// name and by param, in an envelope, at the root.
type Options struct {
	_ struct{}

	// Actions are what can be reached. No two have the same name and version.
	Actions []Action

	// Routes lead to actions and folders; the first that matches wins. More
	// can be added by [Dispatcher.Register].
	Routes Routes

	// AutomaticRoutes gives every action a route of its name for the listed
	// methods (get, post, …), behind the routes above. Names then answer those
	// methods only. Without it a name answers every method that can be routed.
	AutomaticRoutes []string

	// DisableNames keeps a path from reaching an action by its name. Automatic
	// routes are routes.
	DisableNames bool

	// AnyMethodByName lets a name, and the parameter "action", answer every method
	// that can be routed. By default an action that some route leads to answers
	// by its name only the methods that its routes list, the automatic ones among
	// them, so that no GET does what a route has for DELETE. Actions without routes
	// answer every method.
	//
	// Actionhero's document has the free way.
	AnyMethodByName bool

	// NotFoundForMethods answers a method that nothing is routed for at a path
	// with 404, as Actionhero does. By default it is a 405 that lists the others
	// in Allow.
	NotFoundForMethods bool

	// Unknown answers what nothing here does, instead of [ErrUnknownAction] and
	// [ErrMethodNotAllowed]: requests that no route, name or parameter leads to an
	// action, or to one that does not have the version or answer the method. What
	// leads to an action is the action's, whatever it answers. Routes whose action
	// is not here are no errors then: they lead to it. A server that this one is to
	// replace stands here: see package legacy.
	//
	// It gets the request with its whole body. Where the body had to be searched
	// for the parameters "action" or "apiVersion", it is kept for that up to 1 MiB,
	// and a longer one is refused with 413. Middleware runs around it only where
	// [Middleware.Unknown] says so. TRACE and CONNECT are still refused.
	Unknown http.Handler

	// DisableActionParam keeps the param "action", of the query or the body,
	// from reaching an action. It counts only where the path names none.
	DisableActionParam bool

	// Prefixes are the paths below which the dispatcher answers, each as
	// "/api" or "/a/b"; "" is the root. The longest that fits is taken away
	// before routes and names are looked at. They match with case. The default
	// is the root alone. Under http.StripPrefix leave it empty.
	Prefixes []string `config:"-"` // the assembled server has sidekick.PathOptions

	// Params reads the params. The default is params.New with its defaults.
	Params *params.Parser

	// Renderer renders results and errors. The default is an envelope with its
	// defaults.
	Renderer Renderer

	// Middleware runs around every action, ordered by priority, outside of the
	// action's own.
	Middleware []Middleware

	// ExtraParams are names that every action takes without declaring them, as
	// Actionhero's postVariables.
	ExtraParams []string

	// DisableParamScrubbing lets params reach actions that do not declare
	// them, as Actionhero's option of that name.
	DisableParamScrubbing bool

	// FilteredParams are params whose values are shown as "[FILTERED]" in the
	// envelope and in logs; a member of an object is named with dots.
	FilteredParams []string

	// FilteredParamsFunc names more of them for one request. ctx is the request's.
	FilteredParamsFunc func(ctx context.Context) []string

	// LogResponses logs what every action answers, as the record "response" with
	// the attributes messageId, action, version and response, at
	// [Action.LogLevel]. The answers of actions that answer by themselves are
	// not logged.
	LogResponses bool

	// FilteredResponse are members of responses that are logged as "[FILTERED]",
	// written as FilteredParams; FilteredResponseFunc names more of them.
	FilteredResponse     []string
	FilteredResponseFunc func(ctx context.Context) []string

	// IsMissing tells whether the value of a required input of a plain action is
	// as good as missing. The default is true for nil and "".
	IsMissing func(value any) bool

	// MissingFirst refuses a request for its missing parameters before formatters
	// and validators have looked at the others, as Actionhero does. By default
	// what is missing and what is invalid is reported together.
	MissingFirst bool

	// IgnoreUndeclaredFiles lets requests through whose files no input of the
	// action takes: they are not stored, [Connection.SkippedFiles] names them, and
	// they are logged at debug. By default such a request is refused with
	// [ErrFileNotTaken]. A part of a JSON type whose file name is "blob" is a value
	// and no file: see [upload.Parser.ParseOnly].
	//
	// Actionhero stores every file and gives it to every action.
	IgnoreUndeclaredFiles bool

	// MaxPending is how many actions one client address may have running at
	// once; one more is [ErrTooManyPending]. The default is 256, a negative
	// value means no limit. Clients of a unix socket are not counted.
	MaxPending int

	// Timeout cancels the context of an action that runs longer; the error it
	// then returns is answered as [ErrTimeout]. An action that does not heed
	// its context is not stopped. The default 0 means none.
	Timeout time.Duration

	// MaxBodyTime is how long an action may take to read a body that was left for
	// it. Within that, the body may come as slowly as it likes, as long as
	// something comes in every http.Server.ReadTimeout, which otherwise limits the
	// whole request; reading then ends with an error that is answered as 408. It
	// does nothing where the server has no ReadTimeout. An action that sets read
	// deadlines itself, with http.ResponseController, does so before each read. The
	// default 0 means an hour, a negative value no limit.
	MaxBodyTime time.Duration

	// AllowDeadRoutes accepts routes that can never answer, because their
	// action is unknown or an earlier route takes all they could, as
	// Actionhero does. Without it they are errors.
	AllowDeadRoutes bool

	// Files answers [Connection.SendFile] and requests for the action "file".
	// The default is none.
	Files Files

	// Folder opens the folder of a route with Dir. It is called once for each
	// folder while the routes are compiled. The default serves it with the
	// default options of package static.
	Folder func(dir string) (Files, error)

	// DangerouslyMatchActiveTypes lets MatchExtensionMIMEType answer with
	// types that browsers run or render: html, svg, xml, js, css and their
	// like. Without it their extensions change nothing. The envelope escapes
	// <, > and & in answers of a type that is not JSON, and the answer has
	// X-Content-Type-Options: nosniff.
	DangerouslyMatchActiveTypes bool

	// Logger gets panics, what went wrong after an answer had begun, and every
	// error that the Renderer does not log itself: once, with all that it wraps,
	// the message id, action, version, method, path and status. An error of the
	// server's is at level error, one of the client's at level debug; that a
	// client has left is no error. The default Renderer logs to it as well.
	//
	// nil means [slog.Default], as it is at that moment; slog.DiscardHandler
	// silences it.
	Logger *slog.Logger

	// NewID makes message ids. The default is a random UUID. It must be safe
	// for concurrent use.
	NewID func() string
}

// Renderer renders the answers of a dispatcher; *[envelope.Envelope] is one.
// It must be safe for concurrent use.
//
// Errors that it answers are logged by the dispatcher, unless it has an envelope
// answer them, which logs them itself. Where it has a method
// Report(context.Context, envelope.Failure), that is told of failures that are
// not answered, because an answer has begun.
type Renderer interface {
	// Respond answers the request. Answer.Context is set, and stands for the
	// request's own.
	Respond(w http.ResponseWriter, r *http.Request, a envelope.Answer)
}

// Files serves files by name; *static.Handler is one. It must be safe for
// concurrent use, and answer itself where there is no such file.
type Files interface {
	ServeName(w http.ResponseWriter, r *http.Request, name string)
}

// withDefaults checks everything that can be checked without the routes.
func (o *Options) withDefaults(bad *cfgerr.List) {
	if o.Params == nil {
		p, err := params.New(params.Options{})
		bad.Join(err)
		o.Params = p
	}
	if o.Renderer == nil {
		e, err := envelope.New(envelope.Options{Logger: o.Logger, NewID: o.NewID})
		bad.Join(err)
		o.Renderer = e
	}
	if o.MaxPending == 0 {
		o.MaxPending = defaultMaxPending
	}
	if o.Timeout < 0 {
		bad.Add("Timeout", o.Timeout, "want 0 for none, or more")
	}
	if o.MaxBodyTime == 0 {
		o.MaxBodyTime = defaultMaxBodyTime
	}
	o.Logger = failure.Logger(o.Logger)
	if o.Folder == nil {
		o.Folder = func(dir string) (Files, error) {
			return static.New(static.Options{Roots: []static.Root{static.Dir(dir)}, Logger: o.Logger})
		}
	}
	if len(o.Prefixes) == 0 {
		o.Prefixes = []string{""}
	}
	o.Prefixes = slices.Clone(o.Prefixes)
	for i, p := range o.Prefixes {
		if p != "" && (p[0] != '/' || strings.HasSuffix(p, "/") || strings.Contains(p, "//")) {
			bad.Add(fmt.Sprintf("Prefixes[%d]", i), p, `want "" or a path as "/api", without a slash at the end`)
		}
	}
	// The longest first, so that "/api" is found before "".
	slices.SortStableFunc(o.Prefixes, func(a, b string) int { return len(b) - len(a) })
	for i, m := range o.AutomaticRoutes {
		if _, err := methodsOf(m); err != nil {
			bad.Add(fmt.Sprintf("AutomaticRoutes[%d]", i), m, "want head, get, post, put, patch, delete or all")
		}
	}
	if o.IsMissing == nil {
		o.IsMissing = isNothing
	}
	o.FilteredParams, o.FilteredResponse = slices.Clone(o.FilteredParams), slices.Clone(o.FilteredResponse)
	o.Middleware = slices.Clone(o.Middleware)
	for i := range o.Middleware {
		if o.Middleware[i].Priority == 0 {
			o.Middleware[i].Priority = defaultPriority
		}
	}
	slices.SortStableFunc(o.Middleware, func(a, b Middleware) int { return a.Priority - b.Priority })
}
