package sidekick_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/middleware/compress"
	"github.com/sidekick-http/sidekick/static"
)

func newKit(t *testing.T, cfg sidekick.Config, actions ...dispatch.Action) *sidekick.Kit {
	t.Helper()
	kit, err := sidekick.New(cfg, actions...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kit.Close(); err != nil {
			t.Error(err)
		}
	})
	return kit
}

func action(name string, run func(context.Context, *dispatch.Connection) (any, error)) dispatch.Action {
	return dispatch.Action{Name: name, Run: run}
}

// slowAction returns an action that closes began and answers when release is closed.
func slowAction() (slow dispatch.Action, began, release chan struct{}) {
	began, release = make(chan struct{}), make(chan struct{})
	return action("slow", func(context.Context, *dispatch.Connection) (any, error) {
		close(began)
		<-release
		return map[string]any{"done": true}, nil
	}), began, release
}

var list = action("list", func(context.Context, *dispatch.Connection) (any, error) {
	return map[string]any{"list": []any{1, "two"}}, nil
})

func get(h http.Handler, target string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", target, nil)
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestDefaults(t *testing.T) {
	fail := action("fail", func(context.Context, *dispatch.Connection) (any, error) {
		return nil, errors.New("table users is locked")
	})
	t.Run("development", func(t *testing.T) {
		kit := newKit(t, sidekick.Development(), list, fail)
		w := get(kit, "/api/list")
		if !strings.HasPrefix(w.Body.String(), "{\n  \"list\"") || !strings.Contains(w.Body.String(), `"requesterInformation"`) || !strings.Contains(w.Body.String(), `"serverName": "Sidekick API"`) {
			t.Errorf("got %s", w.Body)
		}
		if w := get(kit, "/api/fail"); w.Code != 500 || !strings.Contains(w.Body.String(), "table users is locked") {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
		if w.Header().Get("X-Powered-By") != "Sidekick API" || w.Header().Get("Access-Control-Allow-Origin") != "*" || w.Header().Get("Strict-Transport-Security") != "" {
			t.Errorf("got %v", w.Header())
		}
	})
	t.Run("E6 production", func(t *testing.T) {
		var log bytes.Buffer
		cfg := sidekick.Production()
		cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
		kit := newKit(t, cfg, list, fail)
		w := get(kit, "/api/list")
		if w.Body.String() != `{"list":[1,"two"]}` {
			t.Errorf("got %s", w.Body)
		}
		if !strings.Contains(log.String(), "random key") {
			t.Errorf("no warning about random keys: %s", log.String())
		}
		w = get(kit, "/api/fail")
		if w.Code != 500 || strings.Contains(w.Body.String(), "users") || !strings.Contains(log.String(), "table users is locked") {
			t.Errorf("got %d %s, log %s", w.Code, w.Body, log.String())
		}
	})
	t.Run("E1 a panic in a piece is answered in the envelope", func(t *testing.T) {
		kit := newKit(t, sidekick.Production(), list)
		h := kit.Chain().ThenFunc(func(http.ResponseWriter, *http.Request) { panic("secret") })
		if w := get(h, "/"); w.Code != 500 || strings.Contains(w.Body.String(), "secret") || !strings.Contains(w.Body.String(), `"error":`) {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
}

func TestWaysThroughTheServer(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"index.html": "<p>index", "a.txt": "a in the folder", "sub/b.txt": "b"} {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	embedded := fstest.MapFS{"a.txt": {Data: []byte("a embedded")}, "c.txt": {Data: []byte("c embedded")}}
	base := func() sidekick.Config {
		cfg := sidekick.Production()
		cfg.Static.Roots = []static.Root{static.Dir(dir), static.FS(embedded)}
		cfg.Actions.Routes = dispatch.Routes{{Method: "get", Path: "/mapped", Dir: filepath.Join(dir, "sub"), MatchTrailingPathParts: true}}
		return cfg
	}
	const unknown = `{"error":"unknown action or invalid apiVersion"}`
	const listed = `{"list":[1,"two"]}`
	const missing = "that file is not found"
	for _, tt := range []struct {
		name   string
		change func(*sidekick.Config)
		want   map[string]string
	}{
		{"files at the root", nil, map[string]string{
			"/": "<p>index", "/a.txt": "a in the folder", "/c.txt": "c embedded", "/sub/b.txt": "b", "/public/a.txt": "a in the folder", "/public": "<p>index",
			"/file/a.txt": "a in the folder", "/api?action=file&fileName=sub/b.txt": "b", "/api/list": listed, "/api?action=list": listed,
			"/list": missing, "/publica.txt": missing, "/mapped/b.txt": "b", "/api/mapped/b.txt": "b", "/api/nope": unknown, "/apis/list": missing,
			"/public%2Fa.txt": missing, "/public/..%2fa.txt": missing, "/%61pi/list": listed, "/%70ublic/a.txt": "a in the folder", "/public/sub%2Fb.txt": missing,
		}},
		{"actions at the root", func(c *sidekick.Config) { c.Paths.Root = "actions" }, map[string]string{
			"/": unknown, "/list": listed, "/api/list": listed, "/a.txt": unknown, "/public/a.txt": "a in the folder", "/mapped/b.txt": "b", "/?action=list": listed,
		}},
		{"no path for actions", func(c *sidekick.Config) { c.Paths.Actions = "/" }, map[string]string{
			"/list": listed, "/api/list": unknown, "/public/a.txt": "a in the folder",
		}},
		{"no files", func(c *sidekick.Config) { c.DisableStatic = true }, map[string]string{
			"/list": listed, "/public/a.txt": unknown, "/file/a.txt": unknown, "/mapped/b.txt": "b",
		}},
		{"deep paths", func(c *sidekick.Config) { c.Paths.Actions, c.Paths.Files = "/x/y/", "a/b" }, map[string]string{
			"/x/y/list": listed, "/a/b/a.txt": "a in the folder", "/api/list": missing, "/x/list": missing,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := base()
			if tt.change != nil {
				tt.change(&cfg)
			}
			kit := newKit(t, cfg, list)
			for target, want := range tt.want {
				if got := get(kit, target).Body.String(); got != want {
					t.Errorf("%s: got %q, want %q", target, got, want)
				}
			}
		})
	}
	t.Run("cookies are for actions", func(t *testing.T) {
		kit := newKit(t, base(), list)
		for target, want := range map[string]bool{"/api/list": true, "/api/nope": true, "/a.txt": false, "/nope": false, "/mapped/b.txt": false, "/api/mapped/b.txt": false} {
			if got := get(kit, target).Header().Get("Set-Cookie") != ""; got != want {
				t.Errorf("%s: cookie %v, want %v", target, got, want)
			}
		}
	})
}

func TestOptionsReachTheirPieces(t *testing.T) {
	cfg := sidekick.Development()
	cfg.Envelope.ServerName, cfg.Envelope.APIVersion = "Mine", "9"
	cfg.Headers.Set = map[string]string{"x-custom": "yes", "X-Powered-By": ""}
	cfg.Hosts.Allowed = []string{"http://good.example"}
	cfg.ClientAddr.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	cfg.Compress = &compress.Options{}
	cfg.Actions.ExtraParams = []string{"extra"}
	cfg.Actions.FilteredParams = []string{"key"}
	cfg.Params.Query.AllowDots = true
	cfg.Fingerprint.CookieName = "who"
	cfg.Fingerprint.Keys = [][]byte{bytes.Repeat([]byte{7}, 32)}
	cfg.Actions.Middleware = []dispatch.Middleware{{Before: func(_ context.Context, c *dispatch.Connection) error { c.SetHeader("X-Middleware", "1"); return nil }}}
	kit := newKit(t, cfg, dispatch.Action{Name: "echo", Inputs: dispatch.Inputs{"key": {}, "obj": {}}, Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
		return map[string]any{"params": c.Params, "ip": c.Remote().Addr().String(), "text": strings.Repeat("compress me ", 200)}, nil
	}})
	good := func(r *http.Request) {
		r.Host, r.RemoteAddr = "good.example", "192.0.2.1:1"
		r.Header.Set("X-Forwarded-For", "203.0.113.5")
	}
	w := get(kit, "/api/echo?key=1&extra=2&obj.a=3", good)
	var v map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	info := v["requesterInformation"].(map[string]any)
	got := fmt.Sprint(v["params"], v["ip"], v["serverInformation"].(map[string]any)["serverName"], info["receivedParams"], info["remoteIP"])
	if want := "map[action:echo apiVersion:1 extra:2 key:1 obj:map[a:3]]203.0.113.5Minemap[action:echo extra:2 key:[FILTERED] obj:map[a:3]]203.0.113.5"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if h := w.Header(); h.Get("X-Custom") != "yes" || h.Get("X-Powered-By") != "" || !strings.HasPrefix(h.Get("Set-Cookie"), "who=") || h.Get("X-Middleware") != "1" {
		t.Errorf("got %v", h)
	}
	if w := get(kit, "/api/echo"); w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("C8 a redirect without the configured headers: %v", w.Header())
	}
	if w := get(kit, "/api/echo"); w.Code != 302 || w.Header().Get("Location") != "http://good.example/api/echo" {
		t.Errorf("another host: got %d %v", w.Code, w.Header())
	}
	if w := get(kit, "/api/echo", good, func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip") }); w.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("compress: got %v", w.Header())
	}
	if w := get(kit, "/api/echo?callback=cb", good); !strings.HasPrefix(w.Body.String(), "/**/cb(") {
		t.Errorf("JSONP: got %s", w.Body)
	}
	if w := get(kit, "/api/echo?callback=a-b", good); w.Code != 400 || !strings.Contains(w.Body.String(), `"serverInformation"`) {
		t.Errorf("a bad callback is answered in the envelope: got %d %s", w.Code, w.Body)
	}
}

func TestConfigProblemsAreAllReported(t *testing.T) {
	cfg := sidekick.Production()
	cfg.Paths.Root = "both"
	cfg.Envelope.Padding = 99
	cfg.Static.MaxRanges, cfg.Static.DisableCacheControl, cfg.Static.MaxAge = 1, true, time.Second
	cfg.Server.ShutdownTimeout = -1
	cfg.Hosts.Allowed = []string{"https://x y"}
	cfg.Headers.Set = map[string]string{"bad name": "x"}
	cfg.UploadDir.Dir = filepath.Join(t.TempDir(), "missing")
	cfg.Static.Roots = []static.Root{static.Dir("kit_test.go")} // a file
	cfg.Fingerprint.Keys = [][]byte{{1}}
	cfg.Actions.Routes = dispatch.Routes{{Method: "get", Path: "/x", Action: "nope"}, {Method: "get", Path: "/y", Dir: "kit_test.go"}}
	_, err := sidekick.New(cfg, dispatch.Action{Name: "a"})
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{
		"sidekick: paths.root (SIDEKICK_PATHS_ROOT): ", "sidekick: envelope.padding (SIDEKICK_ENVELOPE_PADDING): ", "sidekick: server.shutdownTimeout (", "sidekick: hosts.allowed[0] (SIDEKICK_HOSTS_ALLOWED): ",
		`sidekick: headers.set["bad name"] (SIDEKICK_HEADERS_SET): `, "sidekick: uploadDir.dir (SIDEKICK_UPLOAD_DIR_DIR): ", "sidekick: static.roots[0] (", "sidekick: static.maxAge (", "sidekick: fingerprint.keys[0] (SIDEKICK_FINGERPRINT_KEYS): ",
		"sidekick: actions.routes[0] (get /x).action (SIDEKICK_ACTIONS_ROUTES): ", "sidekick: actions.routes[1] (get /y).dir (", "dispatch: Actions[0]",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not reported: %s", want)
		}
	}
	if t.Failed() {
		t.Logf("got\n%v", err)
	}
	for _, change := range []func(*sidekick.Config){
		func(c *sidekick.Config) { c.Paths.Files = "api" },
		func(c *sidekick.Config) { c.DisableStatic, c.Paths.Root = true, "files" },
		func(c *sidekick.Config) { c.Paths.Actions, c.Paths.Root = "/", "files" },
		func(c *sidekick.Config) { c.Paths.Files, c.Paths.Root = "/", "actions" },
		func(c *sidekick.Config) { c.Paths.Files = "/api/files" },
	} {
		cfg := sidekick.Production()
		change(&cfg)
		if _, err := sidekick.New(cfg); err == nil {
			t.Errorf("%q, %q: got no error", cfg.Paths.Actions, cfg.Paths.Files)
		}
	}
}

func TestConfigFromJSON(t *testing.T) {
	cfg := sidekick.Development()
	err := json.Unmarshal([]byte(`{
		"serverName": "Mine", "urlPathForActions": null, "urlPathForFiles": "/files/", "rootEndpointType": "api",
		"httpHeaders": {"X-Powered-By": null, "X-A": "1"}, "padding": null, "returnErrorCodes": false,
		"metadataOptions": {"serverInformation": true}, "clientAddr": {"trustedProxies": ["10.0.0.0/8"]},
		"routes": {"get": [{"path": "/l", "action": "list"}]}
	}`), &cfg)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Paths.Actions != "/" || cfg.Headers.Set["X-Powered-By"] != "" || cfg.Headers.Set["X-A"] != "1" || len(cfg.Actions.Routes) != 1 || cfg.Envelope.Padding != 0 {
		t.Errorf("got %+v", cfg)
	}
	kit := newKit(t, cfg, list)
	if w := get(kit, "/l"); w.Code != 200 || w.Header().Get("X-A") != "1" {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
	if w := get(kit, "/nope"); w.Code != 200 || !strings.Contains(w.Body.String(), "unknown action") {
		t.Errorf("returnErrorCodes off: got %d %s", w.Code, w.Body)
	}
	if err := json.Unmarshal([]byte(`{"urlPathForActions": 7}`), &cfg); err == nil {
		t.Error("a number for a path: got no error")
	}
}

func TestServeStopsGracefully(t *testing.T) {
	t.Parallel()
	slow, began, release := slowAction()
	kit := newKit(t, sidekick.Production(), slow, list)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- kit.Serve(ctx, l) }()
	url := "http://" + l.Addr().String()
	type result struct {
		body string
		err  error
	}
	answered := make(chan result, 1)
	go func() {
		res, err := http.Get(url + "/api/slow")
		if err != nil {
			answered <- result{err: err}
			return
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		answered <- result{string(b), err}
	}()
	<-began
	stop()
	// Once the listener is closed, no new client gets in.
	for {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			break
		}
		c.Close()
	}
	close(release)
	if r := <-answered; r.err != nil || r.body != `{"done":true}` {
		t.Errorf("the request in flight: got %+v", r)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve: got %v", err)
	}
	if w := get(kit, "/api/list"); w.Code != 503 {
		t.Errorf("a late request: got %d", w.Code)
	}
}

func TestServeCutsWhatTakesTooLong(t *testing.T) {
	began := make(chan struct{})
	hang := action("hang", func(ctx context.Context, _ *dispatch.Connection) (any, error) {
		close(began)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	cfg := sidekick.Production()
	cfg.Server.ShutdownTimeout = 20 * time.Millisecond
	kit := newKit(t, cfg, hang)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- kit.Serve(ctx, l) }()
	go http.Get("http://" + l.Addr().String() + "/api/hang")
	<-began
	stop()
	if err := <-served; err == nil || !strings.Contains(err.Error(), "requests were still running after 20ms and were cut") {
		t.Errorf("got %v", err)
	}
}

func TestListenAndServe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cfg := sidekick.Production()
	cfg.Server.BindIP = "127.0.0.1"
	cfg.Server.Port = sidekick.Port(strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	if err := newKit(t, cfg).ListenAndServe(t.Context()); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("a port that is taken: got %v", err)
	}
	cfg.Server.Port = "0"
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := newKit(t, cfg).ListenAndServe(ctx); err != nil {
		t.Errorf("stopped at once: got %v", err)
	}
	l.Close()
	if err := newKit(t, cfg).Serve(t.Context(), l); err == nil {
		t.Error("a closed listener: got no error")
	}
}

func TestEnvelopeForOtherHandlers(t *testing.T) {
	kit := newKit(t, sidekick.Production())
	w := httptest.NewRecorder()
	kit.Envelope().Render(w, httptest.NewRequest("GET", "/", nil), nil, envelope.Errorf(404, "gone"))
	if w.Code != 404 || w.Body.String() != `{"error":"gone"}` {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if len(kit.Dispatcher().Routes()) != 0 {
		t.Error("got routes")
	}
}

func TestBehindAProxyOnAUnixSocket(t *testing.T) {
	cfg := sidekick.Production()
	cfg.Hosts.Allowed = []string{"https://www.site.com"}
	cfg.ClientAddr.TrustUnixPeers = true
	cfg.Hosts.ExemptPaths = []string{"/healthz"}
	kit := newKit(t, cfg, action("ip", func(_ context.Context, c *dispatch.Connection) (any, error) {
		return c.Remote().Addr().String(), nil
	}))
	w := get(kit, "/api/ip", func(r *http.Request) {
		r.RemoteAddr, r.Host = "@", "www.site.com"
		r.Header.Set("X-Forwarded-Proto", "https")
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		r.Header.Set("X-Real-IP", "6.6.6.6")
	})
	if w.Code != 200 || w.Body.String() != `"203.0.113.9"` {
		t.Errorf("got %d %s %v", w.Code, w.Body, w.Header())
	}
	cfg.ClientAddr.Header, cfg.ClientAddr.PortHeader = "X-Real-IP", "X-Forwarded-Port"
	kit = newKit(t, cfg, action("ip", func(_ context.Context, c *dispatch.Connection) (any, error) { return c.Remote().String(), nil }))
	w = get(kit, "/api/ip", func(r *http.Request) {
		r.RemoteAddr, r.Host = "@", "www.site.com"
		r.Header.Set("X-Forwarded-Proto", "https")
		r.Header.Set("X-Forwarded-For", "6.6.6.6")
		r.Header.Set("X-Real-IP", "203.0.113.9")
		r.Header.Set("X-Forwarded-Port", "1234")
	})
	if w.Code != 200 || w.Body.String() != `"203.0.113.9:1234"` {
		t.Errorf("another field: got %d %s", w.Code, w.Body)
	}
	if w := get(kit, "/healthz", func(r *http.Request) { r.Host = "10.0.0.1" }); w.Code != 404 {
		t.Errorf("an exempt path: got %d", w.Code)
	}
	cfg.ClientAddr.TrustUnixPeers, cfg.Hosts.AssumeScheme = false, "https"
	kit = newKit(t, cfg, list)
	if w := get(kit, "/api/list", func(r *http.Request) { r.Host = "www.site.com" }); w.Code != 200 {
		t.Errorf("an assumed scheme: got %d %v", w.Code, w.Header())
	}
}

func TestAnAssumedSchemeCountsForCookiesAndHSTS(t *testing.T) {
	for _, allowed := range [][]string{nil, {"https://example.com"}, {"example.com"}} {
		for scheme, secure := range map[string]bool{"https": true, "http": false} {
			cfg := sidekick.Production()
			cfg.Hosts.AssumeScheme, cfg.Hosts.Allowed = scheme, allowed
			for _, encrypted := range []bool{false, true} {
				w := get(newKit(t, cfg, list), "/api/list", func(r *http.Request) {
					if r.TLS = nil; encrypted {
						r.TLS = new(tls.ConnectionState)
					}
				})
				if w.Code != 200 && (secure || allowed == nil) {
					t.Errorf("%s %v: got %d", scheme, allowed, w.Code)
				}
				if got := w.Header().Get("Strict-Transport-Security") != ""; got != secure {
					t.Errorf("%s %v: Strict-Transport-Security %t", scheme, allowed, got)
				}
				if got := w.Header().Get("Set-Cookie"); w.Code == 200 && strings.Contains(got, "; Secure") != secure {
					t.Errorf("%s %v: got the cookie %q", scheme, allowed, got)
				}
			}
		}
	}
}

func TestJSONPUnderAnotherDelimiter(t *testing.T) {
	cfg := sidekick.Production()
	cfg.Params.Query.Delimiter = ";"
	kit := newKit(t, cfg, list)
	for _, target := range []string{"/api/list?a=1;callback=f", "/api/list?callback=f;a=1"} {
		if w := get(kit, target); !strings.HasPrefix(w.Body.String(), "/**/f(") {
			t.Errorf("%s: got %d %s", target, w.Code, w.Body)
		}
	}
}

func TestFingerprintKeysFromTheEnvironment(t *testing.T) {
	cookie := func(keys string) (first string, again func(string) bool) {
		t.Setenv("SIDEKICK_FINGERPRINT_KEYS", keys)
		kit := newKit(t, sidekick.Production(), list)
		first = get(kit, "/api/list").Header().Get("Set-Cookie")
		first, _, _ = strings.Cut(first, ";")
		return first, func(c string) bool {
			w := get(kit, "/api/list", func(r *http.Request) { r.Header.Set("Cookie", c) })
			return w.Header().Get("Set-Cookie") == ""
		}
	}
	old, next := strings.Repeat("o", 32), strings.Repeat("n", 32)
	first, _ := cookie(old)
	if _, knows := cookie(old); !knows(first) {
		t.Error("another server with the same key does not know the client")
	}
	if _, knows := cookie(""); knows(first) {
		t.Error("a server with a random key knows the client")
	}
	t.Setenv("SIDEKICK_FINGERPRINT_KEYS", next+", short")
	if _, err := sidekick.New(sidekick.Production()); err == nil || !strings.Contains(err.Error(), "fingerprint.keys[1] (SIDEKICK_FINGERPRINT_KEYS)") {
		t.Errorf("a short key: got %v", err)
	}
}

// Everything around the server learns what has answered.
func TestPatterns(t *testing.T) {
	cfg := sidekick.Development()
	cfg.Static.Roots = []static.Root{static.FS(fstest.MapFS{"a.txt": {Data: []byte("a")}})}
	cfg.Actions.Routes = dispatch.Routes{{Method: "get", Path: "/lists/:id", Action: "list"}}
	var pattern string
	cfg.Chain.Outermost = []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			pattern = r.Pattern
		})
	}}
	cfg.Server.LivenessPath = "/healthz"
	kit := newKit(t, cfg, list)
	for _, tt := range []struct{ target, want string }{
		{"/api/lists/7", "/api/lists/:id"},
		{"/api/list", "/api/list"},
		{"/public/a.txt", "/public"},
		{"/public/nothing.txt", "/public"},
		{"/file/a.txt", "/file"},
		{"/docs/", "/docs"},
		{"/api/openapi.json", "/api/openapi.json"},
		{"/a.txt", ""},
		{"/healthz", "untouched"},
	} {
		pattern = "untouched"
		get(kit, tt.target)
		if pattern != tt.want {
			t.Errorf("%s: got %q, want %q", tt.target, pattern, tt.want)
		}
	}
	cfg.Chain.Outermost = append(cfg.Chain.Outermost, nil)
	if _, err := sidekick.New(cfg, list); err == nil || !strings.Contains(err.Error(), "Chain.Outermost[1]") {
		t.Errorf("no middleware: got %v", err)
	}
}
