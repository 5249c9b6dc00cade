package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/middleware/compress"
)

// host is the name that clients use.
const host = "bench.example"

// hello is the action.
var hello = dispatch.Action{
	Name:   "hello",
	Inputs: dispatch.Inputs{"name": {Required: true}, "greeting": {Required: true}, "mood": {}},
	Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
		return map[string]any{"hello": c.Params["name"], "greeting": c.Params["greeting"], "mood": c.Params["mood"]}, nil
	},
}

var routes = dispatch.Routes{{Method: "get", Path: "/hello/:name", Action: "hello"}}

// sidekickDispatch is the dispatcher with the envelope, and nothing around it.
func sidekickDispatch() (http.Handler, error) {
	env, err := envelope.New(envelope.Options{ServerInformation: true, RequesterInformation: true})
	if err != nil {
		return nil, err
	}
	return dispatch.New(dispatch.Options{
		Prefixes: []string{"/api"},
		Renderer: env,
		Routes:   routes,
		Actions:  []dispatch.Action{hello},
	})
}

// sidekickChain is the assembled server with every piece at work: one allowed
// host, compression on, a fixed key for the fingerprint, metadata in the answer.
func sidekickChain(log slog.Handler) func() (http.Handler, error) {
	return func() (http.Handler, error) {
		cfg := sidekick.Production()
		cfg.Hosts.Allowed = []string{"http://" + host, "https://" + host}
		cfg.Envelope.ServerInformation, cfg.Envelope.RequesterInformation = true, true
		cfg.Fingerprint.Keys = [][]byte{[]byte(cookieKey)}
		cfg.Compress = &compress.Options{}
		cfg.Actions.Routes = routes
		if log != nil {
			cfg.Logger = slog.New(log)
		}
		return sidekick.New(cfg, hello, slow, upload)
	}
}

// dropped takes records and forgets them: what is left is the cost of making
// them.
type dropped struct{}

func (dropped) Enabled(context.Context, slog.Level) bool  { return true }
func (dropped) Handle(context.Context, slog.Record) error { return nil }
func (d dropped) WithAttrs([]slog.Attr) slog.Handler      { return d }
func (d dropped) WithGroup(string) slog.Handler           { return d }

// asJSON formats records for nobody.
func asJSON() slog.Handler { return slog.NewJSONHandler(io.Discard, nil) }
