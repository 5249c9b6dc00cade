package dispatch

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/respw"
	"github.com/sidekick-http/sidekick/internal/routing"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/static"
	"github.com/sidekick-http/sidekick/upload"
)

// Connection is what an action knows of who is asking, and what it answers
// with. It belongs to one request and to the goroutine that runs the action:
// neither use it in another nor keep it after the action has returned.
type Connection struct {
	// Params are the action's params: allow-listed, formatted, validated and
	// completed with defaults, with "action" and "apiVersion" beside them. The
	// map is the action's own; lists and maps inside it are shared with what the
	// envelope shows as received, so change copies of them.
	Params params.Values

	d      *Dispatcher
	w      http.ResponseWriter
	r      *http.Request   // see request
	ctx    context.Context // with the record
	rec    *facts.Record
	set    params.Set // of the request; empty for an action that another runs
	action *compiledAction
	entry  *entry // of the route that led here, or nil
	// vars are what the route's variables took, in their order; more than a
	// pair of them is in rare.
	vars [2]string
	// typed points to the inputs of a typed action.
	typed any
	mux   string // the pattern by which a mux above has come here
	// shownRoom has room for the params that are shown.
	shownRoom [4]facts.Param
	rare      *rare

	status   int
	bodyRead bool
	copied   bool // the request carries the record
	fixed    bool // the version is not the client's to choose
	sent     bool // the response was written by the action itself
	// matchedType tells that the Content-Type is that of the path's extension.
	matchedType bool
	stopped     bool
}

// rare is what few requests need: without it a connection is smaller by a
// quarter.
type rare struct {
	vars    []string // behind those of the connection
	tap     *respw.Tap
	madeTap bool // it is this connection's to finish
	result  any  // of Stop
	values  map[any]any
	depth   int      // of actions run by actions
	skipped []string // fields of files that no input takes
}

// seldom returns room for what few requests need.
func (c *Connection) seldom() *rare {
	if c.rare == nil {
		c.rare = &rare{}
	}
	return c.rare
}

// depth is how many actions have run each other to get here.
func (c *Connection) depth() int {
	if c.rare == nil {
		return 0
	}
	return c.rare.depth
}

// newConnection begins a request. Where no piece before has put a record into
// its context, the record lies in the same allocation.
func newConnection(d *Dispatcher, w http.ResponseWriter, r *http.Request) *Connection {
	ctx := r.Context()
	rec := facts.From(ctx)
	if rec.IsOfRequest() {
		return &Connection{d: d, w: w, r: r, ctx: ctx, rec: rec, mux: r.Pattern, copied: true}
	}
	both := &struct {
		c       Connection
		carrier facts.Carrier
	}{c: Connection{d: d, w: w, r: r, mux: r.Pattern}}
	both.c.ctx, both.c.rec = &both.carrier, both.carrier.Begin(r, rec)
	return &both.c
}

// request returns the request with the context that carries the record. It is
// copied only where somebody asks for it.
func (c *Connection) request() *http.Request {
	if !c.copied {
		c.r, c.copied = c.r.WithContext(c.ctx), true
	}
	return c.r
}

type connectionKey struct{}

// FromContext returns the connection of the action that runs with ctx. It is
// how an [Action.Handler], a formatter or a validator gets at it.
func FromContext(ctx context.Context) (*Connection, bool) {
	// An action run by an action carries its own connection.
	if c, ok := ctx.Value(connectionKey{}).(*Connection); ok {
		return c, true
	}
	if rec := facts.From(ctx); rec != nil {
		c, ok := rec.Connection().(*Connection)
		return c, ok
	}
	return nil, false
}

// ID returns the id of the connection: the fingerprint, if there is one, and
// the message id.
func (c *Connection) ID() string {
	if f := c.rec.Fingerprint(); f != "" {
		return f + "-" + c.MessageID()
	}
	return c.MessageID()
}

// MessageID returns the id of this request. It is never the client's.
func (c *Connection) MessageID() string { return c.rec.MessageIDOr(c.d.opts.NewID) }

// ConnectedAt returns when the first piece saw the request.
func (c *Connection) ConnectedAt() time.Time { return c.rec.Start() }

// Type returns the kind of client: "web".
func (c *Connection) Type() string { return "web" }

// Fingerprint returns the client's id; ok is false where no piece made one.
func (c *Connection) Fingerprint() (id string, ok bool) {
	id = c.rec.Fingerprint()
	return id, id != ""
}

// Remote returns the client's address and port. It is not valid for clients of
// a unix socket.
func (c *Connection) Remote() netip.AddrPort { return c.rec.ClientOr(c.r) }

// Method returns the request's method.
func (c *Connection) Method() string { return c.r.Method }

// URL returns a copy of the request's URL.
func (c *Connection) URL() *url.URL {
	u := *c.r.URL
	return &u
}

// Request returns the request. Its body has been read, unless the params left
// it for the action: see package params.
func (c *Connection) Request() *http.Request { return c.request() }

