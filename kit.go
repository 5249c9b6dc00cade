package sidekick

import (
	"cmp"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/fingerprint"
	"github.com/sidekick-http/sidekick/hosts"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/urlpath"
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
	"github.com/sidekick-http/sidekick/static"
	"github.com/sidekick-http/sidekick/upload"
)

// Kit is the assembled server: an http.Handler, and what it takes to serve it.
// It is safe for concurrent use.
type Kit struct {
	cfg     Config
	logger  *slog.Logger
	handler http.Handler

	requestID   *requestid.Setter
	recoverer   *recovery.Recoverer
	accessLog   *accesslog.Log
	clientAddr  *clientaddr.Resolver
	hosts       *hosts.Redirector
	headers     *headers.Fields
	preflight   *preflight.Responder
	compressor  *compress.Compressor // nil where Compress is off
	fingerprint *fingerprint.Identifier
	jsonp       *jsonp.Wrapper
	envelope    *envelope.Envelope
	store       *upload.LazyDirStore
	params      *params.Parser
	files       *static.Handler // nil where files are switched off
	dispatcher  *dispatch.Dispatcher

	// What split chooses between.
	actionPrefix, filePrefix   string
	docsPrefix                 string // "" where there is no page
	actions                    http.Handler
	filesBelow, filesBelowFile http.Handler
	root                       http.Handler
	docs                       http.Handler
	openAPI                    *openapi.Document
	openAPIPath                string // "" where it is not served

	// What serving needs.
	tls       *tls.Config // nil where nothing is secure
	served    atomic.Bool
	phase     atomic.Int32
	stopBegan time.Time     // set before the phase is
	stopping  chan struct{} // closed when it begins
	stop      stopHooks
	notReady  atomic.Bool
}

// New returns a Kit that offers the actions. Its error joins every problem of
// the configuration, whichever piece it concerns.
func New(cfg Config, actions ...dispatch.Action) (*Kit, error) {
	bad := cfgerr.For("sidekick")
	cfg.check(bad)
	k := &Kit{cfg: cfg.withLimits(), logger: withRequestIDs(failure.Logger(cfg.Logger)), stopping: make(chan struct{})}
	if cfg.Logger != nil {
		k.cfg.Logger = k.logger // the access log has none otherwise
	}
	k.make(bad, actions)
	if err := withKeys(bad.Err()); err != nil {
		return nil, errors.Join(err, k.Close())
	}
	k.makeSplit()
	k.handler = k.Chain().Then(http.HandlerFunc(k.split))
	return k, nil
}

// makeSplit makes what [Kit.split] chooses between.
func (k *Kit) makeSplit() {
	k.actions = k.actionChain().Then(k.dispatcher)
	k.actionPrefix = k.cfg.URLPathForActions.prefix()
	k.root = k.actions
	if k.files == nil {
		return
	}
	k.filePrefix = k.cfg.URLPathForFiles.prefix()
	k.filesBelow = below(k.filePrefix, k.files)
	k.filesBelowFile = below(fileRoute, k.files)
	if k.cfg.RootEndpointType == rootFile {
		k.root = k.files
	}
}

// below is http.StripPrefix for a prefix that is there, however it is escaped.
func below(prefix string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, decoded := urlpath.Of(r)
		rest, ok := urlpath.CutPrefix(path, prefix, decoded)
		if !ok {
			// An escaped slash is no slash: this is one long name.
			rest, decoded = path, true
		}
		r2, u := *r, *r.URL
		r2.URL = &u
		if u.RawPath = ""; decoded {
			u.Path = rest
		} else {
			u.Path, u.RawPath = strings.TrimPrefix(u.Path, prefix), rest
		}
		h.ServeHTTP(w, &r2)
	})
}

