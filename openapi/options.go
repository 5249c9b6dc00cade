package openapi

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
	fail "github.com/sidekick-http/sidekick/internal/failure"
)

// ConfigError is one problem of [Options]. [New] joins all of them; errors.As
// finds the first.
type ConfigError = cfgerr.Error

// Options configure a [Document]. Dispatcher is required.
type Options struct {
	_ struct{}

	// Dispatcher is what the document describes.
	Dispatcher *dispatch.Dispatcher

	// Title and Version name the API and its version. The defaults are
	// "Sidekick API" and "1.0.0".
	Title   string
	Version string
	// Description is for people, in CommonMark. The default is none.
	Description string

	// Servers are the URLs under which the dispatcher is reached, without its
	// prefixes: "https://www.example.com", "//www.example.com" for either
	// scheme, or a path as "/v1" where it is mounted below one. Each is listed
	// with each prefix. The default is the server that the document comes from.
	Servers []string

	// OmitServerInformation, OmitRequesterInformation, AlwaysOK and
	// DefaultErrorStatus are those of the envelope: see envelope.Options.
	OmitServerInformation    bool
	OmitRequesterInformation bool
	AlwaysOK                 bool
	DefaultErrorStatus       int
	// ErrorDetails tells that the envelope has Details among its ErrorOptions:
	// errors have a code, and those of params list what is wrong with each.
	ErrorDetails bool
	// ErrorSerialized tells that it has Serialize: "error" may be anything.
	ErrorSerialized bool

	// Multiples tells that file inputs of actions that are not typed are
	// lists: see params.Options.
	Multiples bool

	// Logger gets why a document could not be made. nil means [slog.Default], as
	// it is at that moment.
	Logger *slog.Logger
}

const (
	defaultTitle   = "Sidekick API"
	defaultVersion = "1.0.0"
)

func (o *Options) withDefaults() error {
	bad := cfgerr.For("openapi")
	if o.Dispatcher == nil {
		bad.Add("Dispatcher", nil, "want the dispatcher to describe")
	}
	o.Title = cmp.Or(o.Title, defaultTitle)
	o.Version = cmp.Or(o.Version, defaultVersion)
	o.Logger = fail.Logger(o.Logger)
	if len(o.Servers) == 0 {
		o.Servers = []string{""}
	}
	o.Servers = slices.Clone(o.Servers)
	for i, s := range o.Servers {
		u, err := url.Parse(s)
		switch {
		case err != nil, strings.ContainsAny(s, "{}"), u.RawQuery != "", u.Fragment != "",
			u.IsAbs() && (u.Host == "" || u.Scheme != "http" && u.Scheme != "https"),
			!u.IsAbs() && s != "" && (s[0] != '/' || strings.HasPrefix(s, "//") && u.Host == ""):
			bad.Add(fmt.Sprintf("Servers[%d]", i), s, `want a URL of http or https, a host as "//www.example.com", or a path as "/v1"`)
		}
		o.Servers[i] = strings.TrimRight(s, "/")
	}
	switch {
	case o.DefaultErrorStatus == 0:
		o.DefaultErrorStatus = http.StatusInternalServerError
	case o.DefaultErrorStatus < 400 || o.DefaultErrorStatus > 599:
		bad.Add("DefaultErrorStatus", o.DefaultErrorStatus, "want 400 to 599")
	}
	return bad.Err()
}
