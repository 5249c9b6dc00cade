package legacy

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/proxyaddr"
)

const (
	forwardedFor   = "X-Forwarded-For"
	forwardedHost  = "X-Forwarded-Host"
	forwardedProto = "X-Forwarded-Proto"
	forwardedPort  = "X-Forwarded-Port"
	realIP         = "X-Real-Ip"
)

// forward tells the old server who the client is and how it asked. Whatever the
// client itself said about that is not passed on.
func (s *Server) forward(in *http.Request, out http.Header) {
	client, secure := s.client(in)
	peer := facts.PeerOf(in)
	// A peer that is not the client must be a trusted proxy.
	proxied := client.IsValid() && client.Addr() != peer.Addr()

	for _, name := range []string{forwardedFor, forwardedHost, forwardedProto, forwardedPort, realIP, "Forwarded"} {
		out.Del(name)
	}
	var hops []string
	if proxied {
		hops = proxyaddr.From(in.Header[forwardedFor], client.Addr())
		if hops == nil {
			hops = []string{client.Addr().String()}
		}
	}
	if peer.IsValid() {
		hops = append(hops, peer.Addr().WithZone("").String())
	}
	if len(hops) > 0 {
		out.Set(forwardedFor, strings.Join(hops, ", "))
	}
	if client.IsValid() {
		out.Set(realIP, client.Addr().WithZone("").String())
	}
	out.Set(forwardedHost, in.Host)
	for _, name := range s.opts.ProxyFields {
		if values := in.Header[name]; proxied && len(values) == 1 {
			out.Set(name, values[0])
		}
	}
	out.Set(forwardedProto, schemeOf(secure))
}

// client returns the client's address, and whether its connection is encrypted.
func (s *Server) client(in *http.Request) (addr netip.AddrPort, secure bool) {
	if rec := facts.From(in.Context()); rec != nil {
		if addr, secure, known := rec.Client(); known {
			return addr, secure
		}
	}
	return s.resolver.Resolve(in)
}

func schemeOf(secure bool) string {
	if secure {
		return "https"
	}
	return "http"
}
