package envelope

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/mediatype"
)

const (
	headerContentType   = "Content-Type"
	headerContentLength = "Content-Length"
	headerCacheControl  = "Cache-Control"

	jsonType = "application/json; charset=utf-8"
)

// Envelope renders responses. It is safe for concurrent use, and its options never change.
type Envelope struct {
	opts   Options
	server string // the constant beginning of serverInformation
	indent string

	reserved []string // names of members

	lengths string // see lengthText

	// plans holds the plans of the types encoded so far. The map never changes; a larger copy
	// replaces it.
	plans    atomic.Pointer[map[reflect.Type]*plan]
	learning sync.Mutex
}

// New returns an Envelope. Its error joins a [ConfigError] for every problem.
func New(opts Options) (*Envelope, error) {
	opts = opts.WithDefaults()
	if err := opts.check(); err != nil {
		return nil, err
	}
	opts.Errors.Texts, opts.Errors.Reporters = maps.Clone(opts.Errors.Texts), slices.Clone(opts.Errors.Reporters)
	opts.Logger = failure.Logger(opts.Logger)
	e := &Envelope{opts: opts, indent: strings.Repeat(" ", opts.Padding), reserved: reservedNames(opts.Errors.Details)}
	e.lengths = lengths()
	e.plans.Store(&map[reflect.Type]*plan{})
	if err := e.prepareServer(); err != nil {
		return nil, err
	}
	return e, nil
}

// ShowsReceived reports whether responses show the client's parameters, so that the code that reads
// them knows whether to keep them.
func (e *Envelope) ShowsReceived() bool { return e != nil && e.opts.RequesterInformation }

// Answer is what [Envelope.Respond] sends.
type Answer struct {
	// Status, if not 0, is sent whatever Err says. It is 200 to 599; any other value becomes a 500.
	Status int
	// Value is the result. The members of an object are next to the metadata. Any other JSON
	// value is sent alone, without metadata; nil is an empty object. If the response header
	// already has a Content-Type other than JSON, a string or []byte is sent verbatim.
	Value any
	// Err, if not nil, becomes the member "error".
	Err error
	// Context carries the facts of the request; nil means the request's own context.
	Context context.Context
	// AsJSON encodes a string or []byte as JSON, whatever Content-Type the response header has.
	AsJSON bool
}

// Render sends v, or err if it is not nil; the members of an object v are kept next to the error.
// It sends Content-Type (unless one is set), Content-Length, for errors Cache-Control: no-store
// (unless one is set), and the status from [Envelope.Status]. 204, 205, 304 and responses to HEAD
// have no body. For an error it removes Content-Encoding, Content-Range, ETag, Last-Modified and
// a Content-Type other than JSON from the header, since they described the result. A value that
// cannot be encoded (NaN, channels, cycles, invalid UTF-8, a MarshalJSON that fails or panics,
// more than [Options.MaxBytes]) becomes a 500.
func (e *Envelope) Render(w http.ResponseWriter, r *http.Request, v any, err error) {
	e.Respond(w, r, Answer{Value: v, Err: err})
}

// Respond is [Envelope.Render] with a status chosen by the caller.
func (e *Envelope) Respond(w http.ResponseWriter, r *http.Request, a Answer) {
	e.respond(w, r, a, false)
}

// respond is Respond. If quiet, it logs and reports nothing.
func (e *Envelope) respond(w http.ResponseWriter, r *http.Request, a Answer, quiet bool) {
	if a.Context == nil {
		a.Context = r.Context()
	}
	status, own, wrong := e.statusOf(a)
	if body, ok := verbatim(w, a); ok {
		if wrong != nil && !quiet {
			e.log(a.Context, r, recordOf(a.Context, r), wrong, slog.LevelError, status)
		}
		e.send(w, r, status, body)
		return
	}
	rec := recordOf(a.Context, r)
	var shown *ClientError
	level := slog.LevelError
	if a.Err != nil {
		maker, made := failure.ShownOf(a.Err)
		level = failure.Level(made, own)
		if failure.IsClientGone(r, rec, a.Err) {
			status, level = failure.StatusClientGone, slog.LevelDebug
			rec.SetClientGone()
		}
		if made {
			shown = e.shown(e.asked(r, a.Context), rec, a.Err, maker, own)
		} else {
			shown = e.hidden(e.asked(r, a.Context), rec, a.Err, own)
		}
	}
	buf := buffers.Get().(*buffer)
	defer buf.free()
	buf.e, buf.quiet, buf.bare = e, quiet, false
	body, unsendable := e.encode(buf, a.Context, r, rec, a.Value, shown)
	if unsendable != nil && unsendable != errAbort {
		wrong, level = errorsOf(wrong, &unsendableError{unsendable}), slog.LevelError
		if status = http.StatusInternalServerError; e.opts.AlwaysOK {
			status = http.StatusOK
		}
		shown = e.hidden(e.asked(r, a.Context), rec, &unsendableError{unsendable}, http.StatusInternalServerError)
		shown.plain = true
		var again error
		if body, again = e.encode(buf, a.Context, r, rec, nil, shown); again != nil {
			// It was a function of the options that panicked. Encoding only a string, without
			// the metadata, cannot fail.
			buf.bare = true
			body, _ = e.encode(buf, a.Context, r, rec, nil, shown)
		}
	}
	if err := errorsOf(a.Err, wrong); err != nil && !quiet {
		e.log(a.Context, r, rec, err, level, status)
	}
	if unsendable == errAbort {
		panic(http.ErrAbortHandler)
	}
	e.finish(w, r, buf, body, status, shown != nil)
}

