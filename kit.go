package sidekick

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/fingerprint"
	"github.com/sidekick-http/sidekick/hosts"
	"github.com/sidekick-http/sidekick/idempotency"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/httpfield"
	"github.com/sidekick-http/sidekick/internal/listen"
	"github.com/sidekick-http/sidekick/internal/notation"
	"github.com/sidekick-http/sidekick/internal/stack"
	"github.com/sidekick-http/sidekick/middleware/accesslog"
	"github.com/sidekick-http/sidekick/middleware/clientaddr"
	"github.com/sidekick-http/sidekick/middleware/compress"
	"github.com/sidekick-http/sidekick/middleware/headers"
	"github.com/sidekick-http/sidekick/middleware/jsonp"
	"github.com/sidekick-http/sidekick/middleware/preflight"
	"github.com/sidekick-http/sidekick/middleware/recovery"
	"github.com/sidekick-http/sidekick/middleware/requestid"
	"github.com/sidekick-http/sidekick/openapi"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/ratelimit"
	"github.com/sidekick-http/sidekick/static"
	"github.com/sidekick-http/sidekick/upload"
)

// Kit is the assembled server: an http.Handler with methods to serve it. It is safe
// for concurrent use.
type Kit struct {
	cfg     Config
	logger  *slog.Logger
	handler http.Handler

	requestID   *requestid.Setter
	recoverer   *recovery.Recoverer
	accessLog   *accesslog.Log
	clientAddr  *clientaddr.Resolver
	headers     *headers.Fields
	hosts       *hosts.Redirector
	preflight   *preflight.Responder
	compressor  *compress.Compressor // nil if it is off
	fingerprint *fingerprint.Identifier
	jsonp       *jsonp.Wrapper
	stores      Stores                // those of Redis
	closeStores func() error          // nil if there is nothing to close
	limiter     *ratelimit.Limiter    // nil if it is off
	replayer    *idempotency.Replayer // nil if it is off
	renderer    dispatch.Renderer
	envelope    *envelope.Envelope   // nil if the renderer is something else
	store       *upload.LazyDirStore // nil if the store is something else
	files       *static.Handler      // nil if files are off
	dispatcher  *dispatch.Dispatcher
	openAPI     *openapi.Document
	docs        http.Handler

	ways ways // what split chooses between

	// For serving.
	tls    *tls.Config // nil if no listener is secure
	server *listen.Server
	served atomic.Bool
	stop   stopHooks
	ready  readiness
}

// New returns a Kit with the given actions. Its error joins all problems of the
// configuration, from every piece, each a [ConfigError] that names the option by
// its path and its environment variable.
func New(cfg Config, actions ...dispatch.Action) (*Kit, error) {
	k := &Kit{cfg: cfg.WithDefaults()}
	k.cfg.Actions.Actions = append(slices.Clone(cfg.Actions.Actions), actions...)
	bad := cfgerr.For("sidekick")
	k.makeLogger(bad)
	k.fillLoggers()
	k.cfg.Server.check(bad)
	k.cfg.Chain.check(bad)
	cfg.checkDerived(bad)
	k.makeFront(bad)
	k.makeActions(bad)
	k.checkStore(bad)
	k.makeDocuments(bad)
	k.makeTLS(bad)
	k.checkPaths(bad)
	if err := bad.Err(); err != nil {
		return nil, errors.Join(schema().Locate(err, nil), k.Close())
	}
	if k.cfg.Fingerprint.RandomKeys && !cfg.Fingerprint.RandomKeys {
		k.logger.Warn("the fingerprint cookie is signed with a random key: clients get new ids when this server restarts, and on every other server; set " + keysVariable + " or fingerprint.keysFile")
	}
	k.makeServer()
	k.makeWays()
	k.handler = k.Chain().Then(http.HandlerFunc(k.split))
	return k, nil
}

// fillLoggers gives the logger to every piece without one of its own; the access
// log gets it only if the log of this server includes requests.
func (k *Kit) fillLoggers() {
	c := &k.cfg
	none := !c.logsRequests()
	if c.UploadDir.Logger == nil {
		c.UploadDir.Logger = k.logger.With("option", "uploadDir.dir")
	}
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		if v.Field(i).Kind() != reflect.Struct || none && v.Field(i).Type() == reflect.TypeFor[accesslog.Options]() {
			continue
		}
		if l := v.Field(i).FieldByName("Logger"); l.IsValid() && l.Type() == reflect.TypeFor[*slog.Logger]() && l.IsNil() {
			l.Set(reflect.ValueOf(k.logger))
		}
	}
}

