package program

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	shipped "github.com/sidekick-http/sidekick/internal/actions"
	"github.com/sidekick-http/sidekick/openapi"
)

// actions returns all actions of the server. docs is the path of the page that
// shows the OpenAPI document, or "". cache is for cacheTest; nil is one in memory.
func actions(docs string, cache shipped.Cache) []dispatch.Action {
	list := append(shipped.With("sidekick", cache), echo(), uploader(), openapi.Swagger(openapi.SwaggerOptions{}))
	// The list includes the action that returns it.
	var all []dispatch.Action
	list = append(list, describe(docs, func() []dispatch.Action { return all }))
	all = list
	return list
}

func echo() dispatch.Action {
	return dispatch.Action{
		Name:        "echo",
		Description: "Shows what arrived: the action's inputs, the raw query and body, and the client.",
		Inputs: dispatch.Inputs{
			"key":   {Description: "anything"},
			"value": {Description: "anything else"},
			"list":  {Description: "a list, as list[]=1&list[]=2"},
			"obj":   {Description: "an object, as obj[a]=1"},
		},
		OutputExample: map[string]any{"params": map[string]any{"key": "foo"}, "method": "GET"},
		Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			fingerprint, _ := c.Fingerprint()
			return map[string]any{
				"params":      c.Params,
				"query":       c.RawQuery(),
				"body":        c.RawBody(),
				"method":      c.Method(),
				"path":        c.URL().Path,
				"remoteIP":    c.Remote().Addr().String(),
				"fingerprint": fingerprint,
			}, nil
		},
	}
}

func uploader() dispatch.Action {
	return dispatch.Action{
		Name:        "uploader",
		Description: "Takes up to two files and reports what arrived. The files are then deleted.",
		Inputs: dispatch.Inputs{
			"file1": {File: true, Required: true, Description: "a file"},
			"file2": {File: true, Description: "another file"},
			"key1":  {Description: "a string that goes with them"},
			"key2":  {Description: "another text"},
		},
		OutputExample: map[string]any{"file1": map[string]any{"name": "photo.png", "type": "image/png", "size": 5477608}},
		Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			out := map[string]any{}
			for _, name := range []string{"file1", "file2"} {
				f, ok := c.Params.File(name)
				if !ok {
					if v, sent := c.Params[name]; sent && v != "" { // "" is a form field left blank
						return nil, envelope.Errorf(http.StatusUnprocessableEntity, "%s must be a file", name)
					}
					continue
				}
				out[name] = map[string]any{"name": f.Name, "type": f.Type, "detectedType": f.DetectedType, "size": f.Size}
			}
			for _, name := range []string{"key1", "key2"} {
				if v, sent := c.Params[name]; sent {
					out[name] = v
				}
			}
			return out, nil
		},
	}
}

// describe returns the action that lists all actions, for the start page.
func describe(docs string, all func() []dispatch.Action) dispatch.Action {
	return dispatch.Action{
		Name:        "actions",
		Description: "Lists the actions of this server with their inputs.",
		Run: func(context.Context, *dispatch.Connection) (any, error) {
			list := []any{}
			for _, a := range all() {
				version := a.Version
				if version == "" {
					version = "1"
				}
				list = append(list, map[string]any{
					"name":        a.Name,
					"version":     version,
					"description": a.Description,
					"inputs":      inputs(a.Inputs),
					"methods":     []string{"GET", "POST", "PUT", "PATCH", "DELETE"},
					"example":     a.OutputExample,
				})
			}
			out := map[string]any{"actions": list}
			if docs != "" {
				out["docs"] = docs
			}
			return out, nil
		},
	}
}

func inputs(in dispatch.Inputs) []any {
	names := make([]string, 0, len(in))
	for name := range in {
		names = append(names, name)
	}
	// Required inputs come first.
	slices.SortFunc(names, func(a, b string) int {
		if in[a].Required != in[b].Required {
			if in[a].Required {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	out := make([]any, len(names))
	for i, name := range names {
		out[i] = map[string]any{
			"name": name, "required": in[name].Required, "default": in[name].Default,
			"description": in[name].Description, "file": in[name].File,
		}
	}
	return out
}
