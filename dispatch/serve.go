package dispatch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/routing"
	"github.com/sidekick-http/sidekick/internal/urlpath"
	"github.com/sidekick-http/sidekick/params"
)

// dispatch finds the action and serves it.
func (c *Connection) dispatch() {
	path, decoded := urlpath.Of(c.r)
	rest, prefix := "", -1
	for i, p := range c.d.opts.Prefixes {
		if r, ok := urlpath.CutPrefix(path, p, decoded); ok {
			rest, prefix = r, i
			break
		}
	}
	if prefix < 0 {
		c.fail(ErrUnknownAction)
		return
	}
	if c.r.Method == http.MethodOptions {
		c.answerOptions(rest, decoded)
		return
	}
	if err := c.readQuery(); err != nil {
		c.fail(err)
		return
	}
	t := c.d.table.Load()
	var room [4]routing.Var
	e, tail, vars, err := t.match(c.r.Method, rest, decoded, room[:0])
	switch {
	case err != nil:
		c.fail(err)
	case e != nil && e.folder != nil:
		c.setPattern(e.pattern[prefix])
		c.sent = true
		e.folder.ServeName(c.w, c.request(), tail)
	case e != nil:
		c.keep(e, vars)
		c.setPattern(e.pattern[prefix])
		c.serveVersion(e.route.Action)
	default:
		c.serveNamed(rest, decoded, prefix)
	}
}

// setPattern names what matched, with where a mux above has mounted the
// dispatcher, so that two mounts are told apart.
func (c *Connection) setPattern(pattern string) {
	if c.mux != "" {
		pattern = mountOf(c.mux, c.r) + pattern
	}
	c.rec.SetPattern(c.r, pattern)
}

// mountOf returns the path below which a mux with that pattern has mounted us,
// "" where the path still has it: no http.StripPrefix stands between.
func mountOf(pattern string, r *http.Request) string {
	if sent, _, _ := strings.Cut(r.RequestURI, "?"); sent == "" || sent == r.URL.EscapedPath() {
		return ""
	}
	i := strings.IndexByte(pattern, '/')
	if i < 0 {
		return ""
	}
	mount := pattern[i:]
	if i := strings.LastIndex(mount, "/{"); i >= 0 && strings.HasSuffix(mount, "...}") {
		mount = mount[:i]
	}
	return strings.TrimRight(mount, "/*") // chi ends a mount in /*
}

// serveNamed serves what no route leads to: by the name in the path, or where
// the path names nothing by the param.
func (c *Connection) serveNamed(rest string, decoded bool, prefix int) {
	d := c.d
	if !noPath(rest) {
		f := d.named(rest, decoded)
		if f == nil || !canRoute(c.r.Method) {
			c.failUnknown()
			return
		}
		c.setPattern(f.patterns[prefix])
		c.serveFamily(f)
		return
	}
	if d.opts.DisableActionParam || !canRoute(c.r.Method) {
		c.failUnknown()
		return
	}
	name, ok := c.set.Values.String("action")
	if !ok {
		// Only here is a body read before the action is known: it may name it.
		if err := c.readBody(d.everyVersion, ""); err != nil {
			c.fail(err)
			return
		}
		name, _ = c.set.Values.String("action")
	}
	c.serveVersion(name)
}

// named returns the actions that what is left of a path names, if names reach
// any.
func (d *Dispatcher) named(rest string, decoded bool) *family {
	if d.opts.DisableNames || len(d.opts.AutomaticRoutes) > 0 {
		return nil
	}
	name, ok := urlpath.Single(rest, decoded)
	if !ok {
		return nil
	}
	return d.family(name)
}

// match asks the routes. The variables are appended to vars.
func (t *table) match(method, path string, decoded bool, vars []routing.Var) (*entry, string, []routing.Var, error) {
	i, rest, vars, err := t.matcher.Match(method, path, decoded, vars)
	if err != nil || i < 0 {
		return nil, "", vars, err
	}
	return &t.entries[i], rest, vars, nil
}

