package legacy

import (
	"cmp"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/proxyaddr"
)

// ConfigError is one problem of [Options]. [New] joins all of them; errors.As
// finds the first.
type ConfigError = cfgerr.Error

// Options configure a [Server]. Only the field Server is required.
type Options struct {
	_ struct{}

	// Server is where the old server is: "http://127.0.0.1:8081", "https://…", with
	// a path if it is below one, or "unix:" and the path of a socket.
	Server string

	// Host is sent as the name of the host. The default is the one that the client
	// has asked for, by which the old server knows its allowed hosts.
	Host string

	// FingerprintCookie is the cookie by which the old server knows its clients,
	// Actionhero's "sessionID": see the package comment. The default "" leaves
	// cookies alone.
	FingerprintCookie string

	// TrustedProxies are the networks of the proxies whose X-Forwarded-For and
	// X-Forwarded-Proto are believed. It is not used for requests whose client
	// another piece has found. Empty trusts none.
	TrustedProxies []netip.Prefix

	// ResponseTimeout is how long the old server may take to begin its answer, once
	// it has the request. The default is a minute; a negative value means no limit.
	ResponseTimeout time.Duration

	// BodyTimeout is how long a client may send nothing of its body. It replaces
	// the server's ReadTimeout, so that an upload may take its time. The default is
	// a minute; a negative value leaves the server's.
	BodyTimeout time.Duration

	// IdleTimeout is how long an unused connection to the old server is kept. The
	// default is 4 seconds, less than the 5 after which Node closes its own: a
	// request that is sent at that moment is lost.
	IdleTimeout time.Duration

	// Transport sends the requests. The default is one of its own, which uses no
	// proxy of the environment; with another one IdleTimeout and ResponseTimeout are
	// that one's to keep. It must not ask for compression or decode it by itself.
	Transport http.RoundTripper

	// Respond answers errors: those of this package, or that of a client's body.
	// The default answers {"error": text} as JSON, with the error's status.
	Respond func(w http.ResponseWriter, r *http.Request, err error)

	// Logger gets one record for every error, unless Respond has an envelope answer
	// it, which logs it itself, and for every answer that breaks off. nil means
	// [slog.Default], as it is at that moment; slog.DiscardHandler silences it.
	Logger *slog.Logger
}

const (
	defaultTimeout     = time.Minute
	defaultIdleTimeout = 4 * time.Second
	dialTimeout        = 5 * time.Second
	mostIdle           = 64 // connections
)

// target is where the old server is.
type target struct {
	base   url.URL // scheme, host and path, without a slash at its end
	socket string  // in place of a host
}

func (o *Options) withDefaults() (target, error) {
	bad := cfgerr.For("legacy")
	t := o.target(bad)
	if o.ResponseTimeout == 0 {
		o.ResponseTimeout = defaultTimeout
	}
	if o.BodyTimeout == 0 {
		o.BodyTimeout = defaultTimeout
	}
	if o.IdleTimeout < 0 {
		bad.Add("IdleTimeout", o.IdleTimeout, "want 0 for %v, or more", defaultIdleTimeout)
	}
	o.IdleTimeout = cmp.Or(o.IdleTimeout, defaultIdleTimeout)
	if o.FingerprintCookie != "" && (&http.Cookie{Name: o.FingerprintCookie}).Valid() != nil {
		bad.Add("FingerprintCookie", o.FingerprintCookie, "want the name of a cookie")
	}
	if strings.ContainsAny(o.Host, " \t\r\n/?#@") {
		bad.Add("Host", o.Host, "want a name or an address, with a port if need be")
	}
	proxyaddr.Check(bad, "TrustedProxies", o.TrustedProxies)
	o.Logger = failure.Logger(o.Logger)
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
		// It may be a password.
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
		DisableCompression:    true, // answers pass as they are
	}
}
