package sidekick_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/actions"
	"github.com/sidekick-http/sidekick/openapi"
)

// TestOpenAPIRoute checks where the document is served, and that this comes before
// actions, without a cookie but with the headers.
func TestOpenAPIRoute(t *testing.T) {
	for _, tt := range []struct {
		name, target string
		change       func(*sidekick.Config)
		status       int
	}{
		{"development", "/api/openapi.json", func(*sidekick.Config) {}, 200},
		{"production", "/api/openapi.json", func(c *sidekick.Config) { *c = sidekick.Production() }, 404},
		{"switched off", "/api/openapi.json", func(c *sidekick.Config) { c.OpenAPI, c.Docs = nil, nil }, 404},
		{"another path", "/a/b/openapi.json", func(c *sidekick.Config) { c.Paths.Actions = "/a/b" }, 200},
		{"at the root", "/openapi.json", func(c *sidekick.Config) { c.Paths.Actions = "/" }, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := sidekick.Development()
			tt.change(&cfg)
			kit, err := sidekick.New(cfg, actions.All("test")...)
			if err != nil {
				t.Fatal(err)
			}
			defer kit.Close()
			w := httptest.NewRecorder()
			kit.ServeHTTP(w, httptest.NewRequest(http.MethodGet, tt.target, nil))
			if w.Code != tt.status {
				t.Fatalf("got %d, want %d: %s", w.Code, tt.status, w.Body)
			}
			if tt.status != http.StatusOK {
				return
			}
			if h := w.Header(); h.Get("Set-Cookie") != "" || h.Get("X-Powered-By") == "" || h.Get("Content-Type") != "application/json" {
				t.Errorf("got the header %v", h)
			}
			want, err := kit.OpenAPI().JSON()
			if err != nil || w.Body.String() != string(want) {
				t.Errorf("got another document than Kit.OpenAPI has, %v", err)
			}
		})
	}
}

func TestOpenAPITakesTheConfiguration(t *testing.T) {
	cfg := sidekick.Production()
	cfg.Envelope.ServerName, cfg.Envelope.APIVersion = "Shop", "3.2.1"
	cfg.Hosts.Allowed = []string{"https://www.site.com", "http://api.site.com:8080", "site.com:81", "https://*.site.com"}
	cfg.Envelope.DefaultErrorStatus = 418
	kit, err := sidekick.New(cfg, actions.All("test")...)
	if err != nil {
		t.Fatal(err)
	}
	defer kit.Close()
	text, err := kit.OpenAPI().JSON()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Info    struct{ Title, Version string }
		Servers []struct{ URL string }
		Paths   map[string]map[string]struct {
			Responses map[string]any
		}
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Info.Title != "Shop" || doc.Info.Version != "3.2.1" {
		t.Errorf("got %v, want the server's name and version", doc.Info)
	}
	var servers []string
	for _, s := range doc.Servers {
		servers = append(servers, s.URL)
	}
	if want := []string{"https://www.site.com/api", "http://api.site.com:8080/api", "//site.com:81/api"}; !slices.Equal(servers, want) {
		t.Errorf("got the servers %v, want %v", servers, want)
	}
	if doc.Components.Schemas["ServerInformation"] != nil {
		t.Error("got metadata that production does not send")
	}
	if doc.Paths["/status"]["get"].Responses["418"] == nil {
		t.Error("the default status of errors is missing")
	}
}

// The configuration chooses the properties of actions that the document shows.
func TestOpenAPIShowsChosenMeta(t *testing.T) {
	cfg := sidekick.Production()
	if err := json.Unmarshal([]byte(`{"openAPI": {"showMeta": {"requiredPermission": "x-permission"}}}`), &cfg); err != nil {
		t.Fatal(err)
	}
	remove := dispatch.Action{
		Name: "remove", Meta: map[string]any{"requiredPermission": "orders:write", "other": 1},
		Run: func(context.Context, *dispatch.Connection) (any, error) { return nil, nil },
	}
	kit, err := sidekick.New(cfg, remove)
	if err != nil {
		t.Fatal(err)
	}
	defer kit.Close()
	text, err := kit.OpenAPI().JSON()
	if err != nil || strings.Count(string(text), `"x-permission":"orders:write"`) != 2 {
		t.Errorf("got %s, %v; want the permission of get and post", text, err)
	}
	cfg.OpenAPI = &openapi.Options{ShowMeta: map[string]string{"requiredPermision": "x-permission"}}
	if kit, err := sidekick.New(cfg, remove); err == nil || !strings.Contains(err.Error(), `openAPI.showMeta["requiredPermision"]`) {
		t.Errorf("got %v, %v", kit, err)
	}
}
