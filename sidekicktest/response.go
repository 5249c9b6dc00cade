package sidekicktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// Response is a handler's response, and what the pieces recorded about the request. It belongs
// to the caller.
type Response struct {
	// Status is the final status; preceding 1xx are not recorded. It is 0 if the handler aborted
	// before sending one.
	Status int
	// Header is the header when it was sent, without what only a connection adds: Date, and a
	// Content-Length that the handler did not set.
	Header http.Header
	// Trailer has the fields sent after the body; nil if there are none.
	Trailer http.Header
	// Body is the complete body, sent at once or streamed. Responses to HEAD, and those with 204
	// and 304, have none.
	Body []byte
	// Envelope is the body if that is a JSON object, else nil. Numbers are float64: [Result]
	// keeps more of their digits.
	Envelope map[string]any
	// Error is the envelope's member "error": the string, or JSON for another value; "" if there
	// is none.
	Error string
	// Aborted reports that the handler panicked with [http.ErrAbortHandler]: a client would have
	// seen the connection break after Body.
	Aborted bool

	// Fingerprint is the id of the client, as the handler's piece recorded it, or else as the
	// envelope shows it; "" if neither has one.
	Fingerprint string
	// Action and Version are those of the action that was reached, as registered; "" if none was.
	Action, Version string
	// Pattern is the Pattern of the request after the handler has returned, as outer metrics and
	// traces would see it. For a dispatcher's route it includes the prefix: "/api/users/:id".
	Pattern string
}

// Cookies returns the cookies that the response sets.
func (r *Response) Cookies() []*http.Cookie {
	return (&http.Response{Header: r.Header}).Cookies()
}

// shownBytes is how much of a body String shows.
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

// record runs the handler and returns its response.
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

// runs runs the handler and reports whether it aborted.
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

// note adds what the pieces and the envelope recorded about the request.
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
		text, _ := json.Marshal(e) // it was decoded from JSON
		r.Error = string(text)
	}
}
