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

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/httpfield"
	"github.com/sidekick-http/sidekick/internal/respw"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/static"
	"github.com/sidekick-http/sidekick/upload"
)

// Connection gives an action its client's request and the means to respond. It belongs to one
// request and to the goroutine that runs the action: do not use it in another goroutine or keep
// it after the action has returned.
type Connection struct {
	// Params are the action's parameters, allow-listed, formatted, validated and completed with
	// defaults, together with "action" and "apiVersion". Before functions see them before they
	// are checked, Around functions before the body is read. The map belongs to the action, but
	// the envelope shows the lists and maps inside it as received: change only copies of them.
	Params params.Values

	call   *call // the request
	action *compiledAction
	w      http.ResponseWriter
	typed  any // points to the struct of a typed action's inputs
	extra  *extra
	limit  *timeout // nil if the action has no timeout
	status int
	depth  int32 // how many nested runs led here

	hasBody bool // that has not been read yet
	stopped bool
	sent    bool // the action wrote the response itself
}

// extra holds what few requests need. Without it a connection is a quarter smaller.
type extra struct {
	tap     *respw.Tap
	madeTap bool // this connection must finish the tap
	handled bool // an [Action.Handler] has run
	result  any  // given to Stop
	values  map[any]any
}

// ensureExtra returns the extra part, and makes it if necessary.
func (c *Connection) ensureExtra() *extra {
	if c.extra == nil {
		c.extra = &extra{}
	}
	return c.extra
}

type connectionKey struct{}

