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

// ClientError is what a client may know of an error: what
// [ErrorOptions.Serialize] makes an answer of.
type ClientError struct {
	// Status is that of the error, whatever status is sent.
	Status int
	// Code tells what kind of error it is; it is never "".
	Code string
	// Text is what the client may read, translated. It is never "".
	Text string
	// Value is what the error wants to be sent instead of Text, or nil.
	Value any
	// Params are those that the request did not give or gave wrongly.
	Params []ParamError
	// Err is the error itself, with all that is not meant for clients.
	Err error

	plain bool // it is sent as its text
}

// Error returns Text.
func (c *ClientError) Error() string { return c.Text }

// Unwrap returns Err.
func (c *ClientError) Unwrap() error { return c.Err }

// shown makes what the client may know of an error that is made to be shown.
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

// hidden is shown for an error that is not made to be shown.
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

// params returns the errors of params with their texts translated, and whether
// any text was.
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

// joined is the text of several errors of params. Those that follow each other
// and say the same are said once.
func joined(list []ParamError) string {
	var texts []string
	for _, p := range list {
		if len(texts) == 0 || texts[len(texts)-1] != p.Message {
			texts = append(texts, p.Message)
		}
	}
	return strings.Join(texts, "; ")
}

// validUTF8 makes any text one that can be sent.
func validUTF8(s string) string { return strings.ToValidUTF8(s, "\ufffd") }
