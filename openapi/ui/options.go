package ui

import (
	"net/url"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// ConfigError is one problem of the options. errors.As finds it in what [New]
// returns.
type ConfigError = cfgerr.Error

// Options say where a page is and what it shows. The zero value is usable.
type Options struct {
	_ struct{}

	// Path is the path below which the page and its files answer, as the page's
	// handler sees it in requests: "/docs/" by default. It begins and ends with
	// a slash.
	Path string
	// SpecURL is where the OpenAPI document is: an absolute path, or one
	// relative to the page, on the same origin. The default is
	// "../api/openapi.json".
	SpecURL string
	// Title is the page's title. The default is "API".
	Title string
}

func (o *Options) check(bad *cfgerr.List) {
	if o.Path == "" {
		o.Path = "/docs/"
	}
	if o.SpecURL == "" {
		o.SpecURL = "../api/openapi.json"
	}
	if o.Title == "" {
		o.Title = "API"
	}
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
}
