// Package everykind is an app with every kind of action, input, route, version and
// upload, for tests of documents and clients.
package everykind

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/openapi"
	"github.com/sidekick-http/sidekick/upload"
)

// Address is a part of [Order].
type Address struct {
	Street string `json:"street" required:"true" minLength:"2"`
	Zip    string `json:"zip" pattern:"^[0-9]{5}$"`
}

// Order is the input of the typed action "order".
type Order struct {
	ID       int64             `json:"id" required:"true" minimum:"1" description:"which order"`
	Kind     string            `json:"kind" enum:"plain,gift" default:"plain"`
	Count    int               `json:"count" default:"1" minimum:"1" maximum:"100" required:"true"`
	Price    float64           `json:"price"`
	Gift     bool              `json:"gift"`
	Due      time.Time         `json:"due"`
	Wait     time.Duration     `json:"wait" default:"1m30s"`
	Tags     []string          `json:"tags" maxItems:"5" pattern:"(?i)^[a-z]+$" description:"words."`
	Lines    []Line            `json:"lines" maxItems:"30"`
	Address  *Address          `json:"address"`
	Labels   map[string]string `json:"labels"`
	Anything any               `json:"anything"`
}

// Receipt is the result of "order".
type Receipt struct {
	ID    int64          `json:"id"`
	Total float64        `json:"total" description:"What it costs." example:"12.5"`
	Kind  string         `json:"kind" enum:"plain,gift"`
	Due   time.Time      `json:"due"`
	Tags  []string       `json:"tags"`
	Lines []Line         `json:"lines"`
	To    *Address       `json:"to,omitempty"`
	Error string         `json:"error,omitempty"`
	More  map[string]any `json:"more,omitempty"`
}

// Photos is the input of the typed action "photos".
type Photos struct {
	Title  string         `json:"title"`
	Cover  *upload.File   `json:"cover" required:"true"`
	Others []*upload.File `json:"others" maxItems:"3"`
}

// Stored is the result of "photos".
type Stored struct {
	Title string `json:"title"`
	Bytes int64  `json:"bytes"`
	Files int    `json:"files"`
}

func describe(text string) func(*dispatch.Action) {
	return func(a *dispatch.Action) { a.Description = text }
}

// Token is the token that [SecuritySchemes] require.
const Token = "open sesame"

// authenticate refuses requests without the token.
func authenticate(_ context.Context, c *dispatch.Connection) error {
	h := c.Request().Header
	if h.Get("Authorization") != "Bearer "+Token && h.Get("X-Auth-Token") != Token {
		return envelope.Errorf(http.StatusUnauthorized, "who are you?")
	}
	return nil
}

// SecuritySchemes returns the schemes that the actions name.
func SecuritySchemes() map[string]openapi.SecurityScheme {
	return map[string]openapi.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer"},
		"key":    {Type: "apiKey", In: "header", Name: "X-Auth-Token"},
	}
}

func answer(v any) func(context.Context, *dispatch.Connection) (any, error) {
	return func(context.Context, *dispatch.Connection) (any, error) { return v, nil }
}

