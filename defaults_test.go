package sidekick_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/config"
	"github.com/sidekick-http/sidekick/internal/notation"
	"github.com/sidekick-http/sidekick/ratelimit"
	"github.com/sidekick-http/sidekick/static"
)

// written has the leaves of Config that can be written.
var written = sync.OnceValue(func() []leaf {
	return slices.DeleteFunc(leaves(reflect.TypeFor[sidekick.Config](), "", "", nil), func(l leaf) bool {
		return sample(l.typ) == "" || isDerived(l.tag) || l.tag == "secret"
	})
})

// everyOptionSet returns a configuration in which every option that can be written has
// a value other than its zero.
func everyOptionSet(t *testing.T) sidekick.Config {
	t.Helper()
	cfg := withParts()
	for _, l := range written() {
		setLeaf(t, &cfg, l, sample(l.typ))
	}
	for _, l := range written() {
		if v, _ := at(reflect.ValueOf(cfg), l.field); v.IsZero() {
			t.Fatalf("%s is not set", l.path)
		}
	}
	return cfg
}

// everyOptionOff returns a configuration in which every number and time that can be
// negative is.
func everyOptionOff(t *testing.T) sidekick.Config {
	t.Helper()
	cfg, count := withParts(), 0
	for _, l := range written() {
		v, _ := at(reflect.ValueOf(&cfg).Elem(), l.field)
		if k := l.typ.Kind(); k >= reflect.Int && k <= reflect.Int64 && l.typ != reflect.TypeFor[http.SameSite]() {
			v.SetInt(-1)
			count++
		}
	}
	if count < 50 {
		t.Fatalf("got %d numbers, want them found", count)
	}
	return cfg
}

func setLeaf(t *testing.T, cfg *sidekick.Config, l leaf, value string) {
	t.Helper()
	text := value
	for _, name := range slices.Backward(strings.Split(l.path, ".")) {
		text = fmt.Sprintf("{%q:%s}", name, text)
	}
	if err := json.Unmarshal([]byte(text), cfg); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// TestWhatIsShownIsReadAgain checks that the effective configuration, written as JSON and
// read over each preset, sets every option to the same value, so that it is the effective
// configuration again.
func TestWhatIsShownIsReadAgain(t *testing.T) {
	t.Parallel()
	cases := map[string]sidekick.Config{
		"production": sidekick.Production(), "development": sidekick.Development(),
		"Actionhero 29.3.5": sidekick.Actionhero29(sidekick.Production()), "every part": withParts(),
		"every option": everyOptionSet(t), "off": everyOptionOff(t),
	}
	const groups = 4
	for group := range groups { // of options that are set while the others are not
		cfg := sidekick.Config{}
		for i, l := range written() {
			if i%groups == group {
				setLeaf(t, &cfg, l, sample(l.typ))
			}
		}
		cases[fmt.Sprintf("every option, %d of %d", group, groups)] = cfg
	}
	for name, text := range map[string]string{
		"switched off":           `{"disableStatic": true, "static": {"disableIndex": true, "disableCacheControl": true, "disableETag": true}, "upload": {"disableWholeBody": true}}`,
		"a page for missing":     `{"static": {"notFoundPage": "x.html"}}`,
		"rules":                  `{"static": {"cache": [{"pattern": "*.js", "immutable": true}, {"pattern": "*.css", "value": "no-store"}, {"pattern": "a", "maxAge": "-1s"}]}}`,
		"limits":                 `{"rateLimit": {"limits": [{"rate": 5, "per": "1s"}]}, "actionRateLimits": {"a": [{"rate": 1, "per": "1m"}, {"rate": 7, "per": "1h", "burst": 2}]}}`,
		"actions that repeat":    `{"idempotentActions": ["a"]}`,
		"actions at the root":    `{"paths": {"actions": "/"}, "openAPI": true, "docs": {"path": "/a/b/"}}`,
		"hosts":                  `{"hosts": {"allowed": ["https://a.example", "b.example", "*.c.example"]}, "openAPI": true}`,
		"headers":                `{"headers": {"set": {"x-powered-by": "", "X-A": "b"}}, "envelope": {"serverName": "Mine"}}`,
		"a cookie of the host":   `{"fingerprint": {"hostPrefix": true, "maxAge": "-1s"}}`,
		"a log":                  `{"log": {"level": "debug"}}`,
		"limits that depend":     `{"server": {"maxHeaderBytes": 5000}, "upload": {"maxFileBytes": -1}, "params": {"maxBodyBytes": 7, "query": {"delimiter": ";"}}}`,
		"messages and no others": `{"envelope": {"errors": {"texts": {"file_not_found": "gone"}}}}`,
		"routes":                 `{"actions": {"routes": {"get": [{"path": "/a", "action": "b", "apiVersion": 2}], "all": [{"path": "/c", "dir": "d", "matchTrailingPathParts": true}]}}}`,
	} {
		cfg := sidekick.Config{}
		if err := json.Unmarshal([]byte(text), &cfg); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		cases[name] = cfg
	}
	for name, cfg := range cases {
		effective := cfg.WithDefaults()
		text, err := json.Marshal(effective)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		over := map[string]sidekick.Config{"production": sidekick.Production(), "development": sidekick.Development()}
		for preset, over := range over {
			if err := json.Unmarshal(text, &over); err != nil {
				t.Errorf("%s: refused: %v\n%s", name, err, text)
				continue
			}
			same(t, name+" over "+preset, over, effective)
		}
		same(t, name+", filled in twice", effective.WithDefaults(), effective)
	}
}

// same compares the options that can be written.
func same(t *testing.T, name string, got, want sidekick.Config) {
	t.Helper()
	if a, b := settings(got), settings(want); !slices.Equal(a, b) {
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Errorf("%s: got %s, want %s", name, a[i], b[i])
			}
		}
		if len(a) != len(b) {
			t.Errorf("%s: got %d settings, want %d", name, len(a), len(b))
		}
	}
	for _, l := range written() {
		a, isA := at(reflect.ValueOf(got), l.field)
		b, isB := at(reflect.ValueOf(want), l.field)
		if isA != isB || isA && !sameValue(a, b) {
			t.Errorf("%s: %s: got %#v, want %#v", name, l.path, a, b)
		}
	}
}

