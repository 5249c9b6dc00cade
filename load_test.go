package sidekick_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
)

// load loads from a file with this text, if it has any, and from variables only.
func load(t *testing.T, base sidekick.Config, text string, environ ...string) (sidekick.Config, sidekick.Origins, string, error) {
	t.Helper()
	o := sidekick.LoadOptions{Base: base, Environ: append([]string{"HOME=/root"}, environ...)}
	if text != "" {
		o.File = writeFile(t, "sidekick.json", text)
	}
	cfg, origins, err := sidekick.Load(o)
	return cfg, origins, o.File, err
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadPutsTheEnvironmentOverTheFileOverTheBase(t *testing.T) {
	cfg, origins, file, err := load(t, sidekick.Development(),
		`{"port": 1, "serverName": "of the file", "formOptions": {"maxFields": 5}, "publicFolders": ["x"], "httpHeaders": {"X-A": "file", "X-B": "file"}}`,
		"SIDEKICK_PORT=2", "SIDEKICK_FORM_OPTIONS_MAX_FIELDS=6", "SIDEKICK_BIND_IP=", `SIDEKICK_HTTP_HEADERS={"X-A": "environment"}`, "SIDEKICK_PORT=3",
	)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Port != "2" || cfg.ServerName != "of the file" || cfg.FormOptions.MaxFields != 6 || cfg.Padding != 2 || *cfg.HTTPHeaders["X-A"] != "environment" || *cfg.HTTPHeaders["X-B"] != "file" {
		t.Errorf("got %+v", cfg)
	}
	for path, want := range map[string]string{
		"port": "environment SIDEKICK_PORT", "serverName": "file " + file, "formOptions.maxFields": "environment SIDEKICK_FORM_OPTIONS_MAX_FIELDS",
		"publicFolders": "file " + file, "padding": "default", "bindIP": "default", "formOptions.maxFiles": "default", "httpHeaders": "environment SIDEKICK_HTTP_HEADERS",
	} {
		if origins[path] != want {
			t.Errorf("%s: got %q, want %q", path, origins[path], want)
		}
	}
	for path := range cfg.Settings() {
		if origins[path] == "" {
			t.Errorf("%s: no origin", path)
		}
	}
}

// TestEveryOptionHasAVariable sets all of them to what everyOption has.
func TestEveryOptionHasAVariable(t *testing.T) {
	want := sidekick.Production()
	if err := json.Unmarshal([]byte(everyOption), &want); err != nil {
		t.Fatal(err)
	}
	var environ []string
	seen := map[string]bool{}
	for path, value := range want.Settings() {
		name := regexp.MustCompile(`[a-z0-9][A-Z]`).ReplaceAllStringFunc(path, func(s string) string { return s[:1] + "_" + s[1:] })
		name = "SIDEKICK_" + strings.ToUpper(strings.ReplaceAll(name, ".", "_"))
		if seen[name] {
			t.Errorf("%s is there twice", name)
		}
		seen[name] = true
		var text string
		var list []string
		if json.Unmarshal([]byte(value), &text) == nil && value != "null" {
			value = text
		} else if json.Unmarshal([]byte(value), &list) == nil && value != "null" {
			value = strings.Join(list, ", ") + ","
		}
		environ = append(environ, name+"="+value)
	}
	got, origins, _, err := load(t, sidekick.Production(), "", environ...)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := settings(got), settings(want); !slices.Equal(a, b) {
		t.Errorf("got  %s\nwant %s", a, b)
	}
	for path, origin := range origins {
		if !strings.HasPrefix(origin, "environment SIDEKICK_") {
			t.Errorf("%s: from %s", path, origin)
		}
	}
	for _, name := range []string{"SIDEKICK_FINGERPRINT_OPTIONS_SETTINGS_EXPIRES", "SIDEKICK_MAX_URL_BYTES", "SIDEKICK_BIND_IP", "SIDEKICK_OPEN_API", "SIDEKICK_H2C", "SIDEKICK_ENABLE_ETAG"} {
		if !seen[name] {
			t.Errorf("there is no %s", name)
		}
	}
}

func TestActionheroVariables(t *testing.T) {
	cfg, origins, _, err := load(t, sidekick.Production(), `{"port": 1}`,
		"PORT=4321", "ALLOWED_HOSTS=https://www.site.com, api.site.com,", "AUTOMATIC_ROUTES= GET ,post", "SIDEKICK_PORT=4321")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Port != "4321" || !slices.Equal(cfg.AllowedRequestHosts, []string{"https://www.site.com", "api.site.com"}) || !slices.Equal(cfg.AutomaticRoutes, []string{"get", "post"}) {
		t.Errorf("got %+v", cfg)
	}
	if origins["automaticRoutes"] != "environment AUTOMATIC_ROUTES" || origins["allowedRequestHosts"] != "environment ALLOWED_HOSTS" {
		t.Errorf("got %v", origins)
	}
	if cfg, _, _, err := load(t, sidekick.Production(), "", "PORT=/run/a.sock", "ALLOWED_HOSTS="); err != nil || cfg.Port != "/run/a.sock" || cfg.AllowedRequestHosts != nil {
		t.Errorf("got %v, %v", cfg.Port, err)
	}
	if _, _, _, err := load(t, sidekick.Production(), "", "PORT=1", "SIDEKICK_PORT=2"); err == nil || !strings.Contains(err.Error(), `environment PORT and SIDEKICK_PORT: sidekick: port: "1" and "2": they mean the same; leave one of them out`) {
		t.Errorf("two ports: got %v", err)
	}
}

func TestWhichEnvironment(t *testing.T) {
	for _, tt := range []struct {
		base sidekick.Config
		name string
		want bool // development
	}{
		{sidekick.Config{}, "", false},
		{sidekick.Config{}, "production", false},
		{sidekick.Config{}, "development", true},
		{sidekick.Development(), "", true},
		{sidekick.Development(), "production", true},
		{sidekick.Production(), "development", false},
	} {
		cfg, _, _, err := load(t, tt.base, "", "SIDEKICK_ENV="+tt.name)
		if err != nil || cfg.ExposeErrors != tt.want {
			t.Errorf("%q: got exposeErrors %v, %v", tt.name, cfg.ExposeErrors, err)
		}
	}
	if _, _, _, err := load(t, sidekick.Config{}, "", "SIDEKICK_ENV=prod"); err == nil || !strings.Contains(err.Error(), `environment SIDEKICK_ENV: sidekick: Config: invalid value "prod": want "development" or "production"`) {
		t.Errorf("got %v", err)
	}
	t.Setenv("SIDEKICK_SERVER_NAME", "of this process")
	if cfg, _, err := sidekick.Load(sidekick.LoadOptions{}); err != nil || cfg.ServerName != "of this process" {
		t.Errorf("got %q, %v", cfg.ServerName, err)
	}
}

func TestWhatIsWrongInTheEnvironment(t *testing.T) {
	for _, tt := range []struct{ variable, want string }{
		{"SIDEKICK_FORM_OPTIONS_MAX_FIELD=1", "environment SIDEKICK_FORM_OPTIONS_MAX_FIELD: sidekick: SIDEKICK_FORM_OPTIONS_MAX_FIELD: unknown variable; did you mean SIDEKICK_FORM_OPTIONS_MAX_FIELDS?"},
		{"SIDEKICK_SOMETHING=1", "unknown variable; there is one for each option, as SIDEKICK_BIND_IP for bindIP"},
		{"SIDEKICK_FORM_OPTIONS={}", "unknown variable"},
		{"SIDEKICK_COMPRESS=yes", `environment SIDEKICK_COMPRESS: sidekick: compress: invalid value "yes": want true or false`},
		{"SIDEKICK_COMPRESS=1", `compress: invalid value 1: want true or false`},
		{"SIDEKICK_COMPRESS=null", `compress: null means nothing here`},
		{"SIDEKICK_MAX_CONNECTIONS=many", `maxConnections: invalid value "many": want a whole number`},
		{"SIDEKICK_MAX_CONNECTIONS=1e3", `maxConnections: invalid value 1e3: want a whole number`},
		{"SIDEKICK_READ_TIMEOUT=30", `readTimeout: invalid value "30": want a time such as "30s"`},
		{"SIDEKICK_TRUSTED_PROXIES=10.0.0.0/8,all", `trustedProxies[1]: invalid value "all": want a network`},
		{"SIDEKICK_HTTP_HEADERS=X-A: 1", `httpHeaders: invalid value "X-A: 1": want an object of texts, or null for what shall not be there, as JSON`},
		{`SIDEKICK_HTTP_HEADERS={"X-A": 1}`, `httpHeaders.X-A: invalid value 1: want text`},
		{`SIDEKICK_HTTP_HEADERS={} {}`, `httpHeaders: invalid value "{} {}"`},
		{`SIDEKICK_ROUTES={"get": [{"pth": "/"}]}`, `environment SIDEKICK_ROUTES: sidekick: routes.get[0].pth: unknown key`},
		{"SIDEKICK_PUBLIC_FOLDERS=[1]", `publicFolders[0]: invalid value 1: want text`},
		{"SIDEKICK_PUBLIC_FOLDERS=,", `publicFolders: invalid value ",": want a list, in brackets, as JSON`},
		{"SIDEKICK_SERVER_NAME=\xff", `serverName: invalid value "\xff": want text`},
	} {
		cfg, origins, _, err := load(t, sidekick.Production(), "", tt.variable, "SIDEKICK_API_VERSION=7")
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got  %v\nwant %s", tt.variable, err, tt.want)
		}
		var problem *sidekick.ConfigError
		if !errors.As(err, &problem) {
			t.Errorf("%v is no ConfigError", err)
		}
		// What is good was read all the same.
		if cfg.APIVersion != "7" || origins["apiVersion"] != "environment SIDEKICK_API_VERSION" {
			t.Errorf("%s: got %q from %q", tt.variable, cfg.APIVersion, origins["apiVersion"])
		}
	}
}