// Actions returns the actions. They are one table, to be read from top to bottom.
func Actions() []dispatch.Action {
	return []dispatch.Action{
		dispatch.Typed("order", func(_ context.Context, o Order) (Receipt, error) {
			return Receipt{ID: o.ID, Total: o.Price * float64(o.Count), Kind: o.Kind, Due: o.Due, Tags: o.Tags, Lines: o.Lines, To: o.Address}, nil
		}, func(a *dispatch.Action) {
			a.Description = "Places an order. What it costs is told."
			a.OutputExample = Receipt{ID: 7, Total: 12.5, Kind: "plain", Tags: []string{"red"}}
		}),
		dispatch.Typed("kinds", func(_ context.Context, k Kinds) (Kinds, error) { return k, nil }, describe("Answers with what it was sent.")),
		dispatch.Typed("tree", func(_ context.Context, n Node) (*Node, error) { return &n, nil }),
		dispatch.Typed("page", func(_ context.Context, in struct {
			Size int `json:"size" default:"2" minimum:"1" maximum:"10"`
		}) (Page[Line], error) {
			p := Page[Line]{Total: in.Size}
			for n := range in.Size {
				p.Items = append(p.Items, Line{SKU: "a", N: n})
			}
			return p, nil
		}),
		dispatch.Typed("session:create", func(ctx context.Context, in struct {
			Name string `json:"name" required:"true"`
		}) (struct {
			Token string `json:"token"`
		}, error) {
			return struct {
				Token string `json:"token"`
			}{"of " + in.Name}, nil
		}, func(a *dispatch.Action) {
			a.SuccessStatus = http.StatusCreated
			a.Responses = map[int]string{http.StatusConflict: "The name is taken."}
		}, openapi.Describe(openapi.Operation{ID: "createSession"})),
		dispatch.Typed("session:destroy", func(ctx context.Context, in struct{}) (any, error) { return nil, nil }, func(a *dispatch.Action) {
			a.SuccessStatus = http.StatusNoContent
			a.Middleware = []dispatch.Middleware{{Before: authenticate}}
		}, openapi.Describe(openapi.Operation{Security: []openapi.Requirement{{"bearer": nil}, {"key": nil}}})),
		dispatch.Typed("old", func(context.Context, struct{}) (struct{}, error) { return struct{}{}, nil }, openapi.Describe(openapi.Operation{Deprecated: true, Tags: []string{"past"}})),
		dispatch.Typed("photos", func(_ context.Context, p Photos) (Stored, error) {
			s := Stored{Title: p.Title, Bytes: p.Cover.Size, Files: 1 + len(p.Others)}
			for _, f := range p.Others {
				s.Bytes += f.Size
			}
			return s, nil
		}),
		dispatch.Typed("numbers", func(_ context.Context, in struct {
			To int `json:"to" required:"true" maximum:"10"`
		}) ([]int, error) {
			var out []int
			for n := range in.To {
				out = append(out, n+1)
			}
			return out, nil
		}),
		dispatch.Typed("find", func(_ context.Context, in struct {
			Name string `json:"name"`
		}) (*Address, error) {
			if in.Name == "" {
				return nil, envelope.Errorf(http.StatusNotFound, "nobody has no name")
			}
			return &Address{Street: in.Name}, nil
		}),
		{
			Name: "plain", Description: "Takes what is not typed.\nAnd shows it.",
			Inputs: dispatch.Inputs{
				"key":   {Required: true, Description: "a key"},
				"word":  {Default: "hello"},
				"size":  {Default: 10, Required: true, Formatters: []dispatch.Formatter{dispatch.ToInt}},
				"list":  {Default: []string{"a"}},
				"later": {Required: true, DefaultFunc: func(context.Context) any { return "now" }},
				"obj": {Description: "an object", Schema: dispatch.Inputs{
					"inner": {Required: true, Description: "inside"},
					"other": {Default: true},
					"deep":  {Schema: dispatch.Inputs{"er": {}}},
				}},
			},
			OutputExample: map[string]any{"key": "<k>", "error": "left out"},
			Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
				return map[string]any{"key": c.Params["key"], "size": c.Params["size"]}, nil
			},
		},
		{
			Name: "uploader", Description: "Takes files that need not be there.",
			Inputs: dispatch.Inputs{"file1": {File: true, Description: "a file"}, "file2": {File: true}, "note": {}},
			Run:    answer(map[string]any{"ok": true}),
		},
		{Name: "login", Version: "1", Inputs: dispatch.Inputs{"account": {Required: true}, "remember": {}}, OutputExample: map[string]any{"version": 1}, Run: answer(map[string]any{"version": 1})},
		{Name: "login", Version: "2.5", Inputs: dispatch.Inputs{"userID": {Required: true}, "remember": {Default: false}}, OutputExample: map[string]any{"version": 2.5}, Run: answer(map[string]any{"version": 2.5})},
		dispatch.Typed("login", func(_ context.Context, in struct {
			UserID   int  `json:"userID" required:"true"`
			Remember bool `json:"remember"`
		}) (struct {
			Version string `json:"version"`
		}, error) {
			return struct {
				Version string `json:"version"`
			}{"three"}, nil
		}, func(a *dispatch.Action) { a.Version = "three" }),
		{Name: "user-create", Description: "Makes a user.", Inputs: dispatch.Inputs{"name": {Required: true}}, Run: answer(nil)},
		{Name: "userCreate", Description: "It has nearly the name of another.", Inputs: dispatch.Inputs{"name": {}}, Run: answer(nil)},
		{Name: "wörter 中", Run: answer(nil), OutputExample: []string{"a", "list"}},
		{Name: "hidden", BlockedConnectionTypes: []string{"web"}, Run: answer(nil)},
		{
			Name: "stream", Description: "Answers by itself.", Inputs: dispatch.Inputs{"n": {}},
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				_, _ = io.Copy(w, strings.NewReader(fmt.Sprint("one ", "two")))
			}),
		},
	}
}

// Routes returns the routes; dir is a folder of files.
func Routes(dir string) dispatch.Routes {
	return dispatch.Routes{
		{Method: "get", Path: `/orders/:id(\d+)`, Action: "order"},
		{Method: "put", Path: "/orders/:id", Action: "order"},
		{Method: "post", Path: "/orders", Action: "order"},
		{Method: "post", Path: "/sessions", Action: "session:create"},
		{Method: "delete", Path: "/sessions", Action: "session:destroy"},
		{Method: "get", Path: "/orders/:key", Action: "plain"},
		{Method: "delete", Path: "/orders/:number", Action: "user-create"},
		{Method: "all", Path: "/every/:key(^(a|b)$)", Action: "plain"},
		{Method: "get", Path: "/v:apiVersion/login", Action: "login"},
		{Method: "post", Path: "/old/login", Action: "login", APIVersion: 1.0},
		{Method: "post", Path: "/new/login", Action: "login", APIVersion: "2.50"},
		{Method: "get", Path: "/wild/:key/:path(.*)", Action: "plain", MatchTrailingPathParts: true},
		{Method: "get", Path: "/below", Action: "find", MatchTrailingPathParts: true},
		{Method: "head", Path: "/headonly", Action: "find"},
		{Method: "get", Path: `/words/:word((?i)[a-z]+)`, Action: "plain"},
		{Method: "get", Path: "/dir", Dir: dir, MatchTrailingPathParts: true},
		{Method: "post", Path: "/albums/:title", Action: "photos"},
		{Method: "get", Path: "/a b/:name", Action: "find"},
		{Method: "get", Path: "/", Action: "find"},
	}
}
