package envelope

import (
	"net/http"
	"strconv"
	"time"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// prepareServer encodes the constant part of serverInformation.
func (e *Envelope) prepareServer() error {
	b := []byte(`"serverInformation":{"serverName":`)
	b, err := appendString(b, e.opts.ServerName)
	if err != nil {
		return &ConfigError{Package: "envelope", Field: "ServerName", Value: e.opts.ServerName, Reason: "want valid UTF-8"}
	}
	b = append(b, `,"apiVersion":`...)
	b, err = appendString(b, e.opts.APIVersion)
	if err != nil {
		return &ConfigError{Package: "envelope", Field: "APIVersion", Value: e.opts.APIVersion, Reason: "want valid UTF-8"}
	}
	e.server = string(append(b, `,"requestDuration":`...))
	return nil
}

// appendServer adds serverInformation. Both times are in milliseconds.
func (e *Envelope) appendServer(b []byte, rec *facts.Record) []byte {
	var now time.Time
	var took time.Duration
	if e.opts.Now == nil {
		// Reading only the monotonic clock is enough.
		took = time.Since(rec.Start())
		now = rec.Start().Add(took)
	} else {
		now = e.opts.Now()
		// A clock that was set back must not give a negative duration.
		took = max(0, now.Sub(rec.Start()))
	}
	b = begin(b, e.server)
	b = strconv.AppendInt(b, took.Milliseconds(), 10)
	b = append(b, `,"currentTime":`...)
	b = strconv.AppendInt(b, now.UnixMilli(), 10)
	return append(b, '}')
}

// appendRequester adds requesterInformation. Unknown values are empty; unknown ids are left out.
func (e *Envelope) appendRequester(b []byte, buf *buffer, r *http.Request, rec *facts.Record) []byte {
	who := rec.Requester(r, e.opts.NewID)
	b = begin(b, `"requesterInformation":{"id":"`)
	first := len(b)
	if who.Fingerprint != "" {
		b = append(appendID(b, who.Fingerprint), '-')
	}
	from := len(b)
	if who.MessageID != "" {
		b = appendID(b, who.MessageID)
	} else {
		b = who.ID.Append(b)
	}
	to := len(b)
	if who.Fingerprint != "" {
		b = append(b, `","fingerprint":"`...)
		b = append(b, b[first:from-1]...)
	}
	b = append(b, `","messageId":"`...)
	b = append(b, b[from:to]...)
	b = append(b, `","remoteIP":"`...)
	if who.Client.IsValid() {
		b = who.Client.AppendTo(b)
	}
	b = append(b, '"')
	if who.Remaining >= 0 {
		b = append(b, `,"RequestsRemaining":`...)
		b = strconv.AppendInt(b, who.Remaining, 10)
	}
	b = append(b, `,"receivedParams":`...)
	received := len(b)
	b, err := buf.appendParams(b, who.Received)
	if err != nil {
		// Invalid parameters from the client must not prevent the response.
		b = append(b[:received], '{', '}')
	}
	return append(b, '}')
}

// appendParams encodes params as an object.
func (buf *buffer) appendParams(b []byte, params facts.Params) (_ []byte, err error) {
	b = append(b, '{')
	for i := range params {
		if i > 0 {
			b = append(b, ',')
		}
		p := &params[i]
		if b, err = appendString(b, p.Name); err != nil {
			return b, err
		}
		b = append(b, ':')
		if text, ok := p.Value.(string); ok {
			b, err = appendString(b, text)
		} else {
			b, err = buf.appendValue(b, p.Value, 2)
		}
		if err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

// appendID appends an id inside the quotes of a JSON string. It may come from a user's function,
// so it is escaped like any string, and left out if that is impossible.
func appendID(b []byte, id string) []byte {
	longer, err := appendText(b, id)
	if err != nil {
		return b
	}
	return longer
}