// serveVersion serves an action by its name, in the version that the request
// asks for.
func (c *Connection) serveVersion(name string) {
	f := c.d.family(name)
	switch {
	case f != nil:
		c.serveFamily(f)
	case name == fileAction && c.d.opts.Files != nil:
		c.serveFile()
	default:
		if err := c.takeVars(); err != nil {
			c.fail(err)
			return
		}
		c.failUnknown()
	}
}

// serveFile answers a request for the action "file": with the file that the
// param fileName or file names, as Actionhero's document has it.
func (c *Connection) serveFile() {
	if err := c.takeVars(); err != nil {
		c.fail(err)
		return
	}
	name, _ := c.set.Values.String("fileName")
	if name == "" {
		name, _ = c.set.Values.String("file")
	}
	c.sent = true
	c.d.opts.Files.ServeName(c.w, c.request(), name)
}

// takeVars puts the variables of the path among the params, where they win: those
// that a mux above has found, then those of the route. The first are taken only
// where an input has their name.
func (c *Connection) takeVars() error {
	if c.mux != "" && c.action != nil {
		for i := range c.action.inputs {
			name := c.action.inputs[i].name
			value := c.r.PathValue(name)
			if value == "" && !hasVariable(c.mux, name) {
				continue
			}
			if err := c.set.SetPath(name, value); err != nil {
				return err
			}
		}
	}
	if c.entry == nil {
		return nil
	}
	for i, name := range c.entry.names {
		if err := c.set.SetPath(name, c.variable(i)); err != nil {
			return err
		}
	}
	return nil
}

// hasVariable tells whether the pattern of a mux has a variable of that name:
// {name}, {name...} or, elsewhere than in net/http, {name:expression}.
func hasVariable(pattern, name string) bool {
	for {
		i := strings.IndexByte(pattern, '{')
		if i < 0 {
			return false
		}
		pattern = pattern[i+1:]
		if rest, ok := strings.CutPrefix(pattern, name); ok && rest != "" && (rest[0] == '}' || rest[0] == ':' || strings.HasPrefix(rest, "...}")) {
			return true
		}
	}
}

// serveFamily serves one of the actions of a name.
func (c *Connection) serveFamily(f *family) {
	if err := c.takeVars(); err != nil {
		c.fail(err)
		return
	}
	c.counted(func() {
		// A body may ask for a version, too; where there is only one it is read
		// later, by what that one takes.
		if len(f.versions) > 1 && f.readsBody {
			if _, sent := c.set.Values["apiVersion"]; !sent {
				if err := c.readBody(f.versions, f.versions[0].wholeBody); err != nil {
					c.fail(err)
					return
				}
			}
		}
		if a := c.pick(f.versions); a != nil {
			c.serveAction(a)
		} else {
			c.failUnknown()
		}
	})
}

// pick returns the version that the params or else the route ask for, the
// newest where neither does, nil where there is none such.
func (c *Connection) pick(versions []*compiledAction) *compiledAction {
	values := c.set.Values
	asked, sent := values["apiVersion"]
	if sent && (asked == nil || asked == "") {
		delete(values, "apiVersion")
		sent = false
	}
	if !sent {
		if c.entry == nil || c.entry.route.APIVersion == nil {
			return versions[0]
		}
		asked = c.entry.route.APIVersion
		values["apiVersion"] = asked
	}
	version, ok := versionText(asked)
	if !ok {
		return nil
	}
	return versionOf(versions, version)
}

// failUnknown answers that there is no such action; a route's name of it is
// shown, since it is not the client's.
func (c *Connection) failUnknown() {
	if delete(c.set.Values, "action"); c.entry != nil && c.entry.route.Action != "" {
		c.set.Values["action"] = c.entry.route.Action
	}
	c.fail(ErrUnknownAction)
}