// recordOf returns the record of the request, or a new one.
func recordOf(ctx context.Context, r *http.Request) *facts.Record {
	rec := facts.From(ctx)
	if !rec.IsOfRequest() {
		rec = new(facts.Carrier).Begin(r, rec)
	}
	return rec
}

// finish sends an encoded body.
func (e *Envelope) finish(w http.ResponseWriter, r *http.Request, buf *buffer, body []byte, status int, failed bool) {
	buf.b = body
	if e.indent != "" {
		buf.padded.Reset()
		if json.Indent(&buf.padded, body, "", e.indent) == nil {
			body = buf.padded.Bytes()
		}
	}
	h := w.Header()
	if failed {
		refit(h)
	}
	if set := h[headerContentType]; len(set) > 0 && !mediatype.IsJSON(set[0]) {
		// JSON sent under another type must not be interpreted as markup.
		var escaped bytes.Buffer
		json.HTMLEscape(&escaped, body)
		body = escaped.Bytes()
	}
	e.send(w, r, status, body)
}

// asked returns the request with the context of its response, for Translate.
func (e *Envelope) asked(r *http.Request, ctx context.Context) *http.Request {
	if e.opts.Errors.Translate == nil || ctx == r.Context() {
		return r
	}
	return r.WithContext(ctx)
}

// refit removes header fields that a handler set for its result before it failed, and keeps the
// error out of caches.
func refit(h http.Header) {
	for _, name := range []string{"Content-Encoding", "Content-Range", "Etag", "Last-Modified"} {
		delete(h, name)
	}
	if set := h[headerContentType]; len(set) > 0 && !mediatype.IsJSON(set[0]) {
		delete(h, headerContentType)
	}
	if len(h[headerCacheControl]) == 0 {
		h[headerCacheControl] = []string{"no-store"}
	}
}

// unsendableError is a result that could not be encoded. It does not unwrap, so that the error of
// a MarshalJSON chooses neither the status nor the message.
type unsendableError struct{ cause error }

func (e *unsendableError) Error() string { return "the result cannot be sent: " + e.cause.Error() }

// ForLogs returns the cause.
func (e *unsendableError) ForLogs() error { return e.cause }

// PanicStack returns the stack of a MarshalJSON that panicked, if one did.
func (e *unsendableError) PanicStack() []byte {
	if p, ok := e.cause.(*failure.Panic); ok {
		return p.PanicStack()
	}
	return nil
}

// statusOf returns the status to send, the status without AlwaysOK, and what is wrong with the
// response besides its error.
func (e *Envelope) statusOf(a Answer) (sent, own int, wrong error) {
	switch {
	case a.Status == 0 && a.Err == nil:
		return http.StatusOK, http.StatusOK, nil
	case a.Status == 0:
		own = e.ownStatus(a.Err)
		if e.opts.AlwaysOK {
			return http.StatusOK, own, nil
		}
		return own, own, nil
	case a.Status < 200 || a.Status > 599:
		own = http.StatusInternalServerError
		return own, own, problem("the status " + strconv.Itoa(a.Status) + " was set, which is not 200 to 599")
	case a.Status >= 500 && a.Err == nil:
		return a.Status, a.Status, problem("the status " + strconv.Itoa(a.Status) + " was set, without an error")
	}
	return a.Status, a.Status, nil
}

// verbatim returns a string or bytes for which the handler has chosen a type other than JSON.
func verbatim(w http.ResponseWriter, a Answer) (body []byte, ok bool) {
	if a.Err != nil || a.AsJSON {
		return nil, false
	}
	switch v := a.Value.(type) {
	case string:
		body = []byte(v)
	case []byte:
		body = v
	default:
		return nil, false
	}
	ct := w.Header().Get(headerContentType)
	return body, ct != "" && !mediatype.IsJSON(ct)
}

