package envelope

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/internal/facts"
)

const (
	headerContentType   = "Content-Type"
	headerContentLength = "Content-Length"
	headerCacheControl  = "Cache-Control"

	jsonType = "application/json; charset=utf-8"
)

// Envelope renders answers. It is immutable and safe for concurrent use.
type Envelope struct {
	opts   Options
	server []byte // the constant beginning of the serverInformation block
	indent string
}

// New returns an Envelope. Its error joins every [ConfigError].
func New(opts Options) (*Envelope, error) {
	if err := opts.withDefaults(); err != nil {
		return nil, err
	}
	e := &Envelope{opts: opts, indent: strings.Repeat(" ", opts.Padding)}
	if err := e.prepareServer(); err != nil {
		return nil, err
	}
	return e, nil
}

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
	if rec == nil {
		rec = new(facts.Carrier).Begin(r)
	}
	id := rec.MessageIDOr(e.opts.NewID)

	buf := newBuffer(e.opts.MaxBytes)
	defer buf.free()
	status := e.statusOf(a)
	err := a.Err
	if encodeErr := e.encode(buf, a.Context, r, rec, id, a.Value, e.errorValue(a.Context, id, err)); encodeErr != nil {
		if errors.Is(encodeErr, errAbort) {
			panic(http.ErrAbortHandler)
		}
		if status = http.StatusInternalServerError; e.opts.AlwaysOK {
			status = http.StatusOK
		}
		err = &unsendableError{encodeErr}
		// A text can always be encoded.
		_ = e.encode(buf, a.Context, r, rec, id, nil, e.errorValue(a.Context, id, err))
	}
	body := buf.b
	if e.indent != "" {
		buf.padded.Reset()
		if json.Indent(&buf.padded, buf.b, "", e.indent) == nil {
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
	send(w, r, status, body)
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

func (e *unsendableError) Error() string { return "the result cannot be sent: " + e.cause.Error() }

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
func (e *Envelope) errorValue(ctx context.Context, id string, err error) any {
	if err == nil {
		return nil
	}
	if v, made := clientError(err); made {
		return v
	}
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
	send(w, r, e.statusOf(a), body)
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
func send(w http.ResponseWriter, r *http.Request, status int, body []byte) {
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
	values := [...]string{jsonType, strconv.Itoa(len(body))}
	if len(h[headerContentType]) == 0 {
		h[headerContentType] = values[0:1:1]
	}
	h[headerContentLength] = values[1:2:2]
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// encode fills buf with the answer: the members of value, then the error, then
// the metadata. The panic of somebody's MarshalJSON becomes an error.
func (e *Envelope) encode(buf *buffer, ctx context.Context, r *http.Request, rec *facts.Record, id string, value, failure any) (err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			err = errAbort
		default:
			err = fmt.Errorf("panic while encoding: %v", p)
		}
	}()
	buf.b = buf.b[:0]
	if value == nil {
		buf.b = append(buf.b, '{', '}')
	} else if err := buf.appendValue(value, 1); err != nil {
		return err
	}
	if buf.b[0] != '{' {
		if failure == nil {
			return nil
		}
		// There is no place for an error beside a list or a scalar.
		buf.b = append(buf.b[:0], '{', '}')
	} else if left, cut := withoutReserved(buf.b); cut {
		buf.b = left
		e.opts.Logger.WarnContext(ctx, "envelope: a result has members whose names are reserved; they are left out", "reserved", reservedNames)
	}

	buf.b = buf.b[:len(buf.b)-1]
	if failure != nil {
		buf.member("error")
		if err := buf.appendValue(failure, 1); err != nil {
			return err
		}
	}
	if !e.opts.OmitServerInformation {
		e.appendServer(buf, rec)
	}
	if !e.opts.OmitRequesterInformation {
		e.appendRequester(buf, r, rec, id)
	}
	buf.b = append(buf.b, '}')
	return buf.within()
}

// member begins a member of the object that buf holds.
func (buf *buffer) member(name string) {
	if !bytes.HasSuffix(buf.b, []byte{'{'}) {
		buf.b = append(buf.b, ',')
	}
	buf.b = append(buf.b, '"')
	buf.b = append(buf.b, name...)
	buf.b = append(buf.b, '"', ':')
}
