package hosts

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/proxyaddr"
)

// Options says which names a server has. The zero value switches the check off:
// every request passes.
type Options struct {
	_ struct{}

	// Allowed lists the origins under which requests pass:
	//
	//   - "https://www.site.com" and "http://api.site.com:8080": scheme, host and
	//     port must match; no port means the scheme's default port;
	//   - "www.site.com" and "www.site.com:8080": either scheme;
	//   - "https://[2001:db8::1]:8443": IPv6 addresses in brackets;
	//   - "https://*.site.com": exactly one label in front of site.com, so neither
	//     site.com itself nor a.b.site.com.
	//
	// Other requests are redirected to the first entry, so it cannot be a wildcard;
	// if it has no scheme, the redirect keeps that of the request. An entry with a
	// path, a query, user information, spaces, another scheme or a name that is not
	// in ASCII is refused: write the A-label form (xn--…) of an internationalised
	// name. Empty: everything passes.
	Allowed []string

	// ExemptPaths lists paths that pass under any host, for health checks that call
	// the server by its address and for ACME challenges. They are compared with the
	// decoded path: "/healthz" means only that path, and a path that ends in a slash
	// also covers what is directly in it, so that "/.well-known/acme-challenge/"
	// covers its tokens. "/" is only the root.
	ExemptPaths []string

	// AssumeScheme, "http" or "https", is taken as the scheme of every request,
	// whatever the connection and trusted proxies say. It is for a proxy that
	// terminates TLS without reporting it: otherwise every request would look like
	// plain HTTP and be redirected to https forever. In the assembled server it also
	// decides whether cookies are Secure and whether Strict-Transport-Security is
	// sent, even if Allowed is empty. Empty: the scheme is determined for each
	// request.
	AssumeScheme string

	// TrustedProxies lists the networks whose X-Forwarded-Proto is believed. It is
	// not used for requests whose client another piece has already determined. Empty:
	// none is believed, and a request is https if its connection is.
	TrustedProxies []netip.Prefix `config:"from=clientAddr.trustedProxies"`

	// ErrorHandler answers a request that is refused with 400 or 421; err is a
	// [*MisdirectedError]. Cache-Control is already set to no-store. nil means the
	// error's status with a fixed text/plain body, and nosniff. Redirects do not go
	// through it. In the assembled server the default answers in the envelope.
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err error)

	// Logger gets a warning for every redirect that was refused because it would
	// never end. By default it is slog.Default, looked up for each record.
	Logger *slog.Logger
}

// WithDefaults returns the options as [New] uses them. No default differs from the
// zero value, except those of ErrorHandler and Logger, which stay nil.
func (o Options) WithDefaults() Options { return o }

// compile finds all problems of options whose defaults are filled in, and returns
// the parsed entries of Allowed.
func (o Options) compile() ([]origin, error) {
	errs := cfgerr.For("hosts")
	origins := make([]origin, 0, len(o.Allowed))
	for i, entry := range o.Allowed {
		field := fmt.Sprintf("Allowed[%d]", i)
		parsed, problem := parseOrigin(entry)
		switch {
		case problem != "":
			errs.Add(field, entry, "%s: want an origin such as https://www.site.com", problem)
		case i == 0 && parsed.wildcard:
			errs.Add(field, entry, "the first entry is where others are redirected: it cannot be a wildcard")
		}
		origins = append(origins, parsed)
	}
	for i, path := range o.ExemptPaths {
		if !strings.HasPrefix(path, "/") {
			errs.Add(fmt.Sprintf("ExemptPaths[%d]", i), path, "a path begins with a slash")
		}
	}
	switch o.AssumeScheme {
	case "", schemeHTTP, schemeHTTPS:
	default:
		errs.Add("AssumeScheme", o.AssumeScheme, `want "http", "https" or nothing`)
	}
	proxyaddr.Check(errs, "TrustedProxies", o.TrustedProxies)
	return origins, errs.Err()
}
