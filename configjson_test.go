package sidekick_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
)

// everyOption has a value for every option that is not its default.
const everyOption = `{
	"serverName": "Mine", "apiVersion": "9", "enabled": false, "port": "/run/mine.sock", "bindIP": "::1",
	"secure": true, "serverOptions": {"cert": "c.pem", "key": "k.pem"},
	"listeners": [{"port": 8081, "bindIP": "127.0.0.1", "secure": true}], "h2c": true, "bootAttempts": 3,
	"readHeaderTimeout": "1s", "readTimeout": "2s", "writeTimeout": "3s", "idleTimeout": "4s",
	"maxHeaderBytes": 5000, "maxHeaderFields": 6, "maxUrlBytes": 7, "maxConnections": -1,
	"server": {"disableHTTP2": true, "certificateWarning": "1h0m0s", "probeConnections": 7, "socketMode": "0666", "socketOwner": "1", "socketGroup": "2"},
	"livenessPath": "/live", "readinessPath": "/ready",
	"allowedRequestHosts": ["https://a.example", "b.example"], "trustedProxies": ["10.0.0.0/8", "::1/128"],
	"trustUnixPeers": true, "clientAddrHeader": "X-Real-IP", "clientPortHeader": "X-Forwarded-Port", "hostExemptPaths": ["/live"], "assumeScheme": "https",
	"httpHeaders": {"X-A": "1", "X-Powered-By": null},
	"urlPathForActions": null, "urlPathForFiles": "files", "rootEndpointType": "api", "automaticRoutes": ["get", "post"],
	"routes": {"get": [{"path": "/a", "action": "b", "apiVersion": 2, "matchTrailingPathParts": true}], "all": [{"path": "/c", "action": "d", "matchTrailingPathParts": false}]},
	"allowDeadRoutes": true, "publicFolders": ["a", "b"], "directoryFileType": "main.html", "flatFileCacheDuration": 61, "enableEtag": false,
	"saveRawBody": true,
	"queryParseOptions": {"depth": 1, "arrayLimit": 2, "parameterLimit": 3, "allowDots": true, "comma": true, "delimiter": ";"},
	"formOptions": {"uploadDir": "u", "keepExtensions": true, "maxFieldsSize": 1, "maxFields": 2, "maxFileSize": 3, "maxTotalFileSize": 4, "maxFiles": 5, "multiples": true, "hashAlgorithm": "md5"},
	"disableParamScrubbing": true, "missingFirst": true, "ignoreUndeclaredFiles": true, "anyMethodByName": true, "notFoundForMethods": true, "postVariables": ["v"], "filteredParams": ["p"],
	"padding": 4, "metadataOptions": {"serverInformation": true, "requesterInformation": true},
	"returnErrorCodes": false, "defaultErrorStatusCode": 400, "exposeErrors": true, "dangerouslyMatchActiveTypes": true,
	"fingerprintOptions": {"cookieKey": "k", "toSetCookie": false, "onlyStaticElements": true,
		"settings": {"path": "/p", "expires": 1000, "domain": "d.example", "secure": true, "httpOnly": false, "sameSite": "strict"},
		"keysFile": "keys", "acceptHeader": true, "dangerouslyUnsigned": true},
	"compress": true, "compressOptions": {"minBytes": 1, "gzipLevel": 2, "zstdLevel": 3},
	"simultaneousActions": 8, "actionTimeout": "5s", "shutdownTimeout": "6s", "shutdownDelay": "7s",
	"openAPI": true, "urlPathForDocs": "d"
}`

func TestEveryOptionHasAPlaceInJSON(t *testing.T) {
	cfg := sidekick.Production()
	before := maps.Collect(cfg.Settings())
	if err := json.Unmarshal([]byte(everyOption), &cfg); err != nil {
		t.Fatal(err)
	}
	for path, value := range cfg.Settings() {
		if value == before[path] {
			t.Errorf("%s: still %s", path, value)
		}
	}
	// What is written is what was read.
	text, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(everyOption), &want); err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if string(a) != string(b) {
		t.Errorf("got  %s\nwant %s", a, b)
	}
	if cfg.Port != "/run/mine.sock" || cfg.Listeners[0].Port != "8081" || cfg.ReadTimeout.String() != "2s" || cfg.TrustedProxies[1].String() != "::1/128" ||
		cfg.HTTPHeaders["X-Powered-By"] != nil || *cfg.HTTPHeaders["X-A"] != "1" || *cfg.FingerprintOptions.Settings.HTTPOnly || cfg.URLPathForActions != "" {
		t.Errorf("got %+v", cfg)
	}
	if r := cfg.Routes[0]; len(cfg.Routes) != 2 || r.Method != "get" || r.APIVersion != json.Number("2") || cfg.Routes[1].Method != "all" {
		t.Errorf("got the routes %+v", cfg.Routes)
	}
}

