package sidekick_test

import (
	"context"
	"net"
	"net/http"
	"testing"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/bubble"
)

// servePipes is serve over connections in memory, in a synctest bubble.
func servePipes(t *testing.T, cfg sidekick.Config, actions ...dispatch.Action) *running {
	t.Helper()
	return serveOn(t, newKit(t, cfg, actions...), bubble.Listen(net.Pipe))
}

// https is a client of the server that speaks one protocol.
func (s *running) https(cert certificate, proto string) *http.Client {
	client := cert.https(proto)
	transport := client.Transport.(*http.Transport)
	transport.DialContext = func(context.Context, string, string) (net.Conn, error) { return connect(s.ls[0]) }
	s.t.Cleanup(transport.CloseIdleConnections)
	return client
}