// TestVariablesOfKubernetes holds that a service named sidekick is no mistake.
func TestVariablesOfKubernetes(t *testing.T) {
	cfg, origins, _, err := load(t, sidekick.Production(), "",
		"SIDEKICK_SERVICE_HOST=10.0.0.1", "SIDEKICK_SERVICE_PORT=80", "SIDEKICK_SERVICE_PORT_HTTP=80", "SIDEKICK_PORT=tcp://10.0.0.1:80",
		"SIDEKICK_PORT_80_TCP=tcp://10.0.0.1:80", "SIDEKICK_PORT_80_TCP_PROTO=tcp", "SIDEKICK_PORT_80_TCP_PORT=80", "SIDEKICK_PORT_80_TCP_ADDR=10.0.0.1",
		"SIDEKICK_DB_SERVICE_HOST=10.0.0.2", "PORT=8081")
	if err != nil || cfg.Port != "8081" || origins["port"] != "environment PORT" {
		t.Errorf("got %q from %q, %v", cfg.Port, origins["port"], err)
	}
}

func TestWhatIsWrongWithAFile(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"syntax", "{\n  \"a\": 1,\n  b}", ":3:3: sidekick: want JSON: invalid character 'b'"},
		{"cut", `{"port": 1`, ":1:10: sidekick: want JSON: unexpected end"},
		{"trailing", "{} x", ":1:4: sidekick: want JSON: invalid character 'x' after top-level value"},
		{"encoding", "{\"serverName\": \"\xff\"}", ": sidekick: want UTF-8"},
		{"a list", "[]", "invalid value []: want an object"},
		{"a key", `{"prot": 1}`, ": sidekick: prot: unknown key; did you mean port?"},
		{"too long", `{"serverName": "` + strings.Repeat("x", 1<<20) + `"}`, "has more than 1048576 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, file, err := load(t, sidekick.Production(), tt.text)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), file) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
	missing := filepath.Join(t.TempDir(), "missing.json")
	_, _, err := sidekick.Load(sidekick.LoadOptions{File: missing, Environ: []string{"SIDEKICK_NOPE_NOPE=1"}})
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "SIDEKICK_NOPE_NOPE") {
		t.Errorf("got %v, want both problems", err)
	}
}

