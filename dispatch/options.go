package dispatch

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/static"
)

const defaultMaxPending = 256

// Options configure a [Dispatcher]. The zero value is usable: a dispatcher without actions, at
// the root, that finds actions by name and by parameter and answers in an envelope.
type Options struct {
	_ struct{}

	// Actions are the actions to serve. No two may have the same name and version.
	Actions []Action

	// Routes lead to actions and folders; the first match wins. [Dispatcher.Register] adds more.
	Routes Routes

	// AutomaticRoutes gives every action a route with its name for the listed methods (get, post,
	// …), after the routes above. Names then answer only those methods. Without automatic routes,
	// names answer the methods described at AnyMethodByName.
	AutomaticRoutes []string

	// DisableNames keeps clients from reaching an action by its name in the path. Automatic
	// routes still work.
	DisableNames bool

	// AnyMethodByName makes names, and the parameter "action", answer every method that routes
	// can have, as Actionhero documents it. By default an action with routes answers by name only
	// the methods of its routes, automatic ones included, so that no GET does what a route
	// reserves for DELETE. Actions without routes answer every method.
	AnyMethodByName bool

	// NotFoundForMethods answers 404 if a path does not support the request's method, as
	// Actionhero does. By default the response is a 405 that lists the supported methods in Allow.
	NotFoundForMethods bool

	// Unknown answers the requests that match no action, instead of [ErrUnknownAction] and
	// [ErrMethodNotAllowed]: those that lead to no action, or to one without the requested
	// version or method. Once a request has reached an action, Unknown does not see it, whatever
	// the response. With Unknown set, routes whose action does not exist are accepted and lead
	// here. This is the place for a server that is being replaced step by step: see package legacy.
	//
	// It gets the request with its whole body. If the dispatcher had to search the body for the
	// parameters "action" or "apiVersion", it keeps up to 1 MiB; a longer one is refused with
	// 413. Middleware runs around it only if [Middleware.Unknown] is set. TRACE and CONNECT are
	// still refused.
	Unknown http.Handler

	// DisableActionParam keeps clients from reaching an action by the parameter "action" of the
	// query or the body. That parameter only counts if the path is empty.
	DisableActionParam bool

	// Prefixes are the paths below which the dispatcher answers, such as "/api" or "/a/b"; "" is
	// the root. The longest matching one is removed before routes and names are looked at. They
	// are case-sensitive. The default is the root alone. Leave it empty under http.StripPrefix.
	Prefixes []string `config:"from=paths"`

	// Params reads the parameters. The default is params.New with its defaults.
	Params *params.Parser

	// Renderer renders results and errors. The default is an envelope with its defaults.
	Renderer Renderer

	// Middleware runs around every action, ordered by priority, outside of the action's own
	// middleware.
	Middleware []Middleware

	// ExtraParams are parameters that every action takes without declaring them, like
	// Actionhero's postVariables.
	ExtraParams []string

	// DisableParamScrubbing passes undeclared parameters to actions, undeclared members of objects
	// included, like Actionhero's option of that name.
	DisableParamScrubbing bool

	// FilteredParams are parameters whose values the envelope and the logs show as "[FILTERED]".
	// A member of an object is named with dots. Logs also mask variables of routes in the path,
	// as soon as the route is known: requests that are refused before that, for their size for
	// example, are logged with their path.
	FilteredParams []string

	// FilteredParamsFunc returns more names to hide in the request that ctx belongs to.
	FilteredParamsFunc func(ctx context.Context) []string

	// LogResponses logs the result of every action, as the record "response" with the attributes
	// messageId, action, version and response, at [Action.LogLevel]. A list of more than 10
	// elements is logged as their number. Responses that an action writes itself are not logged.
	LogResponses bool

	// FilteredResponse are members of results that are logged as "[FILTERED]", written like
	// FilteredParams. If a result is a list of objects, they are members of these. Strings that
	// look like JSON are hidden as a whole. FilteredResponseFunc returns more names to hide for
	// the request that ctx belongs to.
	FilteredResponse     []string
	FilteredResponseFunc func(ctx context.Context) []string

	// IsMissing reports whether the value of a required input of a plain action counts as
	// missing. The default is true for nil and "".
	IsMissing func(value any) bool

	// MissingFirst reports only the first missing parameter of a request, and nothing else that
	// is missing or invalid, as Actionhero does. By default all missing and invalid parameters
	// are reported together.
	MissingFirst bool

	// IgnoreUndeclaredFiles accepts requests with files that no input of the action takes: the
	// files are not stored, [Connection.SkippedFiles] names them, and they are logged at debug
	// level. By default such a request is refused with [ErrFileNotTaken]. A part of a JSON type
	// whose file name is "blob" is a value, not a file: see [upload.Parser.ParseOnly].
	//
	// In the same way, an action that takes files refuses a body that leads to none of its inputs:
	// one of a type that has no parameters, or a single file that could be for several inputs. With
	// this option it can read such a body itself.
	//
	// Actionhero stores every file and passes it to every action.
	IgnoreUndeclaredFiles bool

	// MaxPending is how many actions one client may run at once; a further one is refused with
	// [ErrTooManyPending]. A client is an IPv4 address or a /64 network of IPv6, in which it can
	// usually choose its address. The default is 256, a negative value means no limit. Clients of
	// a Unix socket are not counted.
	MaxPending int

	// Timeout cancels the context of an action that runs longer; the error that it then returns
	// becomes [ErrTimeout]. An action that ignores its context is not stopped. 0, the default,
	// means no timeout. A deadline of the request's own context, such as that of
	// [http.TimeoutHandler], is treated in the same way.
	Timeout time.Duration

	// MaxBodyTime is how long an action may take to read a body that was left for it. Within that
	// time the body may come slowly, as long as something arrives within every
	// http.Server.ReadTimeout, which otherwise limits the whole request. If nothing does, reading
	// fails with an error whose status is 408. MaxBodyTime has no effect if the server has no
	// ReadTimeout. An action that sets read deadlines itself, with http.ResponseController, must
	// do so before each read. 0, the default, means an hour, a negative value no limit.
	MaxBodyTime time.Duration

	// AllowDeadRoutes accepts routes that can never answer, because their action is unknown or an
	// earlier route matches all their requests, as Actionhero does. By default they are errors.
	AllowDeadRoutes bool

	// Files answers [Connection.SendFile] and requests for the action "file". By default there
	// are no files.
	Files Files

	// Folder opens the folder of a route with Dir. It is called once for each folder while the
	// routes are compiled. The default serves it with the default options of package static.
	Folder func(dir string) (Files, error)

	// DangerouslyMatchActiveTypes lets MatchExtensionMIMEType choose types that browsers run or
	// render: html, svg, xml, js, css and similar ones. By default their extensions change
	// nothing. In responses of a type that is not JSON the envelope escapes <, > and &, and sends
	// X-Content-Type-Options: nosniff.
	DangerouslyMatchActiveTypes bool

	// Logger gets panics, failures after a response had begun, and every error that the Renderer
	// does not log itself: once, with all wrapped errors, the message id, action, version,
	// method, path and status. Server errors are logged at level error, client errors at level
	// debug. A client that has left is not an error. The default Renderer logs to it as well.
	//
	// nil means [slog.Default] at the time of logging; slog.DiscardHandler silences it.
	Logger *slog.Logger

	// NewID makes message ids. The default is a random UUID. It must be safe for concurrent use.
	NewID func() string
}

