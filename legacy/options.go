package legacy

import (
	"cmp"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/proxyaddr"
)

// ConfigError is one problem of the [Options]. [New] joins all problems; errors.As
// finds the first.
type ConfigError = cfgerr.Error

// Options configure a [Server]. Only Server is required.
type Options struct {
	_ struct{}

	// Server is the address of the old server: "http://127.0.0.1:8081" or
	// "https://…", with a path if it lies below one, or "unix:" and the path of a
	// socket.
	Server string

	// Host is sent as the Host. The default is the one that the client sent, so that
	// the old server can check it against its allowed hosts.
	Host string

	// FingerprintCookie is the name of the cookie by which the old server identifies
	// clients, in Actionhero "sessionID": see the package comment. The default ""
	// leaves cookies alone.
	FingerprintCookie string

	// TrustedProxies are the networks of the proxies whose X-Forwarded-For and
	// X-Forwarded-Proto are believed. It is not used for requests whose client
	// another piece has determined. Empty trusts none.
	TrustedProxies []netip.Prefix

	// ProxyFields names the fields besides X-Forwarded-For and X-Forwarded-Proto that
	// the trusted proxies set on every request, so that they cannot come from a
	// client: "X-Forwarded-Host", "X-Forwarded-Port" or both. They are passed on for
	// requests that come through a proxy, if they have one value. By default the
	// X-Forwarded-Host is the Host of the request, and there is no X-Forwarded-Port.
	ProxyFields []string

	// ResponseTimeout is how long the old server may take to begin its response once
	// it has the request. The default is a minute; a negative value means no limit.
	ResponseTimeout time.Duration

	// BodyTimeout is how long a client may pause while sending its body. It replaces
	// the server's ReadTimeout, so that an upload may take longer. The default is a
	// minute; a negative value keeps the server's ReadTimeout.
	BodyTimeout time.Duration

	// IdleTimeout is how long an unused connection to the old server is kept. The
	// default is 4 seconds, less than the 5 after which Node closes its end: a
	// request sent at that moment is lost.
	IdleTimeout time.Duration

	// Transport sends the requests. The default ignores the proxy settings of the
	// environment. IdleTimeout and ResponseTimeout apply only to the default. A
	// transport must neither ask for compression nor decode it by itself.
	Transport http.RoundTripper

	// Respond answers errors: those of this package, and errors of reading a client's
	// body. The default answers {"error": message} as JSON, with the error's status.
	Respond func(w http.ResponseWriter, r *http.Request, err error)

	// Logger gets one record for every error, except those that Respond passes to an
	// envelope, which logs them itself, and one for every response that is cut off.
	// nil means the current [slog.Default]; slog.DiscardHandler silences it.
	Logger *slog.Logger
}

const (
	defaultTimeout     = time.Minute
	defaultIdleTimeout = 4 * time.Second
	dialTimeout        = 5 * time.Second
	mostIdle           = 64 // connections
)

// target is the address of the old server.
type target struct {
	base   url.URL // scheme, host and path, without a trailing slash
	socket string  // instead of a host
}

// withDefaults fills in the defaults.
func (o Options) withDefaults() Options {
	o.ResponseTimeout = cmp.Or(o.ResponseTimeout, defaultTimeout)
	o.BodyTimeout = cmp.Or(o.BodyTimeout, defaultTimeout)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, defaultIdleTimeout)
	return o
}

// compile finds all problems of options whose defaults are filled in, and returns the
// address of the old server.
func (o Options) compile() (target, error) {
	bad := cfgerr.For("legacy")
	t := o.target(bad)
	if o.IdleTimeout < 0 {
		bad.Add("IdleTimeout", o.IdleTimeout, "want 0 for %v, or more", defaultIdleTimeout)
	}
	if o.FingerprintCookie != "" && (&http.Cookie{Name: o.FingerprintCookie}).Valid() != nil {
		bad.Add("FingerprintCookie", o.FingerprintCookie, "want the name of a cookie")
	}
	if strings.ContainsAny(o.Host, " \t\r\n/?#@") {
		bad.Add("Host", o.Host, "want a name or an address, optionally with a port")
	}
	proxyaddr.Check(bad, "TrustedProxies", o.TrustedProxies)
	for i, name := range o.ProxyFields {
		if field := http.CanonicalHeaderKey(name); field != forwardedHost && field != forwardedPort {
			bad.Add(fmt.Sprintf("ProxyFields[%d]", i), name, "want %s or %s", forwardedHost, forwardedPort)
		}
	}
	return t, bad.Err()
}

func (o *Options) target(bad *cfgerr.List) target {
	const accepted = `want a URL as "http://127.0.0.1:8081", or "unix:" and the path of a socket`
	if socket, ok := strings.CutPrefix(o.Server, "unix:"); ok {
		if !filepath.IsAbs(socket) {
			bad.Add("Server", o.Server, "the path of a socket must be absolute")
		}
		return target{base: url.URL{Scheme: "http", Host: "localhost"}, socket: socket}
	}
	u, err := url.Parse(o.Server)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		bad.Add("Server", o.Server, accepted)
		return target{}
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		// The value is not shown: it may be a password.
		bad.Add("Server", nil, "it has a user, a query or a fragment, which is not sent: %s", accepted)
		return target{}
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	t := target{base: url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimRight(u.Path, "/"), RawPath: path}}
	return t
}

// transport makes the default of Options.Transport.
func (o *Options) transport(t target) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout}
	dial := dialer.DialContext
	if t.socket != "" {
		dial = dialSocket(dialer, t.socket)
	}
	return &http.Transport{
		DialContext:           dial,
		TLSHandshakeTimeout:   dialTimeout,
		MaxIdleConns:          mostIdle,
		MaxIdleConnsPerHost:   mostIdle,
		IdleConnTimeout:       o.IdleTimeout,
		ResponseHeaderTimeout: max(o.ResponseTimeout, 0),
		ExpectContinueTimeout: time.Second,
		DisableCompression:    true, // responses pass unchanged
	}
}
