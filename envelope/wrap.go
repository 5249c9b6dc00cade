package envelope

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/httpfield"
	"github.com/sidekick-http/sidekick/internal/mediatype"
	"github.com/sidekick-http/sidekick/internal/respw"
)

// Handler puts the JSON responses of next into the envelope. In a response with an error status,
// the member "error" is the response's own "error" if it has one, otherwise its whole body. A
// text/plain response with an error status, as http.Error sends it, is treated likewise. The
// status does not change; a strong ETag becomes a weak one.
//
// Everything else passes unchanged: other types, encoded bodies, 204, 206 and 304, responses to
// HEAD (without their Content-Length), bodies that are not valid JSON, bodies larger than
// [Options.MaxBytes], streams (a Flush before the end of the body) and hijacked connections. If
// next panics, only what it has already sent is sent.
func (e *Envelope) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, rec := facts.Ensure(r)
		h := &held{e: e, r: r}
		h.Init(w, h)
		logs := rec.Logs()
		next.ServeHTTP(h.Face(), r)
		h.finish(rec.Logs() > logs)
	})
}

// held is the response of a handler, held back until it is complete.
type held struct {
	respw.Writer
	e      *Envelope
	r      *http.Request
	isJSON bool // otherwise it is the message of an error
	body   []byte
}

// Begin decides what to do with the response.
func (h *held) Begin(status int) {
	header := h.Header()
	contentType := header.Get(headerContentType)
	h.isJSON = mediatype.IsJSON(contentType)
	switch {
	case status < 200, status == http.StatusNoContent, status == http.StatusPartialContent, status == http.StatusNotModified,
		header.Get("Content-Encoding") != "",
		!h.isJSON && (status < 400 || mediatype.Essence(contentType) != "text/plain"):
		h.Pass()
	case h.r.Method == http.MethodHead:
		delete(header, headerContentLength)
		h.Pass()
	}
}

// Write holds p back, or passes everything on if the body is too large.
func (h *held) Write(p []byte) (int, error) {
	if most := h.e.opts.MaxBytes; most > 0 && len(h.body)+len(p) > most {
		if err := h.pass(); err != nil {
			return 0, err
		}
		return h.Below().Write(p)
	}
	h.body = append(h.body, p...)
	return len(p), nil
}

// Flush passes on what was held back: a response sent in parts is left unchanged.
func (h *held) Flush() error { return h.pass() }

// Yield passes on what was held back.
func (h *held) Yield() error { return h.pass() }

// pass sends what was held back and everything after it unchanged.
func (h *held) pass() error {
	h.Pass()
	body := h.body
	h.body = nil
	if len(body) == 0 {
		return nil
	}
	_, err := h.Below().Write(body)
	return err
}

// finish renders the response that was held back. logged reports that the handler has logged its
// errors itself.
func (h *held) finish(logged bool) {
	if h.Passing() || h.Status() == 0 { // net/http answers 200 without a body
		return
	}
	answer := Answer{Status: h.Status()}
	switch {
	case !h.isJSON:
		text := strings.ToValidUTF8(strings.TrimSpace(string(h.body)), "\ufffd")
		answer.Err = &Error{Status: h.Status(), Message: text}
	case !json.Valid(h.body) || !utf8.Valid(h.body):
		_ = h.pass() // fails only if the client has left
		return
	case h.Status() >= 400:
		answer.Value, answer.Err = h.e.splitError(h.Status(), h.body)
	default:
		answer.Value = json.RawMessage(h.body)
	}
	header := h.Open()
	delete(header, headerContentLength)
	if tag, ok := httpfield.StrongTag(header); ok {
		header["Etag"] = []string{httpfield.WeakPrefix + tag}
	}
	h.e.respond(h.Below(), h.r, answer, logged)
	h.Close()
}

// passedOn is the error in a handler's response, with details if it has any.
type passedOn struct {
	base
	params []ParamError
}

type base = Error // a field Error would hide its method of that name

func (p *passedOn) ParamErrors() []ParamError { return p.params }

// splitError removes the error from the body of a response, with its details if the envelope sends
// details.
func (e *Envelope) splitError(status int, body []byte) (any, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil || members["error"] == nil {
		return nil, &Error{Status: status, Value: json.RawMessage(body), Message: wordsOf(body)}
	}
	p := &passedOn{base: Error{Status: status, Value: members["error"], Message: wordsOf(members["error"])}}
	delete(members, "error")
	if e.opts.Errors.Details {
		if json.Unmarshal(members[nameCode], &p.Code) == nil && json.Unmarshal(members[nameParams], &p.params) != nil {
			p.params = nil
		}
		delete(members, nameCode)
		delete(members, nameParams)
	}
	return members, p
}

// wordsOf returns the text for the log of an error in JSON.
func wordsOf(value json.RawMessage) (text string) {
	if json.Unmarshal(value, &text) != nil {
		return string(value)
	}
	return text
}
