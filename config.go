package sidekick

import (
	"cmp"
	"context"
	"crypto/tls"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/textproto"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/middleware/requestid"
)

// ConfigError is one problem of a [Config]. [New] joins all of them with those
// of the pieces; errors.As finds the first.
type ConfigError = cfgerr.Error

// Config is the configuration of a [Kit]. Begin with [Development] or
// [Production] and change what you need: the zero value is refused, because
// many options are on by default. In JSON the options have the names that
// Actionhero gives them; [Config.UnmarshalJSON] says how they are read, and
// [Load] reads them from a file and the environment.
type Config struct {
	// ServerName is shown in serverInformation and in X-Powered-By. The
	// default, also of "", is "Sidekick API".
	ServerName string `json:"serverName"`
	// APIVersion is shown in serverInformation. The default is "1.0.0".
	APIVersion string `json:"apiVersion"`

	// Enabled switches the server. It is on by default; without it
	// [Kit.ListenAndServe] and [Kit.Run] listen nowhere and wait to be stopped.
	Enabled bool `json:"enabled"`
	// Port is where the server listens: the number of a TCP port, the path of a
	// unix socket (with a slash in it), or "systemd" for the sockets that
	// systemd hands over ("systemd:name" for those of one FileDescriptorName).
	// 0 lets the system choose a port. The default is 8080.
	Port Port `json:"port"`
	// BindIP is the address to listen at, for TCP ports. The default "" (null
	// in JSON) and "::" are all of IPv4 and IPv6, "0.0.0.0" is all of IPv4.
	BindIP string `json:"bindIP" null:"none"`
	// Secure serves HTTPS, with the certificate of ServerOptions or TLSConfig.
	Secure bool `json:"secure"`
	// ServerOptions name the files of the certificate.
	ServerOptions ServerOptions `json:"serverOptions"`
	// TLSConfig is used for HTTPS instead of ServerOptions, or together with
	// them. Versions below TLS 1.2 are refused in any case, and HTTP/2 and
	// HTTP/1.1 come before the other protocols in its NextProtos.
	TLSConfig *tls.Config `json:"-"`
	// Listeners are further places to listen at, beside Port.
	Listeners []Listener `json:"listeners"`
	// H2C answers HTTP/2 without TLS, too, for proxies that speak it. It is off
	// by default. Over TLS HTTP/2 is always there.
	H2C bool `json:"h2c"`
	// BootAttempts is how often the server tries to listen, a second apart,
	// while an address is in use. The default is 1.
	BootAttempts int `json:"bootAttempts"`

	// ReadHeaderTimeout limits how long the header of a request may take. The
	// default is 10 seconds. Of this and the other times 0 means the default, and
	// 1000 hours are the most.
	ReadHeaderTimeout time.Duration `json:"readHeaderTimeout"`
	// ReadTimeout limits how long a whole request may take to arrive, header
	// and body; uploads take their time, as long as something comes. The
	// default is a minute.
	ReadTimeout time.Duration `json:"readTimeout"`
	// WriteTimeout limits how long a client may take nothing of an answer; an
	// answer of any size takes its time, as long as something is taken. The
	// default is a minute.
	WriteTimeout time.Duration `json:"writeTimeout"`
	// IdleTimeout limits how long a connection is kept open between requests.
	// The default is two minutes.
	IdleTimeout time.Duration `json:"idleTimeout"`
	// MaxHeaderBytes limits the header of a request; what is longer is 431.
	// The default, also of 0, is 64 KiB.
	MaxHeaderBytes int `json:"maxHeaderBytes"`
	// MaxHeaderFields limits the number of header fields; more are 431. The
	// default, also of 0, is 200.
	MaxHeaderFields int `json:"maxHeaderFields"`
	// MaxURLBytes limits the request target, query included; what is longer is
	// 414. The default, also of 0, is 8 KiB.
	MaxURLBytes int `json:"maxUrlBytes"`
	// MaxConnections limits the open connections of all listeners together;
	// where there are more, those that are idle for the longest time are closed.
	// Where none is, further ones may ask for the health of the server only (see
	// Serving.ProbeConnections), or wait in the system's queue. The default, also of
	// 0, is 10,000, the most 1<<30; a negative value means no limit.
	MaxConnections int `json:"maxConnections"`

	// RequestID says which ids requests have; see package middleware/requestid. Its
	// TrustedProxies and TrustUnixPeers are those of Config.
	RequestID requestid.Options `json:"-"`
	// Server says how the server is run, beside that.
	Server Serving `json:"server"`

	// LivenessPath answers 200 while the process serves, under any host; "" is
	// none, the default. "/healthz", say.
	LivenessPath string `json:"livenessPath" null:"none"`
	// ReadinessPath answers 200 while new requests are welcome and 503 from the
	// start of a stop on, under any host; "" is none, the default.
	ReadinessPath string `json:"readinessPath" null:"none"`
	// ReadinessCheck is asked by ReadinessPath, too: an error is a 503.
	ReadinessCheck func(context.Context) error `json:"-"`

	// AllowedRequestHosts are the origins under which the server answers; other
	// requests are redirected to the first. The default is none: any host. See
	// hosts.Options.
	AllowedRequestHosts []string `json:"allowedRequestHosts"`
	// TrustedProxies are the networks whose ClientAddrHeader and X-Forwarded-Proto
	// are believed. The default is none.
	TrustedProxies []netip.Prefix `json:"trustedProxies"`
	// TrustUnixPeers believes the peers of a unix socket as TrustedProxies are
	// believed. Set it where only a proxy can connect to the socket.
	TrustUnixPeers bool `json:"trustUnixPeers"`
	// ClientAddrHeader is the one field in which the proxies tell the client's
	// address. The default is X-Forwarded-For. See Header of clientaddr.Options.
	ClientAddrHeader string `json:"clientAddrHeader"`
	// ClientPortHeader is the field in which they tell its port, such as
	// X-Forwarded-Port. The default is none. See PortHeader of clientaddr.Options.
	ClientPortHeader string `json:"clientPortHeader"`
	// HostExemptPaths are paths that answer under any host: health checks, ACME
	// challenges. See hosts.Options.
	HostExemptPaths []string `json:"hostExemptPaths"`
	// AssumeScheme, "http" or "https", is taken as every request's scheme, for
	// TLS that ends at a proxy which does not tell.
	AssumeScheme string `json:"assumeScheme"`

	// HTTPHeaders are sent with every answer; nil (null in JSON) takes one of
	// the defaults out. The defaults are X-Powered-By with the server's name,
	// Access-Control-Allow-Origin "*", Access-Control-Allow-Methods,
	// Access-Control-Allow-Headers "Content-Type", and
	// Strict-Transport-Security for a year, which is sent on secure requests
	// only.
	HTTPHeaders map[string]*string `json:"httpHeaders"`

	// URLPathForActions is the path below which actions answer, as "api" or
	// "/a/b"; "" (null in JSON) is none. The default is "api".
	URLPathForActions URLPath `json:"urlPathForActions" null:"none"`
	// URLPathForFiles is the path below which files answer; "" (null in JSON)
	// switches files off. The default is "public".
	URLPathForFiles URLPath `json:"urlPathForFiles" null:"none"`
	// RootEndpointType says what answers elsewhere: "api" or "file". The
	// default is "file".
	RootEndpointType string `json:"rootEndpointType"`
	// AutomaticRoutes are the methods for which every action gets a route of
	// its name. The default is none: names answer every method.
	AutomaticRoutes []string `json:"automaticRoutes"`
	// Routes lead to actions and folders, before names do.
	Routes dispatch.Routes `json:"routes"`
	// AllowDeadRoutes: see dispatch.Options.
	AllowDeadRoutes bool `json:"allowDeadRoutes"`

	// PublicFolders are the folders whose files are served, in order.
	PublicFolders []string `json:"publicFolders"`
	// PublicFS are file systems whose files are served behind those of the
	// folders: embedded ones, say.
	PublicFS []fs.FS `json:"-"`
	// DirectoryFileType is the file that answers for a folder. The default is
	// "index.html".
	DirectoryFileType string `json:"directoryFileType"`
	// FlatFileCacheDuration is how long clients may use a file without asking
	// again, in seconds, up to 1<<30. The default is 60.
	FlatFileCacheDuration int `json:"flatFileCacheDuration"`
	// EnableETag sends an ETag with files. It is on by default.
	EnableETag bool `json:"enableEtag"`

	// SaveRawBody keeps the exact bytes of bodies for the actions. It is off by
	// default.
	SaveRawBody bool `json:"saveRawBody"`
	// QueryParseOptions say how nested queries and forms are read.
	QueryParseOptions QueryParseOptions `json:"queryParseOptions"`
	// FormOptions limit bodies and say where uploads go.
	FormOptions FormOptions `json:"formOptions"`
	// DisableParamScrubbing lets params reach actions that do not declare them.
	DisableParamScrubbing bool `json:"disableParamScrubbing"`
	// MissingFirst refuses a request for its missing parameters before the others
	// are looked at, as Actionhero does. By default all is reported together.
	MissingFirst bool `json:"missingFirst"`
	// AnyMethodByName and NotFoundForMethods are the options of package dispatch.
	AnyMethodByName    bool `json:"anyMethodByName"`
	NotFoundForMethods bool `json:"notFoundForMethods"`
	// IgnoreUndeclaredFiles lets requests through whose files no input takes; see
	// [dispatch.Options.IgnoreUndeclaredFiles]. By default they are a 415.
	IgnoreUndeclaredFiles bool `json:"ignoreUndeclaredFiles"`
	// PostVariables are params that every action takes without declaring them.
	PostVariables []string `json:"postVariables"`
	// FilteredParams are masked in the envelope and in logs.
	FilteredParams []string `json:"filteredParams"`

	// Padding is the number of spaces that indent nested JSON; 0 (null in
	// JSON) is none. It is 2 in development and 0 in production.
	Padding Padding `json:"padding" null:"none"`
	// MetadataOptions switch the blocks of metadata. They are on in
	// development and off in production.
	MetadataOptions MetadataOptions `json:"metadataOptions"`
	// ReturnErrorCodes gives errors their status; without it they are 200. It
	// is on by default.
	ReturnErrorCodes bool `json:"returnErrorCodes"`
	// DefaultErrorStatusCode is the status of errors that choose none. The
	// default is 500.
	DefaultErrorStatusCode int `json:"defaultErrorStatusCode"`
	// ExposeErrors shows the text of every error to clients: on in development,
	// off in production.
	ExposeErrors bool `json:"exposeErrors"`
	// DangerouslyMatchActiveTypes: see dispatch.Options.
	DangerouslyMatchActiveTypes bool `json:"dangerouslyMatchActiveTypes"`

	// FingerprintOptions say how clients are told apart.
	FingerprintOptions FingerprintOptions `json:"fingerprintOptions"`
	// Compress encodes answers with gzip or zstd. It is off by default, as it
	// is in Actionhero.
	Compress bool `json:"compress"`
	// CompressOptions say how answers are encoded.
	CompressOptions CompressOptions `json:"compressOptions"`

	// SimultaneousActions is how many actions one client address may have
	// running at once. The default is 256; a negative value means no limit.
	SimultaneousActions int `json:"simultaneousActions"`
	// ActionTimeout cancels the context of actions that run longer. The
	// default 0 means none.
	ActionTimeout time.Duration `json:"actionTimeout"`
	// ShutdownTimeout is how long a stop may take, ShutdownDelay included: what is
	// still running then is cut. The default is 25 seconds, which fits the 30 that
	// Kubernetes gives.
	ShutdownTimeout time.Duration `json:"shutdownTimeout"`
	// ShutdownDelay is how long a server that shall stop goes on answering
	// requests, readiness red and connections closed behind each answer, before
	// it refuses them: time for load balancers to notice. It is a part of
	// ShutdownTimeout. The default is 0.
	ShutdownDelay time.Duration `json:"shutdownDelay"`

	// OpenAPI serves the OpenAPI document of the actions as openapi.json below
	// URLPathForActions. It is on in development and off in production.
	OpenAPI bool `json:"openAPI"`
	// URLPathForDocs is the path of the page that shows the OpenAPI document
	// and tries it; "" (null in JSON) is none. It is "docs" in development and
	// none in production. It needs OpenAPI.
	URLPathForDocs URLPath `json:"urlPathForDocs" null:"none"`

	// Around are middlewares of net/http around everything but the probes, the
	// first outermost: for metrics and traces, say, which find the route in the
	// request's Pattern when the next handler has returned.
	Around []func(http.Handler) http.Handler `json:"-"`
	// AroundActions are middlewares of net/http around actions alone: behind the
	// client address, hosts and the fingerprint, in front of JSONP.
	AroundActions []func(http.Handler) http.Handler `json:"-"`
	// Middleware runs around every action.
	Middleware []dispatch.Middleware `json:"-"`
	// Unknown answers what nothing here does: requests that lead to no action (see
	// [dispatch.Options.Unknown]), and files that are in no folder. It gets the
	// request as it was sent, and comes behind everything that the server does for
	// all: the log, the client address, the headers, hosts, OPTIONS, compression
	// and the fingerprint. It is for the server that this one is to replace: see
	// package legacy.
	Unknown http.Handler `json:"-"`
	// Errors says what clients read of errors, and who else hears of them:
	// Actionhero's config/errors.
	Errors envelope.ErrorOptions `json:"-"`
	// Logger gets one record a request, and one for everything that goes wrong.
	// Without it (nil) what goes wrong is logged by [slog.Default], and requests
	// are not; slog.DiscardHandler silences both.
	Logger *slog.Logger `json:"-"`

	// begun tells a Config that Development or Production made from a zero one.
	begun bool
}

