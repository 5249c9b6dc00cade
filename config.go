package sidekick

import (
	"cmp"
	"log/slog"
	"net/http"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/fingerprint"
	"github.com/sidekick-http/sidekick/hosts"
	"github.com/sidekick-http/sidekick/idempotency"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/jsclient"
	"github.com/sidekick-http/sidekick/middleware/accesslog"
	"github.com/sidekick-http/sidekick/middleware/clientaddr"
	"github.com/sidekick-http/sidekick/middleware/compress"
	"github.com/sidekick-http/sidekick/middleware/headers"
	"github.com/sidekick-http/sidekick/middleware/jsonp"
	"github.com/sidekick-http/sidekick/middleware/preflight"
	"github.com/sidekick-http/sidekick/middleware/recovery"
	"github.com/sidekick-http/sidekick/middleware/requestid"
	"github.com/sidekick-http/sidekick/openapi"
	"github.com/sidekick-http/sidekick/openapi/ui"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/ratelimit"
	"github.com/sidekick-http/sidekick/static"
	"github.com/sidekick-http/sidekick/upload"
)

// ConfigError is one problem of a [Config]. [New] and [Load] join all problems;
// errors.As finds the first.
type ConfigError = cfgerr.Error

// Config is the configuration of a [Kit]: the options of every piece, as the piece
// declares them, and the options of the server. The zero value is the configuration
// for production, which [Production] returns: compact responses without metadata, and
// only those error messages that are meant for clients. [Development] returns the one
// for development.
//
// A zero option has its documented default. To switch off a default, set the option named
// Disable… or Omit…. A part that is a pointer is off while it is nil. The options of a part
// that is off are checked, too.
//
// Where an option holds a Go value, such as Upload.Store, Actions.Renderer or
// Actions.Params, [New] makes one only if it is nil. The same goes for Logger options and
// for functions that respond to errors.
//
// In JSON and in the environment an option is named by the path of its field:
// Static.MaxAge is static.maxAge and SIDEKICK_STATIC_MAX_AGE. Actionhero's names
// are accepted as well. docs/configuration.md lists them all.
type Config struct {
	_ struct{}

	// Server says where to listen, sets timeouts and limits, and says how to stop.
	Server ServerOptions

	// Paths says what is served at which path.
	Paths PathOptions

	// Chain has middleware of your own.
	Chain Chain

	// Logger gets one record for every request and every failure, and those of start
	// and stop, from all pieces whose own Logger is nil. If it is nil, they go to
	// [slog.Default], or as Log says; requests only if Log says so or the Config comes
	// from [Load]. slog.DiscardHandler silences all, DisableAccessLog only requests.
	Logger *slog.Logger

	// Log says how to write the log if Logger is nil.
	Log LogOptions

	loaded bool // by Load, which has requests logged

	// RequestID controls the id of each request. ClientAddr decides whose ids are
	// accepted.
	RequestID requestid.Options

	// Recovery answers panics.
	Recovery recovery.Options

	// AccessLog controls what is logged about requests.
	AccessLog accesslog.Options

	// ClientAddr says which proxies are believed about the client's address and about
	// whether its connection is secure. All pieces follow it.
	ClientAddr clientaddr.Options

	// Headers are sent with every response. The defaults are X-Powered-By with
	// Envelope.ServerName, Access-Control-Allow-Origin "*",
	// Access-Control-Allow-Methods, Access-Control-Allow-Headers "Content-Type", and,
	// on secure requests only, Strict-Transport-Security for a year. The value ""
	// removes a header.
	Headers headers.Options

	// Hosts are the origins under which the server is reached. The default is any.
	Hosts hosts.Options

	// Preflight answers OPTIONS requests. Its Methods and Origin are in all other
	// responses as well, unless Headers.Set has those fields.
	Preflight preflight.Options

	// Compress compresses responses. The default nil switches it off.
	Compress *compress.Options

	// Fingerprint tells clients apart. If no option has any keys, they come from the
	// environment variable SIDEKICK_FINGERPRINT_KEYS; without that, [New] makes a
	// random key and logs a warning, since the clients' ids are then lost when the
	// server stops.
	Fingerprint fingerprint.Options

	// JSONP wraps responses for a script element. Its Delimiter follows Params.
	JSONP jsonp.Options

	// RateLimit refuses requests for actions from clients that send too many; files
	// are not counted. The default nil switches it off. The envelope renders the
	// refusals and shows the remaining requests as RequestsRemaining in
	// RequesterInformation.
	RateLimit *ratelimit.Options

	// ActionRateLimits adds limits for single actions, by name. A limit counts all
	// versions of the action, and also calls from other actions. Everything else is
	// as in RateLimit, or as its defaults if that is nil.
	ActionRateLimits map[string][]ratelimit.Limit

	// Idempotency lets clients repeat requests for actions safely: a request with an
	// Idempotency-Key runs once, and its repetitions get the same response. It applies to
	// every action without a [dispatch.Action.Idempotency] of its own, or only to
	// IdempotentActions. nil, the default, switches it off. Pages of other origins can
	// send the key only if Access-Control-Allow-Headers, in Headers, allows it.
	Idempotency *idempotency.Options

	// IdempotentActions are the names of the actions that Idempotency applies to, in all
	// their versions. If Idempotency is nil, they get its defaults. An empty list,
	// the default, is all actions.
	IdempotentActions []string

	// Redis is the URL of a Redis or Valkey server, such as "redis://localhost:6379/0",
	// for what several processes share: the counts of RateLimit and ActionRateLimits, and
	// the responses of Idempotency. A Store that is set there takes precedence. OpenRedis
	// is required. An unreachable server is not an error of [New]: the Fallback of each
	// piece applies until the server is reachable. If clients are identified by their
	// fingerprint, all processes need the same Fingerprint.Keys; without any, New fails.
	// A password is never shown or written to JSON; put a URL with one into the
	// environment variable. Default: the memory of each process.
	Redis string `config:"password"`

	// OpenRedis opens the server of Redis. Set it to Open of the module
	// github.com/sidekick-http/sidekick/redis, which is separate so that other programs do
	// not link a Redis client. It must return stores or an error.
	OpenRedis func(url string) (*Stores, error)

	// Envelope renders results and errors.
	Envelope envelope.Options

	// Params reads queries and bodies.
	Params params.Options

	// Upload reads multipart bodies and bodies that are one file.
	Upload upload.Options

	// UploadDir is the folder for uploads if Upload.Store is nil.
	UploadDir upload.DirStoreOptions

	// Actions has routes, limits of actions, and middleware for them. The actions
	// given to [New] are added to its Actions. Its Prefixes come from Paths.
	Actions dispatch.Options

	// Unknown answers requests that match no action (see [dispatch.Options.Unknown]) and
	// requests for files that are in no folder. It is meant for the server that this one
	// will replace: see package legacy. It gets the request as it was sent, and sits
	// inside everything that applies to all requests: log, client address, headers,
	// hosts, OPTIONS, compression and fingerprint. Actions.Unknown, and what Static is
	// configured to send for missing files, take precedence over it.
	Unknown http.Handler

	// Static serves files. By default its NotFound is the message that
	// Envelope.Errors has for file_not_found.
	Static static.Options

	// OpenAPI serves the OpenAPI document of the actions as openapi.json below
	// Paths.Actions. If nil, it is not served; [Kit.OpenAPI] returns it in either case.
	// Title, Version and Servers default to those of Envelope and Hosts.
	OpenAPI *openapi.Options

	// Docs serves a page that shows the OpenAPI document and can send requests, by
	// default at "/docs/". If nothing else is at "/", that redirects to the page;
	// where actions are served, only for browsers. If nil, it is not served.
	Docs *ui.Options

	// Client is Actionhero's client library, served as a file. A file of the same name in
	// the folders of Static takes precedence.
	Client jsclient.Options

	// DisableAccessLog, DisableStatic, DisableFingerprint, DisableJSONP,
	// DisablePreflight and DisableClient leave a piece out of the server. By default
	// the server has all of them.
	DisableAccessLog   bool
	DisableStatic      bool
	DisableFingerprint bool
	DisableJSONP       bool
	DisablePreflight   bool
	DisableClient      bool
}

