package dispatch_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
)

func TestChangingWaysChangesNothing(t *testing.T) {
	t.Parallel()
	one := func(context.Context, *dispatch.Connection) (any, error) { return 1, nil }
	opts := dispatch.Options{
		Actions: []dispatch.Action{{Name: "a", Run: one}, {Name: "b", Run: one}, {Name: "c", Run: one}},
		Routes:  dispatch.Routes{{Method: "all", Path: "/r/:id", Action: "b"}, {Method: "get", Path: "/s/:id", Action: "c"}},
	}
	d, err := dispatch.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	shown := func(d *dispatch.Dispatcher) string {
		text, err := json.Marshal(d.Ways())
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	want := shown(d)
	for _, w := range d.Ways() {
		for i := range w.Methods {
			w.Methods[i] = "X"
		}
		for i := range w.Segments {
			w.Segments[i].Literal, w.Segments[i].Variable = "X", "X"
		}
		for i := range w.Versions {
			w.Versions[i] = "X"
		}
	}
	if got := shown(d); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	other, err := dispatch.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	if got := shown(other); got != want {
		t.Errorf("another dispatcher: got  %s\nwant %s", got, want)
	}
	for _, request := range []string{"DELETE /a", "DELETE /r/1", "HEAD /s/1", "GET /c"} {
		method, path, _ := strings.Cut(request, " ")
		w := httptest.NewRecorder()
		d.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		if w.Code != 200 {
			t.Errorf("%s %s: got %d", method, path, w.Code)
		}
	}
}
