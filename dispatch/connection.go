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
	"sync/atomic"
	"time"

	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/respw"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/static"
	"github.com/sidekick-http/sidekick/upload"
)

// Connection is what an action knows of who is asking, and what it answers
// with. It belongs to one request and to the goroutine that runs the action:
// neither use it in another nor keep it after the action has returned.
type Connection struct {
	// Params are the action's parameters: allow-listed, formatted, validated and
	// completed with defaults, with "action" and "apiVersion" beside them. Before
	// functions see them before they are checked, Around functions before the
	// body is read. The map is the action's own; lists and maps inside it are
	// shared with what the envelope shows as received, so change copies of them.
	Params params.Values

	call   *call // the request
	action *compiledAction
	w      http.ResponseWriter
	typed  any // points to the inputs of a typed action
	extra  *extra
	depth  int // how many actions have run each other to get here
	status int

	hasBody   bool // which was not read yet
	stopped   bool
	sent      bool // the response was written by the action itself
	timed     bool // the action has a timeout
	streaming atomic.Bool
}

// extra is what few requests need: without it a connection is smaller by a
// quarter.
type extra struct {
	tap     *respw.Tap
	madeTap bool // it is this connection's to finish
	result  any  // of Stop
	values  map[any]any
}

// more returns room for what few requests need.
func (c *Connection) more() *extra {
	if c.extra == nil {
		c.extra = &extra{}
	}
	return c.extra
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
		if c, ok := rec.Connection().(*Connection); ok {
			c.call.materialize()
			return c, true
		}
	}
	return nil, false
}

// ID returns the id of the connection: the fingerprint, if there is one, and
// the message id.
func (c *Connection) ID() string {
	if f := c.call.rec.Fingerprint(); f != "" {
		return f + "-" + c.MessageID()
	}
	return c.MessageID()
}

// MessageID returns the id of this request. It is never the client's, but where
// middleware/requestid has taken a trusted proxy's.
func (c *Connection) MessageID() string { return c.call.rec.MessageIDOr(c.call.d.opts.NewID) }

// ConnectedAt returns when the first piece saw the request.
func (c *Connection) ConnectedAt() time.Time { return c.call.rec.Start() }

// Type returns the kind of client: "web", or "internal" for an action that
// [Dispatcher.Run] runs.
func (c *Connection) Type() string {
	if c.call.rec.IsOfRequest() {
		return "web"
	}
	return "internal"
}

// Fingerprint returns the client's id; ok is false where no piece made one.
func (c *Connection) Fingerprint() (id string, ok bool) {
	id = c.call.rec.Fingerprint()
	return id, id != ""
}

// Remote returns the client's address and port. It is not valid for clients of
// a unix socket.
func (c *Connection) Remote() netip.AddrPort { return c.call.rec.ClientOr(c.call.r) }

// Method returns the request's method.
func (c *Connection) Method() string { return c.call.r.Method }

// URL returns a copy of the request's URL.
func (c *Connection) URL() *url.URL {
	u := *c.call.r.URL
	return &u
}

// Request returns the request. Its body has been read, unless the params left
// it for the action: see package params.
func (c *Connection) Request() *http.Request { return c.call.request() }

// Cookies returns the request's cookies by name, the first of a name.
func (c *Connection) Cookies() map[string]string {
	out := map[string]string{}
	for _, cookie := range c.call.r.Cookies() {
		if _, ok := out[cookie.Name]; !ok {
			out[cookie.Name] = cookie.Value
		}
	}
	return out
}

// hasSet tells whether there is what a client sent: not for an action that
// another runs.
func (c *Connection) hasSet() bool { return c.depth == 0 && c.call.set.Values != nil }

// Sent returns a parameter as the client sent it, whether the action declares it
// or not; ok is false where it was not sent, and for an action that another runs.
// Middleware that needs a parameter which no action declares, a token say, finds
// it here.
func (c *Connection) Sent(name string) (value any, ok bool) {
	if !c.hasSet() {
		return nil, false
	}
	if value, ok = c.call.has().undeclared[name]; ok {
		return value, true
	}
	value, ok = c.call.set.Values[name]
	return value, ok
}

// RawQuery returns the flat query as it was sent, before the allow-list; nil
// for an action run by another, as are RawBody, RawBytes and RawFiles.
func (c *Connection) RawQuery() url.Values {
	if !c.hasSet() {
		return nil
	}
	return c.call.set.RawQuery()
}

// RawBody returns the body as it was decoded, before the allow-list: the JSON
// value, or url.Values for a form; nil where none was read.
func (c *Connection) RawBody() any {
	if !c.hasSet() {
		return nil
	}
	return c.call.set.Body()
}

// RawBytes returns the exact bytes of the body, where the params keep them
// (params.Options.SaveRawBody); otherwise nil.
func (c *Connection) RawBytes() []byte {
	if !c.hasSet() {
		return nil
	}
	return c.call.set.RawBody()
}

// RawFiles returns the uploaded files by form field.
func (c *Connection) RawFiles() map[string][]*upload.File {
	if !c.hasSet() {
		return nil
	}
	return c.call.set.Files()
}

// SkippedFiles returns the form fields of the files that no input of the action
// takes, as the client spells them: see [Options.IgnoreUndeclaredFiles].
func (c *Connection) SkippedFiles() []string {
	if c.depth > 0 {
		return nil
	}
	return slices.Clone(c.call.has().skipped)
}