// Port is a TCP port, the path of a unix socket, or "systemd": see
// [Config.Port]. In JSON it is a number or a string.
type Port string

// Listener is a further place to listen at.
type Listener struct {
	// Port, BindIP and Secure are as in [Config].
	Port   Port   `json:"port"`
	BindIP string `json:"bindIP" null:"none"`
	Secure bool   `json:"secure"`
}

// ServerOptions name the files of the certificate for HTTPS, in PEM. They are
// read again when they change, and no connection is dropped for it.
type ServerOptions struct {
	// Cert is the file of the certificate, followed by those between it and the
	// root.
	Cert string `json:"cert"`
	// Key is the file of its key.
	Key string `json:"key"`
}

// Padding is a number of spaces.
type Padding int

// URLPath is a path as Actionhero's configuration writes it: with or without
// slashes around it, and null for none.
type URLPath string

// prefix returns the path with a slash before it and none behind.
func (p URLPath) prefix() string {
	if s := strings.Trim(string(p), "/"); s != "" {
		return "/" + s
	}
	return ""
}

// QueryParseOptions are those of node's qs that Sidekick has. Of a number 0
// means the default, which is qs's own.
type QueryParseOptions struct {
	// Depth is how many levels of brackets nest; the rest of a name stays as it
	// is. The default is 5; a negative value means none.
	Depth int `json:"depth"`
	// ArrayLimit is the most elements of a list; more make an object. The
	// default is 20; a negative value means none.
	ArrayLimit int `json:"arrayLimit"`
	// ParameterLimit is the most params of a query; more are refused. The
	// default is 1000.
	ParameterLimit int `json:"parameterLimit"`
	// AllowDots nests by dots, too: a.b as a[b].
	AllowDots bool `json:"allowDots"`
	// Comma parts values at commas into lists.
	Comma bool `json:"comma"`
	// Delimiter parts the params. The default, also of "", is "&".
	Delimiter string `json:"delimiter"`
}