// sameValue compares two values. An empty list or map is the same as none.
func sameValue(a, b reflect.Value) bool {
	if k := a.Kind(); (k == reflect.Slice || k == reflect.Map) && a.Len() == 0 {
		return b.Len() == 0
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

// TestNewRunsWithWhatIsShown checks that a server runs with the configuration that
// WithDefaults returns, and that New makes the same of either.
func TestNewRunsWithWhatIsShown(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*sidekick.Config){
		"zero":          func(*sidekick.Config) {},
		"development":   func(c *sidekick.Config) { *c = sidekick.Development() },
		"without files": func(c *sidekick.Config) { c.DisableStatic, c.DisableClient = true, true },
		"every part": func(c *sidekick.Config) {
			*c = withParts()
			c.RateLimit.Limits = []ratelimit.Limit{{Rate: 1, Per: time.Second}}
		},
		"off": func(c *sidekick.Config) {
			c.Server.MaxConnections, c.Server.ProbeConnections, c.Server.CertificateWarning = -1, -1, -1
			c.Params.Query.Depth, c.Params.Query.ArrayLimit, c.Upload.MaxFileBytes, c.Upload.LingerTime = -1, -1, -1, -1
			c.Static.MaxAge, c.Static.MaxRanges, c.Static.CacheBytes = -1, -1, -1
			c.Envelope.MaxBytes, c.Actions.MaxPending, c.Actions.MaxBodyTime, c.UploadDir.SweepInterval = -1, -1, -1, -1
			c.Fingerprint.MaxAge, c.Fingerprint.RenewBefore = -1, -1
		},
		"another server": func(c *sidekick.Config) { c.Unknown = http.NotFoundHandler() },
		"names": func(c *sidekick.Config) {
			c.Envelope.ServerName, c.Paths.Actions, c.Hosts.Allowed = "Mine", "/", []string{"a.example"}
		},
	} {
		cfg := sidekick.Config{}
		change(&cfg)
		cfg.Fingerprint.DangerouslyUnsigned = true
		effective := cfg.WithDefaults()
		for from, given := range map[string]sidekick.Config{"as it is": cfg, "filled in": effective} {
			got := newKit(t, given, list).Effective()
			got.Static.Roots = got.Static.Roots[:len(effective.Static.Roots)] // without that of the client
			same(t, name+", "+from, got, effective)
		}
	}
}

// TestWithDefaultsLeavesGoValuesAlone checks, for the whole configuration and for every
// piece, that functions, stores and loggers stay nil, so that the assembled server can
// still set its own, and that nothing of the given options is changed.
func TestWithDefaultsLeavesGoValuesAlone(t *testing.T) {
	t.Parallel()
	given, untouched := everyOptionSet(t), everyOptionSet(t)
	given.Static.Cache, untouched.Static.Cache = []static.CacheRule{{Pattern: "*", Immutable: true}}, []static.CacheRule{{Pattern: "*", Immutable: true}}
	effective := given.WithDefaults()
	if !reflect.DeepEqual(given, untouched) {
		t.Error("the given configuration was changed")
	}
	for path, field := range sidekick.GoOnly() {
		v, ok := at(reflect.ValueOf(effective), field)
		if k := v.Kind(); !ok || (k == reflect.Func || k == reflect.Interface || k == reflect.Pointer) && !v.IsNil() {
			t.Errorf("%s was set to %v", path, v)
		}
	}
	count := 0
	for name, piece := range optionsOfPieces(withParts()) {
		filled := reflect.ValueOf(piece).MethodByName("WithDefaults").Call(nil)[0]
		for i := range filled.NumField() {
			f := filled.Field(i)
			if k := f.Kind(); (k == reflect.Func || k == reflect.Interface || k == reflect.Pointer) && !f.IsNil() {
				t.Errorf("%s.%s was set", name, filled.Type().Field(i).Name)
			}
		}
		count++
	}
	if count < 20 {
		t.Errorf("got %d pieces, want them found", count)
	}
}

// optionsOfPieces returns the options of all pieces, by the names of their fields.
func optionsOfPieces(cfg sidekick.Config) map[string]any {
	all := map[string]any{}
	v := reflect.ValueOf(cfg)
	for i := range v.NumField() {
		f := v.Field(i)
		if f.Kind() == reflect.Pointer && !f.IsNil() {
			f = f.Elem()
		}
		if f.Kind() == reflect.Struct && strings.HasSuffix(f.Type().Name(), "Options") && f.Type().PkgPath() != v.Type().PkgPath() {
			all[v.Type().Field(i).Name] = f.Interface()
		}
	}
	return all
}

// TestDefaultsAreThoseOfThePieces checks that the configuration asks every piece, so that
// an option that a piece gets has its default there and nowhere else.
func TestDefaultsAreThoseOfThePieces(t *testing.T) {
	t.Parallel()
	all := optionsOfPieces(withParts().WithDefaults())
	for name, piece := range all {
		v := reflect.ValueOf(piece)
		filled := v.MethodByName("WithDefaults").Call(nil)[0]
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() || isDerived(f.Tag.Get("config")) || name == "Docs" && f.Name == "SpecURL" {
				continue
			}
			if !sameOptions(filled.Field(i), v.Field(i)) {
				t.Errorf("%s.%s: the piece has %v, the configuration %v", name, f.Name, filled.Field(i), v.Field(i))
			}
		}
	}
	if len(all) < 20 {
		t.Errorf("got %d pieces, want them found", len(all))
	}
}

