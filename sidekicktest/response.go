package sidekicktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// Response is what a handler has answered, and what the pieces have noted of
// the request. It belongs to the caller.
type Response struct {
	// Status is the status that was sent; 1xx before it are not kept. It is 0
	// for a handler that has aborted before.
	Status int
	// Header is the header as it was when it was sent, without what only a
	// connection adds: Date, and a Content-Length that the handler has not set.
	Header http.Header
	// Trailer has the fields that were sent behind the body; nil without any.
	Trailer http.Header
	// Body is all of the body, whether it was sent at once or streamed. There
	// is none in answers to HEAD and with 204 and 304.
	Body []byte
	// Envelope is the body where that is a JSON object, else nil. Numbers are
	// float64: [Result] keeps more of their digits.
	Envelope map[string]any
	// Error is the envelope's member "error": the text, or the JSON of what is
	// no text; "" without one.
	Error string
	// Aborted tells that the handler gave up with [http.ErrAbortHandler]: a
	// client would have seen the connection break after Body.
	Aborted bool

	// Fingerprint is the id by which the handler knows the client: as its piece
	// has noted it, or else as the envelope shows it; "" without either.
	Fingerprint string
	// Action and Version are those of the action that was reached, as it was
	// registered; "" where none was.
	Action, Version string
	// Pattern is the Pattern of the request when the handler has returned, as
	// metrics and traces around it would see it: of a route of a dispatcher
	// "/api/users/:id", say, with the prefix.
	Pattern string
}

// Cookies returns the cookies that the answer sets.
func (r *Response) Cookies() []*http.Cookie {
	return (&http.Response{Header: r.Header}).Cookies()
}

// shownBytes is how much of a body is worth reading in a message.
const shownBytes = 1 << 10

// String returns the status and the body, cut at 1 KiB, for messages.
func (r *Response) String() string {
	body, more := bytes.TrimSpace(r.Body), ""
	if len(body) > shownBytes {
		body, more = body[:shownBytes], fmt.Sprintf("… (%d bytes)", len(r.Body))
	}
	if r.Aborted {
		more += " (aborted)"
	}
	return fmt.Sprintf("%d %s%s", r.Status, body, more)
}

// record runs the handler and returns its answer.
func record(h http.Handler, r *http.Request) *Response {
	w := &recorder{header: http.Header{}}
	aborted := runs(h, w, r)
	if !aborted || w.sent != nil {
		w.Flush()
	}
	res := &Response{Status: w.status, Header: w.sent, Trailer: w.trailer(), Body: w.body.Bytes(), Aborted: aborted}
	if r.Method == http.MethodHead {
		res.Body = nil // a server does not send it
	}
	if json.Unmarshal(res.Body, &res.Envelope) != nil {
		res.Envelope = nil
	}
	return res
}

// runs runs the handler and tells whether it has aborted.
func runs(h http.Handler, w http.ResponseWriter, r *http.Request) (aborted bool) {
	defer func() {
		if v := recover(); v == http.ErrAbortHandler {
			aborted = true
		} else if v != nil {
			panic(v)
		}
	}()
	h.ServeHTTP(w, r)
	return false
}

// note adds what the pieces and the envelope say of the request.
func (r *Response) note(in *http.Request, rec *facts.Record) {
	action := rec.Action()
	r.Action, r.Version = action.Name, action.Version
	r.Pattern = in.Pattern
	if r.Fingerprint = rec.Fingerprint(); r.Fingerprint == "" {
		requester, _ := r.Envelope["requesterInformation"].(map[string]any)
		r.Fingerprint, _ = requester["fingerprint"].(string)
	}
	switch e := r.Envelope["error"].(type) {
	case nil:
	case string:
		r.Error = e
	default:
		text, _ := json.Marshal(e) // it was JSON before
		r.Error = string(text)
	}
}
