package failure

import (
	"context"
	"errors"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// StatusClientGone is how a request is answered whose client has left: nginx's
// 499. Nobody reads it but logs and metrics.
const StatusClientGone = 499

// ClientGone reports whether the connection of a request has ended, or its stream:
// that its client has left, or has closed the side on which it sends. A timeout
// and the stop of a server, whose context says so by its cause, are something
// else.
func ClientGone(r *http.Request, rec *facts.Record) bool {
	if rec.IsOfRequest() {
		// A context that a piece on the way cancels is no client that leaves.
		r = rec.Origin()
	}
	ctx := r.Context()
	return ctx.Err() == context.Canceled && context.Cause(ctx) == context.Canceled
}

// IsClientGone reports whether err is only that the client of the request has
// left. Any other error stays what it is, since it may be why the client did not
// wait; so does that of a body that breaks off, since whoever has closed only
// the side on which it sends reads the answer.
func IsClientGone(r *http.Request, rec *facts.Record, err error) bool {
	return ClientGone(r, rec) && stackOf(err) == nil && safely(func() bool { return errors.Is(err, context.Canceled) })
}