// FormOptions are those of Actionhero's form parser, formidable, that Sidekick
// has. Of a number 0 means the default.
type FormOptions struct {
	// UploadDir is the folder of uploads while their request runs. The default
	// "" is the system's for temporary files.
	UploadDir string `json:"uploadDir"`
	// KeepExtensions keeps the extension of a file's name in that folder.
	KeepExtensions bool `json:"keepExtensions"`
	// MaxFieldsSize limits the fields of a form together, and bodies that are
	// none, in bytes. The default is 20 MiB.
	MaxFieldsSize int64 `json:"maxFieldsSize"`
	// MaxFields limits the number of fields. The default is 1000.
	MaxFields int `json:"maxFields"`
	// MaxFileSize limits each file, in bytes. The default is 200 MiB; -1
	// means no limit.
	MaxFileSize int64 `json:"maxFileSize"`
	// MaxTotalFileSize limits all files of a request, in bytes. The default is
	// MaxFileSize; -1 means no limit.
	MaxTotalFileSize int64 `json:"maxTotalFileSize"`
	// MaxFiles limits the number of files. The default is 100; -1 means no
	// limit.
	MaxFiles int `json:"maxFiles"`
	// Multiples makes a list of every field and file, also of a single one.
	Multiples bool `json:"multiples"`
	// HashAlgorithm is the hash that is computed of every file: "md5", "sha1",
	// "sha256", or "", the default, for none.
	HashAlgorithm string `json:"hashAlgorithm"`
}