func sameOptions(a, b reflect.Value) bool {
	return a.Kind() == reflect.Func && a.IsNil() && b.IsNil() || a.Kind() != reflect.Func && sameValue(a, b)
}

// TestNegativeValuesStay checks that no default replaces a value that switches something off.
func TestNegativeValuesStay(t *testing.T) {
	t.Parallel()
	given := everyOptionOff(t)
	effective := given.WithDefaults()
	for _, l := range written() {
		v, _ := at(reflect.ValueOf(given), l.field)
		if got, _ := at(reflect.ValueOf(effective), l.field); v.CanInt() && v.Int() < 0 && got.Int() != -1 {
			t.Errorf("%s: got %v", l.path, got)
		}
	}
}

// TestShownDefaults checks values that an operator looks for, and defaults that depend on
// other options.
func TestShownDefaults(t *testing.T) {
	t.Setenv("TMPDIR", os.TempDir())
	for text, want := range map[string]map[string]string{
		`{}`: {
			"server.port": `"8080"`, "server.readHeaderTimeout": `"10s"`, "server.socketMode": `"0660"`, "server.certificateWarning": `"720h0m0s"`, "server.probeConnections": "64",
			"server.maxURLBytes": "8192", "server.bindIP": `""`, "server.shutdownDelay": `"0s"`, "server.listeners": "[]", "paths.root": `"files"`, "log.format": `""`,
			"headers.set":       `{"Access-Control-Allow-Headers":"Content-Type","Access-Control-Allow-Methods":"HEAD, GET, POST, PUT, PATCH, DELETE, OPTIONS, TRACE","Access-Control-Allow-Origin":"*","Strict-Transport-Security":"max-age=31536000; includeSubDomains","X-Powered-By":"Sidekick API"}`,
			"clientAddr.header": `"X-Forwarded-For"`, "fingerprint.sameSite": `"lax"`, "fingerprint.renewBefore": `"30m0s"`, "fingerprint.randomKeys": "false", "fingerprint.keys": "(none)",
			"static.index": `["index.html"]`, "static.cacheBytes": "16777216", "static.checkInterval": `"0s"`, "static.notFound": `"that file is not found"`,
			"upload.moveMode": `"0600"`, "upload.maxTotalFileBytes": "209715200", "upload.hash": `""`, "uploadDir.dir": fmt.Sprintf("%q", os.TempDir()), "params.maxRawBodyBytes": "20971520",
			"actions.maxPending": "256", "actions.timeout": `"0s"`, "compress": "false", "client.apiPath": `"/api"`, "redis": `""`, "jsonp.delimiter": `"&"`,
		},
		`{"paths": {"actions": "/"}}`:                                                      {"paths.root": `"actions"`, "client.apiPath": `"/"`},
		`{"disableStatic": true}`:                                                          {"paths.root": `"actions"`},
		`{"log": {"level": "warn"}}`:                                                       {"log.format": `"text"`, "log.level": `"warn"`},
		`{"log": {"format": "json"}}`:                                                      {"log.format": `"json"`, "log.level": `"info"`},
		`{"server": {"maxHeaderBytes": 5000}}`:                                             {"server.maxURLBytes": "5000"},
		`{"upload": {"maxFileBytes": 5}}`:                                                  {"upload.maxTotalFileBytes": "5"},
		`{"upload": {"maxFileBytes": -1}}`:                                                 {"upload.maxTotalFileBytes": "-1"},
		`{"upload": {"disableWholeBody": true}}`:                                           {"upload.wholeBodyTypes": "[]"},
		`{"params": {"maxBodyBytes": 5, "query": {"delimiter": ";"}}}`:                     {"params.maxRawBodyBytes": "5", "jsonp.delimiter": `";"`},
		`{"fingerprint": {"maxAge": "-1s", "hostPrefix": true}}`:                           {"fingerprint.renewBefore": `"360h0m0s"`, "fingerprint.secure": "true"},
		`{"envelope": {"serverName": "Mine"}, "openAPI": true, "docs": {"path": "/a/b/"}}`: {"openAPI.title": `"Mine"`, "openAPI.servers": `[""]`, "docs.title": `"Mine"`, "docs.specURL": `"../../api/openapi.json"`},
		`{"hosts": {"allowed": ["a.example", "https://b.example"]}, "openAPI": true}`:      {"openAPI.servers": `["//a.example","https://b.example"]`},
		`{"static": {"disableCacheControl": true, "disableIndex": true}}`:                  {"static.maxAge": `"0s"`, "static.index": "[]"},
		`{"static": {"notFoundPage": "x.html"}}`:                                           {"static.notFound": `""`},
		`{"envelope": {"errors": {"texts": {"file_not_found": "gone"}}}}`:                  {"static.notFound": `"gone"`},
		`{"compress": true}`:                                                               {"compress": "true", "compress.gzipLevel": "5", "compress.codings": `["zstd","gzip"]`},
		`{"rateLimit": {"limits": [{"rate": 5, "per": "1s"}]}}`:                            {"rateLimit.limits": `[{"name":"default","rate":5,"per":"1s","burst":5}]`, "rateLimit.fallback": `"local"`},
		`{"actionRateLimits": {"a": [{"rate": 5, "per": "1s"}]}}`:                          {"actionRateLimits": `{"a":[{"name":"default","rate":5,"per":"1s","burst":5}]}`, "rateLimit": "false"},
		`{"idempotentActions": ["a"]}`:                                                     {"idempotency": "true", "idempotency.keepFor": `"24h0m0s"`},
	} {
		var cfg sidekick.Config
		if err := json.Unmarshal([]byte(text), &cfg); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got := maps.Collect(cfg.WithDefaults().Settings())
		for path, value := range want {
			if got[path] != value {
				t.Errorf("%s: %s is %s, want %s", text, path, got[path], value)
			}
		}
	}
	for path, value := range (sidekick.Config{Actions: dispatch.Options{Prefixes: []string{"/x"}}}).WithDefaults().Settings() {
		if value == "null" {
			t.Errorf("%s is shown as null", path)
		}
	}
}

