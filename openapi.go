package sidekick

import (
	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/openapi"
)

// openAPIFile is where the OpenAPI document is, below URLPathForActions.
const openAPIFile = "/openapi.json"

// OpenAPI returns the OpenAPI document of the actions and routes, which
// Config.OpenAPI serves. Its servers are AllowedRequestHosts; without them it
// is the server that it comes from. It is made when it is first asked for.
func (k *Kit) OpenAPI() *openapi.Document { return k.openAPI }

func (k *Kit) makeOpenAPI(bad *cfgerr.List) {
	if k.dispatcher == nil {
		return // it is reported
	}
	c := &k.cfg
	var err error
	k.openAPI, err = openapi.New(openapi.Options{
		Dispatcher:               k.dispatcher,
		Title:                    c.ServerName,
		Version:                  c.APIVersion,
		Servers:                  c.AllowedRequestHosts,
		OmitServerInformation:    !c.MetadataOptions.ServerInformation,
		OmitRequesterInformation: !c.MetadataOptions.RequesterInformation,
		AlwaysOK:                 !c.ReturnErrorCodes,
		DefaultErrorStatus:       c.DefaultErrorStatusCode,
		Multiples:                c.FormOptions.Multiples,
		Logger:                   k.logger,
	})
	bad.Join(err)
	if c.OpenAPI {
		k.openAPIPath = c.URLPathForActions.prefix() + openAPIFile
	}
}
