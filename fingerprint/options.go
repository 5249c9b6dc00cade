package fingerprint

import (
	"cmp"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/proxyaddr"
)

// ConfigError is one problem of the [Options]. [New] joins all problems; errors.As
// finds the first.
type ConfigError = cfgerr.Error

// The defaults of [Options].
const (
	DefaultCookieName = "sessionID"
	DefaultMaxAge     = time.Hour
)

const (
	minKeyBytes  = 32   // as long as the hash: RFC 2104, section 3
	maxSetCookie = 4096 // what browsers accept
	hostPrefix   = "__Host-"
	securePrefix = "__Secure-"

	// sessionLife is how long the signature of a session cookie is valid.
	sessionLife = 30 * 24 * time.Hour
)

// Options says how clients are told apart. One of Keys, KeysFile, RandomKeys and
// DangerouslyUnsigned must be set. For all other fields the zero value means the
// documented default.
type Options struct {
	_ struct{}

	// Keys sign the cookie, each of 32 random bytes or more (openssl rand -hex 32
	// prints 64 characters that can serve as a key). The first signs; all are
	// accepted. To change keys, put the new one first, and drop the old one after
	// MaxAge. Servers with the same clients need the same keys.
	Keys [][]byte `config:"secret"`

	// KeysFile names a file of keys, separated by blanks, line ends or commas, of at
	// most 64 KiB. [New] reads it once, and only if Keys is empty.
	KeysFile string

	// RandomKeys makes a random key for this Identifier instead of Keys: after a
	// restart, and on every other server, all clients are new.
	RandomKeys bool

	// DangerouslyUnsigned accepts and sends ids without a signature, as Actionhero
	// does: clients can then choose their id, and anyone who can plant a cookie can
	// choose it for them. Values must be 40 lower-case hexadecimal digits. They carry
	// no date, so the cookie is not renewed before it expires.
	DangerouslyUnsigned bool

	// StaticElements derives the id of a client that sends none from its address and
	// its User-Agent, Accept-Language, Accept-Encoding and Accept-Charset fields, by
	// SHA-1. Accept is left out, because browsers vary it by what they load. Anyone
	// who knows these values can compute the id. By default the id is random.
	StaticElements bool

	// OmitCookie sends no cookie; one from the client still counts. With random ids,
	// every request without one is then a new client.
	OmitCookie bool

	// AcceptHeader also reads the id from the header field X-<CookieName>, for
	// clients that keep no cookies. It holds the same value as the cookie. If both
	// are valid, the cookie counts.
	AcceptHeader bool

	// CookieName is the name of the cookie. Default: "sessionID".
	CookieName string

	// HostPrefix puts __Host- in front of the cookie's name, which keeps other hosts
	// of the domain from setting it. It implies Secure and excludes Domain and any
	// Path but "/".
	HostPrefix bool

	// Path is the cookie's Path attribute. Default: "/".
	Path string

	// Domain is the cookie's Domain attribute. Default: none, which restricts the
	// cookie to the host that set it.
	Domain string

	// MaxAge is how long the cookie and its signature are valid, in whole seconds. It
	// is sent as Max-Age and Expires. Default: an hour. Negative: the cookie is sent
	// without an age, so that browsers forget it when they are closed, and its
	// signature is valid for 30 days. Browsers shorten anything above 400 days.
	MaxAge time.Duration

	// RenewBefore is how long before it expires the cookie is sent again, with the
	// same id. Default: half of its lifetime. Negative: it is never renewed.
	RenewBefore time.Duration

	// Secure always sends the Secure attribute. By default only secure requests get
	// it.
	Secure bool

	// DisableHTTPOnly leaves out the HttpOnly attribute, so that scripts can read the
	// cookie.
	DisableHTTPOnly bool

	// SameSite is the cookie's SameSite attribute. Default: Lax.
	// http.SameSiteDefaultMode leaves it out; http.SameSiteNoneMode needs Secure.
	SameSite http.SameSite

	// Partitioned sends the Partitioned attribute, which needs Secure.
	Partitioned bool

	// TrustedProxies lists the networks whose forwarding fields are believed about
	// the client's address and whether its connection is secure. It is not used for
	// requests whose client another piece has already determined. Empty: none.
	TrustedProxies []netip.Prefix `config:"from=clientAddr.trustedProxies"`
}

// WithDefaults returns the options as [New] uses them: what is zero has its default,
// and HostPrefix implies Secure. KeysFile is not read.
func (o Options) WithDefaults() Options {
	o.CookieName = cmp.Or(o.CookieName, DefaultCookieName)
	o.Path = cmp.Or(o.Path, "/")
	o.MaxAge = cmp.Or(o.MaxAge, DefaultMaxAge)
	o.RenewBefore = cmp.Or(o.RenewBefore, o.life()/2)
	o.SameSite = cmp.Or(o.SameSite, http.SameSiteLaxMode)
	o.Secure = o.Secure || o.HostPrefix
	return o
}