// MetadataOptions switch the blocks of metadata in the envelope.
type MetadataOptions struct {
	// ServerInformation is the server's name and version, and how long the
	// request took.
	ServerInformation bool `json:"serverInformation"`
	// RequesterInformation is the client's id, address and params.
	RequesterInformation bool `json:"requesterInformation"`
}

// FingerprintOptions say how clients are told apart.
type FingerprintOptions struct {
	// CookieKey is the name of the cookie. The default is "sessionID".
	CookieKey string `json:"cookieKey"`
	// ToSetCookie sends the cookie. It is on by default.
	ToSetCookie bool `json:"toSetCookie"`
	// OnlyStaticElements makes the id of what the request says of the client.
	OnlyStaticElements bool `json:"onlyStaticElements"`
	// Settings are the cookie's attributes.
	Settings FingerprintSettings `json:"settings"`
	// Keys sign the cookie; the first signs, all verify. Each has at least 32
	// bytes. Without any those of KeysFile are taken, without it those of the
	// environment variable SIDEKICK_FINGERPRINT_KEYS, with commas between keys;
	// without all of them the server makes a random key, so that its clients'
	// ids end with it, and logs a warning.
	Keys [][]byte `json:"-"`
	// KeysFile is a file of keys, one a line, at most 64 KiB. It is read once,
	// by [New].
	KeysFile string `json:"keysFile"`
	// AcceptHeader takes the id from the header X-<CookieKey>, too.
	AcceptHeader bool `json:"acceptHeader"`
	// DangerouslyUnsigned takes and sends ids that are not signed, as
	// Actionhero does: whoever knows one can be that client.
	DangerouslyUnsigned bool `json:"dangerouslyUnsigned"`
}

