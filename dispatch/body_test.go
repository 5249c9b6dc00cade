package dispatch_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/upload"
)

// A body that is a single file goes to the input that can take it.
func TestWholeBodies(t *testing.T) {
	show := func(_ context.Context, c *dispatch.Connection) (any, error) {
		got := map[string]any{}
		for _, name := range []string{"file", "image"} {
			if f, ok := c.Params.File(name); ok {
				got[name] = f.Size
			}
		}
		return got, nil
	}
	d, _ := newDispatcher(t, dispatch.Options{Params: newMemoryParams(t, upload.Options{}), Actions: []dispatch.Action{
		{Name: "both", Inputs: dispatch.Inputs{"file": {File: true}, "image": {File: true}}, Run: show},
		{Name: "one", Inputs: dispatch.Inputs{"image": {File: true}}, Run: show},
		{Name: "two", Inputs: dispatch.Inputs{"image": {File: true}, "other": {File: true}}, Run: show},
		{Name: "none", Run: show},
	}})
	for name, want := range map[string]string{
		"both": "map[file:5]", "one": "map[image:5]", "none": "map[]",
		"two": `a body of the type \"application/octet-stream\"; send a multipart form: it takes files in image, other`,
	} {
		r := httptest.NewRequest("PUT", "/"+name, strings.NewReader("bytes"))
		r.Header.Set("Content-Type", "application/octet-stream")
		rec := httptest.NewRecorder()
		d.ServeHTTP(rec, r)
		if name == "two" {
			if rec.Code != 415 || !strings.Contains(rec.Body.String(), want) {
				t.Errorf("%s: got %d %s", name, rec.Code, rec.Body)
			}
			continue
		}
		got := (answer{rec, t}).object()
		delete(got, "requesterInformation")
		if rec.Code != 200 || fmt.Sprint(got) != want {
			t.Errorf("%s: got %d %v, want %s", name, rec.Code, got, want)
		}
	}
}

// A body of a type that has no parameters is the action's to read; the log says so
// to whoever wonders why nothing has arrived.
func TestABodyThatIsLeftIsLogged(t *testing.T) {
	var log logBuffer
	d, _ := newDispatcher(t, dispatch.Options{
		Logger:  slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Actions: []dispatch.Action{action("a", dispatch.Inputs{"x": {}})},
	})
	const left = "the body was not read: its type has no parameters"
	for _, tt := range []struct {
		contentType, body string
		want              bool
	}{
		{"text/plain;charset=UTF-8", `{"x":1}`, true},
		{"", `{"x":1}`, true},
		{"application/json", `{"x":1}`, false},
		{"application/json", "", false},
		{"application/x-www-form-urlencoded", "x=1", false},
	} {
		log.Reset()
		r := httptest.NewRequest("POST", "/a", strings.NewReader(tt.body))
		r.Header.Set("Content-Type", tt.contentType)
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		if got := strings.Contains(log.String(), left) && strings.Contains(log.String(), tt.contentType); w.Code != 200 || got != tt.want {
			t.Errorf("%q: got %d and logged %q, want it to be said: %t", tt.contentType, w.Code, log.String(), tt.want)
		}
	}
}