// Cookies returns the request's cookies by name, the first of a name.
func (c *Connection) Cookies() map[string]string {
	out := map[string]string{}
	for _, cookie := range c.r.Cookies() {
		if _, ok := out[cookie.Name]; !ok {
			out[cookie.Name] = cookie.Value
		}
	}
	return out
}

// RawQuery returns the flat query as it was sent, before the allow-list; nil
// for an action run by another, as are RawBody, RawBytes and RawFiles.
func (c *Connection) RawQuery() url.Values {
	if c.set.Values == nil {
		return nil
	}
	return c.set.RawQuery()
}

// RawBody returns the body as it was decoded, before the allow-list: the JSON
// value, or url.Values for a form; nil where none was read.
func (c *Connection) RawBody() any {
	if c.set.Values == nil {
		return nil
	}
	return c.set.Body()
}

// RawBytes returns the exact bytes of the body, where the params keep them
// (params.Options.SaveRawBody); otherwise nil.
func (c *Connection) RawBytes() []byte {
	if c.set.Values == nil {
		return nil
	}
	return c.set.RawBody()
}

// RawFiles returns the uploaded files by form field.
func (c *Connection) RawFiles() map[string][]*upload.File {
	if c.set.Values == nil {
		return nil
	}
	return c.set.Files()
}

// SkippedFiles returns the form fields of the files that no input of the action
// takes, as the client spells them: see [Options.IgnoreUndeclaredFiles].
func (c *Connection) SkippedFiles() []string {
	if c.rare == nil {
		return nil
	}
	return slices.Clone(c.rare.skipped)
}

// Action returns the name and the version of the action that runs.
func (c *Connection) Action() (name, version string) { return c.action.Name, c.action.Version }

// MatchedRoute returns the route that led here; ok is false where the action
// was reached by its name or by the action param.
func (c *Connection) MatchedRoute() (route Route, ok bool) {
	if c.entry == nil {
		return Route{}, false
	}
	return *c.entry.route, true
}

// PathValue returns what a variable of the matched route took, decoded.
func (c *Connection) PathValue(name string) (value string, ok bool) {
	if c.entry != nil {
		if i := slices.Index(c.entry.names, name); i >= 0 {
			return c.variable(i), true
		}
	}
	return "", false
}

// keep notes the entry that led here and what its variables took.
func (c *Connection) keep(e *entry, vars []routing.Var) {
	c.entry = e
	for i := range vars {
		if i < len(c.vars) {
			c.vars[i] = vars[i].Value
		} else {
			few := c.seldom()
			few.vars = append(few.vars, vars[i].Value)
		}
	}
}

// variable returns what the variable of the entry with that index took.
func (c *Connection) variable(i int) string {
	if i < len(c.vars) {
		return c.vars[i]
	}
	return c.rare.vars[i-len(c.vars)]
}

// Extension returns the file extension at the end of the path of a request
// that a route led here, without the dot; ok is false where there is none.
func (c *Connection) Extension() (ext string, ok bool) {
	if c.entry == nil {
		return "", false
	}
	ext = path.Ext(c.r.URL.Path)
	if len(ext) < 2 {
		return "", false
	}
	return ext[1:], true
}

// Set keeps a value for the rest of the request, for middleware and the action
// to share. Use an unexported type of your own as the key, as for contexts.
func (c *Connection) Set(key, value any) {
	few := c.seldom()
	if few.values == nil {
		few.values = map[any]any{}
	}
	few.values[key] = value
}

// Value returns what Set has kept, or nil.
func (c *Connection) Value(key any) any {
	if c.rare == nil {
		return nil
	}
	return c.rare.values[key]
}

// Stop, called by the Before function of a middleware, ends the request with
// result: what is left of Before functions and the action do not run, After
// functions do.
func (c *Connection) Stop(result any) {
	c.stopped, c.seldom().result = true, result
}

// SetStatus sets the status of the answer, 200 to 599; any other is answered
// as 500. It stands, whatever status an error asks for. 0 takes it back.
func (c *Connection) SetStatus(status int) { c.status = status }

// Header returns the header of the answer.
func (c *Connection) Header() http.Header { return c.w.Header() }

// SetHeader sets one field of the answer's header; the last call wins. A name
// or value that is not allowed in a header is left out and logged.
func (c *Connection) SetHeader(name, value string) {
	if !validHeader(name, value) {
		c.d.opts.Logger.WarnContext(c.ctx, "dispatch: an action set an invalid header; it is left out", "action", c.action.Name, "name", name)
		return
	}
	c.w.Header().Set(name, value)
}

// AddCookie adds a Set-Cookie to the answer. One that is not valid is left out
// and logged.
func (c *Connection) AddCookie(cookie *http.Cookie) {
	if err := cookie.Valid(); err != nil {
		c.d.opts.Logger.WarnContext(c.ctx, "dispatch: an action added an invalid cookie; it is left out", "action", c.action.Name, "error", err)
		return
	}
	http.SetCookie(c.w, cookie)
}

