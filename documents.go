package sidekick

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/hosts"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/errcode"
	"github.com/sidekick-http/sidekick/openapi"
	"github.com/sidekick-http/sidekick/openapi/ui"
	"github.com/sidekick-http/sidekick/static"
)

// makeDocuments makes the OpenAPI document, even if it is not served, and the page
// that shows it.
func (k *Kit) makeDocuments(bad *cfgerr.List) {
	c := &k.cfg
	if k.dispatcher == nil {
		return // reported already
	}
	o := c.document(openapi.Options{})
	if c.OpenAPI != nil {
		o = *c.OpenAPI
	}
	if o.Logger == nil {
		o.Logger = k.logger
	}
	o.Dispatcher = k.dispatcher
	o.ServerInformation, o.RequesterInformation = c.Envelope.ServerInformation, c.Envelope.RequesterInformation
	o.AlwaysOK, o.DefaultErrorStatus = c.Envelope.AlwaysOK, c.Envelope.DefaultErrorStatus
	o.ErrorDetails, o.ErrorSerialized = c.Envelope.Errors.Details, c.Envelope.Errors.Serialize != nil
	o.Multiples = c.Params.Multiples
	o.RateLimited = c.RateLimit != nil || len(c.ActionRateLimits) > 0
	k.openAPI = piece(bad, "openAPI", openapi.New, o)
	if c.Docs == nil {
		return
	}
	if c.Docs.SpecURL == "" {
		bad.Add("docs", true, "it shows the OpenAPI document, which is off: want docs false as well, openAPI true, or another document in docs.specURL")
	}
	if made := piece(bad, "docs", ui.New, *c.Docs); made != nil {
		k.docs = made
	}
}

// document fills in the defaults of the OpenAPI document, which has the names of
// Envelope and the servers of Hosts.
func (c *Config) document(o openapi.Options) openapi.Options {
	o.Title, o.Version = cmp.Or(o.Title, c.Envelope.ServerName), cmp.Or(o.Version, c.Envelope.APIVersion)
	if len(o.Servers) == 0 {
		o.Servers = serversOf(c.Hosts.Allowed)
	}
	status := o.DefaultErrorStatus // Envelope has it
	o = o.WithDefaults()
	o.DefaultErrorStatus = status
	return o
}

// serversOf returns the URLs of the origins in hosts.Options.Allowed: one without a
// scheme stands for both http and https, and a wildcard yields no URL. Invalid origins,
// which package hosts reports, yield none at all.
func serversOf(origins []string) []string {
	if _, err := hosts.New(hosts.Options{Allowed: origins}); err != nil {
		return nil
	}
	var out []string
	for _, o := range origins {
		switch {
		case strings.Contains(o, "*"):
		case strings.Contains(o, "://"):
			out = append(out, o)
		default:
			out = append(out, "//"+o)
		}
	}
	return out
}

// page fills in the defaults of the page that shows the OpenAPI document. It refers to
// the document by a relative path, so that it works behind proxies that strip a prefix.
// Without a document it refers to none, which New reports.
func (c *Config) page(o ui.Options) ui.Options {
	url := o.SpecURL
	o.Title = cmp.Or(o.Title, c.Envelope.ServerName)
	o = o.WithDefaults()
	if url == "" && c.OpenAPI != nil {
		up := strings.Repeat("../", strings.Count(strings.Trim(o.Path, "/"), "/")+1)
		url = up + strings.TrimPrefix(c.openAPIPath(), "/")
	}
	o.SpecURL = url
	return o
}

// serveOpenAPI answers with the OpenAPI document.
func (k *Kit) serveOpenAPI(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		k.refuse(w, r, errReadOnly)
		return
	}
	k.openAPI.ServeHTTP(w, r)
}

// errReadOnly answers other methods than GET and HEAD for the OpenAPI document.
var errReadOnly = &envelope.Error{Status: http.StatusMethodNotAllowed, Code: errcode.MethodNotAllowed, Message: errcode.Text(errcode.MethodNotAllowed, nil)}

// orDocs redirects from "/" to the page that shows the API, if nothing else is there.
// Where actions answer, it redirects only browsers: other clients get the error in the
// form that they expect.
func (k *Kit) orDocs(root http.Handler) http.Handler {
	c := &k.cfg
	if k.docs == nil || c.Unknown != nil || c.Actions.Unknown != nil {
		return root
	}
	to := "." + prefixOf(c.Docs.Path) + "/" // relative, for proxies that strip a prefix
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" || r.Method != http.MethodGet && r.Method != http.MethodHead || k.answersRoot(r) {
			root.ServeHTTP(w, r)
			return
		}
		name(r, "/")
		w.Header().Set("Location", to)
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusFound)
	})
}

// answersRoot reports whether a file or an action answers at "/", or an error of one.
func (k *Kit) answersRoot(r *http.Request) bool {
	if k.cfg.actionsAtRoot() {
		_, _, ok := k.dispatcher.Find(r)
		return ok || r.URL.RawQuery != "" || !strings.Contains(r.Header.Get("Accept"), "text/html")
	}
	if s := &k.cfg.Static; s.Fallback != "" || s.NotFoundPage != "" || s.NotFoundHandler != nil {
		return true
	}
	_, err := k.files.Resolve("")
	return !errors.Is(err, static.ErrNotFound)
}
