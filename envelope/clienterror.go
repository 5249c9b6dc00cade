package envelope

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/errcode"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
)

// ClientError is what a client may know about an error. [ErrorOptions.Serialize] makes the response
// from it.
type ClientError struct {
	// Status is the status of the error, regardless of the status that is sent.
	Status int
	// Code identifies the kind of error; it is never "".
	Code string
	// Text is the translated message for the client. It is never "".
	Text string
	// Value is sent instead of Text, or nil.
	Value any
	// Params are the missing or invalid parameters.
	Params []ParamError
	// Err is the error itself, including what is not meant for clients.
	Err error

	plain bool // sent as its text
}

// Error returns Text.
func (c *ClientError) Error() string { return c.Text }

// Unwrap returns Err.
func (c *ClientError) Unwrap() error { return c.Err }

// shown makes the ClientError of an error that is meant for clients.
func (e *Envelope) shown(r *http.Request, rec *facts.Record, err error, shown failure.Shown, status int) *ClientError {
	c := &ClientError{Status: status, Text: validUTF8(cmp.Or(shown.Text, http.StatusText(status), "error")), Value: shown.Value, Err: err}
	coded, ok := shown.Maker.(interface{ ErrorCode() string })
	if !ok || coded.ErrorCode() == "" {
		c.Code = errcode.OfStatus(status)
		return c
	}
	c.Code = coded.ErrorCode()
	var args map[string]string
	if more, ok := shown.Maker.(interface{ ErrorArgs() map[string]string }); ok {
		args = more.ErrorArgs()
	}
	if listed, ok := shown.Maker.(interface{ ParamErrors() []ParamError }); ok {
		var changed bool
		if c.Params, changed = e.params(r, rec, listed.ParamErrors()); changed {
			c.Text = joined(c.Params)
		}
	}
	c.Text = e.text(r, rec, Message{Code: c.Code, Text: c.Text, Args: args})
	return c
}

// hidden makes the ClientError of an error that is not meant for clients.
func (e *Envelope) hidden(r *http.Request, rec *facts.Record, err error, status int) *ClientError {
	c := &ClientError{Status: status, Code: errcode.Internal, Err: err}
	if e.opts.ExposeErrors {
		c.Text = validUTF8(cmp.Or(failure.ErrorText(err), "error"))
		return c
	}
	args := map[string]string{"id": rec.MessageIDOr(e.opts.NewID)}
	c.Text = e.text(r, rec, Message{Code: c.Code, Text: errcode.Text(c.Code, args), Args: args})
	return c
}

// params returns the parameter errors with translated messages, and whether any changed.
func (e *Envelope) params(r *http.Request, rec *facts.Record, list []ParamError) (_ []ParamError, changed bool) {
	list = slices.Clone(list)
	for i := range list {
		p := &list[i]
		text := p.Message
		if p.Code != "" {
			p.Message = e.text(r, rec, Message{
				Code: p.Code, Text: text, Param: p.Param, Expected: p.Expected,
				Args: map[string]string{"param": p.Param, "expected": p.Expected, "min": p.Min, "max": p.Max},
			})
		}
		changed = changed || p.Message != text
		p.Param, p.Code, p.Message, p.Expected = validUTF8(p.Param), validUTF8(p.Code), validUTF8(p.Message), validUTF8(p.Expected)
	}
	return list, changed
}

// joined joins the messages of several parameter errors. It drops immediate repetitions.
func joined(list []ParamError) string {
	var texts []string
	for _, p := range list {
		if len(texts) == 0 || texts[len(texts)-1] != p.Message {
			texts = append(texts, p.Message)
		}
	}
	return strings.Join(texts, "; ")
}

// validUTF8 replaces invalid bytes, so that the text can be sent.
func validUTF8(s string) string { return strings.ToValidUTF8(s, "\ufffd") }