// TestWhatIsWrongInJSON holds that a problem names the key by its path, the value
// and what is accepted.
func TestWhatIsWrongInJSON(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"unknown", `{"zzzzzzzzz": 1}`, []string{"sidekick: zzzzzzzzz: unknown key; accepted are actionTimeout, allow"}},
		{"unknown, cut before a character that is not whole", `{"` + strings.Repeat("é", 60) + `": 1, "x` + strings.Repeat("é", 60) + `": 1}`,
			[]string{`sidekick: "` + strings.Repeat("é", 50) + `…": unknown key`, `sidekick: "x` + strings.Repeat("é", 49) + `…": unknown key`}},
		{"a typo", `{"urlPathForFile": "x"}`, []string{"urlPathForFile: unknown key; did you mean urlPathForFiles?"}},
		{"another case", `{"enableETag": true}`, []string{"enableETag: unknown key; did you mean enableEtag?"}},
		{"another place", `{"expires": 1}`, []string{"expires: unknown key; did you mean fingerprintOptions.settings.expires?"}},
		{"unknown, nested", `{"fingerprintOptions": {"settings": {"expire": 1}}}`, []string{"sidekick: fingerprintOptions.settings.expire: unknown key; did you mean fingerprintOptions.settings.expires?"}},
		{"unknown, in a list", `{"listeners": [{}, {"host": "x"}]}`, []string{"listeners[1].host: unknown key; accepted are bindIP, port, secure"}},
		{"unknown, in a route", `{"routes": {"get": [{"pth": "/"}]}}`, []string{"routes.get[0].pth: unknown key; did you mean routes.get[0].path?"}},
		{"a key that is no name", `{"a\n\u001b[31m": 1}`, []string{`sidekick: "a\n\x1b[31m": unknown key`}},
		{"not offered", `{"formOptions": {"encoding": "latin1"}, "queryParseOptions": {"charset": "x"}, "serverOptions": {"ca": "x"}, "fingerprintOptions": {"keys": ["secret"]}}`, []string{
			"formOptions.encoding: not offered: forms are read as UTF-8", "queryParseOptions.charset: not offered: queries are read as UTF-8", "serverOptions.ca: not offered: for client certificates set Config.TLSConfig", "fingerprintOptions.keys: not offered: secrets have no place here"}},
		{"nested as in Actionhero", `{"servers": {"web": {}}}`, []string{"servers: not offered: write the options of servers.web at the top"}},
		{"given twice", `{"padding": 1, "padding": 2}`, []string{"padding: given twice"}},
		{"given twice, nested", `{"formOptions": {"maxFiles": 1, "maxFiles": 2}}`, []string{"formOptions.maxFiles: given twice"}},
		{"header given twice", `{"httpHeaders": {"X-A": "1", "x-a": null}}`, []string{"httpHeaders.x-a: given twice"}},
		{"method given twice", `{"routes": {"get": [], "get": []}}`, []string{"routes.get: given twice"}},
		{"bool", `{"secure": "yes"}`, []string{`secure: invalid value "yes": want true or false`}},
		{"number", `{"bootAttempts": "3"}`, []string{`bootAttempts: invalid value "3": want a whole number`}},
		{"no whole number", `{"bootAttempts": 1.5}`, []string{`bootAttempts: invalid value 1.5: want a whole number`}},
		{"too large a number", `{"bootAttempts": 99999999999999999999}`, []string{`bootAttempts: invalid value 99999999999999999999: want a whole number`}},
		{"text", `{"serverName": ["x"]}`, []string{`serverName: invalid value ["x"]: want text`}},
		{"time as a number", `{"readTimeout": 30}`, []string{`readTimeout: invalid value 30: want a time such as "30s"`}},
		{"time without a unit", `{"readTimeout": "30"}`, []string{`readTimeout: invalid value "30": want a time such as "30s"`}},
		{"path", `{"urlPathForActions": 7}`, []string{`urlPathForActions: invalid value 7: want text, or null for none`}},
		{"port", `{"port": 65536}`, []string{`port: invalid value 65536: want a port from 0 to 65535, the path of a unix socket`}},
		{"negative port", `{"port": -1}`, []string{`port: invalid value -1: want a port`}},
		{"network", `{"trustedProxies": ["10.0.0.0/8", "10.0.0.0/33", 7]}`, []string{`trustedProxies[1]: invalid value "10.0.0.0/33": want a network`, `trustedProxies[2]: invalid value 7: want a network`}},
		{"list", `{"publicFolders": "public"}`, []string{`publicFolders: invalid value "public": want a list`}},
		{"text in a list", `{"publicFolders": [1]}`, []string{`publicFolders[0]: invalid value 1: want text`}},
		{"object", `{"formOptions": []}`, []string{`formOptions: invalid value []: want an object`}},
		{"headers", `{"httpHeaders": ["x"]}`, []string{`httpHeaders: invalid value ["x"]: want an object of texts`}},
		{"header", `{"httpHeaders": {"X-A": 1}}`, []string{`httpHeaders.X-A: invalid value 1: want text, or null`}},
		{"routes", `{"routes": []}`, []string{`routes: invalid value []: want an object with lists of routes by method`}},
		{"routes of a method", `{"routes": {"get": {}}}`, []string{`routes.get: invalid value {}: want a list of routes`}},
		{"method", `{"routes": {"fetch": []}}`, []string{`routes.fetch: unknown method: want head, get, post`}},
		{"route", `{"routes": {"get": ["/x"]}}`, []string{`routes.get[0]: invalid value "/x": want an object`}},
		{"version", `{"routes": {"get": [{"apiVersion": true}]}}`, []string{`routes.get[0].apiVersion: invalid value true: want text or a number`}},
		{"null", `{"compress": null, "formOptions": null, "routes": null, "port": null, "fingerprintOptions": {"settings": {"httpOnly": null}}}`, []string{
			"compress: null means nothing here: leave it out for the default; want true or false", "formOptions: invalid value null: want an object",
			"routes: null means nothing here", "port: null means nothing here", "settings.httpOnly: null means nothing here"}},
		{"not an object", `[]`, []string{"want an object"}},
		{"all at once", `{"padding": "x", "nope!": 1, "listeners": [{"port": {}}]}`, []string{`padding: invalid value "x"`, `"nope!": unknown key`, `listeners[0].port: invalid value {}`}},
		{"a long value", `{"padding": [` + strings.Repeat("1,", 500) + `1]}`, []string{"padding: invalid value [1,1,1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := sidekick.Production()
			err := json.Unmarshal([]byte(tt.text), &cfg)
			if err == nil {
				t.Fatal("got no error")
			}
			if lines := strings.Split(err.Error(), "\n"); len(lines) != len(tt.want) {
				t.Errorf("got %d problems, want %d:\n%v", len(lines), len(tt.want), err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got  %v\nwant %s", err, want)
				}
			}
			for _, line := range strings.Split(err.Error(), "\n") {
				if len(line) > 2000 {
					t.Errorf("a line of %d bytes", len(line))
				}
			}
			var problem *sidekick.ConfigError
			if !errors.As(err, &problem) {
				t.Errorf("%v is no ConfigError", err)
			}
			// Nothing was changed.
			if a, b := settings(cfg), settings(sidekick.Production()); !slices.Equal(a, b) {
				t.Errorf("got %s\nwant %s", a, b)
			}
		})
	}
	var cfg sidekick.Config
	for _, text := range []string{"{", `{"a": 1} {}`, "\xff", "{\"serverName\": \"\xff\"}", ""} {
		if err := cfg.UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("%q: got no error", text)
		}
	}
}

