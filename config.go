package sidekick

import (
	"log/slog"
	"net/http"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/fingerprint"
	"github.com/sidekick-http/sidekick/hosts"
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

// ConfigError is one problem of a [Config]. [New] and [Load] join all of them;
// errors.As finds the first.
type ConfigError = cfgerr.Error

// Config is the configuration of a [Kit]: the options of every piece, as the piece
// declares them, and what serving needs. The zero value serves in production:
// compact answers without metadata, and of errors only what is made to be shown.
// [Production] and [Development] have a Config to begin with.
//
// An option that is zero has its documented default. What is on by default is
// switched off by an option whose name begins with Disable or Omit; a part that is
// a pointer is off while it is nil.
//
// Where an option is a value of Go, such as Upload.Store, Actions.Renderer or
// Actions.Params, [New] makes one only if there is none. A Logger, and a function
// that answers errors, are filled in alike.
//
// In JSON and in the environment an option has the path of its field:
// static.maxAge and SIDEKICK_STATIC_MAX_AGE are Static.MaxAge. Actionhero's names
// are taken as well. docs/configuration.md lists them all.
type Config struct {
	_ struct{}

	// Server says where to listen, how long and how much, and how to stop.
	Server ServerOptions

	// Paths say what answers where.
	Paths PathOptions

	// Chain has middleware of your own.
	Chain Chain

	// Logger gets one record for every request and for everything that goes wrong,
	// from all pieces whose own Logger is nil. Without it (nil) what goes wrong is
	// logged by [slog.Default], and requests are not; slog.DiscardHandler silences
	// both.
	Logger *slog.Logger

	// RequestID says which ids requests have. Whose ids are taken ClientAddr says.
	RequestID requestid.Options

	// Recovery answers panics.
	Recovery recovery.Options

	// AccessLog says what is logged of requests.
	AccessLog accesslog.Options

	// ClientAddr says whose word counts for the client's address, and for whether
	// its connection is secure. It decides for all pieces.
	ClientAddr clientaddr.Options

	// Headers are sent with every answer. By default these are X-Powered-By with
	// Envelope.ServerName, Access-Control-Allow-Origin "*",
	// Access-Control-Allow-Methods, Access-Control-Allow-Headers "Content-Type",
	// and, on secure requests only, Strict-Transport-Security for a year. "" takes
	// one out.
	Headers headers.Options

	// Hosts are the origins under which the server answers; by default any.
	Hosts hosts.Options

	// Preflight answers OPTIONS.
	Preflight preflight.Options

	// Compress encodes answers. nil, the default, does not.
	Compress *compress.Options

	// Fingerprint tells clients apart. Its keys come from the environment variable
	// SIDEKICK_FINGERPRINT_KEYS where no option has any; without that [New] makes a
	// random key, so that the clients' ids end with the server, and logs a warning.
	Fingerprint fingerprint.Options

	// JSONP wraps answers for a script element. Its Delimiter follows Params.
	JSONP jsonp.Options

	// RateLimit refuses requests for actions of clients that ask too often; files
	// are not counted. nil, the default, does not. The envelope answers what is
	// refused, and shows what is left as RequestsRemaining in its
	// RequesterInformation.
	RateLimit *ratelimit.Options

	// ActionRateLimits are further limits, for single actions by their names: what
	// each may be asked in all its versions, also by other actions. Else they are as
	// RateLimit says, or as its defaults where that is nil.
	ActionRateLimits map[string][]ratelimit.Limit

	// Envelope renders results and errors.
	Envelope envelope.Options

	// Params reads queries and bodies.
	Params params.Options

	// Upload reads multipart and whole bodies.
	Upload upload.Options

	// UploadDir is the folder of uploads, where Upload.Store is nil.
	UploadDir upload.DirStoreOptions

	// Actions has routes, limits of actions, and middleware for them. Those given to
	// [New] are added to its Actions. Its Prefixes come from Paths.
	Actions dispatch.Options

	// Unknown answers what nothing here does: requests that lead to no action (see
	// [dispatch.Options.Unknown]), and files that are in no folder. It gets the
	// request as it was sent, and comes behind everything that the server does for
	// all: the log, the client address, the headers, hosts, OPTIONS, compression
	// and the fingerprint. It is for the server that this one is to replace: see
	// package legacy. Where Actions.Unknown, or what Static sends for files that are
	// not found, is set, that is the answer.
	Unknown http.Handler

	// Static serves files. Its NotFound is by default the text that
	// Envelope.Errors has for file_not_found.
	Static static.Options

	// OpenAPI serves the OpenAPI document of the actions as openapi.json below
	// Paths.Actions. nil, the default, does not; [Kit.OpenAPI] has it in any case.
	// Its Title, Version and Servers are by default those of Envelope and Hosts.
	OpenAPI *openapi.Options

	// Docs serves the page that shows the OpenAPI document and tries it. nil, the
	// default, does not.
	Docs *ui.Options

	// Client is Actionhero's client library, a file of that name behind those of
	// Static.
	Client jsclient.Options

	// DisableStatic, DisableFingerprint, DisableJSONP, DisablePreflight and
	// DisableClient leave a piece out of the server. By default all are in it.
	DisableStatic      bool
	DisableFingerprint bool
	DisableJSONP       bool
	DisablePreflight   bool
	DisableClient      bool
}

// PathOptions say what answers where.
type PathOptions struct {
	_ struct{}

	// Actions is the path below which actions answer, with or without slashes
	// around it. The default is "/api"; "/" lets them answer at the root alone.
	Actions string

	// Files is the path below which files answer. The default is "/public"; "/"
	// lets them answer at the root alone.
	Files string

	// Root says what answers where nothing else does, "files" or "actions". The
	// default is "files", unless there are none or Actions is "/".
	Root string
}

// What Root can be.
const (
	rootFiles   = "files"
	rootActions = "actions"
)

const (
	defaultServerName = "Sidekick API"
	defaultActions    = "/api"
	defaultFiles      = "/public"
)

// Production returns the configuration for serving: the zero one, and text files
// that are valid UTF-8 are sent with that charset.
func Production() Config {
	var c Config
	c.Static.DetectUTF8 = true
	return c
}

// Development returns the configuration for working on a server: that of
// [Production], and answers are padded and have their metadata, the text of every
// error is shown, and the OpenAPI document and the page that shows it are served.
func Development() Config {
	c := Production()
	c.Envelope.Padding = 2
	c.Envelope.ServerInformation, c.Envelope.RequesterInformation = true, true
	c.Envelope.ExposeErrors, c.Params.ShowExcerpt = true, true
	c.OpenAPI, c.Docs = &openapi.Options{}, &ui.Options{}
	return c
}

// Actionhero29 returns c changed to answer as Actionhero 29.3.5 does: actions are
// reached by routes alone, not by their names or the parameter "action"; a method
// without a route is a 404; missing parameters are reported before others are looked
// at; files that no input takes are no error; types of text have no charset.
func Actionhero29(c Config) Config {
	c = answersAlike(c)
	c.Actions.DisableNames, c.Actions.DisableActionParam = true, true
	return c
}

// ActionheroDocument returns c changed to answer as Actionhero's document has it:
// as [Actionhero29], and names and the parameter "action" reach every action by
// every method, whatever its routes list.
func ActionheroDocument(c Config) Config {
	c = answersAlike(c)
	c.Actions.AnyMethodByName = true
	return c
}

func answersAlike(c Config) Config {
	c.Actions.NotFoundForMethods = true
	c.Actions.MissingFirst = true
	c.Actions.IgnoreUndeclaredFiles = true
	c.Static.DetectUTF8 = false
	return c
}
