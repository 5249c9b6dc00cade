package sidekick

import (
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/openapi"
)

// openAPIFile is where the OpenAPI document is, below URLPathForActions.
const openAPIFile = "/openapi.json"

// OpenAPI returns the OpenAPI document of the actions and routes, which
// Config.OpenAPI serves. Its servers are AllowedRequestHosts, but for
// wildcards; without them it is the server that it comes from. It is made when
// it is first asked for.
func (k *Kit) OpenAPI() *openapi.Document { return k.openAPI }

func (k *Kit) makeOpenAPI(bad *cfgerr.List) {
	if k.dispatcher == nil {
		return // it is reported
	}
	c := &k.cfg
	var err error
	k.openAPI, err = openapi.New(openapi.Options{
		Dispatcher:           k.dispatcher,
		Title:                c.ServerName,
		Version:              c.APIVersion,
		Servers:              serversOf(c.AllowedRequestHosts),
		ServerInformation:    c.MetadataOptions.ServerInformation,
		RequesterInformation: c.MetadataOptions.RequesterInformation,
		AlwaysOK:             !c.ReturnErrorCodes,
		DefaultErrorStatus:   c.DefaultErrorStatusCode,
		ErrorDetails:         c.Errors.Details,
		ErrorSerialized:      c.Errors.Serialize != nil,
		Multiples:            c.FormOptions.Multiples,
		Logger:               k.logger,
	})
	bad.Join(err)
	if c.OpenAPI {
		k.openAPIPath = c.URLPathForActions.prefix() + openAPIFile
	}
}

// serversOf returns the URLs of the origins that hosts.Options.Allowed takes: one
// without a scheme is reached by either, and a wildcard names no server.
func serversOf(origins []string) []string {
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
