package dispatch

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/routing"
	"github.com/sidekick-http/sidekick/internal/urlpath"
	"github.com/sidekick-http/sidekick/static"
)

// fileAction is the action name that serves files.
const fileAction = "file"

// Dispatcher leads requests to actions. It is safe for concurrent use.
type Dispatcher struct {
	opts               Options
	actions            map[string]*family // by name, as given and in lower case
	names              []string           // as given, each once
	union              map[string]bool    // parameters that any action takes
	hasConnectionHooks bool               // some middleware has one
	showsReceived      bool               // the renderer shows received parameters
	unknown            *compiledAction    // stands in for the action of a request that reaches none
	// everyVersion holds all actions, for reading a body before the action is known.
	everyVersion  []*compiledAction
	replayers     []Replayer       // of the actions
	folders       map[string]Files // of routes with Dir, each opened once
	content       *static.Handler  // for [Connection.ServeContent]
	masks         masks            // of FilteredParams
	responseMasks masks            // of FilteredResponse
	secrets       masks            // of FilteredParams, and those of all actions
	pending       *pending
	draining      atomic.Bool
	logsItself    bool          // the renderer logs every error that it answers
	stopping      chan struct{} // closed when a stop begins
	announceStop  func()        // closes it, once

	// folderPrefixes are the prefixes and the root: a folder is reached wherever actions are, and
	// at the root.
	folderPrefixes []string

	table    atomic.Pointer[table]
	serving  atomic.Bool
	register sync.Mutex
	given    Routes // without the automatic ones
}

// New returns a Dispatcher. Its error joins a [ConfigError] for every problem of the options,
// actions and routes.
func New(opts Options) (*Dispatcher, error) {
	bad := cfgerr.For("dispatch")
	opts = opts.WithDefaults()
	opts.check(bad)
	opts.complete(bad)
	d := &Dispatcher{opts: opts, pending: newPending(), folders: map[string]Files{}, stopping: make(chan struct{})}
	d.announceStop = sync.OnceFunc(func() { close(d.stopping) })
	_, d.logsItself = opts.Renderer.(*envelope.Envelope)
	d.masks, d.responseMasks = masksOf(opts.FilteredParams), masksOf(opts.FilteredResponse)
	d.secrets = d.masks
	shows, knows := opts.Renderer.(interface{ ShowsReceived() bool })
	d.showsReceived = knows && shows.ShowsReceived()
	d.folderPrefixes = slices.Compact(append(slices.Clone(opts.Prefixes), ""))
	var err error
	d.content, err = static.New(static.Options{Logger: opts.Logger})
	bad.Join(err)
	d.hasConnectionHooks = slices.ContainsFunc(d.opts.Middleware, func(m Middleware) bool { return m.Create != nil || m.Destroy != nil })
	d.compileActions(bad)
	d.given = slices.Clone(opts.Routes)
	t := d.compileRoutes(d.given, bad)
	if err := bad.Err(); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	d.table.Store(t)
	return d, nil
}

// Close closes the folders of routes whose [Files] have a method Close. Call it when no more
// requests are served.
func (d *Dispatcher) Close() error {
	var errs []error
	for _, folder := range d.folders {
		if c, ok := folder.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// ErrServing is returned by [Dispatcher.Register] once the dispatcher has served a request.
var ErrServing = errors.New("dispatch: routes cannot be registered once requests are served")

// Register adds routes after the existing ones, before the automatic ones. If there are problems
// it reports them as [New] does and adds nothing. After the first request it returns
// [ErrServing].
func (d *Dispatcher) Register(routes ...Route) error {
	d.register.Lock()
	defer d.register.Unlock()
	if d.serving.Load() {
		return ErrServing
	}
	bad := cfgerr.For("dispatch")
	all := slices.Concat(d.given, routes)
	t := d.compileRoutes(all, bad)
	if err := bad.Err(); err != nil {
		return err
	}
	d.given = all
	d.table.Store(t)
	return nil
}

// Routes returns a copy of the routes in the order in which they are tried, the automatic ones
// last.
func (d *Dispatcher) Routes() Routes { return slices.Clone(d.table.Load().routes) }

// Actions returns a copy of the actions, ordered by name and then from the newest version to the
// oldest. What their members point to must not be changed.
func (d *Dispatcher) Actions() []Action {
	var out []Action
	for _, name := range d.names {
		for _, a := range d.actions[name].versions {
			out = append(out, a.Action)
		}
	}
	return out
}

// Drain makes the dispatcher answer every new request with [ErrShuttingDown]. Running actions
// continue. It cannot be undone.
func (d *Dispatcher) Drain() { d.draining.Store(true) }

// Action returns the handler of one action, for any mux. It takes its inputs from the query, the
// body, and the path values that the mux has set on the request, which take precedence. It
// answers every method that routes can have, and OPTIONS with a list of them. version "" means
// the newest. The only error is [ErrUnknownAction].
func (d *Dispatcher) Action(name, version string) (http.Handler, error) {
	a := d.find(name, version)
	if a == nil {
		return nil, ErrUnknownAction
	}
	only := []*compiledAction{a}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.serve(w, r, func(c *call) {
			switch {
			case r.Method == http.MethodOptions:
				c.allow(verbs)
				return
			case !canRoute(r.Method):
				c.fail(ErrMethodNotAllowed)
				return
			}
			c.versionFixed = true
			c.asPending(only, func() {
				if err := c.readQuery(); err != nil {
					c.failAt(only, err)
					return
				}
				c.serveAction(a)
			})
		})
	}), nil
}

// ServeHTTP runs the action that the request leads to and renders its response.
func (d *Dispatcher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.serve(w, r, (*call).dispatch)
}

// Folder returns the handler of a request that matches a route with Dir, for servers that answer
// files separately from actions. It looks below every prefix and at the root.
func (d *Dispatcher) Folder(r *http.Request) (http.Handler, bool) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil, false
	}
	t := d.table.Load()
	if !t.folders {
		return nil, false
	}
	path, decoded := urlpath.Of(r)
	var room [4]routing.Var
	for _, prefix := range d.folderPrefixes {
		if rest, ok := urlpath.CutPrefix(path, prefix, decoded); ok {
			if e, rest, _, err := t.match(r.Method, rest, decoded, room[:0]); err == nil && e != nil {
				if e.folder == nil {
					return nil, false
				}
				return folderHandler{e.folder, rest}, true
			}
		}
	}
	return nil, false
}

// folderHandler serves one file of a mapped folder.
type folderHandler struct {
	files Files
	name  string
}

func (h folderHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.files.ServeName(w, r, h.name)
}

// Options returns the options of the dispatcher, with their defaults. It is a copy; what its
// members point to must not be changed.
func (d *Dispatcher) Options() Options { return d.opts }