// FingerprintSettings are the attributes of the cookie.
type FingerprintSettings struct {
	// Path is the cookie's path. The default is "/".
	Path string `json:"path"`
	// Expires is how long the cookie lasts, in milliseconds. The default, also of
	// 0, is 3600000, an hour; with a negative value it ends with the browser's
	// session.
	Expires int64 `json:"expires"`
	// Domain is the cookie's domain. The default "" keeps the cookie to the
	// host that has set it.
	Domain string `json:"domain"`
	// Secure sends the cookie as one for HTTPS only, always. Without it that is
	// so when the request is secure.
	Secure bool `json:"secure"`
	// HTTPOnly keeps the cookie from scripts; nil means true.
	HTTPOnly *bool `json:"httpOnly"`
	// SameSite is "lax", the default, also of "", "strict", or "none", which
	// needs Secure.
	SameSite string `json:"sameSite"`
}

// CompressOptions say how answers are encoded. 0 means the default of
// compress.Options.
type CompressOptions struct {
	// MinBytes is the length from which an answer is encoded. The default is
	// 1024; a negative value encodes every one.
	MinBytes int `json:"minBytes"`
	// GzipLevel is from 1, the fastest, to 9, the smallest. The default is 5.
	GzipLevel int `json:"gzipLevel"`
	// ZstdLevel is from 1, the fastest, to 22, the smallest. The default is 1.
	ZstdLevel int `json:"zstdLevel"`
}

