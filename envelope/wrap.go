package envelope

import (
	"bufio"
	"encoding/json"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/felixge/httpsnoop"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// Handler puts the JSON answers of next into the envelope. An answer with an
// error status becomes the member "error": its own member of that name if it
// has one, otherwise its whole body; so does the text of a text/plain answer
// with an error status, which is what http.Error sends. The status stays, a
// strong ETag becomes a weak one.
//
// Everything else passes unchanged: other types, encoded bodies, 204, 206 and
// 304, answers to HEAD (whose Content-Length is taken out), bodies that are no
// JSON whatever they say, bodies over [Options.MaxBytes], streams (a Flush
// before the end of the body), hijacked connections. On a panic nothing is
// sent that next has not sent.
func (e *Envelope) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, rec := facts.Ensure(r)
		h := &held{e: e, w: w, r: r}
		logs := rec.Logs()
		next.ServeHTTP(httpsnoop.Wrap(w, h.hooks()), r)
		h.finish(rec.Logs() > logs)
	})
}

// held is the answer of a handler, held back until it is whole.
type held struct {
	e       *Envelope
	w       http.ResponseWriter
	r       *http.Request
	status  int  // 0 until the handler has begun its answer
	passing bool // decided: the answer is not ours to change
	isJSON  bool // otherwise it is the text of an error
	body    []byte
}

func (h *held) hooks() httpsnoop.Hooks {
	return httpsnoop.Hooks{
		WriteHeader: func(next httpsnoop.WriteHeaderFunc) httpsnoop.WriteHeaderFunc {
			return func(status int) {
				if h.passing || status < 200 && status != http.StatusSwitchingProtocols {
					next(status)
					return
				}
				h.begin(status)
			}
		},
		Write: func(next httpsnoop.WriteFunc) httpsnoop.WriteFunc {
			return func(p []byte) (int, error) { return h.write(p, next) }
		},
		WriteString: func(next httpsnoop.WriteStringFunc) httpsnoop.WriteStringFunc {
			return func(s string) (int, error) {
				if h.passing {
					return next(s)
				}
				return h.write([]byte(s), h.w.Write)
			}
		},
		ReadFrom: func(next httpsnoop.ReadFromFunc) httpsnoop.ReadFromFunc {
			return func(src io.Reader) (int64, error) {
				h.begin(http.StatusOK)
				if h.passing {
					return next(src)
				}
				return io.Copy(writerFunc(func(p []byte) (int, error) { return h.write(p, h.w.Write) }), src)
			}
		},
		Flush: func(next httpsnoop.FlushFunc) httpsnoop.FlushFunc {
			return func() {
				h.begin(http.StatusOK)
				h.pass()
				next()
			}
		},
		FlushError: func(next httpsnoop.FlushErrorFunc) httpsnoop.FlushErrorFunc {
			return func() error {
				h.begin(http.StatusOK)
				h.pass()
				return next()
			}
		},
		Hijack: func(next httpsnoop.HijackFunc) httpsnoop.HijackFunc {
			return func() (net.Conn, *bufio.ReadWriter, error) {
				h.passing = true
				return next()
			}
		},
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// begin notes the status and decides what becomes of the answer.
func (h *held) begin(status int) {
	if h.status != 0 {
		return
	}
	h.status = status
	header := h.w.Header()
	contentType := header.Get(headerContentType)
	kind, _, _ := mime.ParseMediaType(contentType)
	h.isJSON = isJSON(contentType)
	switch {
	case status < 200, status == http.StatusNoContent, status == http.StatusPartialContent, status == http.StatusNotModified,
		header.Get("Content-Encoding") != "",
		!h.isJSON && (status < 400 || kind != "text/plain"):
		h.pass()
	case h.r.Method == http.MethodHead:
		delete(header, headerContentLength)
		h.pass()
	}
}

// pass sends what was held back and everything after it unchanged.
func (h *held) pass() {
	if h.passing {
		return
	}
	h.passing = true
	h.w.WriteHeader(h.status)
	if len(h.body) > 0 {
		_, _ = h.w.Write(h.body)
		h.body = nil
	}
}

func (h *held) write(p []byte, next httpsnoop.WriteFunc) (int, error) {
	h.begin(http.StatusOK)
	if max := h.e.opts.MaxBytes; !h.passing && max > 0 && len(h.body)+len(p) > max {
		h.pass()
	}
	if h.passing {
		return next(p)
	}
	h.body = append(h.body, p...)
	return len(p), nil
}

// finish renders the answer that was held back. logged tells that the handler is
// a piece that logs its errors itself.
func (h *held) finish(logged bool) {
	if h.passing {
		return
	}
	if h.status == 0 {
		// The handler has sent nothing: net/http answers 200 without a body.
		return
	}
	header := h.w.Header()
	answer := Answer{Status: h.status}
	switch {
	case !h.isJSON:
		text := strings.ToValidUTF8(strings.TrimSpace(string(h.body)), "\ufffd")
		answer.Err = &Error{Status: h.status, Message: text}
	case !json.Valid(h.body) || !utf8.Valid(h.body):
		h.pass()
		return
	case h.status >= 400:
		answer.Value, answer.Err = h.e.splitError(h.status, h.body)
	default:
		answer.Value = json.RawMessage(h.body)
	}
	delete(header, headerContentLength)
	if tag := header.Get("ETag"); strings.HasPrefix(tag, `"`) {
		header.Set("ETag", "W/"+tag)
	}
	h.e.respond(h.w, h.r, answer, logged)
}

// passedOn is the error in a failed answer of a handler, with the details that
// it may have.
type passedOn struct {
	base
	params []ParamError
}

type base = Error // whose method of the same name a field would hide

func (p *passedOn) ParamErrors() []ParamError { return p.params }

// splitError takes the error out of the body of a failed answer, and where
// details are sent those that it has.
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

// wordsOf is what logs say of an error in JSON.
func wordsOf(value json.RawMessage) (text string) {
	if json.Unmarshal(value, &text) != nil {
		return string(value)
	}
	return text
}
