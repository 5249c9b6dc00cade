package dispatch_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/upload"
)

// The name "file" is an ordinary parameter; only ?action=file is special.
func TestTheNameFile(t *testing.T) {
	d, _ := newDispatcher(t, dispatch.Options{
		Params: newMemoryParams(t, upload.Options{}), Files: namedFiles{},
		Actions: []dispatch.Action{
			{Name: "up", Inputs: dispatch.Inputs{"file": {File: true, Required: true}}, Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
				f, _ := c.Params.File("file")
				return map[string]any{"name": f.Name}, nil
			}},
			action("by", dispatch.Inputs{"file": {}}),
		},
		Routes: dispatch.Routes{get("/by/:file", "by")},
	})
	contentType, body := multipartOf(t, "file")
	r := httptest.NewRequest("POST", "/up", body)
	r.Header.Set("Content-Type", contentType)
	rec := httptest.NewRecorder()
	d.ServeHTTP(rec, r)
	if got := (answer{rec, t}).object()["name"]; got != "f.txt" {
		t.Errorf("got %d %s", rec.Code, rec.Body)
	}
	if got := ask(t, d, "GET", "/by/x", "").object()["params"].(map[string]any)["file"]; got != "x" {
		t.Errorf("a variable: got %v", got)
	}
	if got := ask(t, d, "GET", "/?action=file&file=x.txt", "").Body.String(); got != "file x.txt" {
		t.Errorf("the action file: got %s", got)
	}
}

type namedFiles struct{}

func (namedFiles) ServeName(w http.ResponseWriter, _ *http.Request, name string) {
	fmt.Fprint(w, "file ", name)
}