// ResponseWriter returns the writer of the response, for an action that writes
// it all by itself. Once something was written, the action's result is no
// longer sent, and an error breaks the connection.
func (c *Connection) ResponseWriter() http.ResponseWriter {
	c.observe()
	return c.w
}

// observe puts a tap around the writer, to know whether something was sent.
func (c *Connection) observe() {
	few := c.seldom()
	if few.tap == nil {
		before := c.w
		c.w, c.r, few.tap = respw.Of(c.w, c.request())
		few.madeTap = c.w != before
	}
}

// Pipe answers with content as it is, instead of an envelope: a string, a
// []byte or an io.Reader, which is read to its end. The header fields are set
// before; where none names the type it is text/plain for a string and
// application/octet-stream otherwise. The status is that of SetStatus. The
// error is that of reading or writing, or tells that content is of another
// type or that an answer was sent before; an action that returns it breaks the
// connection, so that half an answer does not look whole.
func (c *Connection) Pipe(content any, header map[string]string) error {
	if c.answered() {
		return fmt.Errorf("dispatch: Pipe: the answer was already sent")
	}
	if c.status != 0 && (c.status < 200 || c.status > 599) {
		return &envelope.Error{Status: http.StatusInternalServerError, Err: fmt.Errorf("dispatch: Pipe: the status %d was set, want 200 to 599", c.status)}
	}
	kind, length := "application/octet-stream", -1
	switch content := content.(type) {
	case string:
		kind, length = "text/plain; charset=utf-8", len(content)
	case []byte:
		length = len(content)
	case io.Reader:
	default:
		return fmt.Errorf("dispatch: Pipe: content is %T, want a string, a []byte or an io.Reader", content)
	}
	for name, value := range header {
		c.SetHeader(name, value)
	}
	h := c.w.Header()
	if _, set := h["Content-Type"]; !set {
		h.Set("Content-Type", kind)
	}
	status := cmp.Or(c.status, http.StatusOK)
	bodiless := status == http.StatusNoContent || status == http.StatusResetContent || status == http.StatusNotModified
	if length >= 0 && !bodiless {
		h.Set("Content-Length", strconv.Itoa(length))
	}
	c.sent = true
	c.w.WriteHeader(status)
	if bodiless || c.r.Method == http.MethodHead {
		return nil
	}
	var err error
	switch content := content.(type) {
	case string:
		_, err = io.WriteString(c.w, content)
	case []byte:
		_, err = c.w.Write(content)
	case io.Reader:
		_, err = io.Copy(c.w, content)
	}
	return err
}

// answered tells whether the action has answered by itself.
func (c *Connection) answered() bool {
	return c.sent || c.rare != nil && c.rare.tap != nil && c.rare.tap.Started()
}

// SendFile answers with a file of [Options.Files]: conditions, ranges, type
// and the answer to a name that is not there are that handler's. The error
// tells that there are no files, or that an answer was sent before.
func (c *Connection) SendFile(name string) error {
	if c.d.opts.Files == nil {
		return fmt.Errorf("dispatch: SendFile: this dispatcher has no Options.Files")
	}
	if c.answered() {
		return fmt.Errorf("dispatch: SendFile: the answer was already sent")
	}
	c.sent = true
	c.d.opts.Files.ServeName(c.w, c.request(), name)
	return nil
}

// ServeContent answers with content from anywhere as static.Handler does with a
// file: with its type, conditions and ranges, or as a download under a safe
// name. The error tells that an answer was sent before.
func (c *Connection) ServeContent(content static.Content) error {
	if c.answered() {
		return fmt.Errorf("dispatch: ServeContent: the answer was already sent")
	}
	c.sent = true
	c.d.content.ServeContent(c.w, c.request(), content)
	return nil
}

// Run runs another action within this request and returns its result: its
// inputs, middleware and errors are as if a client had sent the params, what it
// does to its own answer is lost. version "" is the newest. The error is
// [ErrUnknownAction] where there is no such action.
func (c *Connection) Run(ctx context.Context, name, version string, values params.Values) (any, error) {
	a := c.d.find(name, version)
	if a == nil {
		return nil, ErrUnknownAction
	}
	if c.depth() >= deepestRun {
		return nil, ErrTooDeep
	}
	inner := &Connection{d: c.d, w: noAnswer{}, r: c.r, copied: c.copied, ctx: c.ctx, rec: c.rec, action: a, rare: &rare{depth: c.depth() + 1}}
	inner.Params = params.Values{"action": a.name, "apiVersion": a.value}
	for name, value := range values {
		if _, own := inner.Params[name]; !own && c.d.takes(a, name) {
			inner.Params[name] = value
		}
	}
	return inner.run(context.WithValue(ctx, connectionKey{}, inner))
}

const deepestRun = 100

// noAnswer is the writer of an action that is run by another.
type noAnswer struct{}

func (noAnswer) Header() http.Header { return http.Header{} }
func (noAnswer) WriteHeader(int)     {}
func (noAnswer) Write([]byte) (int, error) {
	return 0, fmt.Errorf("dispatch: an action that is run by another has no answer of its own")
}