// Action returns the name and the version of the action that runs; both are ""
// where none is known.
func (c *Connection) Action() (name, version string) {
	if c.action == nil {
		return "", ""
	}
	return c.action.Name, c.action.Version
}

// MatchedRoute returns the route that led here; ok is false where the action
// was reached by its name or by the action param.
func (c *Connection) MatchedRoute() (route Route, ok bool) {
	if c.call.route == nil {
		return Route{}, false
	}
	return *c.call.route.route, true
}

// Meta returns a property of the action that runs; see [Action.Meta].
func (c *Connection) Meta(name string) any {
	if c.action == nil {
		return nil
	}
	return c.action.Meta[name]
}

// PathValue returns what a variable of the matched route took, decoded.
func (c *Connection) PathValue(name string) (value string, ok bool) {
	if route := c.call.route; route != nil {
		if i := slices.Index(route.names, name); i >= 0 {
			return c.call.variable(i), true
		}
	}
	return "", false
}

// Extension returns the file extension at the end of the path of a request
// that a route led here, without the dot; ok is false where there is none.
func (c *Connection) Extension() (ext string, ok bool) {
	if c.call.route == nil {
		return "", false
	}
	ext = path.Ext(c.call.r.URL.Path)
	if len(ext) < 2 {
		return "", false
	}
	return ext[1:], true
}

// Set keeps a value for the rest of the request, for middleware and the action
// to share. Use an unexported type of your own as the key, as for contexts.
func (c *Connection) Set(key, value any) {
	x := c.more()
	if x.values == nil {
		x.values = map[any]any{}
	}
	x.values[key] = value
}

// Value returns what Set has kept, or nil.
func (c *Connection) Value(key any) any {
	if c.extra == nil {
		return nil
	}
	return c.extra.values[key]
}

// Stop, called by the Before function of a middleware, ends the request with
// result: what is left of Before functions and the action do not run, After
// functions do.
func (c *Connection) Stop(result any) {
	c.stopped, c.more().result = true, result
}

// SetStatus sets the status of the answer, 200 to 599; any other is answered
// as 500. It stands, whatever status an error asks for. 0 takes it back.
func (c *Connection) SetStatus(status int) { c.status = status }

// Status returns the status of the answer so far: what was sent, if the answer
// has begun, otherwise what SetStatus has set, and 0 where that is left to the
// result.
func (c *Connection) Status() int {
	if c.extra != nil && c.extra.tap != nil && c.extra.tap.Started() {
		return c.extra.tap.Status()
	}
	return c.status
}

// Header returns the header of the answer.
func (c *Connection) Header() http.Header { return c.w.Header() }

// SetHeader sets one field of the answer's header; the last call wins. A name
// or value that is not allowed in a header is left out and logged.
func (c *Connection) SetHeader(name, value string) {
	if !validHeader(name, value) {
		c.call.d.opts.Logger.WarnContext(c.call.ctx, "dispatch: an action set an invalid header; it is left out", "action", c.action.Name, "name", name)
		return
	}
	c.w.Header().Set(name, value)
}

// AddCookie adds a Set-Cookie to the answer. One that is not valid is left out
// and logged.
func (c *Connection) AddCookie(cookie *http.Cookie) {
	if err := cookie.Valid(); err != nil {
		c.call.d.opts.Logger.WarnContext(c.call.ctx, "dispatch: an action added an invalid cookie; it is left out", "action", c.action.Name, "error", err)
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
	x := c.more()
	if x.tap != nil || c.depth > 0 {
		return
	}
	before := c.w
	c.w, c.call.r, x.tap = respw.Of(c.w, c.call.request())
	x.madeTap = c.w != before
	if c.timed {
		x.tap.BeforeHeader(func(int) { c.streaming.Store(true) })
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
	c.begin()
	c.w.WriteHeader(status)
	if bodiless || c.call.r.Method == http.MethodHead {
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

// begin notes that the action answers by itself from here on.
func (c *Connection) begin() {
	c.sent = true
	c.streaming.Store(true)
}

// answered tells whether the action has answered by itself.
func (c *Connection) answered() bool {
	return c.sent || c.extra != nil && c.extra.tap != nil && c.extra.tap.Started()
}

// hijacked tells whether the action has taken the connection over.
func (c *Connection) hijacked() bool {
	return c.extra != nil && c.extra.tap != nil && c.extra.tap.Hijacked()
}

// SendFile answers with a file of [Options.Files]: conditions, ranges, type
// and the answer to a name that is not there are that handler's. The error
// tells that there are no files, or that an answer was sent before.
func (c *Connection) SendFile(name string) error {
	if c.call.d.opts.Files == nil {
		return fmt.Errorf("dispatch: SendFile: this dispatcher has no Options.Files")
	}
	if c.answered() {
		return fmt.Errorf("dispatch: SendFile: the answer was already sent")
	}
	c.begin()
	c.call.d.opts.Files.ServeName(c.w, c.call.request(), name)
	return nil
}

// ServeContent answers with content from anywhere as static.Handler does with a
// file: with its type, conditions and ranges, or as a download under a safe
// name. The error tells that an answer was sent before.
func (c *Connection) ServeContent(content static.Content) error {
	if c.answered() {
		return fmt.Errorf("dispatch: ServeContent: the answer was already sent")
	}
	c.begin()
	c.call.d.content.ServeContent(c.w, c.call.request(), content)
	return nil
}