func settings(cfg sidekick.Config) []string {
	var out []string
	for path, value := range cfg.Settings() {
		out = append(out, path+"="+value)
	}
	return out
}

func TestNullIsNone(t *testing.T) {
	cfg := sidekick.Development()
	cfg.BindIP, cfg.LivenessPath, cfg.ReadinessPath = "::1", "/live", "/ready"
	text := `{"urlPathForActions": null, "urlPathForFiles": null, "urlPathForDocs": null, "padding": null, "bindIP": null,
		"livenessPath": null, "readinessPath": null, "listeners": [{"port": "/run/a.sock", "bindIP": null}], "httpHeaders": {"X-Powered-By": null}}`
	if err := json.Unmarshal([]byte(text), &cfg); err != nil {
		t.Fatal(err)
	}
	if cfg.URLPathForActions+cfg.URLPathForFiles+cfg.URLPathForDocs != "" || cfg.Padding != 0 || cfg.BindIP+cfg.LivenessPath+cfg.ReadinessPath != "" {
		t.Errorf("got %+v", cfg)
	}
	if v, ok := cfg.HTTPHeaders["X-Powered-By"]; !ok || v != nil {
		t.Errorf("got %v", cfg.HTTPHeaders)
	}
}

func TestOneLayerOverAnother(t *testing.T) {
	cfg := sidekick.Production()
	for _, text := range []string{
		`{"httpHeaders": {"X-A": "1", "X-B": "1"}, "publicFolders": ["a", "b"], "formOptions": {"maxFiles": 7}, "trustedProxies": ["10.0.0.1"]}`,
		`{"httpHeaders": {"x-a": "2", "X-C": null}, "publicFolders": ["c"], "formOptions": {"maxFields": 8}}`,
	} {
		before := cfg.HTTPHeaders
		count := len(before)
		if err := json.Unmarshal([]byte(text), &cfg); err != nil {
			t.Fatal(err)
		}
		if len(before) != count {
			t.Errorf("the headers of the layer below were changed: %v", before)
		}
	}
	want := `{"X-B":"1","X-C":null,"x-a":"2"}`
	if got := maps.Collect(cfg.Settings()); got["httpHeaders"] != want || got["publicFolders"] != `["c"]` || got["formOptions.maxFiles"] != "7" || got["formOptions.maxFields"] != "8" || got["trustedProxies"] != `["10.0.0.1/32"]` {
		t.Errorf("got %v", got)
	}
}

