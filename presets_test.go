package sidekick_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/openapi"
	"github.com/sidekick-http/sidekick/openapi/ui"
	"github.com/sidekick-http/sidekick/static"
)

// TestOptionsOfPresets checks that production is the zero Config, and which options the
// other presets set.
func TestOptionsOfPresets(t *testing.T) {
	t.Parallel()
	if production := sidekick.Production(); !reflect.DeepEqual(production, sidekick.Config{}) {
		t.Errorf("production is not the zero Config: %s", changed(sidekick.Config{}, production))
	}
	development := sidekick.Development()
	if !reflect.DeepEqual(development.OpenAPI, &openapi.Options{}) || !reflect.DeepEqual(development.Docs, &ui.Options{}) {
		t.Errorf("development: got the document %+v and the page %+v, want both with their defaults", development.OpenAPI, development.Docs)
	}
	development.OpenAPI, development.Docs = nil, nil
	for _, tt := range []struct {
		name string
		got  sidekick.Config
		want string
	}{
		{"development", development, "envelope.exposeErrors=true envelope.padding=2 envelope.requesterInformation=true envelope.serverInformation=true params.showExcerpt=true"},
		{"Actionhero 29.3.5", sidekick.Actionhero29(sidekick.Config{}), "actions.disableActionParam=true actions.disableNames=true actions.ignoreUndeclaredFiles=true actions.missingFirst=true actions.notFoundForMethods=true static.omitCharset=true"},
		{"Actionhero's document", sidekick.ActionheroDocument(sidekick.Config{}), "actions.anyMethodByName=true actions.ignoreUndeclaredFiles=true actions.missingFirst=true actions.notFoundForMethods=true static.omitCharset=true"},
	} {
		if got := changed(sidekick.Config{}, tt.got); got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

// changed lists the options of a Config that differ from another's.
func changed(from, to sidekick.Config) string {
	before := maps.Collect(from.Settings())
	var out []string
	for path, value := range to.Settings() {
		if before[path] != value {
			out = append(out, path+"="+value)
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// TestWaysToReachActionsByPreset checks which requests reach an action that has a route for
// GET, and one that has none.
func TestWaysToReachActionsByPreset(t *testing.T) {
	asked := []struct{ method, target string }{
		{"GET", "/api/lists"}, {"PUT", "/api/lists"}, {"GET", "/api/list"}, {"PUT", "/api/list"}, {"GET", "/api?action=list"}, {"PUT", "/api?action=list"}, {"PUT", "/api/other"},
	}
	for _, tt := range []struct {
		name string
		cfg  sidekick.Config
		want string // the statuses
	}{
		{"production", sidekick.Production(), "200 405 200 405 200 405 200"},
		{"Actionhero 29.3.5", sidekick.Actionhero29(sidekick.Production()), "200 404 404 404 404 404 404"},
		{"Actionhero's document", sidekick.ActionheroDocument(sidekick.Production()), "200 404 200 200 200 200 200"},
	} {
		tt.cfg.Fingerprint = good().Fingerprint
		tt.cfg.Actions.Routes = dispatch.Routes{{Method: "get", Path: "/lists", Action: "list"}}
		kit := newKit(t, tt.cfg, list, action("other", list.Run))
		var got []string
		for _, a := range asked {
			w := httptest.NewRecorder()
			kit.ServeHTTP(w, httptest.NewRequest(a.method, a.target, nil))
			got = append(got, w.Result().Status[:3])
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, s, tt.want)
		}
	}
	cfg := sidekick.Actionhero29(good())
	cfg.Actions.AutomaticRoutes = []string{"get"}
	if w := get(newKit(t, cfg, list), "/api/list"); w.Code != http.StatusOK {
		t.Errorf("an automatic route of Actionhero 29.3.5: got %d", w.Code)
	}
}

// TestFilesByPreset checks that the presets tell browsers the charset of text, and
// that those of Actionhero do not.
func TestFilesByPreset(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  sidekick.Config
		want string
	}{
		{"production", sidekick.Production(), "text/plain; charset=utf-8"},
		{"development", sidekick.Development(), "text/plain; charset=utf-8"},
		{"Actionhero 29.3.5", sidekick.Actionhero29(sidekick.Development()), "text/plain"},
		{"Actionhero's document", sidekick.ActionheroDocument(sidekick.Production()), "text/plain"},
	} {
		tt.cfg.Fingerprint = good().Fingerprint
		tt.cfg.Static.Roots = []static.Root{static.FS(fstest.MapFS{"a.txt": {Data: []byte("ä")}, "b.txt": {Data: []byte("\xe4")}})}
		kit := newKit(t, tt.cfg)
		if got := get(kit, "/a.txt").Header().Get("Content-Type"); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		if got := get(kit, "/b.txt").Header().Get("Content-Type"); got != "text/plain" {
			t.Errorf("%s: not UTF-8: got %q", tt.name, got)
		}
		// The message for missing files is text, too, whoever sends it.
		missing := strings.Replace(tt.want, "plain", "html", 1)
		sends := action("sends", func(_ context.Context, c *dispatch.Connection) (any, error) { return nil, c.SendFile("none.txt") })
		tt.cfg.Actions.Routes = dispatch.Routes{{Method: "get", Path: "/sends", Action: "sends"}}
		before := tt.cfg
		before.Unknown = http.NotFoundHandler()
		for _, kit := range []*sidekick.Kit{newKit(t, tt.cfg, sends), newKit(t, before, sends)} {
			if w := get(kit, "/api/sends"); w.Body.String() != static.DefaultNotFound || w.Header().Get("Content-Type") != missing {
				t.Errorf("%s: a missing file: got %q and %s, want %q", tt.name, w.Header().Get("Content-Type"), w.Body, missing)
			}
		}
	}
}

// TestTextOfMissingFiles checks that the message comes from those of errors, unless
// static files have their own.
func TestTextOfMissingFiles(t *testing.T) {
	for text, want := range map[string]string{
		`{}`: static.DefaultNotFound,
		`{"envelope": {"errors": {"texts": {"file_not_found": "<p>gone"}}}}`:                                  "<p>gone",
		`{"envelope": {"errors": {"texts": {"file_not_found": "<p>gone"}}}, "static": {"notFound": "<p>no"}}`: "<p>no",
	} {
		cfg := good()
		if err := json.Unmarshal([]byte(text), &cfg); err != nil {
			t.Fatal(err)
		}
		kit := newKit(t, cfg)
		for _, target := range []string{"/none", "/public/none", "/api?action=file&fileName=none"} {
			if w := get(kit, target); w.Code != 404 || w.Body.String() != want {
				t.Errorf("%s: %s: got %d %s, want %s", text, target, w.Code, w.Body, want)
			}
		}
	}
}
