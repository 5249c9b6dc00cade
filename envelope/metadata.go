package envelope

import (
	"net/http"
	"strconv"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// prepareServer encodes what never changes in serverInformation.
func (e *Envelope) prepareServer() error {
	b := []byte(`{"serverName":`)
	b, err := appendString(b, e.opts.ServerName)
	if err != nil {
		return &ConfigError{Package: "envelope", Field: "ServerName", Value: e.opts.ServerName, Reason: "want valid UTF-8"}
	}
	b = append(b, `,"apiVersion":`...)
	b, err = appendString(b, e.opts.APIVersion)
	if err != nil {
		return &ConfigError{Package: "envelope", Field: "APIVersion", Value: e.opts.APIVersion, Reason: "want valid UTF-8"}
	}
	e.server = append(b, `,"requestDuration":`...)
	return nil
}

// appendServer adds serverInformation. Both times are in milliseconds.
func (e *Envelope) appendServer(buf *buffer, rec *facts.Record) {
	now := e.opts.Now()
	buf.member("serverInformation")
	buf.b = append(buf.b, e.server...)
	// A clock that was set back must not show a negative duration.
	buf.b = strconv.AppendInt(buf.b, max(0, now.Sub(rec.Start()).Milliseconds()), 10)
	buf.b = append(buf.b, `,"currentTime":`...)
	buf.b = strconv.AppendInt(buf.b, now.UnixMilli(), 10)
	buf.b = append(buf.b, '}')
}

// appendRequester adds requesterInformation. Facts that no piece has set are
// empty, or left out where they are ids.
func (e *Envelope) appendRequester(buf *buffer, r *http.Request, rec *facts.Record, id string) {
	fingerprint := rec.Fingerprint()
	buf.member("requesterInformation")
	buf.b = append(buf.b, `{"id":"`...)
	if fingerprint != "" {
		buf.text(fingerprint)
		buf.b = append(buf.b, '-')
	}
	buf.text(id)
	if fingerprint != "" {
		buf.b = append(buf.b, `","fingerprint":"`...)
		buf.text(fingerprint)
	}
	buf.b = append(buf.b, `","messageId":"`...)
	buf.text(id)
	buf.b = append(buf.b, `","remoteIP":"`...)
	if addr := rec.ClientOr(r).Addr(); addr.IsValid() {
		buf.b = addr.AppendTo(buf.b)
	}
	buf.b = append(buf.b, `","receivedParams":`...)
	begin := len(buf.b)
	if buf.appendParams(rec.Received()) != nil {
		// What the client sent must not stop the answer.
		buf.b = append(buf.b[:begin], '{', '}')
	}
	buf.b = append(buf.b, '}')
}

// appendParams encodes params as an object.
func (buf *buffer) appendParams(params facts.Params) (err error) {
	buf.b = append(buf.b, '{')
	for i, p := range params {
		if i > 0 {
			buf.b = append(buf.b, ',')
		}
		if buf.b, err = appendString(buf.b, p.Name); err != nil {
			return err
		}
		buf.b = append(buf.b, ':')
		if err := buf.appendValue(p.Value, 2); err != nil {
			return err
		}
	}
	buf.b = append(buf.b, '}')
	return nil
}

// text appends what is inside the quotes of a JSON string; ids may come from
// a user's function, so they are escaped like any text.
func (buf *buffer) text(s string) {
	begin := len(buf.b)
	b, err := appendString(buf.b, s)
	if err != nil {
		return
	}
	// Drop the two quotes that appendString has put around it.
	copy(b[begin:], b[begin+1:len(b)-1])
	buf.b = b[:len(b)-2]
}