// Renderer renders the responses of a dispatcher; *[envelope.Envelope] is one. It must be safe for
// concurrent use.
//
// The dispatcher logs the errors that the Renderer answers, unless the Renderer passes them to an
// envelope, which logs them itself. If the Renderer has a method Report(context.Context,
// envelope.Failure), the dispatcher calls it for failures that it cannot answer, because a
// response has begun.
type Renderer interface {
	// Respond answers the request. Answer.Context is set and replaces the request's context.
	Respond(w http.ResponseWriter, r *http.Request, a envelope.Answer)
}

// Files serves files by name; *static.Handler is one. It must be safe for concurrent use, and
// must itself answer if there is no such file.
type Files interface {
	ServeName(w http.ResponseWriter, r *http.Request, name string)
}

// WithDefaults returns the options as [New] uses them: what is zero has its default. Functions,
// Params, Renderer, Middleware and Logger stay as they are: New makes those that are nil.
func (o Options) WithDefaults() Options {
	o.MaxPending = cmp.Or(o.MaxPending, defaultMaxPending)
	o.MaxBodyTime = cmp.Or(o.MaxBodyTime, defaultMaxBodyTime)
	if len(o.Prefixes) == 0 {
		o.Prefixes = []string{""}
	}
	return o
}

// check reports what can be checked without actions and routes, in options whose defaults are
// filled in.
func (o *Options) check(bad *cfgerr.List) {
	if o.Timeout < 0 {
		bad.Add("Timeout", o.Timeout, "want 0 for none, or more")
	}
	for i, p := range o.Prefixes {
		if p != "" && (p[0] != '/' || strings.HasSuffix(p, "/") || strings.Contains(p, "//")) {
			bad.Add(fmt.Sprintf("Prefixes[%d]", i), p, `want "" or a path such as "/api", without a slash at the end`)
		}
	}
	for i, m := range o.AutomaticRoutes {
		if _, err := methodsOf(m); err != nil {
			bad.Add(fmt.Sprintf("AutomaticRoutes[%d]", i), m, "want head, get, post, put, patch, delete or all")
		}
	}
}

// complete makes the Go values that are nil, and copies and sorts lists.
func (o *Options) complete(bad *cfgerr.List) {
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
	o.Logger = failure.Logger(o.Logger)
	if o.Folder == nil {
		o.Folder = func(dir string) (Files, error) {
			return static.New(static.Options{Roots: []static.Root{static.Dir(dir)}, Logger: o.Logger})
		}
	}
	if o.IsMissing == nil {
		o.IsMissing = isNothing
	}
	o.Prefixes = slices.Clone(o.Prefixes)
	// The longest come first, so that "/api" is found before "".
	sort.SliceStable(o.Prefixes, func(i, j int) bool { return len(o.Prefixes[i]) > len(o.Prefixes[j]) })
	o.FilteredParams, o.FilteredResponse = slices.Clone(o.FilteredParams), slices.Clone(o.FilteredResponse)
	o.Middleware = slices.Clone(o.Middleware)
	for i := range o.Middleware {
		if o.Middleware[i].Priority == 0 {
			o.Middleware[i].Priority = defaultPriority
		}
	}
	sort.SliceStable(o.Middleware, func(i, j int) bool { return o.Middleware[i].Priority < o.Middleware[j].Priority })
}
