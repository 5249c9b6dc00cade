package sidekick_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/middleware/clientaddr"
	"github.com/sidekick-http/sidekick/middleware/compress"
	"github.com/sidekick-http/sidekick/static"
)

// load loads from a file with this content, if there is any, and from only these
// variables.
func load(t *testing.T, base sidekick.Config, text string, environ ...string) (sidekick.Config, sidekick.Origins, string, error) {
	t.Helper()
	o := sidekick.LoadOptions{Base: &base, Environ: append([]string{"HOME=/root"}, environ...)}
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
		`{"server": {"port": 1}, "serverName": "of the file", "upload": {"maxFiles": 5}, "static": {"roots": ["x"]}, "headers": {"set": {"X-A": "file", "X-B": "file"}}}`,
		"SIDEKICK_SERVER_PORT=2", "SIDEKICK_UPLOAD_MAX_FILES=6", "SIDEKICK_BIND_IP=", `SIDEKICK_HTTP_HEADERS={"x-a": "environment"}`, "SIDEKICK_SERVER_PORT=3",
	)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Server.Port != "2" || cfg.Envelope.ServerName != "of the file" || cfg.Upload.MaxFiles != 6 || cfg.Envelope.Padding != 2 ||
		!maps.Equal(cfg.Headers.Set, map[string]string{"x-a": "environment", "X-B": "file"}) {
		t.Errorf("got %+v", cfg)
	}
	for path, want := range map[string]string{
		"server.port": "environment SIDEKICK_SERVER_PORT", "envelope.serverName": "file " + file + ":1:39 (serverName)", "upload.maxFiles": "environment SIDEKICK_UPLOAD_MAX_FILES",
		"static.roots": "file " + file + ":1:101", "envelope.padding": "default", "server.bindIP": "default", "headers.set": "environment SIDEKICK_HTTP_HEADERS (httpHeaders)",
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

// A part that one of its options switches on has the origin of that option; one that was on keeps its
// own.
func TestOriginsOfParts(t *testing.T) {
	on := sidekick.Production()
	on.Compress = &compress.Options{}
	for _, tt := range []struct {
		base sidekick.Config
		text string
		want string
	}{
		{sidekick.Production(), "", "environment SIDEKICK_COMPRESS_GZIP_LEVEL"},
		{on, "", "default"},
		{sidekick.Production(), `{"compress": true}`, ":1:14"},
		{sidekick.Production(), `{"compress": {}}`, ":1:14"},
	} {
		cfg, origins, _, err := load(t, tt.base, tt.text, "SIDEKICK_COMPRESS_GZIP_LEVEL=3")
		if err != nil || cfg.Compress == nil || !strings.HasSuffix(origins["compress"], tt.want) {
			t.Errorf("%s: got %v from %q, %v", tt.text, cfg.Compress, origins["compress"], err)
		}
	}
}

func TestWhichEnvironment(t *testing.T) {
	for _, tt := range []struct {
		base *sidekick.Config
		name string
		want bool // development
	}{
		{nil, "", false},
		{nil, "production", false},
		{nil, "development", true},
		{new(sidekick.Development()), "", true},
		{new(sidekick.Development()), "production", true},
		{new(sidekick.Production()), "development", false},
	} {
		cfg, _, err := sidekick.Load(sidekick.LoadOptions{Base: tt.base, Environ: []string{"SIDEKICK_ENV=" + tt.name}})
		if err != nil || cfg.Envelope.ExposeErrors != tt.want || (cfg.Docs != nil) != tt.want {
			t.Errorf("%q: got exposeErrors %v, %v", tt.name, cfg.Envelope.ExposeErrors, err)
		}
	}
	if _, _, err := sidekick.Load(sidekick.LoadOptions{Environ: []string{"SIDEKICK_ENV=prod"}}); err == nil || !strings.Contains(err.Error(), `environment SIDEKICK_ENV: sidekick: configuration: invalid value "prod": want "development" or "production"`) {
		t.Errorf("got %v", err)
	}
	t.Setenv("SIDEKICK_SERVER_NAME", "of this process")
	if cfg, _, err := sidekick.Load(sidekick.LoadOptions{}); err != nil || cfg.Envelope.ServerName != "of this process" {
		t.Errorf("got %q, %v", cfg.Envelope.ServerName, err)
	}
}

// TestNamedNetworks checks that files and variables can name lists of networks.
func TestNamedNetworks(t *testing.T) {
	list := filepath.Join(t.TempDir(), "networks")
	if err := os.WriteFile(list, []byte("173.245.48.0/20\n2400:cb00::/32 # more\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	private, loopback := clientaddr.PrivateRanges(), clientaddr.Loopback()
	loaded := []netip.Prefix{netip.MustParsePrefix("173.245.48.0/20"), netip.MustParsePrefix("2400:cb00::/32")}
	one := netip.MustParsePrefix("203.0.113.1/32")
	for _, tt := range []struct {
		json, variable string
		want           []netip.Prefix
	}{
		{`["203.0.113.1", "private", "loopback"]`, "", slices.Concat([]netip.Prefix{one}, private, loopback)},
		{`["loopback"]`, "", loopback},
		{`[]`, "private,203.0.113.1," + list, slices.Concat(private, []netip.Prefix{one}, loaded)},
		{`["private"]`, "loopback", loopback},
	} {
		cfg, _, _, err := load(t, sidekick.Production(), `{"clientAddr": {"trustedProxies": `+tt.json+`}}`, "SIDEKICK_CLIENT_ADDR_TRUSTED_PROXIES="+tt.variable)
		if err != nil || !slices.Equal(cfg.ClientAddr.TrustedProxies, tt.want) {
			t.Errorf("%s, %s: got %v, %v", tt.json, tt.variable, cfg.ClientAddr.TrustedProxies, err)
		}
	}
	for value, want := range map[string]string{
		"/nowhere/networks": "open /nowhere/networks: no such file", "Private": "or a file that lists networks", "private/8": "or a file that lists networks", "": "or a file that lists networks",
	} {
		_, _, file, err := load(t, sidekick.Production(), `{"clientAddr": {"trustedProxies": ["10.0.0.0/8", "`+value+`"]}}`)
		if at := "file " + file + ":1:50: sidekick: clientAddr.trustedProxies[1] "; err == nil || !strings.HasPrefix(err.Error(), at) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v", value, err)
		}
	}
}

// A file of another kind leads to few problems, each of which says where it comes from.
func TestAWrongFileOfNetworks(t *testing.T) {
	name := filepath.ToSlash(filepath.Join(t.TempDir(), "networks"))
	if err := os.WriteFile(name, []byte(strings.Repeat("x\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(name, "/") {
		t.Skip("files of networks have a path that begins with a slash")
	}
	_, _, file, err := load(t, sidekick.Production(), `{"clientAddr": {"trustedProxies": ["`+name+`"]}}`)
	if err == nil {
		t.Fatal("got no error")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 12 || !strings.Contains(err.Error(), "and 990 more wrong values") {
		t.Errorf("got %d problems, want ten, how many more there are, and that there is no network:\n%v", len(lines), err)
	}
	for _, line := range lines {
		if !strings.HasPrefix(line, "file "+file+":1:36: sidekick: clientAddr.trustedProxies[0] ") {
			t.Errorf("got %s, want the key and where it is set", line)
		}
	}
}

// TestAllProblemsAreReported checks that file and environment are read to their
// end, whatever is wrong, and that what is right takes effect.
func TestAllProblemsAreReported(t *testing.T) {
	cfg, origins, file, err := load(t, sidekick.Production(),
		"{\n  \"server\": {\"prot\": 1, \"readTimeout\": 30},\n  \"padding\": \"two\", \"clientAddr\": {\"trustedProxies\": [\"10.0.0.0/8\", \"all\", 7]},\n  \"apiVersion\": \"7\"\n}",
		"SIDEKICK_COMPRESS=yes", "SIDEKICK_STATIC_ROTS=x", "PORT=web", "SIDEKICK_SERVER_NAME=good")
	want := []string{
		"file " + file + ":2:14: sidekick: server.prot: unknown key; did you mean server.port?",
		"file " + file + `:2:40: sidekick: server.readTimeout (SIDEKICK_SERVER_READ_TIMEOUT): invalid value 30: want a time such as "30s", "1m30s" or "500ms"`,
		"file " + file + `:3:14: sidekick: padding (envelope.padding): invalid value "two": want a whole number`,
		"file " + file + `:3:69: sidekick: clientAddr.trustedProxies[1] (SIDEKICK_CLIENT_ADDR_TRUSTED_PROXIES): invalid value "all": want a network such as "10.0.0.0/8", an address, "loopback", "private", or a file that lists networks, by a path that begins with / or ./`,
		"file " + file + `:3:76: sidekick: clientAddr.trustedProxies[2] (SIDEKICK_CLIENT_ADDR_TRUSTED_PROXIES): invalid value 7: want a network such as "10.0.0.0/8", an address, "loopback", "private", or a file that lists networks, by a path that begins with / or ./`,
		`environment PORT: sidekick: port: invalid value "web": want a port from 0 to 65535, the path of a unix socket with a slash in it, or "systemd"`,
		`environment SIDEKICK_COMPRESS: sidekick: compress: invalid value "yes": want true or false; each of its options has a variable of its own`,
		"environment SIDEKICK_STATIC_ROTS: sidekick: unknown variable; did you mean SIDEKICK_STATIC_ROOTS?",
	}
	if err == nil || err.Error() != strings.Join(want, "\n") {
		t.Errorf("got\n%v\nwant\n%s", err, strings.Join(want, "\n"))
	}
	var problem *sidekick.ConfigError
	if !errors.As(err, &problem) {
		t.Errorf("%v is no ConfigError", err)
	}
	if cfg.Envelope.APIVersion != "7" || cfg.Envelope.ServerName != "good" || origins["envelope.padding"] == "default" {
		t.Errorf("got %q, %q, padding from %q", cfg.Envelope.APIVersion, cfg.Envelope.ServerName, origins["envelope.padding"])
	}
}

func TestWhatIsWrongWithAFile(t *testing.T) {
	_, _, file, err := load(t, sidekick.Production(), `{"serverName": "`+strings.Repeat("x", 1<<20)+`"}`)
	if err == nil || !strings.Contains(err.Error(), "file "+file+": sidekick: configuration: it has more than 1048576 bytes") {
		t.Errorf("got %v", err)
	}
	missing := filepath.Join(t.TempDir(), "missing.json")
	_, _, err = sidekick.Load(sidekick.LoadOptions{File: missing, Environ: []string{"SIDEKICK_NOPE_NOPE=1"}})
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "SIDEKICK_NOPE_NOPE") {
		t.Errorf("got %v, want both problems", err)
	}
}

func TestUnmarshalLeavesAConfigAlone(t *testing.T) {
	cfg := sidekick.Development()
	before := settings(cfg)
	for _, text := range []string{"[]", `{"compress": {"gzipLevel": 5}, "docs": {"path": 1}}`, `{"padding": 3, "nope": 1}`} {
		if err := json.Unmarshal([]byte(text), &cfg); err == nil || !slices.Equal(settings(cfg), before) {
			t.Errorf("%s: got %v\n%v", text, err, settings(cfg))
		}
	}
	for _, text := range []string{"{", `{"a": 1} {}`, "\xff", "{\"serverName\": \"\xff\"}", ""} {
		if err := cfg.UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("%q: got no error", text)
		}
	}
	other := cfg
	if err := json.Unmarshal([]byte(`{"docs": {"title": "changed"}}`), &other); err != nil || cfg.Docs.Title != "" || other.Docs.Title != "changed" {
		t.Errorf("got %q and %q, %v", cfg.Docs.Title, other.Docs.Title, err)
	}
}

// TestVariablesOfKubernetes checks that a service named sidekick causes no error.
func TestVariablesOfKubernetes(t *testing.T) {
	cfg, origins, _, err := load(t, sidekick.Production(), "",
		"SIDEKICK_SERVICE_HOST=10.0.0.1", "SIDEKICK_SERVICE_PORT=80", "SIDEKICK_SERVICE_PORT_HTTP=80", "SIDEKICK_PORT=tcp://10.0.0.1:80",
		"SIDEKICK_PORT_80_TCP=tcp://10.0.0.1:80", "SIDEKICK_PORT_80_TCP_PROTO=tcp", "SIDEKICK_PORT_80_TCP_PORT=80", "SIDEKICK_PORT_80_TCP_ADDR=10.0.0.1",
		"SIDEKICK_SERVER_PORT=tcp://10.0.0.1:80", "SIDEKICK_DB_SERVICE_HOST=10.0.0.2", "PORT=8081")
	if err != nil || cfg.Server.Port != "8081" || origins["server.port"] != "environment PORT (port)" {
		t.Errorf("got %q from %q, %v", cfg.Server.Port, origins["server.port"], err)
	}
}

// TestProblemsOfPiecesAreLocated checks that problems found by New are reported
// with the path of the option and where it was set.
func TestProblemsOfPiecesAreLocated(t *testing.T) {
	cfg, origins, file, err := load(t, sidekick.Production(), "{\"allowedRequestHosts\": [\"https://a\", \"b c\"],\n\"envelope\": {\"padding\": 99}}", "SIDEKICK_STATIC_MAX_RANGES=5", "SIDEKICK_PARAMS_QUERY_DELIMITER==")
	if err != nil {
		t.Fatal(err)
	}
	cfg.UploadDir.Dir = filepath.Join(t.TempDir(), "missing") // in Go
	_, err = sidekick.New(cfg)
	err = origins.Locate(err)
	for _, want := range []string{
		"file " + file + `:1:25 (allowedRequestHosts): sidekick: hosts.allowed[1] (SIDEKICK_HOSTS_ALLOWED): invalid value "b c": `,
		"file " + file + ":2:25: sidekick: envelope.padding (SIDEKICK_ENVELOPE_PADDING): invalid value 99: want a number of spaces",
		`environment SIDEKICK_PARAMS_QUERY_DELIMITER: sidekick: params.query.delimiter: invalid value "=": want none of`,
		"\nsidekick: uploadDir.dir (SIDEKICK_UPLOAD_DIR_DIR): invalid value ",
	} {
		if err == nil || !strings.Contains("\n"+err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	if origins.Locate(nil) != nil {
		t.Error("nothing wrong was made an error")
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
		cfg.Fingerprint.Keys = [][]byte{[]byte(key)}
		return cfg
	}
	fromFile := sidekick.Production()
	fromFile.Fingerprint.KeysFile = keys
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
	if err != nil || origins["fingerprint.keys"] != "environment SIDEKICK_FINGERPRINT_KEYS" || !knows(t, with(b), cookie(t, loaded)) {
		t.Errorf("loaded: from %q, %v", origins["fingerprint.keys"], err)
	}
	if text, _ := json.Marshal(loaded); strings.Contains(string(text), b) || strings.Contains(fmt.Sprint(settings(loaded)), b) {
		t.Errorf("the keys are shown: %s", text)
	}
	cfg := sidekick.Production()
	cfg.Fingerprint.KeysFile = filepath.Join(t.TempDir(), "missing")
	if _, err := sidekick.New(cfg); err == nil || !strings.Contains(err.Error(), "sidekick: fingerprint.keysFile (SIDEKICK_FINGERPRINT_KEYS_FILE): invalid value ") {
		t.Errorf("got %v", err)
	}
	// Only separators is a mistake, and no reason for a random key.
	t.Setenv("SIDEKICK_FINGERPRINT_KEYS", ", ,")
	if _, err := sidekick.New(sidekick.Production()); err == nil || !strings.Contains(err.Error(), "environment SIDEKICK_FINGERPRINT_KEYS: sidekick: fingerprint.keys: the list is empty") {
		t.Errorf("got %v", err)
	}
}

func TestSettingsAreInOrder(t *testing.T) {
	var paths []string
	for path := range sidekick.Production().Settings() {
		if paths = append(paths, path); len(paths) == 3 {
			break
		}
	}
	if got := strings.Join(paths, " "); got != "server.disableListening server.port server.bindIP" {
		t.Errorf("got %s", got)
	}
}

// TestWrittenOverAnything checks that a configuration that was written is restored,
// whatever it is read over; file systems, which exist only in Go, are left out.
func TestWrittenOverAnything(t *testing.T) {
	cfg := sidekick.Development()
	cfg.Static.Roots = []static.Root{static.Dir("a"), static.FS(os.DirFS(".")), static.Dir("b")}
	cfg.Static.Cache = []static.CacheRule{{Pattern: "*.js", Immutable: true}}
	cfg.Actions.Routes = dispatch.Routes{{Method: "get", Path: "/a", Action: "b", APIVersion: 2}, {Method: "all", Path: "/c", Dir: "d"}}
	text, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for name, over := range map[string]sidekick.Config{"production": sidekick.Production(), "development": sidekick.Development()} {
		if err := json.Unmarshal(text, &over); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if a, b := settings(over), settings(cfg); !slices.Equal(a, b) {
			t.Errorf("over %s: got  %s\nwant %s", name, a, b)
		}
		if len(over.Static.Roots) != 2 || over.Actions.Routes[1].Method != "all" {
			t.Errorf("got %+v", over.Static.Roots)
		}
	}
}

// TestReadmeConfigurations checks that the configurations in README can be read.
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