// counted runs f as one of the client's pending actions, unless it has too
// many already.
func (c *Connection) counted(f func()) {
	most := c.d.opts.MaxPending
	if client := c.rec.ClientOr(c.r).Addr(); most > 0 && client.IsValid() {
		shard, ok := c.d.pending.begin(client, most)
		if !ok {
			c.fail(ErrTooManyPending)
			return
		}
		defer shard.end(client)
	}
	f()
}

// serveAction reads the params of an action, runs it and answers.
func (c *Connection) serveAction(a *compiledAction) {
	d := c.d
	c.action = a
	c.rec.SetReached(&a.fact, c.routePath())
	if a.DisableJSONP || a.DisableCompression {
		c.rec.SetWithhold(facts.Withhold{JSONP: a.DisableJSONP, Compress: a.DisableCompression})
	}
	if a.DisableCompression {
		// For proxies, and for a compressor outside that has no record.
		c.w.Header().Set("Cache-Control", noTransform)
	}
	if a.blocked {
		c.fail(ErrBlockedConnectionType)
		return
	}
	if a.readsBody() && c.mayBring() {
		// A version that the query or the route has decided stays.
		version, decided := c.set.Values["apiVersion"]
		if err := c.readBody([]*compiledAction{a}, a.wholeBody); err != nil {
			c.fail(err)
			return
		}
		if decided {
			c.set.Values["apiVersion"] = version
		}
	}
	if c.fixed {
		delete(c.set.Values, "apiVersion")
	} else if c.bodyRead && c.pick([]*compiledAction{a}) == nil {
		c.failUnknown()
		return
	}
	if err := c.receive(); err != nil {
		c.fail(err)
		return
	}
	if a.MatchExtensionMIMEType {
		c.matchExtension()
	}
	ctx := c.ctx
	if d.opts.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.opts.Timeout)
		defer cancel()
	}
	result, err := c.run(ctx)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) && errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("%w: %w", ErrTimeout, err)
	}
	c.answer(result, err)
}

func (c *Connection) routePath() string {
	if c.entry == nil {
		return ""
	}
	return c.entry.route.Path
}

// readQuery begins the set of params, or takes the one that a piece before has
// read whole.
func (c *Connection) readQuery() error {
	if read, ok := params.FromContext(c.ctx); ok {
		c.set = *read
		c.set.Values = maps.Clone(read.Values)
		c.bodyRead = true
		return nil
	}
	return c.d.opts.Params.QueryInto(&c.set, c.r)
}

// mayBring tells whether there may be a body that was not read yet.
func (c *Connection) mayBring() bool {
	return !c.bodyRead && c.r.Method != http.MethodGet && c.r.Method != http.MethodHead
}

// readBody adds the body to the set, once. Files are stored for the inputs of
// the actions, a body that is one file for the input whole.
func (c *Connection) readBody(actions []*compiledAction, whole string) error {
	if !c.mayBring() {
		return nil
	}
	c.bodyRead = true
	return c.d.opts.Params.Body(c.w, c.r, &c.set, params.Files{
		Keep: func(field string) bool {
			if c.d.takesFile(field, actions) {
				return true
			}
			few := c.seldom()
			few.skipped = append(few.skipped, field)
			return false
		},
		WholeBody: whole,
	})
}

// checkFiles refuses files that no input takes, or notes and logs them.
func (c *Connection) checkFiles() error {
	only := []*compiledAction{c.action}
	var skipped []string
	if c.rare != nil {
		skipped = c.rare.skipped
	}
	for field := range c.set.Files() {
		// They were stored for another version, or by a piece before.
		if !c.d.takesFile(field, only) && (!c.set.IsWholeBody() || c.action.wholeBody == "") {
			skipped = append(skipped, field)
		}
	}
	if len(skipped) == 0 {
		return nil
	}
	slices.Sort(skipped)
	skipped = slices.Compact(skipped)
	if !c.d.opts.IgnoreUndeclaredFiles {
		return &fileNotTaken{skipped, c.action.takesFiles}
	}
	c.seldom().skipped = skipped
	c.d.opts.Logger.DebugContext(c.ctx, "dispatch: files that no input takes were not stored", "action", c.action.Name, "fields", skipped)
	return nil
}

