package legacy

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
)

// response is the body of the old server's response. It logs a response that breaks
// off, because httputil.ReverseProxy does so without the request.
type response struct {
	io.ReadCloser
	s      *Server
	p      *passage
	status int
	broken bool
}

func (b *response) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == nil || err == io.EOF {
		return n, err
	}
	if !b.broken {
		b.broken = true
		b.log(err)
	}
	// This is the one error that httputil.ReverseProxy does not log again. With any
	// error it breaks the client's connection.
	return n, context.Canceled
}

func (b *response) log(err error) {
	r, rec := facts.Ensure(b.p.in)
	level, message := slog.LevelError, failure.FailedLate
	if failure.IsClientGone(r, rec, err) {
		level, message = slog.LevelDebug, failure.Gone
	}
	err = fmt.Errorf("legacy: the old server's response broke off: %w", err)
	failure.Log(r.Context(), failure.Of(r, rec, nil, err, b.status), b.s.opts.Logger, level, message)
}