// TestRoutesAreWrittenInTheirOrder holds that what is written leads where the
// routes led.
func TestRoutesAreWrittenInTheirOrder(t *testing.T) {
	route := func(method, path string) dispatch.Route {
		return dispatch.Route{Method: method, Path: path, Action: "list"}
	}
	for _, tt := range []struct {
		name   string
		routes dispatch.Routes
		want   string // methods and paths as they are read again
	}{
		{"none", nil, ""},
		{"by method", dispatch.Routes{route("GET", "/a"), route("get", "/b"), route("post", "/a")}, "get/a get/b post/a"},
		{"all, last", dispatch.Routes{route("get", "/a"), route("post", "/b"), route("all", "/:c")}, "get/a post/b all/:c"},
		{"methods apart", dispatch.Routes{route("get", "/a"), route("post", "/b"), route("get", "/c")}, "get/a get/c post/b"},
		{"all in the middle", dispatch.Routes{route("get", "/a"), route("all", "/b"), route("get", "/c")}, "get/a get/b get/c head/b post/b put/b patch/b delete/b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := sidekick.Production()
			cfg.Routes = tt.routes
			text, err := json.Marshal(cfg)
			if err != nil {
				t.Fatal(err)
			}
			cfg = sidekick.Production()
			if err := json.Unmarshal(text, &cfg); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range cfg.Routes {
				got = append(got, r.Method+r.Path)
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("got  %s\nwant %s", s, tt.want)
			}
		})
	}
}

// FuzzConfig holds that no text is too much for it, and that what is accepted is
// written so that it is read the same again.
func FuzzConfig(f *testing.F) {
	f.Add(everyOption)
	f.Add(`{"routes": {"get": [{"path": "/a"}], "ALL": [{"path": "/b", "apiVersion": "1"}], "GET": [{"path": "/c"}]}, "port": "0080"}`)
	f.Add(`{"port": "080", "readTimeout": "-1.5h", "trustedProxies": ["::ffff:1.2.3.4", "1.2.3.4/1"], "httpHeaders": {"": null, "é": "\ud800"}}`)
	f.Add(`{"listeners": [{"port": ""}, null]}`)
	f.Fuzz(func(t *testing.T, text string) {
		cfg := sidekick.Production()
		if err := json.Unmarshal([]byte(text), &cfg); err != nil {
			if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }) {
				t.Errorf("%q: control characters in %q", text, err)
			}
			return
		}
		first, err := json.Marshal(cfg)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		again := sidekick.Production()
		if err := json.Unmarshal(first, &again); err != nil {
			t.Fatalf("%q: written as %s, which is refused: %v", text, first, err)
		}
		if second, err := json.Marshal(again); err != nil || string(second) != string(first) {
			t.Fatalf("%q: written as\n%s\nand then as\n%s, %v", text, first, second, err)
		}
	})
}