// PathOptions say what is served at which path.
type PathOptions struct {
	_ struct{}

	// Actions is the path below which actions are served, with or without slashes around
	// it. The default is "/api"; "/" serves them at the root only.
	Actions string

	// Files is the path below which files are served. The default is "/public"; "/"
	// serves them at the root only.
	Files string

	// Root says what is served at paths that belong to nothing else, "files" or
	// "actions". The default is "files", unless there are no files or Actions is "/".
	Root string
}

// The values of Root.
const (
	rootFiles   = "files"
	rootActions = "actions"
)

// withDefaults fills in the defaults.
func (o PathOptions) withDefaults(withoutFiles bool) PathOptions {
	o.Actions = cmp.Or(o.Actions, "/api")
	o.Files = cmp.Or(o.Files, "/public")
	if o.Root == "" {
		o.Root = rootFiles
		if withoutFiles || prefixOf(o.Actions) == "" {
			o.Root = rootActions
		}
	}
	return o
}

// Production returns the configuration for production, which is the zero Config.
func Production() Config { return Config{} }

// Development returns the configuration for development: that of [Production], with
// indented responses that have their metadata, the message of every error shown and
// the place in a query or body that could not be read, and the OpenAPI document and
// its page served.
func Development() Config {
	c := Production()
	c.Envelope.Padding = 2
	c.Envelope.ServerInformation, c.Envelope.RequesterInformation = true, true
	c.Envelope.ExposeErrors, c.Params.ShowExcerpt = true, true
	c.OpenAPI, c.Docs = &openapi.Options{}, &ui.Options{}
	return c
}

// Actionhero29 returns c changed to answer as Actionhero 29.3.5 does: actions are
// reached by routes only, not by name or by the parameter "action"; a method
// without a route is a 404; only the first missing parameter is reported; files
// that no input takes are not an error; text types have no charset.
func Actionhero29(c Config) Config {
	c = answersAlike(c)
	c.Actions.DisableNames, c.Actions.DisableActionParam = true, true
	return c
}

// ActionheroDocument returns c changed to answer as Actionhero's documentation
// says: as [Actionhero29], but names and the parameter "action" reach every action
// by every method, whatever its routes list.
func ActionheroDocument(c Config) Config {
	c = answersAlike(c)
	c.Actions.AnyMethodByName = true
	return c
}

func answersAlike(c Config) Config {
	c.Actions.NotFoundForMethods = true
	c.Actions.MissingFirst = true
	c.Actions.IgnoreUndeclaredFiles = true
	c.Static.OmitCharset = true
	return c
}
