package sidekick

import (
	"cmp"
	"maps"
	"net/http"
	"reflect"
	"strings"

	"github.com/sidekick-http/sidekick/idempotency"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// WithDefaults returns the configuration as [New] uses it: every option that is zero
// has its default, as its piece declares it. It calls the WithDefaults of every piece, as
// New does, so the two cannot differ. New makes the same server of either.
//
//   - A default that depends on other options, such as that of
//     Upload.MaxTotalFileBytes, has the value that follows from them now. If they
//     change later, it does not follow them any more.
//   - The same goes for a default that depends on the environment: UploadDir.Dir is the
//     folder for temporary files of this process.
//   - What is still zero is none or off, and so is a part that is nil.
//   - Go values such as functions, stores and loggers stay as they are, and so do the
//     keys of Fingerprint: New looks for them, and makes random ones if there are none.
func (c Config) WithDefaults() Config {
	c.Server = c.Server.withDefaults()
	c.Paths = c.Paths.withDefaults(c.DisableStatic)
	c.Log = c.Log.withDefaults()
	c.RequestID = c.RequestID.WithDefaults()
	c.Recovery = c.Recovery.WithDefaults()
	c.AccessLog = c.AccessLog.WithDefaults()
	c.ClientAddr = c.ClientAddr.WithDefaults()
	c.Envelope = c.Envelope.WithDefaults()
	c.Preflight = c.Preflight.WithDefaults()
	c.Headers.Set = c.headers()
	c.Headers = c.Headers.WithDefaults()
	c.Hosts = c.Hosts.WithDefaults()
	if c.Compress != nil {
		c.Compress = new(c.Compress.WithDefaults())
	}
	c.Fingerprint = c.Fingerprint.WithDefaults()
	c.Params = c.Params.WithDefaults()
	c.JSONP.Delimiter = cmp.Or(c.JSONP.Delimiter, c.Params.Query.Delimiter)
	c.JSONP = c.JSONP.WithDefaults()
	c.fillLimits()
	if c.Idempotency == nil && len(c.IdempotentActions) > 0 {
		c.Idempotency = &idempotency.Options{}
	}
	if c.Idempotency != nil {
		c.Idempotency = new(c.Idempotency.WithDefaults())
	}
	c.Upload = c.Upload.WithDefaults()
	c.UploadDir = c.UploadDir.WithDefaults()
	prefixes := c.Actions.Prefixes
	c.Actions = c.Actions.WithDefaults()
	c.Actions.Prefixes = prefixes // Paths has them
	c.fillStatic()
	if c.OpenAPI != nil {
		c.OpenAPI = new(c.document(*c.OpenAPI))
	}
	if c.Docs != nil {
		c.Docs = new(c.page(*c.Docs))
	}
	c.Client.APIPath = cmp.Or(c.Client.APIPath, c.actionPrefix(), "/")
	c.Client = c.Client.WithDefaults()
	return c
}

// checkDerived refuses values of options that take theirs from others.
func (c Config) checkDerived(bad *cfgerr.List) {
	for _, o := range schema().Unsettable() {
		if o.From != "" && o.IsSet(reflect.ValueOf(c)) {
			bad.Add(o.Field, nil, "the server takes it from %s: set that", o.From)
		}
	}
}

const poweredBy = "X-Powered-By"

// headers returns the header fields to send: the defaults, overridden by the
// configured ones. What a preflight allows is in every response: a browser wants the
// origin again in the response to the request itself. A value that cannot be sent is
// left out; its own piece reports it.
func (c *Config) headers() map[string]string {
	out := map[string]string{
		poweredBy:                      c.Envelope.ServerName,
		"Access-Control-Allow-Origin":  c.Preflight.Origin,
		"Access-Control-Allow-Methods": strings.Join(c.Preflight.Methods, ", "),
		"Access-Control-Allow-Headers": "Content-Type",
		"Strict-Transport-Security":    "max-age=31536000; includeSubDomains",
	}
	for name, value := range out {
		if !httpfield.IsValue(value) {
			delete(out, name)
		}
	}
	for name := range c.Headers.Set {
		delete(out, http.CanonicalHeaderKey(name))
	}
	maps.Copy(out, c.Headers.Set)
	return out
}

// hasPoweredBy reports whether X-Powered-By is among the configured header fields.
func (c *Config) hasPoweredBy() bool {
	for name := range c.Headers.Set {
		if http.CanonicalHeaderKey(name) == poweredBy {
			return true
		}
	}
	return false
}
