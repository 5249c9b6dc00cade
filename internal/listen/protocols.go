package listen

import (
	"crypto/tls"
	"net"
	"net/http"
	"slices"
)

// The names of protocols in TLS (ALPN).
const (
	http2ALPN = "h2"
	http1ALPN = "http/1.1"
)

// HasHTTP2 reports whether net/http offers HTTP/2: not with GODEBUG=http2server=0,
// however that was set, nor if it was excluded at build time. In these cases a
// server whose Protocols are set would still offer HTTP/2, but could not speak it.
func HasHTTP2() bool {
	var s http.Server
	// It sets up its protocols, and then finds nothing to serve.
	_ = s.Serve(noListener{})
	_, ok := s.TLSNextProto[http2ALPN]
	return ok
}

type noListener struct{}

func (noListener) Accept() (net.Conn, error) { return nil, net.ErrClosed }
func (noListener) Close() error              { return nil }
func (noListener) Addr() net.Addr            { return &net.TCPAddr{} }

// NamesHTTP1Only reports whether a configuration explicitly offers HTTP/1.1 and not
// HTTP/2.
func NamesHTTP1Only(config *tls.Config) bool {
	return config != nil && slices.Contains(config.NextProtos, http1ALPN) && !slices.Contains(config.NextProtos, http2ALPN)
}

// AtLeastTLS12 changes config so that no connection uses an older version, and puts
// the protocols of net/http before those that it already offers, such as
// acme-tls/1.
func AtLeastTLS12(config *tls.Config, http2 bool) *tls.Config {
	config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	own := []string{http2ALPN, http1ALPN}
	if !http2 {
		own = own[1:]
	}
	others := slices.DeleteFunc(slices.Clone(config.NextProtos), func(p string) bool { return p == http2ALPN || p == http1ALPN })
	config.NextProtos = append(own, others...)
	if choose := config.GetConfigForClient; choose != nil {
		config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			chosen, err := choose(hello)
			if chosen == nil || err != nil {
				return nil, err
			}
			return AtLeastTLS12(chosen.Clone(), http2), nil
		}
	}
	return config
}