const (
	defaultServerName = "Sidekick API"

	rootAPI  = "api"
	rootFile = "file"
)

// Development returns the configuration for working on a server: answers are
// padded, have their metadata, and show the text of every error.
func Development() Config {
	c := Production()
	c.Padding = 2
	c.MetadataOptions = MetadataOptions{ServerInformation: true, RequesterInformation: true}
	c.ExposeErrors = true
	c.OpenAPI, c.URLPathForDocs = true, "docs"
	return c
}

// Production returns the configuration for serving: answers are compact and
// without metadata, and of errors only those made to be shown are shown.
func Production() Config {
	return Config{
		ServerName:             defaultServerName,
		APIVersion:             "1.0.0",
		Enabled:                true,
		Port:                   "8080",
		BootAttempts:           1,
		ReadHeaderTimeout:      10 * time.Second,
		ReadTimeout:            time.Minute,
		WriteTimeout:           time.Minute,
		IdleTimeout:            2 * time.Minute,
		MaxHeaderBytes:         64 << 10,
		MaxHeaderFields:        200,
		MaxURLBytes:            8 << 10,
		MaxConnections:         10_000,
		URLPathForActions:      "api",
		URLPathForFiles:        "public",
		RootEndpointType:       rootFile,
		DirectoryFileType:      "index.html",
		FlatFileCacheDuration:  60,
		EnableETag:             true,
		ReturnErrorCodes:       true,
		DefaultErrorStatusCode: 500,
		QueryParseOptions:      QueryParseOptions{Depth: 5, ArrayLimit: 20, ParameterLimit: 1000},
		FormOptions:            FormOptions{MaxFieldsSize: 20 << 20, MaxFields: 1000, MaxFileSize: 200 << 20, MaxFiles: 100},
		CompressOptions:        CompressOptions{MinBytes: 1024, GzipLevel: 5, ZstdLevel: 1},
		SimultaneousActions:    256,
		FingerprintOptions: FingerprintOptions{
			CookieKey:   "sessionID",
			ToSetCookie: true,
			Settings:    FingerprintSettings{Path: "/", Expires: 3_600_000, HTTPOnly: new(true), SameSite: "lax"},
		},
		ShutdownTimeout: 25 * time.Second,
		begun:           true,
	}
}

// headers returns the header fields to send: the defaults, changed by
// HTTPHeaders.
func (c *Config) headers() map[string]string {
	out := map[string]string{
		"X-Powered-By":                 cmp.Or(c.ServerName, defaultServerName),
		"Access-Control-Allow-Origin":  "*",
		"Access-Control-Allow-Methods": "HEAD, GET, POST, PUT, PATCH, DELETE, OPTIONS, TRACE",
		"Access-Control-Allow-Headers": "Content-Type",
		"Strict-Transport-Security":    "max-age=31536000; includeSubDomains",
	}
	for name, value := range c.HTTPHeaders {
		name = textproto.CanonicalMIMEHeaderKey(name)
		if delete(out, name); value != nil {
			out[name] = *value
		}
	}
	return out
}
