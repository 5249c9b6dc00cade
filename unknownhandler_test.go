package sidekick_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/fingerprint"
	"github.com/sidekick-http/sidekick/legacy"
	"github.com/sidekick-http/sidekick/static"
)

// What is neither an action nor a file of this server is left to the other one,
// under the path that the client requested.
func TestUnknownGetsWhatIsNotFound(t *testing.T) {
	cfg := sidekick.Development()
	cfg.Static.Roots = []static.Root{static.FS(fstest.MapFS{"here.txt": {Data: []byte("here")}})}
	cfg.Actions.Routes = dispatch.Routes{{Method: "get", Path: "/lists/:id", Action: "list"}, {Method: "get", Path: "/gone/:id", Action: "gone"}}
	cfg.Unknown = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, known := fingerprint.FromContext(r.Context())
		fmt.Fprintf(w, "elsewhere %s %s %t", r.Method, r.URL, known && len(id) == 40)
	})
	send := action("sends", func(_ context.Context, c *dispatch.Connection) (any, error) { return nil, c.SendFile("none.txt") })
	for _, root := range []string{"files", "actions"} {
		cfg.Paths.Root = root
		kit := newKit(t, cfg, list, send)
		for _, tt := range []struct{ method, target, want string }{
			{"GET", "/api/list", `"two"`},
			{"GET", "/api/lists/7", `"two"`},
			{"GET", "/public/here.txt", "here"},
			{"GET", "/file/here.txt", "here"},
			{"GET", "/api?action=file&fileName=here.txt", "here"},
			{"GET", "/api/sends", "that file is not found"},
			{"POST", "/api/sends", "that file is not found"},
			{"POST", "/public/here.txt", "method not allowed"},
			{"GET", "/api/openapi.json", `"openapi"`},
			{"GET", "/docs/", "<html"},
			{"OPTIONS", "/api/nope", ""},

			{"GET", "/api/nope?x=1", ""},
			{"PUT", "/api/lists/7", ""},
			{"GET", "/api/gone/7", ""},
			{"GET", "/api", ""},
			{"GET", "/public/none.txt?x=%20", ""},
			{"GET", "/public/a%2Fb", ""},
			{"GET", "/public/.env", ""},
			{"GET", "/file/none/x", ""},
			{"GET", "/none", ""},
			{"POST", "/none", ""},
			{"GET", "/primus/?_primuscb=1", ""},
			{"GET", "/api?action=file&fileName=none.txt", ""},
		} {
			w := httptest.NewRecorder()
			kit.ServeHTTP(w, httptest.NewRequest(tt.method, tt.target, nil))
			elsewhere := fmt.Sprintf("elsewhere %s %s true", tt.method, tt.target)
			if body := w.Body.String(); tt.method != "OPTIONS" && (tt.want == "" && body != elsewhere || !strings.Contains(body, tt.want)) {
				t.Errorf("%s root: %s %s: got %d %s", root, tt.method, tt.target, w.Code, body)
			}
			if w.Header().Get("X-Powered-By") == "" {
				t.Errorf("%s root: %s %s: the headers of the server are missing", root, tt.method, tt.target)
			}
		}
	}
}

// The whole server in front of an old one: one set of headers, one cookie, errors
// in the envelope.
func TestLegacyBehindTheServer(t *testing.T) {
	oldServer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/breaks" {
			panic(http.ErrAbortHandler)
		}
		cookie, err := r.Cookie("sessionID")
		if err != nil {
			http.SetCookie(w, &http.Cookie{Name: "sessionID", Value: "theirs"})
			cookie = &http.Cookie{}
		}
		h := w.Header()
		h.Set("X-Powered-By", "Old")
		h.Set("Access-Control-Allow-Origin", "https://old.example")
		h.Set("Content-Type", "application/json")
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, `{"who": %q, "from": %q, "body": %q}`, cookie.Value, r.Header.Get("X-Forwarded-For"), body)
	}))
	defer oldServer.Close()
	cfg := sidekick.Production()
	var kit *sidekick.Kit
	old, err := legacy.New(legacy.Options{Server: oldServer.URL, FingerprintCookie: "sessionID", Respond: func(w http.ResponseWriter, r *http.Request, err error) {
		kit.Envelope().Render(w, r, nil, err)
	}})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Unknown = old
	around := false
	cfg.Chain.Actions = []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, around = fingerprint.FromContext(r.Context())
			next.ServeHTTP(w, r)
		})
	}}
	kit = newKit(t, cfg, list)
	server := httptest.NewServer(kit)
	defer server.Close()

	for _, path := range []string{"/api/users", "/none.txt"} {
		res, err := http.Post(server.URL+path, "application/json", strings.NewReader(`{"action":"x"}`))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != 200 || !strings.Contains(string(body), `"from": "127.0.0.1", "body": "{\"action\":\"x\"}"`) || strings.Contains(string(body), `"who": ""`) {
			t.Errorf("%s: got %d %s, %v", path, res.StatusCode, body, err)
		}
		if cookies := res.Cookies(); len(cookies) != 1 || cookies[0].Value == "theirs" {
			t.Errorf("%s: got the cookies %v", path, cookies)
		}
		if got := res.Header; len(got["X-Powered-By"]) != 1 || got.Get("X-Powered-By") != "Old" || len(got["Access-Control-Allow-Origin"]) != 1 || got.Get("Access-Control-Allow-Origin") != "https://old.example" {
			t.Errorf("%s: got the header %v", path, got)
		}
		if around != (path == "/api/users") {
			t.Errorf("%s: Chain.Actions was asked: %t", path, around)
		}
		around = false
	}
	if w := get(kit, "/api/breaks"); w.Code != 502 || !strings.Contains(w.Body.String(), `"error":"the server that answers this cannot be reached"`) || w.Header().Get("X-Powered-By") != "Sidekick API" {
		t.Errorf("an old server that breaks off: got %d %s %v", w.Code, w.Body, w.Header())
	}
	cfg.Chain.Actions = append(cfg.Chain.Actions, nil)
	if _, err := sidekick.New(cfg); err == nil || !strings.Contains(err.Error(), "Chain.Actions[1]") {
		t.Errorf("no middleware: got %v", err)
	}
}