// piece makes a piece and records the problems of its options under their path.
func piece[O, T any](bad *cfgerr.List, path string, make func(O) (T, error), options O) T {
	made, err := make(options)
	bad.Join(under(path, err))
	return made
}

// under renames the options in a piece's errors to their path in Config: Roots[0]
// of static becomes static.roots[0]. An error whose option has no such path stays
// as it is.
func under(path string, err error) error {
	return cfgerr.Map(err, func(problem cfgerr.Error) error {
		if problem.Package == "sidekick" {
			return &problem
		}
		moved := problem
		moved.Package = "sidekick"
		moved.Field = path + "." + fieldName.ReplaceAllStringFunc(problem.Field, func(s string) string {
			if s[0] == '"' {
				return s
			}
			return notation.Name(s)
		})
		if !schema().Has(moved.Field) {
			return &problem
		}
		return &moved
	})
}

// fieldName finds field names. It also matches quoted strings, so that names inside
// them are left alone.
var fieldName = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|\b[A-Z]\w*`)

// makeFront makes the pieces that every request passes.
func (k *Kit) makeFront(bad *cfgerr.List) {
	c := &k.cfg
	if k.renderer = c.Actions.Renderer; k.renderer == nil {
		if c.Envelope.NewID == nil {
			c.Envelope.NewID = c.Actions.NewID
		}
		k.envelope = piece(bad, "envelope", envelope.New, c.Envelope)
		k.renderer = k.envelope
	} else {
		k.envelope, _ = k.renderer.(*envelope.Envelope)
	}
	if c.Recovery.Respond == nil {
		c.Recovery.Respond = k.respond
	}
	c.RequestID.TrustedProxies, c.RequestID.TrustUnixPeers = c.ClientAddr.TrustedProxies, c.ClientAddr.TrustUnixPeers
	if !httpfield.IsValue(c.Envelope.ServerName) && !c.hasPoweredBy() {
		bad.Add("envelope.serverName", c.Envelope.ServerName, "want no control characters and no blanks around it: it is sent in X-Powered-By")
	}
	k.makeRequestID(bad)
	k.recoverer = piece(bad, "recovery", recovery.New, c.Recovery)
	c.AccessLog.MaskQuery = c.maskedParams()
	k.accessLog = piece(bad, "accessLog", accesslog.New, c.AccessLog)
	k.clientAddr = piece(bad, "clientAddr", clientaddr.New, c.ClientAddr)
	k.headers = piece(bad, "headers", headers.New, c.Headers)
	if c.Hosts.ErrorHandler == nil {
		c.Hosts.ErrorHandler = k.refuse
	}
	k.hosts = piece(bad, "hosts", hosts.New, c.Hosts)
	if c.Preflight.ErrorHandler == nil {
		c.Preflight.ErrorHandler = k.refuse
	}
	k.preflight = piece(bad, "preflight", preflight.New, c.Preflight)
	if c.Compress != nil {
		k.compressor = piece(bad, "compress", compress.New, *c.Compress)
	}
}

// makeRequestID makes the piece that gives requests their ids. Problems of the proxies that it
// trusts are those of ClientAddr, which reports them.
func (k *Kit) makeRequestID(bad *cfgerr.List) {
	made, err := requestid.New(k.cfg.RequestID)
	bad.Join(cfgerr.Map(under("requestID", err), func(problem ConfigError) error {
		if problem.Package == "requestid" && strings.HasPrefix(problem.Field, "TrustedProxies") {
			return nil
		}
		return &problem
	}))
	k.requestID = made
}

// respond answers with an error in the same form as actions do.
func (k *Kit) respond(w http.ResponseWriter, r *http.Request, err error) {
	k.renderer.Respond(w, r, envelope.Answer{Err: err, Context: r.Context()})
}

// refuse is respond for refusals whose status counts even where errors of actions are
// answered with 200: clients, proxies and browsers act on it.
func (k *Kit) refuse(w http.ResponseWriter, r *http.Request, err error) {
	k.renderer.Respond(w, r, envelope.Answer{Err: err, Status: failure.StatusOf(err), Context: r.Context()})
}

// makeActions makes the pieces that requests for actions and files pass.
func (k *Kit) makeActions(bad *cfgerr.List) {
	c := &k.cfg
	k.makeFingerprint(bad)
	if c.JSONP.ErrorHandler == nil {
		c.JSONP.ErrorHandler = k.respond
	}
	k.jsonp = piece(bad, "jsonp", jsonp.New, c.JSONP)
	k.openStores(bad)
	k.makeLimits(bad)
	k.makeIdempotency(bad)
	if c.Actions.Params == nil {
		c.Actions.Params = k.makeParams(bad)
	}
	k.makeFiles(bad)
	c.Actions.Prefixes = c.prefixes()
	c.Actions.Renderer = k.renderer
	if c.Actions.Unknown == nil {
		c.Actions.Unknown = c.Unknown
	}
	if c.Actions.Folder == nil {
		c.Actions.Folder = k.openFolder
	}
	if c.Actions.Files == nil && k.files != nil {
		c.Actions.Files = k.guard(k.files)
	}
	k.dispatcher = piece(bad, "actions", dispatch.New, c.Actions)
}

// makeParams makes the readers of queries and bodies. If one cannot be made, the
// next gets a replacement, so that its own options are checked as well.
func (k *Kit) makeParams(bad *cfgerr.List) *params.Parser {
	c := &k.cfg
	memory, _ := upload.NewMemoryStore(upload.MemoryStoreOptions{})
	if c.Params.Upload == nil {
		if c.Upload.Store == nil {
			// The folder is needed only if an action takes files: see checkStore.
			k.store = upload.NewLazyDirStore(c.UploadDir)
			c.Upload.Store = k.store
		}
		if c.Params.Upload = piece(bad, "upload", upload.New, c.Upload); c.Params.Upload == nil {
			c.Params.Upload, _ = upload.New(upload.Options{Store: memory})
		}
	}
	parser := piece(bad, "params", params.New, c.Params)
	if parser == nil {
		parser, _ = params.New(params.Options{Upload: c.Params.Upload})
	}
	return parser
}

// checkStore checks the folder for uploads if any action takes files, or if it is
// another than that for temporary files.
func (k *Kit) checkStore(bad *cfgerr.List) {
	takesFiles := k.dispatcher != nil && k.dispatcher.TakesFiles()
	if k.store != nil && (takesFiles || k.cfg.UploadDir.Dir != os.TempDir()) {
		bad.Join(under("uploadDir", k.store.Check()))
	}
}

const keysVariable = variablePrefix + "FINGERPRINT_KEYS"

// makeFingerprint makes the piece that tells clients apart. If it is off, its options are
// checked all the same.
func (k *Kit) makeFingerprint(bad *cfgerr.List) {
	o := &k.cfg.Fingerprint
	if !k.cfg.DisableFingerprint {
		k.fillKeys(bad)
		k.fingerprint = piece(bad, "fingerprint", fingerprint.New, *o)
		return
	}
	off := *o
	off.RandomKeys = off.RandomKeys || len(off.Keys) == 0 && off.KeysFile == "" && !off.DangerouslyUnsigned
	piece(bad, "fingerprint", fingerprint.New, off)
}

// fillKeys takes the keys of the fingerprint cookie from the environment if no
// option has any, and asks for random ones if the environment has none either.
func (k *Kit) fillKeys(bad *cfgerr.List) {
	f := &k.cfg.Fingerprint
	if len(f.Keys) > 0 || f.KeysFile != "" || f.RandomKeys || f.DangerouslyUnsigned {
		return
	}
	bad.Join(schema().ReadEnviron(&k.cfg, map[string]string{keysVariable: os.Getenv(keysVariable)}, nil, nil, nil))
	f.RandomKeys = len(f.Keys) == 0
}

// ServeHTTP answers a request through the whole chain that the package comment
// draws.
func (k *Kit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor > 1 {
		stack.Grow() // the goroutine is new; those of HTTP/1 serve a whole connection
	}
	k.handler.ServeHTTP(w, r)
}

// Dispatcher returns the dispatcher: to register routes before the server starts,
// to list routes, or to mount an action elsewhere.
func (k *Kit) Dispatcher() *dispatch.Dispatcher { return k.dispatcher }

// Envelope returns the envelope, for handlers that are not actions but answer in
// the same form. It is nil if Config.Actions.Renderer is something else.
func (k *Kit) Envelope() *envelope.Envelope { return k.envelope }

// OpenAPI returns the OpenAPI document of the actions and routes, which
// Config.OpenAPI serves. It is built on first use.
func (k *Kit) OpenAPI() *openapi.Document { return k.openAPI }

// Close closes the folders of files, ends what is repeated for [Config.Idempotency]
// after failures of its store, which takes about a second at the most, and then closes
// the connections to Redis. Call it once the server has stopped.
func (k *Kit) Close() error {
	var errs []error
	if k.files != nil {
		errs = append(errs, k.files.Close())
	}
	if k.dispatcher != nil {
		errs = append(errs, k.dispatcher.Close())
	}
	if k.replayer != nil {
		k.replayer.Close()
	}
	if k.closeStores != nil {
		errs = append(errs, k.closeStores())
	}
	return errors.Join(errs...)
}
