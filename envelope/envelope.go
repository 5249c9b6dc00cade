package envelope

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sidekick-http/sidekick/internal/facts"
)

const (
	headerContentType   = "Content-Type"
	headerContentLength = "Content-Length"
	headerCacheControl  = "Cache-Control"

	jsonType = "application/json; charset=utf-8"
)

// Envelope renders answers. It is safe for concurrent use, and its options never
// change.
type Envelope struct {
	opts   Options
	server string // the constant beginning of the serverInformation block
	indent string

	lengths string // see lengthText

	// plans are those of the types that were encoded so far. The map is replaced
	// by a larger one, never changed.
	plans    atomic.Pointer[map[reflect.Type]*plan]
	learning sync.Mutex
}

// New returns an Envelope. Its error joins every [ConfigError].
func New(opts Options) (*Envelope, error) {
	if err := opts.withDefaults(); err != nil {
		return nil, err
	}
	e := &Envelope{opts: opts, indent: strings.Repeat(" ", opts.Padding)}
	e.lengths = allLengths()
	e.plans.Store(&map[reflect.Type]*plan{})
	if err := e.prepareServer(); err != nil {
		return nil, err
	}
	return e, nil
}

// ShowsReceived tells whether answers show the params that a client sent, so that
// who reads them knows whether they are worth keeping.
func (e *Envelope) ShowsReceived() bool { return e != nil && !e.opts.OmitRequesterInformation }

// Answer is what [Envelope.Respond] sends.
type Answer struct {
	// Status, when not 0, is sent whatever Err says. It is 200 to 599; any
	// other value is answered as 500.
	Status int
	// Value is the result. An object's members stand beside the metadata. Any
	// other JSON value is sent as it is, without metadata; nil is an empty
	// object. A string or []byte is sent verbatim where the response header
	// already has a Content-Type that is not JSON.
	Value any
	// Err, when not nil, becomes the member "error".
	Err error
	// Context has the facts of the request; nil means the request's own context.
	Context context.Context
	// AsJSON encodes a string or []byte as JSON, whatever Content-Type the
	// response header has.
	AsJSON bool
}

// Render answers with v, or with err where it is not nil; members of an object
// v are kept beside the error. It sends Content-Type (unless one is set),
// Content-Length, for errors Cache-Control: no-store (unless one is set), and
// the status that [Envelope.Status] gives. 204, 205, 304 and answers to HEAD have
// no body. An error takes Content-Encoding, Content-Range, ETag, Last-Modified
// and a Content-Type that is not JSON out of the header: they spoke of a result. A value that cannot be encoded (NaN, channels, cycles, invalid
// UTF-8, a MarshalJSON that fails or panics, more than [Options.MaxBytes]) is
// answered as 500.
func (e *Envelope) Render(w http.ResponseWriter, r *http.Request, v any, err error) {
	e.Respond(w, r, Answer{Value: v, Err: err})
}

// Respond is [Envelope.Render] with a status chosen by the caller.
func (e *Envelope) Respond(w http.ResponseWriter, r *http.Request, a Answer) {
	if a.Context == nil {
		a.Context = r.Context()
	}
	if e.respondVerbatim(w, r, a) {
		return
	}
	rec := facts.From(a.Context)
	if !rec.IsOfRequest() {
		rec = new(facts.Carrier).Begin(r, rec)
	}
	buf := buffers.Get().(*buffer)
	defer buf.free()
	buf.e = e
	status := e.statusOf(a)
	err := a.Err
	body, encodeErr := e.encode(buf, a.Context, r, rec, a.Value, e.errorValue(a.Context, rec, err))
	if encodeErr != nil {
		if errors.Is(encodeErr, errAbort) {
			panic(http.ErrAbortHandler)
		}
		if status = http.StatusInternalServerError; e.opts.AlwaysOK {
			status = http.StatusOK
		}
		err = &unsendableError{encodeErr}
		// A text can always be encoded.
		body, _ = e.encode(buf, a.Context, r, rec, nil, e.errorValue(a.Context, rec, err))
	}
	buf.b = body
	if e.indent != "" {
		buf.padded.Reset()
		if json.Indent(&buf.padded, body, "", e.indent) == nil {
			body = buf.padded.Bytes()
		}
	}
	h := w.Header()
	if err != nil {
		refit(h)
	}
	if set := h[headerContentType]; len(set) > 0 && !isJSON(set[0]) {
		// JSON under another type must not become markup there.
		var escaped bytes.Buffer
		json.HTMLEscape(&escaped, body)
		body = escaped.Bytes()
	}
	e.send(w, r, status, body)
}

// refit takes out of a header what a handler has said of its result before it
// failed, and keeps the error out of caches.
func refit(h http.Header) {
	for _, name := range []string{"Content-Encoding", "Content-Range", "Etag", "Last-Modified"} {
		delete(h, name)
	}
	if set := h[headerContentType]; len(set) > 0 && !isJSON(set[0]) {
		delete(h, headerContentType)
	}
	if len(h[headerCacheControl]) == 0 {
		h[headerCacheControl] = []string{"no-store"}
	}
}