// receive decides what reaches the action, in which shape, and what may be shown
// of it.
func (c *Connection) receive() error {
	if c.bodyRead {
		if err := c.checkFiles(); err != nil {
			return err
		}
	}
	if len(c.action.shapes) > 0 {
		if err := c.set.Shape(c.action.shapes); err != nil {
			return shapeFailure(err)
		}
	}
	if c.bodyRead || c.mux != "" || len(c.action.shapes) > 0 {
		// They win over what the body has brought, too.
		if err := c.takeVars(); err != nil {
			return err
		}
	}
	values := c.set.Values
	values["action"] = c.action.name
	shown, whole := c.d.shownDeclared(values, c.action, c.shownRoom[:0])
	if !whole {
		shown = c.d.shown(values, c.action, shown[:0])
	}
	c.rec.SetReceived(shown)
	if whole {
		values["apiVersion"] = c.action.value // no input has this name
	} else if _, sent := values["apiVersion"]; !sent {
		values["apiVersion"] = c.action.value
	}
	c.Params = values
	return nil
}

// shapeFailure turns the error of one parameter into one that names it as all
// others do.
func shapeFailure(err error) error {
	var failed *params.ShapeError
	if !errors.As(err, &failed) {
		return err
	}
	return &InvalidParamsError{Failures: []ParamFailure{{Name: failed.Param, Err: failed}}}
}

// reshow shows the objects among the params as their schemas have left them:
// formatted, completed, and without members that are not declared.
func (c *Connection) reshow() {
	received := slices.Clone(c.rec.Received())
	for i := range c.action.inputs {
		in := &c.action.inputs[i]
		if len(in.schema) == 0 {
			continue
		}
		for j := range received {
			if received[j].Name == in.name {
				received[j].Value = c.d.masked(in.name, showable(c.Params[in.name]))
			}
		}
	}
	c.rec.SetReceived(received)
}

// run does what is the same for every action, however it was reached: its
// middleware, its inputs, itself.
func (c *Connection) run(ctx context.Context) (any, error) {
	for _, m := range c.action.before {
		if err := m.Before(ctx, c); err != nil {
			return nil, err
		}
		if c.stopped {
			break
		}
	}
	var result any
	if c.stopped {
		result = c.rare.result
	} else {
		k := check{ctx: ctx}
		if in := c.action.typed; in != nil {
			var isJSON func(string) bool
			if c.bodyRead {
				isJSON = c.set.IsJSON
			}
			c.typed = in.Bind(c.Params, isJSON, &k.report)
		} else {
			k.run(c.action.inputs, "", c.Params)
			if c.action.hasSchemas && c.depth() == 0 {
				c.reshow()
			}
		}
		err := k.result(c.d)
		if err != nil {
			return nil, err
		}
		if c.action.Handler != nil {
			if c.depth() > 0 {
				return nil, ErrHandlerAction
			}
			c.observe()
			c.action.Handler.ServeHTTP(c.w, c.handlerRequest(ctx))
			return nil, nil
		}
		if result, err = c.action.Run(ctx, c); err != nil {
			return result, err
		}
	}
	for _, m := range c.action.after {
		var err error
		if result, err = m.After(ctx, c, result); err != nil {
			return result, err
		}
	}
	return result, nil
}

// handlerRequest returns the request for an action's Handler.
func (c *Connection) handlerRequest(ctx context.Context) *http.Request {
	if r := c.request(); ctx == c.ctx {
		return r
	}
	return c.r.WithContext(ctx)
}

