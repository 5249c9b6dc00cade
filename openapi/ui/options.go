package ui

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// ConfigError is one problem of the options. errors.As finds the first in the error of [New].
type ConfigError = cfgerr.Error

// Options configure a [Page]. The zero value is usable.
type Options struct {
	_ struct{}

	// Path is the path of the page, with its files below it, as the page's handler sees it in
	// requests. The default is "/docs/". It begins and ends with a slash.
	Path string
	// SpecURL is the URL of the OpenAPI document on the same origin: an absolute path, or one
	// relative to the page. The default is "../api/openapi.json".
	SpecURL string
	// Title is the page's title. The default is "API".
	Title string
}

// WithDefaults returns the options as [New] uses them: what is zero has its default.
func (o Options) WithDefaults() Options {
	o.Path = cmp.Or(o.Path, "/docs/")
	o.SpecURL = cmp.Or(o.SpecURL, "../api/openapi.json")
	o.Title = cmp.Or(o.Title, "API")
	return o
}

// check finds all problems of options whose defaults are filled in.
func (o Options) check() error {
	bad := cfgerr.For("ui")
	if !strings.HasPrefix(o.Path, "/") || !strings.HasSuffix(o.Path, "/") || strings.Contains(o.Path, "//") {
		bad.Add("Path", o.Path, "want a path that begins and ends with one slash")
	}
	u, err := url.Parse(o.SpecURL)
	switch {
	case err != nil:
		bad.Add("SpecURL", o.SpecURL, "want a path: %v", err)
	case u.Scheme != "" || u.Host != "" || strings.HasPrefix(o.SpecURL, `\`) || strings.HasPrefix(o.SpecURL, `/\`):
		bad.Add("SpecURL", o.SpecURL, "the page's policy allows its own origin only: want a path")
	}
	return bad.Err()
}
