package failure

import (
	"context"
	"errors"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// StatusClientGone is the status for a client that has left: nginx's 499. Only logs and metrics
// see it.
const StatusClientGone = 499

// ClientGone reports whether the connection of a request, or its stream, has ended: the client
// has left, or has closed its sending side. Timeouts do not count, nor does a stop of the server,
// which its context's cause shows.
func ClientGone(r *http.Request, rec *facts.Record) bool {
	if rec.IsOfRequest() {
		// If a piece cancels its own context, that does not mean that the client has left.
		r = rec.Origin()
	}
	ctx := r.Context()
	return ctx.Err() == context.Canceled && context.Cause(ctx) == context.Canceled
}

// IsClientGone reports whether err only means that the request's client has left. Other errors do
// not count, since they may be why the client left. Neither does an incomplete body: a client
// that has closed only its sending side still reads the response.
func IsClientGone(r *http.Request, rec *facts.Record, err error) bool {
	return ClientGone(r, rec) && stackOf(err) == nil && safely(func() bool { return errors.Is(err, context.Canceled) })
}
