package hosts

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/proxyaddr"
)

// A Redirector lets requests for allowed hosts pass and redirects or refuses all
// others. It is made by [New], immutable and safe for concurrent use.
type Redirector struct {
	names    map[authority]schemes // allowed as they are
	parents  map[authority]schemes // allowed with one label in front
	usual    map[string]schemes    // names, as nearly all clients write them
	target   origin
	exempt   map[string]bool // exact paths
	folders  []string        // exempt, together with what is directly in them
	assumed  string
	resolver *proxyaddr.Resolver                             // nil if no proxy is trusted
	refuse   func(http.ResponseWriter, *http.Request, error) // nil for the default
	logger   *slog.Logger
}

// schemes is the set of schemes that are allowed for an authority.
type schemes uint8

const (
	allowHTTP schemes = 1 << iota
	allowHTTPS
)

func schemesOf(scheme string) schemes {
	switch scheme {
	case schemeHTTP:
		return allowHTTP
	case schemeHTTPS:
		return allowHTTPS
	default:
		return allowHTTP | allowHTTPS
	}
}

// New returns a Redirector. Its error joins a [*ConfigError] for every problem
// of the options.
func New(o Options) (*Redirector, error) {
	o = o.WithDefaults()
	origins, err := o.compile()
	if err != nil {
		return nil, err
	}
	h := &Redirector{
		names:   map[authority]schemes{},
		parents: map[authority]schemes{},
		exempt:  map[string]bool{},
		assumed: o.AssumeScheme,
		refuse:  o.ErrorHandler,
		logger:  failure.Logger(o.Logger),
	}
	if len(o.TrustedProxies) > 0 {
		h.resolver = proxyaddr.New(o.TrustedProxies)
	}
	for i, entry := range origins {
		if i == 0 {
			h.target = entry
		}
		h.allow(entry)
	}
	h.usual = h.usualForms()
	for _, path := range o.ExemptPaths {
		h.exempt[path] = true
		if len(path) > 1 && strings.HasSuffix(path, "/") {
			h.folders = append(h.folders, path)
		}
	}
	return h, nil
}

// allow adds an origin under every port that it stands for.
func (h *Redirector) allow(o origin) {
	into := h.names
	if o.wildcard {
		into = h.parents
	}
	if o.scheme == "" && o.authority.port == 0 {
		into[o.authority.withPort(schemeHTTP)] |= allowHTTP
		into[o.authority.withPort(schemeHTTPS)] |= allowHTTPS
		return
	}
	into[o.authority.withPort(o.scheme)] |= schemesOf(o.scheme)
}

// usualForms lists the values of Host that are allowed without parsing: names with
// their port, and also without it if it is the scheme's default.
func (h *Redirector) usualForms() map[string]schemes {
	forms := map[string]schemes{}
	for a, allowed := range h.names {
		forms[a.String()] |= allowed
		for _, scheme := range []string{schemeHTTP, schemeHTTPS} {
			if a.port == defaultPort(scheme) {
				forms[a.host] |= allowed & schemesOf(scheme)
			}
		}
	}
	return forms
}

// off reports whether there is nothing to check.
func (h *Redirector) off() bool { return len(h.names) == 0 && len(h.parents) == 0 }

// Handler passes allowed requests to next and answers all others as the package
// comment says. Without allowed hosts it returns next itself.
func (h *Redirector) Handler(next http.Handler) http.Handler {
	if h.off() {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := h.check(r)
		if answer == nil {
			next.ServeHTTP(w, r)
			return
		}
		if answer.Reason == reasonLoop {
			h.logger.WarnContext(r.Context(), "redirect to the first allowed host would not end; does a proxy end TLS without saying so?",
				"host", r.Host, "first", h.target.String())
		}
		w.Header().Set("Cache-Control", "no-store")
		if h.refuse != nil && answer.Location == "" {
			h.refuse(w, r, answer)
			return
		}
		answer.write(w)
	})
}

// Check returns nil if the request may pass, and otherwise a [*MisdirectedError]
// that says how to answer it. It sends and logs nothing.
func (h *Redirector) Check(r *http.Request) error {
	if h.off() {
		return nil
	}
	if answer := h.check(r); answer != nil {
		return answer
	}
	return nil
}

const (
	reasonHost    = "the host is missing or malformed"
	reasonTwo     = "the request names two hosts"
	reasonLoop    = "the redirect would lead back here"
	reasonRefused = "the host is not allowed, and the request cannot follow a redirect"
	reasonMoved   = "the host is not allowed"
)

