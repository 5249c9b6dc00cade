package openapi

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/sidekick-http/sidekick/dispatch"
)

// SwaggerOptions configure [Swagger].
type SwaggerOptions struct {
	_ struct{}

	// Title, Version, Description and License describe the API. The first two have the defaults
	// of [Options], the others have none.
	Title, Version, Description, License string

	// Host is the host of the API, such as "www.example.com:8080". The default is the host of the
	// request.
	Host string
	// BasePath is the path below which actions answer. The default is the dispatcher's longest
	// prefix.
	BasePath string
	// Schemes are "https" and "http". The default is the scheme of the request's connection.
	Schemes []string
}

// Swagger returns Actionhero's action "swagger", for clients that read its Swagger 2.0 document.
// It describes the dispatcher that runs it, with the members of the original. OpenAPI 3.1 is more
// complete: see [Document].
//
// Unlike Actionhero's it lists actions reached only by name, path parameters that no input
// declares, and files. Paths keep their version. It omits defaults that a function makes, since
// they may differ between requests.
func Swagger(opts SwaggerOptions) dispatch.Action {
	opts.Title = cmp.Or(opts.Title, defaultTitle)
	opts.Version = cmp.Or(opts.Version, defaultVersion)
	opts.Schemes = slices.Clone(opts.Schemes)
	type described struct {
		dispatcher *dispatch.Dispatcher
		paths      json.RawMessage
	}
	var last atomic.Pointer[described] // the paths do not change
	return dispatch.Action{
		Name:          "swagger",
		Description:   "Describes this API in the form of Swagger 2.0.",
		OutputExample: map[string]any{},
		Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			d := c.Dispatcher()
			now := last.Load()
			if now == nil || now.dispatcher != d {
				paths, err := json.Marshal(swaggerPaths(d))
				if err != nil {
					return nil, err
				}
				now = &described{d, paths}
				last.Store(now)
			}
			r := c.Request()
			schemes := opts.Schemes
			if len(schemes) == 0 {
				schemes = []string{"http"}
				if r.TLS != nil {
					schemes = []string{"https"}
				}
			}
			about := map[string]any{"title": opts.Title, "version": opts.Version, "description": opts.Description}
			if opts.License != "" {
				about["license"] = map[string]any{"name": opts.License}
			}
			return map[string]any{
				"swagger":             "2.0",
				"info":                about,
				"host":                cmp.Or(opts.Host, r.Host),
				"basePath":            cmp.Or(opts.BasePath, d.Options().Prefixes[0], "/"),
				"schemes":             schemes,
				"paths":               now.paths,
				"securityDefinitions": map[string]any{},
				"externalDocs": map[string]any{
					"description": "Learn more about Sidekick",
					"url":         "https://github.com/sidekick-http/sidekick",
				},
			}, nil
		},
	}
}

type (
	swaggerOperation struct {
		Tags       []string                   `json:"tags"`
		Summary    string                     `json:"summary"`
		Consumes   []string                   `json:"consumes"`
		Produces   []string                   `json:"produces"`
		Parameters []swaggerParameter         `json:"parameters"`
		Responses  map[string]swaggerResponse `json:"responses"`
		Security   []string                   `json:"security"`
	}
	swaggerParameter struct {
		In       string  `json:"in"`
		Name     string  `json:"name"`
		Type     string  `json:"type"`
		Required bool    `json:"required"`
		Default  *string `json:"default,omitempty"`
	}
	swaggerResponse struct {
		Description string `json:"description"`
	}
)

// swaggerResponses are the responses of every operation.
var swaggerResponses = map[string]swaggerResponse{
	"200": {"successful operation"},
	"400": {"Invalid input"},
	"404": {"Not Found"},
	"422": {"Missing or invalid params"},
	"500": {"Server error"},
}

// swaggerPaths describes the dispatcher's actions, without folders of files.
func swaggerPaths(d *dispatch.Dispatcher) map[string]map[string]*swaggerOperation {
	out := map[string]map[string]*swaggerOperation{}
	for _, e := range endpointsOf(d) {
		if e.files {
			continue
		}
		a := &e.versions[0]
		op := &swaggerOperation{
			Tags: []string{a.Name}, Summary: cmp.Or(a.Description, a.Name),
			Consumes: []string{typeJSON}, Produces: []string{typeJSON},
			Parameters: []swaggerParameter{}, Responses: swaggerResponses, Security: []string{},
		}
		taken := map[string]bool{}
		names := templateNames(e.path)
		for i, v := range e.variables() {
			taken[v.name] = true
			op.Parameters = append(op.Parameters, swaggerParameter{In: "path", Name: names[i], Type: "string", Required: true})
		}
		for _, name := range slices.Sorted(maps.Keys(a.Inputs)) {
			in := a.Inputs[name]
			p := swaggerParameter{In: "query", Name: name, Type: "string", Required: in.Required, Default: swaggerDefault(in.Default)}
			switch {
			case taken[name], in.File && !takesBody(e.method):
				continue
			case in.File:
				p.In, p.Type, op.Consumes = "formData", "file", []string{typeMultipart}
			}
			op.Parameters = append(op.Parameters, p)
		}
		if out[e.path] == nil {
			out[e.path] = map[string]*swaggerOperation{}
		}
		out[e.path][e.method] = op
	}
	return out
}

// swaggerDefault writes a default like Actionhero: as a string, or as JSON if it has members.
func swaggerDefault(v any) *string {
	if v == nil {
		return nil
	}
	if s, ok := v.(string); ok {
		return &s
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	s := string(text)
	return &s
}
