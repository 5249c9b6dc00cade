package sidekicktest

import (
	"cmp"
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/facts"
)

// TB is what this package needs from a test; *testing.T, *testing.B, *testing.F and similar types
// of other frameworks implement it.
type TB interface {
	Helper()
	// Fatalf ends the test. It does not return.
	Fatalf(format string, args ...any)
}

// ConfigError is one problem of [Options].
type ConfigError = cfgerr.Error

// Options configure a [Client]. The zero value is usable.
type Options struct {
	_ struct{}

	// Prefix is the path below which actions answer. The default is "/api". Use "/" for a
	// dispatcher without a prefix.
	Prefix string

	// URL is the scheme and host that requests are sent to. The default is "http://example.com".
	// With "https://", requests appear encrypted, and Secure cookies are sent back.
	URL string

	// RemoteAddr is the client's address, as in [http.Request]. The default is "192.0.2.1:1234",
	// from a range reserved for examples.
	RemoteAddr string

	// Header is sent with every request. It is copied.
	Header http.Header

	// Fingerprint is the id by which the handler knows the client. The default "" leaves it to
	// the handler's own piece and its cookie. Any other value replaces that piece's id, and
	// serves handlers that have no such piece.
	Fingerprint string

	// Jar keeps the cookies. The default is an empty one. Two clients with the same jar are the
	// same client, for example of a server before and after a restart.
	Jar http.CookieJar
}

const (
	defaultPrefix     = "/api"
	defaultURL        = "http://example.com"
	defaultRemoteAddr = "192.0.2.1:1234"
)

// Client sends requests to a handler, in process, and keeps the cookies that it receives. It is
// safe for concurrent use. A call that cannot be made ends the test, which only the test's own
// goroutine may do: other goroutines should only make valid calls.
type Client struct {
	tb      TB
	handler http.Handler
	opts    Options
	url     *url.URL
}

// New returns a client of h with the default [Options], without cookies. A nil h ends the test.
func New(tb TB, h http.Handler) *Client {
	tb.Helper()
	return NewWith(tb, h, Options{})
}

// NewWith is [New] with options. Invalid options end the test, with every [ConfigError] in the
// message.
func NewWith(tb TB, h http.Handler, o Options) *Client {
	tb.Helper()
	c := &Client{tb: tb, handler: h, opts: o}
	bad := cfgerr.For("sidekicktest")
	if h == nil {
		bad.Add("Handler", nil, "want a handler")
	}
	if o.Prefix == "" {
		c.opts.Prefix = defaultPrefix
	} else if o.Prefix[0] != '/' {
		bad.Add("Prefix", o.Prefix, `want a path such as "/api", or "/" for the root`)
	}
	c.opts.Prefix = strings.TrimRight(c.opts.Prefix, "/")
	if o.URL == "" {
		c.opts.URL = defaultURL
	}
	var err error
	if c.url, err = url.Parse(c.opts.URL); err != nil || !isOrigin(c.url) {
		bad.Add("URL", o.URL, `want a scheme and a host, such as "https://example.com"`)
	}
	if o.RemoteAddr == "" {
		c.opts.RemoteAddr = defaultRemoteAddr
	}
	c.opts.Header = http.Header{}
	for name, values := range o.Header {
		c.opts.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	if o.Jar == nil {
		c.opts.Jar, err = cookiejar.New(nil)
		bad.Join(err)
	}
	if err := bad.Err(); err != nil {
		tb.Fatalf("%v", err)
	}
	return c
}

func isOrigin(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil &&
		(u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == ""
}

// Action runs an action by its name, with params: a [Params], any other value whose JSON is an
// object, or nil. For anything else use [Client.Send].
func (c *Client) Action(name string, params any) *Response {
	c.tb.Helper()
	return c.Send(Request{Action: name, Params: params})
}

// Get requests a path, with its query. [Options.Prefix] is not added to it.
func (c *Client) Get(path string) *Response {
	c.tb.Helper()
	return c.Send(Request{Path: path})
}

// Send sends a request. A request that cannot be made ends the test.
func (c *Client) Send(q Request) *Response {
	c.tb.Helper()
	r, err := q.build(c.url, c.opts.Prefix)
	if err != nil {
		c.tb.Fatalf("sidekicktest: %v", err)
	}
	res := c.Do(r)
	if q.Action == "" || q.Method != "" || res.Status != http.StatusMethodNotAllowed {
		return res
	}
	// By its name, the action only answers the methods of its routes.
	for _, q.Method = range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodGet} {
		if !strings.Contains(res.Header.Get("Allow"), q.Method) || q.Method == http.MethodGet && len(q.Files) > 0 {
			continue
		}
		if r, err = q.build(c.url, c.opts.Prefix); err != nil {
			c.tb.Fatalf("sidekicktest: %v", err)
		}
		return c.Do(r)
	}
	return res
}

// Do sends a request made by [http.NewRequest], or by [httptest.NewRequest], which chooses the
// host and the remote address itself. The client's cookies and header fields are added; if both
// have a field, the request's is sent. A request without a host goes to [Options.URL]. The
// handler gets a copy of r, whose context records what the pieces find out; the body is shared. A
// panic of the handler is not recovered.
func (c *Client) Do(r *http.Request) *Response {
	c.tb.Helper()
	in, at, err := c.incoming(r)
	if err != nil {
		c.tb.Fatalf("sidekicktest: %s %s: %v", r.Method, r.URL, err)
	}
	for _, cookie := range c.opts.Jar.Cookies(at) {
		in.AddCookie(cookie)
	}
	in, rec := facts.Ensure(in)
	if c.opts.Fingerprint != "" {
		rec.SetFingerprint(c.opts.Fingerprint)
	}
	res := record(c.handler, in)
	res.note(in, rec)
	c.opts.Jar.SetCookies(at, res.Cookies())
	return res
}

// incoming returns a request as a server would see it, and the origin of its cookies.
func (c *Client) incoming(r *http.Request) (*http.Request, *url.URL, error) {
	in := r.Clone(r.Context())
	scheme := "http"
	if in.TLS != nil {
		scheme = "https"
	}
	if in.RequestURI == "" { // it was made for a client
		if strings.Contains(r.URL.RawQuery, " ") {
			return nil, nil, errors.New("the query has a space in it: escape it")
		}
		in.RequestURI = r.URL.RequestURI()
		var err error
		if in.URL, err = url.ParseRequestURI(in.RequestURI); err != nil {
			return nil, nil, err
		}
		scheme = cmp.Or(r.URL.Scheme, c.url.Scheme)
		in.Host = cmp.Or(r.Host, r.URL.Host, c.url.Host)
		in.RemoteAddr = c.opts.RemoteAddr
		if scheme == "https" {
			in.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, HandshakeComplete: true, ServerName: (&url.URL{Host: in.Host}).Hostname()}
		}
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if in.Header == nil {
		in.Header = http.Header{}
	}
	for name, values := range c.opts.Header {
		if _, own := in.Header[name]; !own {
			in.Header[name] = slices.Clone(values)
		}
	}
	return in, &url.URL{Scheme: scheme, Host: in.Host, Path: in.URL.Path}, nil
}