// send writes one response with its length, as JSON unless its header has another type. A Write
// only fails if the client has left, which is not this server's fault.
func (e *Envelope) send(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	h := w.Header()
	if status >= 400 && len(h[headerCacheControl]) == 0 {
		h[headerCacheControl] = []string{"no-store"}
	}
	if status == http.StatusNoContent || status == http.StatusResetContent || status == http.StatusNotModified {
		delete(h, headerContentType)
		delete(h, headerContentLength)
		w.WriteHeader(status)
		return
	}
	// The slices are new for each response, since outer middleware may change them. Both share
	// one allocation.
	values := [...]string{jsonType, e.lengthText(len(body))}
	if len(h[headerContentType]) == 0 {
		h[headerContentType] = values[0:1:1]
	}
	if len(h["Trailer"]) == 0 { // a body with a length has no trailers
		h[headerContentLength] = values[1:2:2]
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// mostLengths is how many lengths of bodies are prepared as strings.
const mostLengths = 10_000

// lengths is one string with all of them, four digits each. It is made once for the process, and
// saves one of three allocations for each response.
var lengths = sync.OnceValue(func() string {
	b := make([]byte, 0, 4*mostLengths)
	for n := range mostLengths {
		b = append(b, '0'+byte(n/1000), '0'+byte(n/100%10), '0'+byte(n/10%10), '0'+byte(n%10))
	}
	return string(b)
})

// lengthText returns a length as a string; for short ones, as part of lengths.
func (e *Envelope) lengthText(n int) string {
	if n < 100 || n >= mostLengths {
		return strconv.Itoa(n)
	}
	text := e.lengths[4*n : 4*n+4]
	if n < 1000 {
		return text[1:]
	}
	return text
}

// encode returns the response: the members of value, then the error, then the metadata. It returns
// the panic of a MarshalJSON as an error.
func (e *Envelope) encode(buf *buffer, ctx context.Context, r *http.Request, rec *facts.Record, value any, shown *ClientError) (b []byte, err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			err = errAbort
		default:
			err = failure.Recovered(p)
		}
	}()
	b, buf.suspect = buf.b[:0], false
	if value == nil {
		b = append(b, '{', '}')
	} else if b, err = buf.appendValue(b, value, 1); err != nil {
		return b, err
	}
	if b[0] != '{' {
		if shown == nil {
			return b, nil
		}
		// A list or a scalar has no room for an error.
		b = append(b[:0], '{', '}')
	} else if buf.suspect {
		var cut bool
		if b, cut = withoutReserved(b, e.reserved); cut && !buf.quiet {
			e.opts.Logger.WarnContext(ctx, "envelope: a result has members whose names are reserved; they are left out", "reserved", e.reserved)
		}
	}

	b = b[:len(b)-1]
	if shown != nil {
		if b, err = e.appendError(b, buf, ctx, r, rec, shown); err != nil {
			return b, err
		}
	}
	if e.opts.ServerInformation && !buf.bare {
		b = e.appendServer(b, rec)
	}
	if e.opts.RequesterInformation && !buf.bare {
		b = e.appendRequester(b, buf, r, rec)
	}
	b = append(b, '}')
	return b, buf.within(b)
}

// appendError adds the error and its details.
func (e *Envelope) appendError(b []byte, buf *buffer, ctx context.Context, r *http.Request, rec *facts.Record, shown *ClientError) (_ []byte, err error) {
	b = begin(b, `"error":`)
	if b, err = buf.appendValue(b, e.serialized(ctx, r, rec, shown), 1); err != nil || !e.opts.Errors.Details {
		return b, err
	}
	if b, err = appendString(begin(b, `"`+nameCode+`":`), validUTF8(shown.Code)); err != nil || len(shown.Params) == 0 {
		return b, err
	}
	return buf.appendValue(begin(b, `"`+nameParams+`":`), shown.Params, 2)
}

// serialized returns the value of "error".
func (e *Envelope) serialized(ctx context.Context, r *http.Request, rec *facts.Record, shown *ClientError) (v any) {
	if serialize := e.opts.Errors.Serialize; serialize != nil && !shown.plain {
		p := contained(func() { v = serialize(ctx, shown) })
		if p == nil && v != nil {
			return v
		}
		if p != nil {
			e.logPanic(ctx, "Serialize", p, failure.Of(r, rec, e.opts.NewID, p, 0))
		}
	}
	if shown.Value != nil {
		return shown.Value
	}
	return shown.Text
}

// begin begins a member of the object in b.
func begin(b []byte, key string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(b, key...)
}