// make makes every piece.
func (k *Kit) make(bad *cfgerr.List, actions []dispatch.Action) {
	c := &k.cfg
	var err error
	k.envelope, err = envelope.New(envelope.Options{
		ServerName:           c.ServerName,
		APIVersion:           c.APIVersion,
		ServerInformation:    c.MetadataOptions.ServerInformation,
		RequesterInformation: c.MetadataOptions.RequesterInformation,
		Padding:              int(c.Padding),
		AlwaysOK:             !c.ReturnErrorCodes,
		DefaultErrorStatus:   c.DefaultErrorStatusCode,
		ExposeErrors:         c.ExposeErrors,
		Errors:               c.Errors,
		Logger:               k.logger,
	})
	bad.Join(err)
	ids := c.RequestID
	ids.TrustedProxies, ids.TrustUnixPeers = c.TrustedProxies, c.TrustUnixPeers
	k.requestID, err = requestid.New(ids)
	bad.Join(err)
	k.recoverer, err = recovery.New(recovery.Options{
		Respond: func(w http.ResponseWriter, r *http.Request, err error) { k.envelope.Render(w, r, nil, err) },
		Logger:  k.logger,
	})
	bad.Join(err)
	k.accessLog, err = accesslog.New(accesslog.Options{Logger: c.Logger})
	bad.Join(err)
	k.clientAddr, err = clientaddr.New(clientaddr.Options{
		TrustedProxies: c.TrustedProxies,
		TrustUnixPeers: c.TrustUnixPeers,
		Header:         c.ClientAddrHeader,
		PortHeader:     c.ClientPortHeader,
	})
	bad.Join(err)
	k.hosts, err = hosts.New(hosts.Options{
		Allowed:      c.AllowedRequestHosts,
		ExemptPaths:  c.HostExemptPaths,
		AssumeScheme: c.AssumeScheme,
		Logger:       k.logger,
	})
	bad.Join(err)
	k.headers, err = headers.New(headers.Options{Set: c.headers(), Logger: k.logger})
	bad.Join(err)
	k.preflight, err = preflight.New(preflight.Options{})
	bad.Join(err)
	if c.Compress {
		k.compressor, err = compress.New(compress.Options{
			MinBytes:  c.CompressOptions.MinBytes,
			GzipLevel: c.CompressOptions.GzipLevel,
			ZstdLevel: c.CompressOptions.ZstdLevel,
		})
		bad.Join(err)
	}
	k.fingerprint, err = fingerprint.New(k.fingerprintOptions(bad))
	bad.Join(err)
	k.jsonp, err = jsonp.New(jsonp.Options{
		Delimiter:    c.QueryParseOptions.Delimiter,
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) { k.envelope.Render(w, r, nil, err) },
	})
	bad.Join(err)
	k.makeParams(bad)
	k.makeFiles(bad)
	k.makeDispatcher(bad, actions)
	k.checkStore(bad)
	k.makeOpenAPI(bad)
	k.makeDocs(bad)
	k.makeTLS(bad)
}

func (k *Kit) makeParams(bad *cfgerr.List) {
	f, q := &k.cfg.FormOptions, &k.cfg.QueryParseOptions
	// Nobody needs it where no action takes files: see checkStore.
	k.store = upload.NewLazyDirStore(upload.DirStoreOptions{
		Dir: f.UploadDir, KeepExtensions: f.KeepExtensions, Logger: k.logger.With("option", "formOptions.uploadDir"),
	})
	uploads, err := upload.New(upload.Options{
		Store:             k.store,
		MaxFileBytes:      f.MaxFileSize,
		MaxTotalFileBytes: f.MaxTotalFileSize,
		MaxFieldsBytes:    f.MaxFieldsSize,
		MaxFields:         f.MaxFields,
		MaxFiles:          f.MaxFiles,
		Hash:              f.HashAlgorithm,
		Logger:            k.logger,
	})
	bad.Join(err)
	if err != nil {
		return
	}
	k.params, err = params.New(params.Options{
		Query: params.QueryOptions{
			Depth: q.Depth, ArrayLimit: q.ArrayLimit, ParameterLimit: q.ParameterLimit,
			AllowDots: q.AllowDots, Comma: q.Comma, Delimiter: q.Delimiter,
		},
		MaxBodyBytes: f.MaxFieldsSize,
		MaxFields:    f.MaxFields,
		Multiples:    f.Multiples,
		SaveRawBody:  k.cfg.SaveRawBody,
		ShowExcerpt:  k.cfg.ExposeErrors,
		Upload:       uploads,
		Logger:       k.logger,
	})
	bad.Join(err)
}

func (k *Kit) makeFiles(bad *cfgerr.List) {
	if k.cfg.URLPathForFiles.prefix() == "" {
		return
	}
	var roots []static.Root
	for _, folder := range k.cfg.PublicFolders {
		roots = append(roots, static.Dir(folder))
	}
	for _, fsys := range k.cfg.PublicFS {
		roots = append(roots, static.FS(fsys))
	}
	// The last root, so that a file of the user's comes before it.
	script, err := jsclient.New(jsclient.Options{APIPath: cmp.Or(k.cfg.URLPathForActions.prefix(), "/")})
	bad.Join(err)
	if err == nil {
		roots = append(roots, static.FS(script.FS()))
	}
	k.files, err = static.New(k.staticOptions(roots))
	bad.Join(err)
}

