package sidekick_test

import (
	"crypto/tls"
	"math"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/middleware/compress"
	"github.com/sidekick-http/sidekick/openapi"
	"github.com/sidekick-http/sidekick/openapi/ui"
)

// good is a configuration without warnings.
func good() sidekick.Config {
	cfg := sidekick.Production()
	cfg.Fingerprint.Keys = [][]byte{[]byte(strings.Repeat("k", 32))}
	return cfg
}

// TestCheck checks the error for each single problem: the option, its variable, the
// value, and what is accepted.
func TestCheck(t *testing.T) {
	long := "/" + strings.Repeat("x", 110)
	rows := []struct {
		change func(*sidekick.Config)
		want   string
	}{
		{func(c *sidekick.Config) { c.Server.Port = "65536" }, "sidekick: server.port (SIDEKICK_SERVER_PORT): invalid value \"65536\": want a port from 0 to 65535"},
		{func(c *sidekick.Config) { c.Server.Port = "http" }, "invalid value \"http\""},
		{func(c *sidekick.Config) { c.Server.Port = "systemd:" }, "invalid value \"systemd:\""},
		{func(c *sidekick.Config) { c.Server.Port = "systemdx" }, "invalid value \"systemdx\""},
		{func(c *sidekick.Config) { c.Server.Port = "unix:///run/x" }, "invalid value \"unix:///run/x\""},
		{func(c *sidekick.Config) { c.Server.Port = "/run/" }, "invalid value \"/run/\""},
		{func(c *sidekick.Config) { c.Server.Port = sidekick.Port(long) }, "want a path of at most 103 bytes"},
		{func(c *sidekick.Config) { c.Server.Port = sidekick.Port(long[:98] + "/s") }, "of 88 without its last part"},
		{func(c *sidekick.Config) { c.Server.BindIP = "localhost" }, "server.bindIP (SIDEKICK_SERVER_BIND_IP): invalid value \"localhost\": want an IP address"},
		{func(c *sidekick.Config) { c.Server.Listeners = []sidekick.Listener{{Port: "a"}} }, "server.listeners[0].port (SIDEKICK_SERVER_LISTENERS): invalid value \"a\""},
		{func(c *sidekick.Config) { c.Server.Listeners = []sidekick.Listener{{Port: "1", BindIP: "x"}} }, "server.listeners[0].bindIP ("},
		{func(c *sidekick.Config) { c.Server.Listeners = []sidekick.Listener{{Port: "8080"}} }, "invalid value \"8080\": server.port is the same"},
		{func(c *sidekick.Config) { c.Server.Listeners = []sidekick.Listener{{Port: "1"}, {Port: "1"}} }, "server.listeners[1].port (SIDEKICK_SERVER_LISTENERS): invalid value \"1\": server.listeners[0].port is the same"},
		{func(c *sidekick.Config) { c.Server.BootAttempts = -1 }, "server.bootAttempts (SIDEKICK_SERVER_BOOT_ATTEMPTS): invalid value -1: want 1 or more"},
		{func(c *sidekick.Config) { c.Server.Secure = true }, "server.secure (SIDEKICK_SERVER_SECURE): invalid value true: want a certificate"},
		{func(c *sidekick.Config) { c.Server.Cert = "x" }, "server.cert (SIDEKICK_SERVER_CERT): want both cert and key"},
		{func(c *sidekick.Config) {
			c.Server.Key, c.Server.Cert, c.Server.Secure = "-----BEGIN SECRET", "x", true
		}, "server.key (SIDEKICK_SERVER_KEY): want the name of a file, not its contents"},
		{func(c *sidekick.Config) { c.Server.Secure, c.Server.TLSConfig = true, &tls.Config{} }, "sidekick: Server.TLSConfig: it has no certificate"},
		{func(c *sidekick.Config) { c.Server.ReadHeaderTimeout = -1 }, "server.readHeaderTimeout (SIDEKICK_SERVER_READ_HEADER_TIMEOUT): invalid value -1ns: want 0 for the default, or more"},
		{func(c *sidekick.Config) { c.Server.WriteTimeout = math.MaxInt64 }, "invalid value 2562047h47m16.854775807s: want 0 for the default, or more, up to 1000h"},
		{func(c *sidekick.Config) { c.Server.ReadTimeout = -1 }, "server.readTimeout ("},
		{func(c *sidekick.Config) { c.Server.WriteTimeout = -1 }, "server.writeTimeout ("},
		{func(c *sidekick.Config) { c.Server.IdleTimeout = -1 }, "server.idleTimeout ("},
		{func(c *sidekick.Config) { c.Server.ShutdownTimeout = -1 }, "server.shutdownTimeout ("},
		{func(c *sidekick.Config) { c.Server.ShutdownDelay = -1 }, "server.shutdownDelay ("},
		{func(c *sidekick.Config) { c.Actions.Timeout = -1 }, "sidekick: actions.timeout (SIDEKICK_ACTIONS_TIMEOUT): invalid value -1ns"},
		{func(c *sidekick.Config) { c.Server.MaxHeaderBytes = -1 }, "server.maxHeaderBytes (SIDEKICK_SERVER_MAX_HEADER_BYTES): invalid value -1: want 0 for the default, or up to"},
		{func(c *sidekick.Config) { c.Server.MaxHeaderFields = -1 }, "server.maxHeaderFields ("},
		{func(c *sidekick.Config) { c.Server.MaxConnections = math.MaxInt }, "server.maxConnections ("},
		{func(c *sidekick.Config) { c.Server.H2C, c.Server.DisableHTTP2 = true, true }, "server.h2c (SIDEKICK_SERVER_H2C): invalid value true: disableHTTP2 is set as well"},
		{func(c *sidekick.Config) { c.Server.MaxURLBytes = -1 }, "server.maxURLBytes ("},
		{func(c *sidekick.Config) { c.Server.MaxURLBytes = 100 << 10 }, "server.maxURLBytes (SIDEKICK_SERVER_MAX_URL_BYTES): invalid value 102400: want at most maxHeaderBytes, 65536"},
		{func(c *sidekick.Config) { c.Server.LivenessPath = "healthz" }, "server.livenessPath (SIDEKICK_SERVER_LIVENESS_PATH): invalid value \"healthz\": want a path that begins with a slash"},
		{func(c *sidekick.Config) { c.Server.LivenessPath = "/" }, "invalid value \"/\": want a path such as"},
		{func(c *sidekick.Config) { c.Server.ReadinessPath = "/a/../b" }, "server.readinessPath (SIDEKICK_SERVER_READINESS_PATH): invalid value \"/a/../b\": want a path such as"},
		{func(c *sidekick.Config) { c.Server.ReadinessPath = "/a?b" }, "invalid value \"/a?b\": want a path without"},
		{func(c *sidekick.Config) { c.Server.LivenessPath, c.Server.ReadinessPath = "/h", "/h" }, "server.readinessPath (SIDEKICK_SERVER_READINESS_PATH): invalid value \"/h\": nothing would answer: it is, or lies below, the path of the liveness check"},
		{func(c *sidekick.Config) { c.Server.LivenessPath = "/api" }, "paths.actions (SIDEKICK_PATHS_ACTIONS): invalid value \"/api\": nothing would answer: it is, or lies below, the path of the liveness check"},
		{func(c *sidekick.Config) { c.Paths.Actions = "a//b" }, "paths.actions (SIDEKICK_PATHS_ACTIONS): invalid value \"/a//b\""},
		{func(c *sidekick.Config) { c.Paths.Files = "/api/" }, "paths.files (SIDEKICK_PATHS_FILES): invalid value \"/api\": nothing would answer: it is, or lies below, the path for actions"},
		{func(c *sidekick.Config) { c.Paths.Files = "/api/files" }, "invalid value \"/api/files\": nothing would answer"},
		{func(c *sidekick.Config) { c.Docs = &ui.Options{} }, "docs (SIDEKICK_DOCS): invalid value true: it shows the OpenAPI document, which is off"},
		{func(c *sidekick.Config) { c.OpenAPI, c.Docs = &openapi.Options{}, &ui.Options{Path: "/public/"} }, "paths.files (SIDEKICK_PATHS_FILES): invalid value \"/public\": nothing would answer: it is, or lies below, the path of the page"},
		{func(c *sidekick.Config) { c.OpenAPI, c.Docs = &openapi.Options{}, &ui.Options{Path: "docs"} }, "docs.path (SIDEKICK_DOCS_PATH): invalid value \"docs\": want a path that begins and ends with one slash"},
		{func(c *sidekick.Config) { c.Paths.Root = "both" }, "paths.root (SIDEKICK_PATHS_ROOT): invalid value \"both\": want \"files\" or \"actions\""},
		{func(c *sidekick.Config) { c.DisableStatic, c.Paths.Root = true, "files" }, "invalid value \"files\": files are switched off"},
		{func(c *sidekick.Config) { c.Paths.Actions, c.Paths.Root = "/", "files" }, "actions are served at the root, as paths.actions says"},
		{func(c *sidekick.Config) { c.Paths.Files, c.Paths.Root = "/", "actions" }, "paths.files (SIDEKICK_PATHS_FILES): invalid value \"/\": actions are served at the root"},
		{func(c *sidekick.Config) { c.Static.MaxAge, c.Static.DisableCacheControl = time.Second, true }, "static.maxAge (SIDEKICK_STATIC_MAX_AGE): invalid value \"1s\""},
		{func(c *sidekick.Config) { c.Fingerprint.SameSite = http.SameSiteNoneMode }, "fingerprint.sameSite (SIDEKICK_FINGERPRINT_SAME_SITE): "},
		{func(c *sidekick.Config) { c.Fingerprint.MaxAge = 1500 * time.Millisecond }, "fingerprint.maxAge (SIDEKICK_FINGERPRINT_MAX_AGE): invalid value 1.5s"},
		{func(c *sidekick.Config) { c.Fingerprint.CookieName = "a b" }, "fingerprint.cookieName (SIDEKICK_FINGERPRINT_COOKIE_NAME): invalid value \"a b\""},
		{func(c *sidekick.Config) { c.Headers.Set = map[string]string{"X-A": "", "x-a": ""} }, "headers.set[\"x-a\"] (SIDEKICK_HEADERS_SET): named twice"},
		{func(c *sidekick.Config) { c.Headers.Set = map[string]string{"a b": ""} }, "headers.set[\"a b\"] (SIDEKICK_HEADERS_SET): invalid name"},
		{func(c *sidekick.Config) { c.Compress = &compress.Options{GzipLevel: 10} }, "compress.gzipLevel (SIDEKICK_COMPRESS_GZIP_LEVEL): invalid value 10"},
		{func(c *sidekick.Config) { c.Hosts.Allowed = []string{"a", "b c"} }, "hosts.allowed[1] (SIDEKICK_HOSTS_ALLOWED): "},
		{func(c *sidekick.Config) { c.Hosts.AssumeScheme = "ftp" }, "hosts.assumeScheme (SIDEKICK_HOSTS_ASSUME_SCHEME): "},
		{func(c *sidekick.Config) { c.Hosts.ExemptPaths = []string{"x"} }, "hosts.exemptPaths[0] ("},
		{func(c *sidekick.Config) { c.Hosts.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("::1/128")} }, "sidekick: Hosts.TrustedProxies: the server takes it from clientAddr.trustedProxies: set that"},
		{func(c *sidekick.Config) { c.Actions.AutomaticRoutes = []string{"fetch"} }, "actions.automaticRoutes[0] (SIDEKICK_ACTIONS_AUTOMATIC_ROUTES): invalid value \"fetch\""},
		{func(c *sidekick.Config) {
			c.DisableStatic, c.Static.ContentETags, c.Static.DisableETag = true, true, true
		}, "static.contentETags"},
		{func(c *sidekick.Config) { c.DisableFingerprint, c.Fingerprint.CookieName = true, "a b" }, "fingerprint.cookieName"},
		{func(c *sidekick.Config) { c.DisableClient, c.Client.APIPath = true, "a\nb" }, "client.apiPath"},
		{func(c *sidekick.Config) { c.Actions.Prefixes = []string{"/x"} }, "sidekick: Actions.Prefixes: the server takes it from paths: set that"},
		{func(c *sidekick.Config) { c.Upload.Hash = "crc" }, "upload.hash (SIDEKICK_UPLOAD_HASH): invalid value \"crc\""},
		{func(c *sidekick.Config) { c.Params.Query.Depth = 1 << 30 }, "params.query.depth (SIDEKICK_PARAMS_QUERY_DEPTH): "},
		{func(c *sidekick.Config) { c.Params.Query.Delimiter = "=" }, "params.query.delimiter ("},
		{func(c *sidekick.Config) { c.Envelope.DefaultErrorStatus = 200 }, "envelope.defaultErrorStatus (SIDEKICK_ENVELOPE_DEFAULT_ERROR_STATUS): "},
		{func(c *sidekick.Config) { c.Envelope.Errors.Texts = map[string]string{"nope": "x"} }, "envelope.errors.texts"},
		{func(c *sidekick.Config) { c.Static.Index = []string{"a/b"} }, "static.index (SIDEKICK_STATIC_INDEX): invalid value \"a/b\""},
		{func(c *sidekick.Config) { c.Chain.All = []func(http.Handler) http.Handler{nil} }, "sidekick: Chain.All[0]: want a middleware"},
	}
	for _, tt := range rows {
		cfg := good()
		tt.change(&cfg)
		kit, err := sidekick.New(cfg)
		if err == nil {
			kit.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got  %v\nwant %s", err, tt.want)
			continue
		}
		if strings.Contains(err.Error(), "SECRET") {
			t.Errorf("a secret is in %v", err)
		}
	}
	for _, change := range []func(*sidekick.Config){
		func(c *sidekick.Config) {},
		func(c *sidekick.Config) { c.Server.Port = "systemd:web" },
		func(c *sidekick.Config) { c.Server.Port, c.Server.BindIP = "./a.sock", "" },
		func(c *sidekick.Config) {
			c.Server.Port = "0"
			c.Server.Listeners = []sidekick.Listener{{Port: "0"}, {Port: "8080", BindIP: "::1"}}
		},
		func(c *sidekick.Config) {
			c.Server.LivenessPath, c.Server.ReadinessPath = "/healthz/live", "/healthz/ready"
		},
		func(c *sidekick.Config) { c.Server.LivenessPath = "/public/healthz" },
		func(c *sidekick.Config) { c.Server.MaxConnections = -1 },
		func(c *sidekick.Config) { c.Paths.Actions = "/öffentlich/a" },
		func(c *sidekick.Config) { c.Paths.Actions = "/public/api" },
		func(c *sidekick.Config) { c.Docs = &ui.Options{SpecURL: "/mine.json"} },
		func(c *sidekick.Config) { c.OpenAPI, c.Docs = &openapi.Options{}, &ui.Options{Path: "/api/docs/"} },
	} {
		cfg := good()
		change(&cfg)
		newKit(t, cfg)
	}
}

