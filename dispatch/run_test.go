package dispatch_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

// An action run by another gets the files that it is given.
func TestRunHandsFilesOn(t *testing.T) {
	count := 0
	d, rc := newDispatcher(t, dispatch.Options{Params: newMemoryParams(t, upload.Options{}), Actions: []dispatch.Action{
		{Name: "outer", Inputs: dispatch.Inputs{"docs": {File: true, List: true}}, Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			return c.Run(ctx, "inner", "", params.Values{"docs": c.Params["docs"]})
		}},
		dispatch.Typed("inner", func(_ context.Context, in struct {
			Docs []*upload.File `json:"docs"`
		}) (int, error) {
			count = len(in.Docs)
			return count, nil
		}),
	}})
	contentType, body := multipartOf(t, "docs", "docs")
	r := httptest.NewRequest("POST", "/outer", body)
	r.Header.Set("Content-Type", contentType)
	d.ServeHTTP(httptest.NewRecorder(), r)
	if rc.last.Err != nil || count != 2 {
		t.Errorf("got %d files, %v", count, rc.last.Err)
	}
}