// answer renders a result, unless the action has answered by itself.
func (c *Connection) answer(result any, err error) {
	switch {
	case c.answered():
		if err != nil {
			c.d.opts.Logger.ErrorContext(c.ctx, "dispatch: an action failed after it had begun its answer", "action", c.action.Name, "error", err)
			if c.rare == nil || c.rare.tap == nil || !c.rare.tap.Hijacked() {
				// What was sent must not look whole to the client.
				panic(http.ErrAbortHandler)
			}
		}
	case c.action.Handler != nil && err == nil && !c.stopped:
		// It has chosen to send nothing: net/http answers 200 without a body.
	default:
		c.respond(envelope.Answer{Status: c.status, Value: result, Err: err, AsJSON: c.matchedType})
	}
}

const noTransform = "no-transform"

// respond renders an answer.
func (c *Connection) respond(a envelope.Answer) {
	if h := c.w.Header(); a.Err != nil && h.Get("Cache-Control") == noTransform {
		// The renderer adds no-store only where nothing is said of caching.
		h.Set("Cache-Control", "no-store, "+noTransform)
	}
	a.Context = c.ctx
	c.d.opts.Renderer.Respond(c.w, c.r, a)
}

// fail answers with an error that keeps the action from running.
func (c *Connection) fail(err error) {
	h := c.w.Header()
	switch err {
	case ErrShuttingDown, ErrTooManyPending:
		h.Set("Retry-After", strconv.Itoa(int(retryAfter.Seconds())))
		if err == ErrShuttingDown {
			h.Set("Connection", "close")
		}
	case ErrMethodNotAllowed:
		h.Set("Allow", allowed(verbs))
	}
	if c.set.Values != nil && c.rec.Received() == nil {
		if c.action != nil {
			c.set.Values["action"] = c.action.name
		}
		c.rec.SetReceived(c.d.shown(c.set.Values, nil, nil))
	}
	c.respond(envelope.Answer{Err: err})
}

// finish ends every request: it removes its files and turns a panic into an
// answer, if none has begun.
func (c *Connection) finish() {
	p := recover()
	if err := c.set.Close(); err != nil {
		c.d.opts.Logger.ErrorContext(c.ctx, "dispatch: uploaded files could not be removed", "error", err)
	}
	switch {
	case p == nil:
		if c.rare != nil && c.rare.madeTap {
			c.rare.tap.Finish()
		}
		return
	case p == http.ErrAbortHandler:
		panic(p)
	}
	name := ""
	if c.action != nil {
		name = c.action.Name
	}
	c.d.opts.Logger.ErrorContext(c.ctx, "dispatch: panic", "action", name, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if c.answered() {
		// What was sent looks whole to the client unless the connection breaks.
		panic(http.ErrAbortHandler)
	}
	// What the action has said of its result does not hold for the error.
	for _, name := range []string{"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Length", "Content-Range", "Content-Type", "Etag", "Last-Modified"} {
		c.w.Header().Del(name)
	}
	c.respond(envelope.Answer{Err: fmt.Errorf("panic: %v", p)})
}

// answerOptions tells which methods reach something at the path.
func (c *Connection) answerOptions(rest string, decoded bool) {
	t := c.d.table.Load()
	var reached []string
	for _, method := range verbs {
		e, _, _, err := t.match(method, rest, decoded, nil)
		if err != nil {
			c.fail(err)
			return
		}
		if e != nil || (noPath(rest) && !c.d.opts.DisableActionParam) || c.d.named(rest, decoded) != nil {
			reached = append(reached, method)
		}
	}
	if len(reached) == 0 {
		c.fail(ErrUnknownAction)
		return
	}
	c.allow(reached)
}

// allow answers OPTIONS.
func (c *Connection) allow(methods []string) {
	c.w.Header().Set("Allow", allowed(methods))
	c.sent = true
	c.w.WriteHeader(http.StatusNoContent)
}

func allowed(methods []string) string {
	return strings.Join(append(slices.Clone(methods), http.MethodOptions), ", ")
}