// TestMisplacedOptionsAreNamed checks, for every option, that its last name at the top
// level is an error that names it, and so is the variable without its groups.
func TestMisplacedOptionsAreNamed(t *testing.T) {
	t.Parallel()
	taken := map[string]bool{} // keys and variables that mean something, or are told to be not offered
	for _, o := range sidekick.Schema().Options() {
		top, _, _ := strings.Cut(o.Path, ".")
		taken[top], taken[o.Variable] = true, true
	}
	for _, a := range sidekick.Aliases {
		top, _, _ := strings.Cut(a.Key, ".")
		taken[top], taken[notation.Variable("SIDEKICK_", a.Key)] = true, true
	}
	for key := range sidekick.NotOfferedAnywhere() {
		top, _, _ := strings.Cut(key, ".")
		taken[top] = true
	}
	keys, variables := map[string][]string{}, map[string][]string{} // what is meant by them
	for _, o := range sidekick.Schema().Options() {
		name := o.Path[strings.LastIndexByte(o.Path, '.')+1:]
		if variable := notation.Variable("SIDEKICK_", name); !taken[variable] && !isGroup(variable) {
			variables[variable] = append(variables[variable], o.Variable)
		}
		if !taken[name] {
			keys[name] = append(keys[name], o.Path)
		}
	}
	if len(keys) < 100 || len(variables) < 100 {
		t.Fatalf("got %d keys and %d variables, want them found", len(keys), len(variables))
	}
	var members, environ []string
	for key := range keys {
		members = append(members, fmt.Sprintf("%q: 1", key))
	}
	for variable := range variables {
		environ = append(environ, variable+"=1")
	}
	_, _, _, err := load(t, sidekick.Config{}, "{"+strings.Join(members, ", ")+"}", environ...)
	if err == nil {
		t.Fatal("got no error")
	}
	errs := "\n" + err.Error() + "\n"
	for unknown, all := range map[string]map[string][]string{": sidekick: %s: unknown key": keys, "\nenvironment %s: sidekick: unknown variable": variables} {
		for name, meant := range all {
			_, rest, found := strings.Cut(errs, fmt.Sprintf(unknown, name)+"; did you mean ")
			list, _, _ := strings.Cut(rest, "?\n")
			got := strings.FieldsFunc(strings.ReplaceAll(list, " or ", ", "), func(r rune) bool { return r == ',' || r == ' ' })
			for _, want := range meant {
				if !found || !slices.Contains(got, want) {
					t.Errorf("%s: got %q, want it to name %s", name, list, want)
				}
			}
		}
	}
	for text, want := range map[string]string{
		`{"readTimeout": "10s"}`:                   "sidekick: readTimeout: unknown key; did you mean server.readTimeout or upload.readTimeout?",
		`{"writeTimeout": "10s"}`:                  "sidekick: writeTimeout: unknown key; did you mean server.writeTimeout?",
		`{"maxUrlBytes": 7}`:                       "sidekick: maxUrlBytes: unknown key; did you mean server.maxURLBytes?",
		`{"trustedProxies": ["private"]}`:          "sidekick: trustedProxies: unknown key; did you mean clientAddr.trustedProxies?",
		`{"upload": {"multiples": true}}`:          "sidekick: upload.multiples: unknown key; did you mean params.multiples?",
		`{"server": {"redis": "redis://h"}}`:       "sidekick: server.redis: unknown key; did you mean redis?",
		`{"server": {"disableStatic": true}}`:      "sidekick: server.disableStatic: unknown key; did you mean disableStatic?",
		`{"query": {"depth": 1}}`:                  "sidekick: query: unknown key; did you mean params.query?",
		`{"server.readTimeout": "10s"}`:            `sidekick: "server.readTimeout": unknown key; did you mean server.readTimeout?`,
		`{"exposeErrors": true}`:                   "sidekick: exposeErrors: unknown key; did you mean envelope.exposeErrors?",
		`{"server": {"static": {"maxAge": "1s"}}}`: "sidekick: server.static: unknown key; did you mean static?",
	} {
		var cfg sidekick.Config
		if err := json.Unmarshal([]byte(text), &cfg); err == nil || err.Error() != want {
			t.Errorf("%s: got  %v\nwant %s", text, err, want)
		}
	}
	const want = "environment SIDEKICK_READ_TIMEOUT: sidekick: unknown variable; did you mean SIDEKICK_SERVER_READ_TIMEOUT or SIDEKICK_UPLOAD_READ_TIMEOUT?"
	if _, _, _, err := load(t, sidekick.Config{}, "", "SIDEKICK_READ_TIMEOUT=10s"); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// isGroup reports whether a variable is that of a group of options.
func isGroup(variable string) bool {
	return slices.ContainsFunc(sidekick.Schema().Options(), func(o config.Option) bool { return strings.HasPrefix(o.Variable, variable+"_") })
}
