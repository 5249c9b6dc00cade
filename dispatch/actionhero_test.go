package dispatch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/params"
)

// Actionhero's projects name their actions "topic:name".
func TestNamesWithAColon(t *testing.T) {
	o := dispatch.Options{
		Prefixes: []string{"/api"}, Actions: []dispatch.Action{action("session:create", nil), action("session:view", nil)},
		Routes: dispatch.Routes{{Method: "post", Path: "/session", Action: "session:create"}},
	}
	byName, _ := newDispatcher(t, o)
	o.AutomaticRoutes = []string{"get", "post"}
	automatic, _ := newDispatcher(t, o)
	for _, tt := range []struct {
		method, target string
		ran            any
	}{
		{"POST", "/api/session", "session:create"}, {"POST", "/api/session:create", "session:create"}, {"GET", "/api/session:view", "session:view"}, {"GET", "/api/session%3Aview", "session:view"},
		{"GET", "/api?action=session:view", "session:view"}, {"GET", "/api/session:nope", nil}, {"GET", "/api/sessionXview", nil},
	} {
		for name, d := range map[string]*dispatch.Dispatcher{"by name": byName, "automatic": automatic} {
			if got := ask(t, d, tt.method, tt.target, "").object()["ran"]; got != tt.ran {
				t.Errorf("%s: %s %s: ran %v, want %v", name, tt.method, tt.target, got, tt.ran)
			}
		}
	}
	if pattern := automatic.Ways()[1].Path; pattern != "/session:create" {
		t.Errorf("got %s", pattern)
	}
}

func TestFiltersOfRequestsActionsAndResponses(t *testing.T) {
	var log logBuffer
	show := func(_ context.Context, c *dispatch.Connection) (any, error) {
		return map[string]any{"token": "secret1", "user": map[string]any{"name": "ann", "pin": "secret2", "ten": make([]int, 10), "eleven": make([]int, 11)}}, nil
	}
	in := dispatch.Inputs{"a": {}, "b": {}, "c": {}}
	d, _ := newDispatcher(t, dispatch.Options{
		FilteredParams: []string{"a"}, FilteredParamsFunc: func(context.Context) []string { return []string{"b"} },
		LogResponses: true, FilteredResponse: []string{"token"}, FilteredResponseFunc: func(context.Context) []string { return []string{"user.pin"} },
		Logger: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Actions: []dispatch.Action{
			{Name: "all", Inputs: in, Run: show}, {Name: "own", Inputs: in, FilteredParams: []string{"c"}, LogLevel: slog.LevelDebug, Run: show},
		},
	})
	const hidden = "[FILTERED]"
	for name, c := range map[string]any{"all": "3", "own": hidden} {
		log.Reset()
		got := ask(t, d, "GET", "/"+name+"?a=1&b=2&c=3", "").received()
		if got["a"] != hidden || got["b"] != hidden || got["c"] != c {
			t.Errorf("%s: got %v", name, got)
		}
		var record struct {
			Level, Msg, Action, Version, MessageID string
			Response                               map[string]any
		}
		if err := json.Unmarshal([]byte(log.String()), &record); err != nil {
			t.Fatalf("%v in %s", err, log.String())
		}
		wantLevel := map[string]string{"all": "INFO", "own": "DEBUG"}[name]
		user, _ := record.Response["user"].(map[string]any)
		if record.Msg != "response" || record.Level != wantLevel || record.Action != name || record.MessageID == "" || record.Response["token"] != hidden || user["pin"] != hidden || user["name"] != "ann" || user["eleven"] != "11 items" || fmt.Sprint(user["ten"]) != "[0 0 0 0 0 0 0 0 0 0]" {
			t.Errorf("%s: logged %s", name, log.String())
		}
	}
}

func TestConnectionHooks(t *testing.T) {
	var saw []string
	hook := func(what string) func(context.Context, *dispatch.Connection) {
		return func(_ context.Context, c *dispatch.Connection) {
			name, _ := c.Action()
			saw = append(saw, what+" "+c.Method()+" "+name)
		}
	}
	d, _ := newDispatcher(t, dispatch.Options{
		Middleware: []dispatch.Middleware{{Create: hook("create")}, {Destroy: hook("destroy")}},
		Actions:    []dispatch.Action{action("a", nil), {Name: "panics", Run: func(context.Context, *dispatch.Connection) (any, error) { panic("x") }}},
	})
	for _, target := range []string{"/a", "/panics", "/nope"} {
		ask(t, d, "GET", target, "")
	}
	if want := []string{"create GET ", "destroy GET a", "create GET ", "destroy GET panics", "create GET ", "destroy GET "}; !slices.Equal(saw, want) {
		t.Errorf("got %q, want %q", saw, want)
	}
}

func TestWhatIsMissingCanBeDecided(t *testing.T) {
	d, _ := newDispatcher(t, dispatch.Options{
		IsMissing: func(v any) bool { return v == nil || v == "none" },
		Actions:   []dispatch.Action{action("a", dispatch.Inputs{"x": {Required: true}})},
	})
	for target, status := range map[string]int{"/a?x=": 200, "/a?x=none": 422, "/a": 422, "/a?x=1": 200} {
		if a := ask(t, d, "GET", target, ""); a.Code != status {
			t.Errorf("%s: got %d, want %d", target, a.Code, status)
		}
	}
}

// The default status is that of every error without its own status.
func TestBlockedActionsHaveTheDefaultStatus(t *testing.T) {
	for _, status := range []int{500, 400} {
		e, err := envelope.New(envelope.Options{DefaultErrorStatus: status})
		if err != nil {
			t.Fatal(err)
		}
		a := action("a", nil)
		a.BlockedConnectionTypes = []string{"web"}
		d, err := dispatch.New(dispatch.Options{Renderer: e, Actions: []dispatch.Action{a}})
		if err != nil {
			t.Fatal(err)
		}
		if got := ask(t, d, "GET", "/a", ""); got.Code != status || !strings.Contains(got.Body.String(), "does not support the web connection type") {
			t.Errorf("got %d %s, want %d", got.Code, got.Body, status)
		}
		if got := ask(t, d, "GET", "/nope", ""); got.Code != 404 {
			t.Errorf("got %d", got.Code)
		}
		if _, err := d.Run(t.Context(), "a", "", params.Values{}); errors.Is(err, dispatch.ErrBlockedConnectionType) {
			t.Error("it cannot be run from within")
		}
	}
}