// TestNothingHidesAnAction checks that nothing with its own path hides an action.
func TestNothingHidesAnAction(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*sidekick.Config)
		want   string
	}{
		{"a probe, by name", func(c *sidekick.Config) { c.Server.LivenessPath = "/api/status" }, `server.livenessPath (SIDEKICK_SERVER_LIVENESS_PATH): invalid value "/api/status": it would hide the action "status", which is served at /api/status`},
		{"a probe, at the root", func(c *sidekick.Config) { c.Paths.Actions, c.Server.ReadinessPath = "/", "/status" }, `it would hide the action "status", which is served at /status`},
		{"a probe, by a route", func(c *sidekick.Config) { c.Server.LivenessPath = "/api/who/is/it" }, `it would hide the action "who", which is served at /api/who/is/it`},
		{"a probe, by an automatic route", func(c *sidekick.Config) {
			c.Actions.AutomaticRoutes, c.Server.LivenessPath = []string{"get"}, "/api/status"
		}, `it would hide the action "status"`},
		{"the page", func(c *sidekick.Config) { c.OpenAPI, c.Docs = &openapi.Options{}, &ui.Options{Path: "/api/who/"} }, `docs.path (SIDEKICK_DOCS_PATH): invalid value "/api/who": it would hide the action "who"`},
		{"files", func(c *sidekick.Config) { c.Paths.Root, c.Paths.Files = "actions", "/status" }, `paths.files (SIDEKICK_PATHS_FILES): invalid value "/status": it would hide the action "status"`},
		{"a route with a variable goes on", func(c *sidekick.Config) { c.Server.LivenessPath = "/api/users/healthz" }, ""},
		{"names that reach nothing", func(c *sidekick.Config) { c.Actions.DisableNames, c.Server.LivenessPath = true, "/api/status" }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := good()
			cfg.Actions.Routes = dispatch.Routes{{Method: "get", Path: "/who/is/it", Action: "who"}, {Method: "get", Path: "/users/:id", Action: "who"}}
			tt.change(&cfg)
			kit, err := sidekick.New(cfg, action("status", list.Run), action("who", list.Run))
			if kit != nil {
				kit.Close()
			}
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

// TestProblemsDoNotHideOthers checks that one problem does not keep others from
// being reported: in another piece, in another element of a list, in a part that is
// off.
func TestProblemsDoNotHideOthers(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	for _, tt := range []struct {
		name, text string
		variable   string
		want       []string
	}{
		{"a piece that another needs", `{"formOptions": {"uploadDir": "` + missing + `", "hashAlgorithm": "crc", "maxFields": -1}, "queryParseOptions": {"parameterLimit": -5}}`, "", []string{
			"(formOptions.uploadDir): sidekick: uploadDir.dir (", "(formOptions.hashAlgorithm): sidekick: upload.hash (", "(formOptions.maxFields): sidekick: params.maxFields (", "(queryParseOptions.parameterLimit): sidekick: params.query.parameterLimit ("}},
		{"elements of lists", `{"server": {"listeners": [{"port": "a"}, {"port": 1, "bindIP": 5}, {"prt": 1}]}, "httpHeaders": {"X-A": 1, "X-B": [], "X-C": "fine"},
			"routes": {"get": [{"path": 1}, {"pth": "/"}, {"action": {}}], "post": {}}}`, "", []string{
			"server.listeners[0].port (SIDEKICK_SERVER_LISTENERS)", "server.listeners[1].bindIP (SIDEKICK_SERVER_LISTENERS)", "server.listeners[2].prt: unknown key; did you mean server.listeners[2].port?", "httpHeaders.X-A (headers.set)", "httpHeaders.X-B (headers.set)",
			"routes.get[0].path (actions.routes)", "routes.get[1].pth: unknown key", "routes.get[2].action (actions.routes)", "routes.post (actions.routes)"}},
		{"elements of lists that pieces check", `{"allowedRequestHosts": ["a b", "https://ok", "c d"], "automaticRoutes": ["fetch", "get", "send"], "hosts": {"exemptPaths": ["x", "/ok", "y"]}}`, "", []string{
			"hosts.allowed[0] (", "hosts.allowed[2] (", "actions.automaticRoutes[0] (", "actions.automaticRoutes[2] (", "hosts.exemptPaths[0] (", "hosts.exemptPaths[2] ("}},
		{"a part that is off", `{"compress": {"gzipLevel": 10, "zstdLevel": 99, "minBytes": "x"}}`, "SIDEKICK_COMPRESS=false", []string{
			"sidekick: compress.gzipLevel (SIDEKICK_COMPRESS_GZIP_LEVEL): invalid value 10: want 1 to 9", "compress.zstdLevel (SIDEKICK_COMPRESS_ZSTD_LEVEL): invalid value 99", "compress.minBytes (SIDEKICK_COMPRESS_MIN_BYTES): invalid value \"x\""}},
		{"a limit that another one follows", `{"params": {"maxBodyBytes": -5}, "upload": {"maxFileBytes": -5}, "server": {"maxHeaderBytes": -5}, "fingerprint": {"maxAge": "1ms"}}`, "", []string{
			"params.maxBodyBytes (", "upload.maxFileBytes (", "server.maxHeaderBytes (", "fingerprint.maxAge ("}},
		{"files of a certificate", `{"secure": true, "serverOptions": {"cert": "` + missing + `.cert", "key": "` + missing + `.key"}}`, "", []string{
			`(serverOptions.cert): sidekick: server.cert (SIDEKICK_SERVER_CERT): invalid value "` + missing + `.cert": open`, `(serverOptions.key): sidekick: server.key (SIDEKICK_SERVER_KEY): invalid value "` + missing + `.key": open`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := good()
			cfg, origins, file, err := load(t, base, tt.text, tt.variable)
			_, newErr := sidekick.New(cfg)
			all := origins.Join(err, newErr).Error()
			lines := strings.Split(all, "\n")
			for _, want := range tt.want {
				if !strings.Contains(all, want) {
					t.Errorf("not reported: %s", want)
				}
			}
			for _, line := range lines {
				if !strings.HasPrefix(line, "file "+file+":") {
					t.Errorf("it is not said where: %s", line)
				}
			}
			if len(lines) != len(tt.want) {
				t.Errorf("got %d problems, want %d:\n%s", len(lines), len(tt.want), all)
			}
		})
	}
}

// TestServerNameMustBeAHeaderValue checks that a name which cannot be a header value is
// reported as a problem of the name.
func TestServerNameMustBeAHeaderValue(t *testing.T) {
	cfg := good()
	cfg.Envelope.ServerName = "a\nb"
	if _, err := sidekick.New(cfg); err == nil || !strings.HasPrefix(err.Error(), `sidekick: envelope.serverName (SIDEKICK_ENVELOPE_SERVER_NAME): invalid value "a\nb": `) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}