// FromContext returns the connection of the action that runs with ctx, for use in an
// [Action.Handler], a formatter or a validator.
func FromContext(ctx context.Context) (*Connection, bool) {
	// Within [Connection.Run], the inner action has its own connection.
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

// ID returns the id of the connection: the fingerprint, if there is one, and the message id.
func (c *Connection) ID() string {
	if f := c.call.rec.Fingerprint(); f != "" {
		return f + "-" + c.MessageID()
	}
	return c.MessageID()
}

// MessageID returns the id of this request. It is taken from the request only if
// middleware/requestid accepted it from a trusted proxy.
func (c *Connection) MessageID() string { return c.call.rec.MessageIDOr(c.call.d.opts.NewID) }

// ConnectedAt returns when the first piece saw the request.
func (c *Connection) ConnectedAt() time.Time { return c.call.rec.Start() }

// Type returns the kind of client: "web", or "internal" for an action run by [Dispatcher.Run].
func (c *Connection) Type() string {
	if c.call.rec.IsOfRequest() {
		return "web"
	}
	return "internal"
}

// Fingerprint returns the client's id; ok is false if no piece made one.
func (c *Connection) Fingerprint() (id string, ok bool) {
	id = c.call.rec.Fingerprint()
	return id, id != ""
}

// Remote returns the client's address and port. The result is invalid (see IsValid) for clients
// of a Unix socket.
func (c *Connection) Remote() netip.AddrPort { return c.call.rec.ClientOr(c.call.r) }

// Method returns the request's method.
func (c *Connection) Method() string { return c.call.r.Method }

// URL returns a copy of the request's URL.
func (c *Connection) URL() *url.URL {
	u := *c.call.r.URL
	return &u
}

// Request returns the request. Its body has been read, unless it was left for the action to read:
// see package params.
func (c *Connection) Request() *http.Request { return c.call.request() }

// Cookies returns the request's cookies by name. Of several with one name it returns the first.
func (c *Connection) Cookies() map[string]string {
	out := map[string]string{}
	for _, cookie := range c.call.r.Cookies() {
		if _, ok := out[cookie.Name]; !ok {
			out[cookie.Name] = cookie.Value
		}
	}
	return out
}

// hasSet reports whether there are parameters from a client. An action run by another has none.
func (c *Connection) hasSet() bool { return c.depth == 0 && c.call.set.Values != nil }

// Sent returns a parameter as the client sent it, whether or not the action declares it. ok is
// false if the client did not send it, and in an action run by another. Middleware uses it for
// parameters that no action declares, such as a token.
func (c *Connection) Sent(name string) (value any, ok bool) {
	if !c.hasSet() {
		return nil, false
	}
	if value, ok = c.call.getRare().undeclared[name]; ok {
		return value, true
	}
	value, ok = c.call.set.Values[name]
	return value, ok
}

// RawQuery returns the flat query as it was sent, before the allow-list. Like RawBody, RawBytes
// and RawFiles it returns nil in an action run by another.
func (c *Connection) RawQuery() url.Values {
	if !c.hasSet() {
		return nil
	}
	return c.call.set.RawQuery()
}

// RawBody returns the decoded body before the allow-list: the JSON value, or url.Values for a
// form. It returns nil if no body was read.
func (c *Connection) RawBody() any {
	if !c.hasSet() {
		return nil
	}
	return c.call.set.Body()
}

// RawBytes returns the exact bytes of the body if params.Options.SaveRawBody is set, otherwise
// nil.
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

// SkippedFiles returns the form fields, as the client spelled them, of files that no input of the
// action takes. See [Options.IgnoreUndeclaredFiles].
func (c *Connection) SkippedFiles() []string {
	if c.depth > 0 {
		return nil
	}
	return slices.Clone(c.call.getRare().skipped)
}

// Action returns the name and version of the running action. Both are "" if none is known.
func (c *Connection) Action() (name, version string) {
	if c.action == nil {
		return "", ""
	}
	return c.action.Name, c.action.Version
}

// MatchedRoute returns the route that led here. ok is false if the client reached the action by
// its name or by the parameter "action".
func (c *Connection) MatchedRoute() (route Route, ok bool) {
	if c.call.route == nil {
		return Route{}, false
	}
	return *c.call.route.route, true
}

// Meta returns a property of the running action; see [Action.Meta].
func (c *Connection) Meta(name string) any {
	if c.action == nil {
		return nil
	}
	return c.action.Meta[name]
}

// PathValue returns the decoded value of a variable of the matched route.
func (c *Connection) PathValue(name string) (value string, ok bool) {
	if route := c.call.route; route != nil {
		if i := slices.Index(route.names, name); i >= 0 {
			return c.call.variable(i), true
		}
	}
	return "", false
}

// Extension returns the file extension at the end of the request's path, without the dot. ok is
// false if there is none, or if no route led here.
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

// Set keeps a value for the rest of the request, to be shared by middleware and the action. Use
// an unexported type of your own as the key, as for contexts.
func (c *Connection) Set(key, value any) {
	x := c.ensureExtra()
	if x.values == nil {
		x.values = map[any]any{}
	}
	x.values[key] = value
}

// Value returns the value that Set kept, or nil.
func (c *Connection) Value(key any) any {
	if c.extra == nil {
		return nil
	}
	return c.extra.values[key]
}

// Stop ends the request with result. It is for Before functions of middleware: the remaining
// Before functions and the action do not run, After functions do.
func (c *Connection) Stop(result any) {
	c.stopped, c.ensureExtra().result = true, result
}

// SetStatus sets the status of the response, 200 to 599; any other becomes a 500. It takes
// precedence over the status of an error. 0 undoes it.
func (c *Connection) SetStatus(status int) { c.status = status }

// Status returns the status of the response: the one sent, if the response has begun, otherwise the
// one given to SetStatus, or 0 if neither is known yet.
func (c *Connection) Status() int {
	if c.extra != nil && c.extra.tap != nil && c.extra.tap.Started() {
		return c.extra.tap.Status()
	}
	return c.status
}

// Header returns the header of the response.
func (c *Connection) Header() http.Header { return c.w.Header() }

// SetHeader sets one field of the response's header; the last call wins. A name or value that a
// header must not contain is left out and logged.
func (c *Connection) SetHeader(name, value string) {
	if !httpfield.IsToken(name) || httpfield.HasControl(value) {
		action, _ := c.Action() // middleware may set it before the action is known
		c.call.d.opts.Logger.WarnContext(c.call.ctx, "dispatch: an action set an invalid header; it is left out", "action", action, "name", name)
		return
	}
	c.w.Header().Set(name, value)
}

// AddCookie adds a Set-Cookie field to the response. An invalid cookie is left out and logged.
func (c *Connection) AddCookie(cookie *http.Cookie) {
	if err := cookie.Valid(); err != nil {
		action, _ := c.Action()
		c.call.d.opts.Logger.WarnContext(c.call.ctx, "dispatch: an action added an invalid cookie; it is left out", "action", action, "error", err)
		return
	}
	http.SetCookie(c.w, cookie)
}

// ResponseWriter returns the writer of the response, for an action that writes the whole response
// itself. Once something was written, the action's result is not sent, which is noted at debug
// level, and an error breaks the connection.
func (c *Connection) ResponseWriter() http.ResponseWriter {
	c.observe()
	return c.w
}

// observe wraps the writer in a tap, which records whether something was sent.
func (c *Connection) observe() {
	x := c.ensureExtra()
	if x.tap != nil || c.depth > 0 {
		return
	}
	before := c.w
	c.w, c.call.r, x.tap = respw.Of(c.w, c.call.request())
	x.madeTap = c.w != before
	if limit := c.limit; limit != nil {
		x.tap.BeforeHeader(func(int) { limit.streaming.Store(true) })
	}
}

// Pipe sends content as it is, instead of an envelope: a string, a []byte or an io.Reader,
// which is read to its end. It sets the header fields first; without a Content-Type it sends
// text/plain for a string and application/octet-stream otherwise. The status is the one given to
// SetStatus. Pipe fails if reading or writing fails, if content is of another type, if a response
// was sent before, or, with [ErrHandlerAction], if a Run method runs the action. If the action
// returns that error, the connection breaks, so that half a response does not look complete.
func (c *Connection) Pipe(content any, header map[string]string) error {
	if err := c.mayAnswer("Pipe"); err != nil {
		return err
	}
	if c.status != 0 && (c.status < 200 || c.status > 599) {
		return fmt.Errorf("dispatch: Pipe: the status %d was set, want 200 to 599", c.status)
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
	c.status = status // for Status
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

// mayAnswer returns why a method cannot write the response.
func (c *Connection) mayAnswer(method string) error {
	if w, ok := c.w.(*noAnswer); ok {
		return w.FlushError()
	}
	if c.answered() {
		return fmt.Errorf("dispatch: %s: a response was already sent", method)
	}
	return nil
}

// begin notes that the action writes the response itself from here on.
func (c *Connection) begin() {
	c.sent = true
	if c.limit != nil {
		c.limit.streaming.Store(true)
	}
}

// answered reports whether the action has written the response itself.
func (c *Connection) answered() bool {
	return c.sent || c.extra != nil && c.extra.tap != nil && c.extra.tap.Started()
}

// hijacked reports whether the action has taken over the connection.
func (c *Connection) hijacked() bool {
	return c.extra != nil && c.extra.tap != nil && c.extra.tap.Hijacked()
}

// SendFile sends a file of [Options.Files], which handles conditional requests, ranges,
// types and missing files. It fails if there are no files or if a response was sent before.
func (c *Connection) SendFile(name string) error {
	if c.call.d.opts.Files == nil {
		return fmt.Errorf("dispatch: SendFile: this dispatcher has no Options.Files")
	}
	if err := c.mayAnswer("SendFile"); err != nil {
		return err
	}
	c.observe() // for Status
	c.begin()
	c.call.d.opts.Files.ServeName(c.w, c.call.request(), name)
	return nil
}

// ServeContent sends content from any source, as static.Handler sends a file: with
// type, conditional requests and ranges, or as a download under a safe name. It fails if a
// response was sent before.
func (c *Connection) ServeContent(content static.Content) error {
	if err := c.mayAnswer("ServeContent"); err != nil {
		return err
	}
	c.observe() // for Status
	c.begin()
	c.call.d.content.ServeContent(c.w, c.call.request(), content)
	return nil
}

// Dispatcher returns the dispatcher that runs the action, for actions that describe the API.
func (c *Connection) Dispatcher() *Dispatcher { return c.call.d }
