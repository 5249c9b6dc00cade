package everykind

import (
	"net/http"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/openapi"
	"github.com/sidekick-http/sidekick/openapi/ui"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

// Server is the app with its OpenAPI document at /api/openapi.json, its Swagger
// document at /api/swagger and a page that shows it at /docs/. Files are stored in
// and served from dir. change, if not nil, may modify the options.
func Server(dir string, change func(*dispatch.Options, *envelope.Options, *openapi.Options)) (http.Handler, error) {
	o := dispatch.Options{
		Actions:  append(Actions(), openapi.Swagger(openapi.SwaggerOptions{})),
		Routes:   Routes(dir),
		Prefixes: []string{"/api"},
	}
	shown := envelope.Options{ServerName: "Every kind", APIVersion: "2.0.0", ExposeErrors: true, ServerInformation: true, RequesterInformation: true}
	described := openapi.Options{Title: shown.ServerName, Version: shown.APIVersion, SecuritySchemes: SecuritySchemes(), ServerInformation: true, RequesterInformation: true}
	if change != nil {
		change(&o, &shown, &described)
	}
	store, err := upload.NewDirStore(upload.DirStoreOptions{Dir: dir})
	if err != nil {
		return nil, err
	}
	uploads, err := upload.New(upload.Options{Store: store})
	if err != nil {
		return nil, err
	}
	if o.Params, err = params.New(params.Options{Upload: uploads}); err != nil {
		return nil, err
	}
	if o.Renderer, err = envelope.New(shown); err != nil {
		return nil, err
	}
	d, err := dispatch.New(o)
	if err != nil {
		return nil, err
	}
	described.Dispatcher = d
	document, err := openapi.New(described)
	if err != nil {
		return nil, err
	}
	page, err := ui.New(ui.Options{Title: shown.ServerName})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/api/", d)
	mux.Handle("/api/openapi.json", document)
	mux.Handle("/docs/", page)
	return mux, nil
}