func TestFingerprintKeys(t *testing.T) {
	a, b := strings.Repeat("a", 32), strings.Repeat("b", 32)
	keys := writeFile(t, "keys", a+"\n"+b+"\n")
	who := action("who", func(_ context.Context, c *dispatch.Connection) (any, error) {
		id, _ := c.Fingerprint()
		return id, nil
	})
	cookie := func(t *testing.T, cfg sidekick.Config) string {
		t.Helper()
		w := get(newKit(t, cfg, who), "/api/who")
		c, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
		return c + "; " + w.Body.String()
	}
	knows := func(t *testing.T, cfg sidekick.Config, c string) bool {
		t.Helper()
		c, id, _ := strings.Cut(c, "; ")
		return get(newKit(t, cfg, who), "/api/who", func(r *http.Request) { r.Header.Set("Cookie", c) }).Body.String() == id
	}
	with := func(key string) sidekick.Config {
		cfg := sidekick.Production()
		cfg.FingerprintOptions.Keys = [][]byte{[]byte(key)}
		return cfg
	}
	fromFile := sidekick.Production()
	fromFile.FingerprintOptions.KeysFile = keys
	if !knows(t, with(a), cookie(t, fromFile)) || !knows(t, fromFile, cookie(t, with(b))) {
		t.Error("the first key of the file does not sign, or not all verify")
	}
	t.Setenv("SIDEKICK_FINGERPRINT_KEYS", b)
	if knows(t, with(b), cookie(t, fromFile)) {
		t.Error("the environment comes before the file that was named in Go")
	}
	if !knows(t, with(b), cookie(t, sidekick.Production())) {
		t.Error("the environment is not read without Load")
	}
	loaded, origins, _, err := load(t, fromFile, "", "SIDEKICK_FINGERPRINT_KEYS="+b+","+a)
	if err != nil || origins["fingerprintOptions.keys"] != "environment SIDEKICK_FINGERPRINT_KEYS" || !knows(t, with(b), cookie(t, loaded)) {
		t.Errorf("loaded: from %q, %v", origins["fingerprintOptions.keys"], err)
	}
	if text, _ := json.Marshal(loaded); strings.Contains(string(text), b) || strings.Contains(fmt.Sprint(settings(loaded)), b) {
		t.Errorf("the keys are shown: %s", text)
	}
	for text, want := range map[string]string{
		"":                            "it has no key",
		"short":                       "the key has 5 bytes",
		strings.Repeat("x\n", 40<<10): "more than 65536 bytes",
	} {
		cfg := sidekick.Production()
		cfg.FingerprintOptions.KeysFile = writeFile(t, "keys", text)
		if _, err := sidekick.New(cfg); err == nil || !strings.Contains(err.Error(), "sidekick: fingerprintOptions.keysFile") || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	cfg := sidekick.Production()
	cfg.FingerprintOptions.KeysFile = filepath.Join(t.TempDir(), "missing")
	if _, err := sidekick.New(cfg); !strings.Contains(fmt.Sprint(err), "fingerprintOptions.keysFile: invalid value") {
		t.Errorf("got %v", err)
	}
}

func TestCookieAttributes(t *testing.T) {
	cfg := sidekick.Production()
	cfg.Logger = slog.New(slog.DiscardHandler)
	s := &cfg.FingerprintOptions.Settings
	for _, tt := range []struct {
		change func()
		want   []string
		not    []string
	}{
		{func() {}, []string{"Path=/;", "Max-Age=3600", "HttpOnly", "SameSite=Lax"}, []string{"Secure", "Domain"}},
		{func() { s.HTTPOnly, s.SameSite = nil, "" }, []string{"HttpOnly", "SameSite=Lax"}, nil},
		{func() {
			*s = sidekick.FingerprintSettings{Path: "/a", Expires: 60_000, Domain: "example.com", Secure: true, HTTPOnly: new(false), SameSite: "None"}
		}, []string{"Path=/a;", "Max-Age=60;", "Domain=example.com", "Secure", "SameSite=None"}, []string{"HttpOnly"}},
		{func() { s.SameSite = "strict" }, []string{"SameSite=Strict"}, nil},
	} {
		tt.change()
		got := get(newKit(t, cfg, list), "/api/list").Header().Get("Set-Cookie")
		for _, want := range tt.want {
			if !strings.Contains(got, want) {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		for _, not := range tt.not {
			if strings.Contains(got, not) {
				t.Errorf("got %s, do not want %s", got, not)
			}
		}
	}
}

func TestCompressOptions(t *testing.T) {
	cfg := sidekick.Production()
	cfg.Compress, cfg.CompressOptions = true, sidekick.CompressOptions{MinBytes: 5, GzipLevel: 9, ZstdLevel: 3}
	w := get(newKit(t, cfg, list), "/api/list", func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip") })
	if w.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("got %v", w.Header())
	}
}

// TestCheck holds what only the whole configuration can tell: each problem alone,
// and all of them at once.
func TestCheck(t *testing.T) {
	long := "/" + strings.Repeat("x", 110)
	good := func() sidekick.Config {
		cfg := sidekick.Production()
		cfg.FingerprintOptions.Keys = [][]byte{[]byte(strings.Repeat("k", 32))}
		return cfg
	}
	rows := []struct {
		change func(*sidekick.Config)
		want   string
	}{
		{func(c *sidekick.Config) { c.Port = "" }, "sidekick: port: invalid value \"\": want a port from 0 to 65535"},
		{func(c *sidekick.Config) { c.Port = "65536" }, "port: invalid value \"65536\""},
		{func(c *sidekick.Config) { c.Port = "http" }, "port: invalid value \"http\""},
		{func(c *sidekick.Config) { c.Port = "systemd:" }, "port: invalid value \"systemd:\""},
		{func(c *sidekick.Config) { c.Port = "systemdx" }, "port: invalid value \"systemdx\""},
		{func(c *sidekick.Config) { c.Port = "unix:///run/x" }, "port: invalid value \"unix:///run/x\""},
		{func(c *sidekick.Config) { c.Port = "/run/" }, "port: invalid value \"/run/\""},
		{func(c *sidekick.Config) { c.Port = sidekick.Port(long) }, "want a path of at most 103 bytes"},
		{func(c *sidekick.Config) { c.Port = sidekick.Port(long[:98] + "/s") }, "of 88 without its last part"},
		{func(c *sidekick.Config) { c.BindIP = "localhost" }, "bindIP: invalid value \"localhost\": want an IP address"},
		{func(c *sidekick.Config) { c.Listeners = []sidekick.Listener{{Port: "a"}} }, "listeners[0].port: invalid value \"a\""},
		{func(c *sidekick.Config) { c.Listeners = []sidekick.Listener{{Port: "1", BindIP: "x"}} }, "listeners[0].bindIP: invalid value \"x\""},
		{func(c *sidekick.Config) { c.Listeners = []sidekick.Listener{{Port: "8080"}} }, "listeners[0].port: invalid value \"8080\": port is the same"},
		{func(c *sidekick.Config) { c.Listeners = []sidekick.Listener{{Port: "1"}, {Port: "1"}} }, "listeners[1].port: invalid value \"1\": listeners[0].port is the same"},
		{func(c *sidekick.Config) { c.BootAttempts = 0 }, "bootAttempts: invalid value 0: want 1 or more"},
		{func(c *sidekick.Config) { c.Secure = true }, "secure: invalid value true: want a certificate"},
		{func(c *sidekick.Config) { c.ServerOptions.Cert = "x" }, "serverOptions: want both cert and key"},
		{func(c *sidekick.Config) {
			c.ServerOptions.Key = "-----BEGIN SECRET"
			c.ServerOptions.Cert = "x"
			c.Secure = true
		}, "serverOptions.key: want the name of a file; this is what is in one"},
		{func(c *sidekick.Config) { c.ReadHeaderTimeout = -1 }, "readHeaderTimeout: invalid value -1ns: want 0 for the default, or more"},
		{func(c *sidekick.Config) { c.WriteTimeout = math.MaxInt64 }, "writeTimeout: invalid value 2562047h47m16.854775807s: want 0 for the default, or more, up to 1000h"},
		{func(c *sidekick.Config) { c.ReadTimeout = -1 }, "readTimeout: "},
		{func(c *sidekick.Config) { c.WriteTimeout = -1 }, "writeTimeout: "},
		{func(c *sidekick.Config) { c.IdleTimeout = -1 }, "idleTimeout: "},
		{func(c *sidekick.Config) { c.ShutdownTimeout = -1 }, "shutdownTimeout: "},
		{func(c *sidekick.Config) { c.ShutdownDelay = -1 }, "shutdownDelay: invalid value -1ns: want 0 for none, or more"},
		{func(c *sidekick.Config) { c.ActionTimeout = -1 }, "sidekick: actionTimeout: dispatch: Timeout"},
		{func(c *sidekick.Config) { c.MaxHeaderBytes = -1 }, "maxHeaderBytes: invalid value -1: want 0 for the default, or up to"},
		{func(c *sidekick.Config) { c.MaxHeaderFields = -1 }, "maxHeaderFields: "},
		{func(c *sidekick.Config) { c.MaxConnections = math.MaxInt }, "maxConnections: "},
		{func(c *sidekick.Config) { c.MaxURLBytes = -1 }, "maxUrlBytes: "},
		{func(c *sidekick.Config) { c.MaxURLBytes = 100 << 10 }, "maxUrlBytes: invalid value 102400: want at most maxHeaderBytes, 65536"},
		{func(c *sidekick.Config) { c.LivenessPath = "healthz" }, "livenessPath: invalid value \"healthz\": want a path that begins with a slash"},
		{func(c *sidekick.Config) { c.LivenessPath = "/" }, "livenessPath: invalid value \"/\": want a path such as"},
		{func(c *sidekick.Config) { c.ReadinessPath = "/a/../b" }, "readinessPath: invalid value \"/a/../b\": want a path such as"},
		{func(c *sidekick.Config) { c.ReadinessPath = "/a?b" }, "readinessPath: invalid value \"/a?b\": want a path without"},
		{func(c *sidekick.Config) { c.LivenessPath, c.ReadinessPath = "/h", "/h" }, "readinessPath: invalid value \"/h\": it is the path of the liveness check, too"},
		{func(c *sidekick.Config) { c.LivenessPath = "/api" }, "livenessPath: invalid value \"/api\": it is the path for actions, too"},
		{func(c *sidekick.Config) { c.URLPathForActions = "a//b" }, "urlPathForActions: invalid value \"/a//b\""},
		{func(c *sidekick.Config) { c.URLPathForFiles = "/api/" }, "urlPathForFiles: invalid value \"/api\": it is the path for actions, too"},
		{func(c *sidekick.Config) { c.URLPathForDocs = "docs" }, "urlPathForDocs: invalid value \"docs\": it shows the OpenAPI document"},
		{func(c *sidekick.Config) { c.OpenAPI, c.URLPathForDocs = true, "public" }, "urlPathForDocs: invalid value \"/public\": it is the path for files, too"},
		{func(c *sidekick.Config) { c.RootEndpointType = "both" }, "rootEndpointType: invalid value \"both\": want \"api\" or \"file\""},
		{func(c *sidekick.Config) { c.URLPathForFiles = "" }, "rootEndpointType: invalid value \"file\": files are switched off"},
		{func(c *sidekick.Config) { c.URLPathForActions = "" }, "urlPathForActions: without it actions answer at the root only"},
		{func(c *sidekick.Config) { c.FlatFileCacheDuration = -1 }, "flatFileCacheDuration: invalid value -1"},
		{func(c *sidekick.Config) { c.FlatFileCacheDuration = math.MaxInt }, "flatFileCacheDuration: "},
		{func(c *sidekick.Config) { c.FingerprintOptions.Settings.SameSite = "both" }, "fingerprintOptions.settings.sameSite: invalid value \"both\""},
		{func(c *sidekick.Config) { c.FingerprintOptions.Settings.SameSite = "none" }, "sidekick: fingerprintOptions.settings.sameSite: fingerprint: SameSite"},
		{func(c *sidekick.Config) { c.FingerprintOptions.Settings.Expires = 1 << 60 }, "fingerprintOptions.settings.expires: invalid value 1152921504606846976"},
		{func(c *sidekick.Config) { c.FingerprintOptions.Settings.Expires = 1500 }, "sidekick: fingerprintOptions.settings.expires: fingerprint: MaxAge"},
		{func(c *sidekick.Config) { c.FingerprintOptions.CookieKey = "a b" }, "sidekick: fingerprintOptions.cookieKey: fingerprint: CookieName"},
		{func(c *sidekick.Config) { c.HTTPHeaders = map[string]*string{"X-A": nil, "x-a": nil} }, "httpHeaders: invalid value"},
		{func(c *sidekick.Config) { c.HTTPHeaders = map[string]*string{"a b": new("")} }, "sidekick: httpHeaders: headers: "},
		{func(c *sidekick.Config) { c.Compress, c.CompressOptions.GzipLevel = true, 10 }, "sidekick: compressOptions.gzipLevel: compress: "},
		{func(c *sidekick.Config) { c.AllowedRequestHosts = []string{"a", "b c"} }, "sidekick: allowedRequestHosts[1]: hosts: "},
		{func(c *sidekick.Config) { c.AssumeScheme = "ftp" }, "sidekick: assumeScheme: hosts: "},
		{func(c *sidekick.Config) { c.HostExemptPaths = []string{"x"} }, "sidekick: hostExemptPaths[0]: hosts: "},
		{func(c *sidekick.Config) { c.AutomaticRoutes = []string{"fetch"} }, "sidekick: automaticRoutes[0]: dispatch: "},
		{func(c *sidekick.Config) { c.FormOptions.HashAlgorithm = "crc" }, "sidekick: formOptions.hashAlgorithm: upload: "},
		{func(c *sidekick.Config) { c.QueryParseOptions.Depth = 1 << 30 }, "sidekick: queryParseOptions.depth: params: "},
		{func(c *sidekick.Config) { c.QueryParseOptions.Delimiter = "=" }, "sidekick: queryParseOptions.delimiter: params: "},
		{func(c *sidekick.Config) { c.DefaultErrorStatusCode = 200 }, "sidekick: defaultErrorStatusCode: envelope: "},
		{func(c *sidekick.Config) { c.DirectoryFileType = "a/b" }, "sidekick: directoryFileType: static: "},
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
		func(c *sidekick.Config) { c.Port = "systemd:web" },
		func(c *sidekick.Config) { c.Port, c.BindIP = "./a.sock", "" },
		func(c *sidekick.Config) {
			c.Port = "0"
			c.Listeners = []sidekick.Listener{{Port: "0"}, {Port: "8080", BindIP: "::1"}}
		},
		func(c *sidekick.Config) { c.LivenessPath, c.ReadinessPath = "/healthz/live", "/healthz/ready" },
		func(c *sidekick.Config) { c.MaxConnections, c.IdleTimeout = -1, 0 },
		func(c *sidekick.Config) { c.URLPathForActions = "/öffentlich/a" },
		func(c *sidekick.Config) { c.FingerprintOptions.Settings = sidekick.FingerprintSettings{} },
	} {
		cfg := good()
		change(&cfg)
		newKit(t, cfg)
	}
}

func TestSettingsAreInOrder(t *testing.T) {
	var paths []string
	for path := range sidekick.Production().Settings() {
		if paths = append(paths, path); len(paths) == 3 {
			break
		}
	}
	if got := strings.Join(paths, " "); got != "serverName apiVersion enabled" {
		t.Errorf("got %s", got)
	}
	if n := len(maps.Collect(sidekick.Production().Settings())); n < 70 {
		t.Errorf("got %d options", n)
	}
}

// TestReadmeConfigurations holds that the configurations that README shows are
// read.
func TestReadmeConfigurations(t *testing.T) {
	texts := []string{"testdata/sidekick.json", "README.md"}
	for i, name := range texts {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	for _, rest := range strings.Split(texts[1], "```json\n")[1:] {
		if block, _, _ := strings.Cut(rest, "```"); strings.HasPrefix(block, "{\n  \"serverName\"") {
			texts = append(texts, block)
		}
	}
	for _, text := range slices.Delete(texts, 1, 2) {
		cfg := sidekick.Production()
		if err := json.Unmarshal([]byte(text), &cfg); err != nil {
			t.Errorf("%s\n%v", text, err)
		}
	}
}

// FuzzVariables gives one value to options of every type: none is too much for
// it, and what is said of it is a line for each.
func FuzzVariables(f *testing.F) {
	for _, value := range []string{"", "null", "[", "[]", "{}", "1", "-0", "99999", "true", "1s", "a,b", ",", "\x00", "\xff", `{"get":[{}]}`, `[{"port":1}]`, `["::1"]`, "1e400", "\n\"", "tcp://x"} {
		f.Add(value)
	}
	names := strings.Fields(`SERVER_NAME PORT BIND_IP SECURE BOOT_ATTEMPTS READ_TIMEOUT LISTENERS TRUSTED_PROXIES PUBLIC_FOLDERS
		HTTP_HEADERS ROUTES PADDING URL_PATH_FOR_FILES FORM_OPTIONS_MAX_FILE_SIZE FINGERPRINT_OPTIONS_SETTINGS_HTTP_ONLY`)
	f.Fuzz(func(t *testing.T, value string) {
		var environ []string
		for _, name := range names {
			environ = append(environ, "SIDEKICK_"+name+"="+value)
		}
		cfg, origins, err := sidekick.Load(sidekick.LoadOptions{Environ: environ})
		set := 0
		for _, origin := range origins {
			if origin != "default" {
				set++
			}
		}
		problems := 0
		if err != nil {
			problems = strings.Count(err.Error(), "\n") + 1
			if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' && r != '\n' }) {
				t.Errorf("control characters in %q", err)
			}
		}
		if value != "" && !regexp.MustCompile(`^(tcp|udp|sctp)://`).MatchString(value) && set+problems < len(environ) {
			t.Errorf("%q: %d options were set and %d problems reported, of %d", value, set, problems, len(environ))
		}
		text, err := json.Marshal(cfg)
		if err != nil {
			t.Fatal(err)
		}
		again := sidekick.Production()
		if err := json.Unmarshal(text, &again); err != nil {
			t.Errorf("written as %s, which is refused: %v", text, err)
		}
	})
}