func (h *Redirector) check(r *http.Request) *MisdirectedError {
	if h.exempts(r.URL.Path) {
		return nil
	}
	scheme := h.scheme(r)
	others := r.Header["Host"]
	if len(others) == 0 && h.usual[r.Host]&schemesOf(scheme) != 0 {
		return nil
	}
	asked, problem := parseAuthority(r.Host)
	if problem != "" {
		return &MisdirectedError{Status: http.StatusBadRequest, Reason: reasonHost}
	}
	asked = asked.withPort(scheme)
	// net/http removes the Host field from HTTP/1 requests. In HTTP/2 it stays beside
	// :authority and may contradict it (RFC 9113, section 8.3.1).
	for _, field := range others {
		if second, problem := parseAuthority(field); problem != "" || second.withPort(scheme) != asked {
			return &MisdirectedError{Status: http.StatusBadRequest, Reason: reasonTwo}
		}
	}
	if h.allows(scheme, asked) {
		return nil
	}
	if !followsRedirects(r) {
		return &MisdirectedError{Status: http.StatusMisdirectedRequest, Reason: reasonRefused}
	}
	target := h.target
	if target.scheme == "" {
		target.scheme = scheme
	}
	// A port speaks only one scheme, so a client that asked this host on this port
	// used the target's scheme, and something in between has hidden that.
	if target.authority.withPort(target.scheme) == asked {
		return &MisdirectedError{Status: http.StatusBadRequest, Reason: reasonLoop}
	}
	status := http.StatusTemporaryRedirect
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		status = http.StatusFound
	}
	return &MisdirectedError{Status: status, Location: target.String() + pathAndQuery(r.URL), Reason: reasonMoved}
}

// allows reports whether an authority with its port filled in is allowed.
func (h *Redirector) allows(scheme string, asked authority) bool {
	if h.names[asked]&schemesOf(scheme) != 0 {
		return true
	}
	if len(h.parents) == 0 {
		return false
	}
	_, parent, found := strings.Cut(asked.host, ".")
	return found && h.parents[authority{parent, asked.port}]&schemesOf(scheme) != 0
}

// exempts reports whether a path passes under any host.
func (h *Redirector) exempts(path string) bool {
	if len(h.exempt) == 0 {
		return false
	}
	if h.exempt[path] {
		return true
	}
	for _, folder := range h.folders {
		name, inside := strings.CutPrefix(path, folder)
		if inside && name != "." && name != ".." && !strings.Contains(name, "/") {
			return true
		}
	}
	return false
}

// scheme returns the scheme that the client used.
func (h *Redirector) scheme(r *http.Request) string {
	if h.assumed != "" {
		return h.assumed
	}
	if rec := facts.From(r.Context()); rec != nil {
		if _, secure, ok := rec.Client(); ok {
			return schemeName(secure)
		}
	}
	if h.resolver != nil {
		_, secure := h.resolver.Resolve(r)
		return schemeName(secure)
	}
	return schemeName(r.TLS != nil)
}

func schemeName(secure bool) string {
	if secure {
		return schemeHTTPS
	}
	return schemeHTTP
}

// followsRedirects reports whether a redirect can help the client. Browsers fail a
// preflight or a WebSocket handshake that is redirected (Fetch), and a tunnel has
// nowhere to go. An h2c upgrade is only an offer: the request itself is an ordinary
// one.
func followsRedirects(r *http.Request) bool {
	switch r.Method {
	case http.MethodOptions, http.MethodConnect:
		return false
	}
	upgrade := r.Header.Get("Upgrade")
	return upgrade == "" || strings.EqualFold(upgrade, "h2c")
}

// pathAndQuery returns the escaped path and the query. The path always starts with
// a slash, so that nothing in it can become part of the host before it.
func pathAndQuery(u *url.URL) string {
	path := u.EscapedPath()
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	if u.RawQuery == "" && !u.ForceQuery {
		return path
	}
	return path + "?" + escapeQuery(u.RawQuery)
}

// escapeQuery encodes the bytes that may not be in a query. net/http passes a query
// on as it came, with fragments, quotes and bytes beyond ASCII in it.
func escapeQuery(query string) string {
	const hex = "0123456789ABCDEF"
	stray := func(c byte) bool { return c <= ' ' || c >= 0x7f || strings.IndexByte("\"#<>\\`", c) >= 0 }
	var b strings.Builder
	copied := 0
	for i := range len(query) {
		if c := query[i]; stray(c) {
			b.WriteString(query[copied:i])
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
			copied = i + 1
		}
	}
	if copied == 0 {
		return query
	}
	b.WriteString(query[copied:])
	return b.String()
}
