package dispatch_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

// Whether an action's handler reads uploads itself, or a dispatcher stands behind such a handler,
// the form is read once.
func TestStackedWithUploadHandlers(t *testing.T) {
	dir := t.TempDir()
	store, err := upload.NewDirStore(upload.DirStoreOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	uploads, err := upload.New(upload.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	p, err := params.New(params.Options{Upload: uploads})
	if err != nil {
		t.Fatal(err)
	}
	existing := uploads.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		form, ok := upload.FromContext(r.Context())
		if !ok {
			t.Error("there is no form")
			return
		}
		image, ok := form.File("image")
		fmt.Fprint(w, r.FormValue("key"), " ", ok && image.Size == int64(len("content")))
	}))
	d, _ := newDispatcher(t, dispatch.Options{Params: p, Actions: []dispatch.Action{{
		Name: "existing", Description: "x", Inputs: dispatch.Inputs{"image": {File: true}, "key": {}}, Handler: existing,
	}}})
	for name, h := range map[string]http.Handler{"inside": d, "outside, too": uploads.Handler(d)} {
		kind, body := multipartOf(t, "image")
		r := httptest.NewRequest("POST", "/existing?key=v", body)
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK || w.Body.String() != "v true" {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s: left are %v, %v", name, left, err)
		}
	}
}