// life is how long a signature is valid.
func (o Options) life() time.Duration {
	if o.MaxAge < 0 {
		return sessionLife
	}
	return o.MaxAge
}

// cookie returns the cookie without its value and date.
func (o Options) cookie() http.Cookie {
	c := http.Cookie{
		Name:        o.CookieName,
		Path:        o.Path,
		Domain:      o.Domain,
		Secure:      o.Secure,
		HttpOnly:    !o.DisableHTTPOnly,
		SameSite:    o.SameSite,
		Partitioned: o.Partitioned,
	}
	if o.HostPrefix {
		c.Name = hostPrefix + c.Name
	}
	if o.MaxAge > 0 {
		c.MaxAge = int(o.MaxAge / time.Second)
	}
	return c
}

// check finds all problems of options whose defaults are filled in.
func (o Options) check() error {
	errs := cfgerr.For("fingerprint")
	o.checkKeys(errs)
	o.checkCookie(errs)
	if o.MaxAge > 0 && o.MaxAge%time.Second != 0 {
		errs.Add("MaxAge", o.MaxAge, "want whole seconds")
	}
	if o.RenewBefore >= o.life() {
		errs.Add("RenewBefore", o.RenewBefore, "want less than the cookie's life of %v, or the cookie is sent with every response", o.life())
	}
	proxyaddr.Check(errs, "TrustedProxies", o.TrustedProxies)
	return errs.Err()
}

func (o Options) checkKeys(errs *cfgerr.List) {
	switch {
	case o.DangerouslyUnsigned && (o.RandomKeys || len(o.Keys) > 0 || o.KeysFile != ""):
		errs.Add("DangerouslyUnsigned", o.DangerouslyUnsigned, "it excludes keys: leave one of the two out")
	case o.RandomKeys && (len(o.Keys) > 0 || o.KeysFile != ""):
		errs.Add("RandomKeys", o.RandomKeys, "there are keys: leave one of the two out")
	case len(o.Keys) == 0 && o.KeysFile == "" && !o.RandomKeys && !o.DangerouslyUnsigned:
		errs.Add("Keys", nil, "want at least one key of %d bytes or more; RandomKeys makes one that is lost with the process", minKeyBytes)
	}
	for i, key := range o.Keys {
		if len(key) < minKeyBytes { // a key must not be printed in an error
			errs.Add(fmt.Sprintf("Keys[%d]", i), nil, "the key has %d bytes: want %d or more", len(key), minKeyBytes)
		}
	}
}

func (o Options) checkCookie(errs *cfgerr.List) {
	switch name := o.CookieName; {
	case (&http.Cookie{Name: name}).Valid() != nil:
		errs.Add("CookieName", name, "want a token (RFC 6265, section 4.1.1)")
	case hasPrefixFold(name, hostPrefix):
		errs.Add("CookieName", name, "set HostPrefix instead of writing %s", hostPrefix)
	case hasPrefixFold(name, securePrefix) && !o.Secure:
		errs.Add("CookieName", name, "browsers refuse it without Secure")
	}
	if !strings.HasPrefix(o.Path, "/") || (&http.Cookie{Name: "x", Path: o.Path}).Valid() != nil {
		errs.Add("Path", o.Path, "want a path that begins with a slash, without semicolons and control characters")
	} else if o.HostPrefix && o.Path != "/" {
		errs.Add("Path", o.Path, `HostPrefix needs "/"`)
	}
	if (&http.Cookie{Name: "x", Domain: o.Domain}).Valid() != nil {
		errs.Add("Domain", o.Domain, "want a host name")
	} else if o.HostPrefix && o.Domain != "" {
		errs.Add("Domain", o.Domain, "HostPrefix excludes a Domain")
	}
	if o.SameSite < 0 || o.SameSite > http.SameSiteNoneMode {
		errs.Add("SameSite", int(o.SameSite), "want one of the values of http.SameSite")
	} else if o.SameSite == http.SameSiteNoneMode && !o.Secure {
		errs.Add("SameSite", "None", "browsers refuse it without Secure")
	}
	if o.Partitioned && !o.Secure {
		errs.Add("Partitioned", o.Partitioned, "browsers refuse it without Secure")
	}
	longest := o.cookie()
	longest.Value = strings.Repeat("x", signedLen)
	longest.Expires = time.Unix(0, 0)
	longest.Secure = true
	if n := len(longest.String()); n > maxSetCookie {
		errs.Add("CookieName, Path, Domain", nil, "the cookie has %d bytes, browsers accept %d", n, maxSetCookie)
	}
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
