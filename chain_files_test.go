package sidekick_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/static"
)

// Middleware around files runs for every way to reach them, is made once, and runs
// for nothing else.
func TestChainAroundFiles(t *testing.T) {
	public := t.TempDir()
	if err := os.WriteFile(filepath.Join(public, "a.txt"), []byte("a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	made, seen := 0, 0
	cfg := sidekick.Production()
	cfg.Fingerprint.DangerouslyUnsigned = true
	cfg.Static.Roots = []static.Root{static.Dir(public)}
	cfg.Actions.Routes = dispatch.Routes{{Method: "get", Path: "/folder", Dir: public, MatchTrailingPathParts: true}}
	cfg.Chain.Files = []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
		made++
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen++
			next.ServeHTTP(w, r)
		})
	}}
	kit := newKit(t, cfg, list)
	for range 3 {
		for _, path := range []string{"/public/a.txt", "/api?action=file&file=a.txt", "/api/folder/a.txt"} {
			seen = 0
			w := httptest.NewRecorder()
			kit.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
			if w.Code != 200 || w.Body.String() != "a file" || seen != 1 {
				t.Errorf("%s: got %d %s, seen %d times", path, w.Code, w.Body, seen)
			}
		}
	}
	if made > 3 { // for the roots, the action "file" and the folder
		t.Errorf("made %d times", made)
	}
	seen = 0
	kit.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/api/list", nil))
	if seen != 0 {
		t.Error("it saw an action")
	}
}