// unsendableError is a result that could not be encoded. It does not unwrap: the
// error of somebody's MarshalJSON chooses neither the status nor the text.
type unsendableError struct{ cause error }

func (e *unsendableError) Error() string {
	return strings.ToValidUTF8("the result cannot be sent: "+e.cause.Error(), "\uFFFD")
}

// statusOf decides the status of an answer and logs one that cannot be sent.
func (e *Envelope) statusOf(a Answer) int {
	if a.Status == 0 {
		return e.Status(a.Err)
	}
	if a.Status < 200 || a.Status > 599 {
		e.opts.Logger.ErrorContext(a.Context, "envelope: a status that is not 200 to 599 was set", "status", a.Status)
		return http.StatusInternalServerError
	}
	return a.Status
}

// errorValue returns what is sent as the member "error", nil for none, and
// logs an error that is not made to be shown.
func (e *Envelope) errorValue(ctx context.Context, rec *facts.Record, err error) any {
	if err == nil {
		return nil
	}
	if v, made := clientError(err); made {
		return v
	}
	id := rec.MessageIDOr(e.opts.NewID)
	if ctx.Err() == nil || !errors.Is(err, context.Canceled) {
		// That the client has gone is no failure of the server's.
		e.opts.Logger.ErrorContext(ctx, "request failed", "error", err, "id", id)
	}
	if e.opts.ExposeErrors {
		return err.Error()
	}
	return internalMessage + " (" + id + ")"
}

// respondVerbatim sends a text or bytes for which the handler has chosen a
// type that is not JSON, and tells whether it did.
func (e *Envelope) respondVerbatim(w http.ResponseWriter, r *http.Request, a Answer) bool {
	if a.Err != nil || a.AsJSON {
		return false
	}
	var body []byte
	switch v := a.Value.(type) {
	case string:
		body = []byte(v)
	case []byte:
		body = v
	default:
		return false
	}
	ct := w.Header().Get(headerContentType)
	if ct == "" || isJSON(ct) {
		return false
	}
	e.send(w, r, e.statusOf(a), body)
	return true
}

// isJSON tells whether a Content-Type names JSON, by name or by suffix.
func isJSON(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	return err == nil && (t == "application/json" || t == "text/json" || strings.HasSuffix(t, "+json"))
}

// send writes one response with its length, as JSON unless its header names
// another type. A failing Write means that the
// client has gone, which is no fault of this server.
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
	// Fresh for each response, since those around us may change them; both in
	// one allocation.
	values := [...]string{jsonType, e.lengthText(len(body))}
	if len(h[headerContentType]) == 0 {
		h[headerContentType] = values[0:1:1]
	}
	h[headerContentLength] = values[1:2:2]
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// mostLengths is how many lengths of bodies an envelope has ready as text.
const mostLengths = 10_000

// allLengths returns the text of all of them, four digits each.
func allLengths() string {
	b := make([]byte, 0, 4*mostLengths)
	for n := range mostLengths {
		b = append(b, '0'+byte(n/1000), '0'+byte(n/100%10), '0'+byte(n/10%10), '0'+byte(n%10))
	}
	return string(b)
}

// lengthText returns a length as text: a part of one long text, where it is not
// long itself.
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

// encode returns the answer: the members of value, then the error, then the
// metadata. The panic of somebody's MarshalJSON becomes an error.
func (e *Envelope) encode(buf *buffer, ctx context.Context, r *http.Request, rec *facts.Record, value, failure any) (b []byte, err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			err = errAbort
		default:
			err = fmt.Errorf("panic while encoding: %v", p)
		}
	}()
	b, buf.suspect = buf.b[:0], false
	if value == nil {
		b = append(b, '{', '}')
	} else if b, err = buf.appendValue(b, value, 1); err != nil {
		return b, err
	}
	if b[0] != '{' {
		if failure == nil {
			return b, nil
		}
		// There is no place for an error beside a list or a scalar.
		b = append(b[:0], '{', '}')
	} else if buf.suspect {
		var cut bool
		if b, cut = withoutReserved(b); cut {
			e.opts.Logger.WarnContext(ctx, "envelope: a result has members whose names are reserved; they are left out", "reserved", reservedNames)
		}
	}

	b = b[:len(b)-1]
	if failure != nil {
		if b, err = buf.appendValue(begin(b, `"error":`), failure, 1); err != nil {
			return b, err
		}
	}
	if !e.opts.OmitServerInformation {
		b = e.appendServer(b, rec)
	}
	if !e.opts.OmitRequesterInformation {
		b = e.appendRequester(b, buf, r, rec)
	}
	b = append(b, '}')
	return b, buf.within(b)
}

// begin begins a member of the object that b holds.
func begin(b []byte, key string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(b, key...)
}