// makeDocs makes the page that shows the OpenAPI document. It finds the document
// by a relative path, for the proxies that strip a prefix.
func (k *Kit) makeDocs(bad *cfgerr.List) {
	prefix := k.cfg.URLPathForDocs.prefix()
	if prefix == "" {
		return
	}
	page, err := ui.New(ui.Options{
		Path:    prefix + "/",
		SpecURL: strings.Repeat("../", strings.Count(prefix, "/")) + strings.TrimPrefix(k.cfg.URLPathForActions.prefix()+openAPIFile, "/"),
		Title:   cmp.Or(k.cfg.ServerName, defaultServerName),
	})
	bad.Join(err)
	k.docsPrefix, k.docs = prefix, page
}

func (k *Kit) staticOptions(roots []static.Root) static.Options {
	maxAge := time.Duration(k.cfg.FlatFileCacheDuration) * time.Second
	if maxAge == 0 {
		maxAge = -1 // there, 0 means the default
	}
	o := static.Options{
		Roots:       roots,
		Index:       []string{cmp.Or(k.cfg.DirectoryFileType, static.DefaultIndex)},
		MaxAge:      maxAge,
		DisableETag: !k.cfg.EnableETag,
		Logger:      k.logger,
	}
	if k.cfg.Unknown != nil && k.fingerprint != nil {
		o.NotFoundHandler = k.unknownFile()
	}
	return o
}

func (k *Kit) makeDispatcher(bad *cfgerr.List, actions []dispatch.Action) {
	c := &k.cfg
	var prefixes []string
	if p := c.URLPathForActions.prefix(); p != "" {
		prefixes = append(prefixes, p)
	}
	if c.RootEndpointType == rootAPI {
		prefixes = append(prefixes, "")
	}
	opts := dispatch.Options{
		Actions:                     actions,
		Routes:                      c.Routes,
		AutomaticRoutes:             c.AutomaticRoutes,
		AllowDeadRoutes:             c.AllowDeadRoutes,
		Unknown:                     c.Unknown,
		Prefixes:                    prefixes,
		Params:                      k.params,
		Renderer:                    k.envelope,
		Middleware:                  c.Middleware,
		ExtraParams:                 c.PostVariables,
		DisableParamScrubbing:       c.DisableParamScrubbing,
		MissingFirst:                c.MissingFirst,
		IgnoreUndeclaredFiles:       c.IgnoreUndeclaredFiles,
		AnyMethodByName:             c.AnyMethodByName,
		NotFoundForMethods:          c.NotFoundForMethods,
		FilteredParams:              c.FilteredParams,
		MaxPending:                  c.SimultaneousActions,
		Timeout:                     c.ActionTimeout,
		DangerouslyMatchActiveTypes: c.DangerouslyMatchActiveTypes,
		Folder:                      k.openFolder,
		Logger:                      k.logger,
	}
	if k.files != nil {
		opts.Files = k.files
	}
	var err error
	k.dispatcher, err = dispatch.New(opts)
	bad.Join(err)
}

// openFolder opens the folder of a route.
func (k *Kit) openFolder(dir string) (dispatch.Files, error) {
	return static.New(k.staticOptions([]static.Root{static.Dir(dir)}))
}

// ServeHTTP answers a request the whole way that the package comment draws.
func (k *Kit) ServeHTTP(w http.ResponseWriter, r *http.Request) { k.handler.ServeHTTP(w, r) }

// Dispatcher returns the dispatcher: to register routes before the server
// starts, to list them, or to mount an action elsewhere.
func (k *Kit) Dispatcher() *dispatch.Dispatcher { return k.dispatcher }

// Envelope returns the envelope, for handlers that answer in it without being
// actions.
func (k *Kit) Envelope() *envelope.Envelope { return k.envelope }

// Close closes the folders of files. Call it when the server has stopped.
func (k *Kit) Close() error {
	var errs []error
	if k.files != nil {
		errs = append(errs, k.files.Close())
	}
	if k.dispatcher != nil {
		errs = append(errs, k.dispatcher.Close())
	}
	return errors.Join(errs...)
}
