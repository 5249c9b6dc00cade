package sidekick_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/internal/notation"
)

// everyName has a value for every name other than the derived ones, and none of
// them is the default.
const everyName = `{
	"serverName": "Mine", "apiVersion": "9", "enabled": false, "port": "/run/mine.sock", "bindIP": "::1",
	"secure": true, "serverOptions": {"cert": "c.pem", "key": "k.pem"},
	"bootAttempts": 3, "allowedRequestHosts": ["https://a.example", "b.example"],
	"httpHeaders": {"X-A": "1", "X-Powered-By": null},
	"urlPathForActions": null, "urlPathForFiles": null, "rootEndpointType": "api", "automaticRoutes": ["get", "post"],
	"routes": {"get": [{"path": "/a", "action": "b", "apiVersion": 2, "matchTrailingPathParts": true}], "all": [{"path": "/c", "action": "d", "matchTrailingPathParts": false}]},
	"directoryFileType": "main.html", "flatFileCacheDuration": 61, "enableEtag": false,
	"saveRawBody": true,
	"queryParseOptions": {"depth": 1, "arrayLimit": 2, "parameterLimit": 3, "allowDots": true, "comma": true, "delimiter": ";"},
	"formOptions": {"uploadDir": "u", "keepExtensions": true, "maxFieldsSize": 1, "maxFields": 2, "maxFileSize": 3, "maxTotalFileSize": 4, "maxFiles": 5, "multiples": true, "hashAlgorithm": "md5"},
	"disableParamScrubbing": true, "postVariables": ["v"],
	"filteredParams": ["p"], "filteredResponse": ["r"], "enableResponseLogging": true,
	"padding": 4, "metadataOptions": {"serverInformation": true, "requesterInformation": true},
	"returnErrorCodes": false, "defaultErrorStatusCode": 400,
	"fingerprintOptions": {"cookieKey": "k", "toSetCookie": false, "onlyStaticElements": true,
		"settings": {"path": "/p", "expires": 1000, "domain": "d.example", "secure": true, "httpOnly": false, "sameSite": "Strict"}},
	"compress": true, "simultaneousActions": 8
}`

// The options that everyName sets to something other than their zero values.
const everyOption = `server.disableListening=true server.port="/run/mine.sock" server.bindIP="::1" server.secure=true server.cert="c.pem" server.key="k.pem"
	server.bootAttempts=3 paths.actions="/" paths.root="actions"
	headers.set={"X-A":"1","X-Powered-By":""} hosts.allowed=["https://a.example","b.example"] compress=true
	fingerprint.staticElements=true fingerprint.omitCookie=true
	fingerprint.cookieName="k" fingerprint.path="/p" fingerprint.domain="d.example" fingerprint.maxAge="1s" fingerprint.secure=true fingerprint.disableHTTPOnly=true fingerprint.sameSite="strict"
	envelope.serverName="Mine" envelope.apiVersion="9" envelope.serverInformation=true envelope.requesterInformation=true envelope.padding=4
	envelope.alwaysOK=true envelope.defaultErrorStatus=400
	params.query.depth=1 params.query.arrayLimit=2 params.query.parameterLimit=3 params.query.allowDots=true params.query.comma=true params.query.delimiter=";"
	params.maxBodyBytes=1 params.maxFields=2 params.multiples=true params.saveRawBody=true
	upload.maxFileBytes=3 upload.maxTotalFileBytes=4 upload.maxFieldsBytes=1 upload.maxFields=2 upload.maxFiles=5 upload.hash="md5"
	uploadDir.dir="u" uploadDir.keepExtensions=true
	actions.routes=[{"method":"get","path":"/a","action":"b","apiVersion":2,"matchTrailingPathParts":true,"dir":""},{"method":"all","path":"/c","action":"d","apiVersion":null,"matchTrailingPathParts":false,"dir":""}]
	actions.automaticRoutes=["get","post"] actions.extraParams=["v"] actions.disableParamScrubbing=true
	actions.filteredParams=["p"] actions.logResponses=true actions.filteredResponse=["r"] static.index=["main.html"] static.maxAge="1m1s" static.disableETag=true disableStatic=true`

// set returns the settings that are not zero.
func set(cfg sidekick.Config) []string {
	return slices.DeleteFunc(settings(cfg), func(s string) bool {
		path, value, _ := strings.Cut(s, "=")
		return value == unset()[path]
	})
}

func TestNamesOfActionhero(t *testing.T) {
	var cfg sidekick.Config
	if err := json.Unmarshal([]byte(everyName), &cfg); err != nil {
		t.Fatal(err)
	}
	got, want := set(cfg), strings.Fields(everyOption)
	for _, s := range got {
		if !slices.Contains(want, s) {
			t.Errorf("got  %s", s)
		}
	}
	for _, s := range want {
		if !slices.Contains(got, s) {
			t.Errorf("want %s", s)
		}
	}
	// Every row of the table must be among them.
	var tree map[string]any
	if err := json.Unmarshal([]byte(everyName), &tree); err != nil {
		t.Fatal(err)
	}
	for _, a := range sidekick.Aliases {
		at := tree
		path := strings.Split(a.Key, ".")
		for _, name := range path[:len(path)-1] {
			at, _ = at[name].(map[string]any)
		}
		if _, ok := at[path[len(path)-1]]; !ok {
			t.Errorf("%s is not tried", a.Key)
		}
	}
}

// TestVariablesOfActionhero sets everything through the variables of these names.
func TestVariablesOfActionhero(t *testing.T) {
	var tree map[string]any
	if err := json.Unmarshal([]byte(everyName), &tree); err != nil {
		t.Fatal(err)
	}
	environ := []string{"SIDEKICK_COMPRESS=true"}
	seen := map[string]bool{}
	for _, a := range sidekick.Aliases {
		variable := notation.Variable("SIDEKICK_", a.Key)
		if seen[variable] {
			continue
		}
		seen[variable] = true
		var value any = tree
		for name := range strings.SplitSeq(a.Key, ".") {
			value = value.(map[string]any)[name]
		}
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := value.(string); ok {
			text = []byte(s)
		}
		environ = append(environ, variable+"="+string(text))
	}
	cfg, _, _, err := load(t, sidekick.Config{}, "", environ...)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(everyOption)
	for _, s := range set(cfg) {
		if !slices.Contains(want, s) && !strings.HasPrefix(s, "actions.routes=") { // methods are sorted
			t.Errorf("got %s", s)
		}
	}
	if len(set(cfg)) != len(want) {
		t.Errorf("got %d options, want %d", len(set(cfg)), len(want))
	}
	for _, name := range []string{"SIDEKICK_FINGERPRINT_OPTIONS_SETTINGS_EXPIRES", "SIDEKICK_BIND_IP", "SIDEKICK_ENABLE_ETAG"} {
		if !seen[name] {
			t.Errorf("there is no %s", name)
		}
	}
}

func TestVariablesWithoutThePrefix(t *testing.T) {
	cfg, origins, _, err := load(t, sidekick.Production(), `{"port": 1}`,
		"PORT=4321", "ALLOWED_HOSTS=https://www.site.com, api.site.com,", "AUTOMATIC_ROUTES= get ,post", "SIDEKICK_PORT=4321", "SIDEKICK_SERVER_PORT=4321")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Server.Port != "4321" || !slices.Equal(cfg.Hosts.Allowed, []string{"https://www.site.com", "api.site.com"}) || !slices.Equal(cfg.Actions.AutomaticRoutes, []string{"get", "post"}) {
		t.Errorf("got %+v", cfg)
	}
	if origins["actions.automaticRoutes"] != "environment AUTOMATIC_ROUTES (automaticRoutes)" || origins["hosts.allowed"] != "environment ALLOWED_HOSTS (allowedRequestHosts)" {
		t.Errorf("got %v", origins)
	}
	if cfg, _, _, err := load(t, sidekick.Production(), "", "PORT=/run/a.sock", "ALLOWED_HOSTS="); err != nil || cfg.Server.Port != "/run/a.sock" || cfg.Hosts.Allowed != nil {
		t.Errorf("got %v, %v", cfg.Server.Port, err)
	}
	if _, _, _, err := load(t, sidekick.Production(), "", "PORT=1", "SIDEKICK_PORT=2"); err == nil || err.Error() != "environment SIDEKICK_PORT: sidekick: port: PORT means the same: leave one of them out" {
		t.Errorf("two ports: got %v", err)
	}
	if _, _, _, err := load(t, sidekick.Production(), "", "ALLOWED_HOSTS=,"); err == nil || !strings.Contains(err.Error(), `allowedRequestHosts: invalid value ",": the list is empty: want values separated by commas`) {
		t.Errorf("got %v", err)
	}
}

// TestConvertedNames checks values that are converted from Actionhero's notation,
// and the errors for those that cannot be.
func TestConvertedNames(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{`{"flatFileCacheDuration": 0}`, `static.maxAge="-1s"`},
		{`{"flatFileCacheDuration": -1}`, `flatFileCacheDuration (static.maxAge): invalid value -1: want seconds, a whole number from 0 to 1073741824`},
		{`{"flatFileCacheDuration": "60"}`, `invalid value "60": want seconds`},
		{`{"fingerprintOptions": {"settings": {"expires": -1}}}`, `fingerprint.maxAge="-1ms"`},
		{`{"fingerprintOptions": {"settings": {"expires": 0}}}`, ``},
		{`{"fingerprintOptions": {"settings": {"expires": 99999999999}}}`, `want milliseconds, a whole number of at most 400 days`},
		{`{"fingerprintOptions": {"settings": {"httpOnly": true, "sameSite": "none"}}}`, `fingerprint.sameSite="none"`},
		{`{"fingerprintOptions": {"settings": {"sameSite": "both"}}}`, `fingerprintOptions.settings.sameSite (fingerprint.sameSite): invalid value "both": want "lax", "strict", "none" or "default"`},
		{`{"enableEtag": null}`, `enableEtag (static.disableETag): invalid value null: want true or false`},
		{`{"enabled": true, "returnErrorCodes": true}`, ``},
		{`{"simultaneousActions": 5}`, ``},
		{`{"simultaneousActions": 0}`, `simultaneousActions (actions.maxPending): invalid value 0: want a whole number of at least 1; it is for each connection, which has one action here`},
		{`{"urlPathForActions": "/v1/api/"}`, `paths.actions="/v1/api/"`},
		{`{"urlPathForActions": ""}`, `paths.actions="/"`},
		{`{"urlPathForActions": 7}`, `invalid value 7: want a string, or null for none`},
		{`{"urlPathForFiles": "files"}`, `paths.files="files"`},
		{`{"urlPathForFiles": null}`, `disableStatic=true`},
		{`{"rootEndpointType": "file"}`, `paths.root="files"`},
		{`{"rootEndpointType": "both"}`, `rootEndpointType (paths.root): invalid value "both": want "api" or "file"`},
		{`{"port": 8080}`, `server.port="8080"`},
		{`{"port": 65536}`, `port (server.port): invalid value 65536: want a port from 0 to 65535, the path of a unix socket`},
		{`{"directoryFileType": "x.html"}`, `static.index=["x.html"]`},
		{`{"padding": null, "bindIP": null}`, ``},
		{`{"formOptions": {"maxFields": 7}, "params": {"maxFields": 8}}`, `params.maxFields (SIDEKICK_PARAMS_MAX_FIELDS): formOptions.maxFields means the same: leave one of them out`},
		{`{"static": {"maxAge": "1s"}, "flatFileCacheDuration": 1}`, `flatFileCacheDuration (static.maxAge): static.maxAge means the same: leave one of them out`},
	} {
		var cfg sidekick.Config
		err := json.Unmarshal([]byte(tt.text), &cfg)
		if got := strings.Join(set(cfg), " "); err == nil && got != tt.want || err != nil && (tt.want == "" || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %q, %v\nwant %s", tt.text, got, err, tt.want)
		}
	}
}

// TestNotOffered checks that for every option of Actionhero that does not exist
// here, the error says what to use instead.
func TestNotOffered(t *testing.T) {
	// The keys of version 29.3.5: of config.web and config.general, then the groups,
	// and config.errors.
	keys := strings.Fields(`enabled secure serverOptions allowedRequestHosts port bindIP httpHeaders urlPathForActions urlPathForFiles rootEndpointType automaticRoutes
		defaultErrorStatusCode flatFileCacheDuration enableEtag saveRawBody bootAttempts fingerprintOptions formOptions padding metadataOptions returnErrorCodes compress
		queryParseOptions matchExtensionMime
		apiVersion serverName id welcomeMessage serverToken cachePrefix lockPrefix lockDuration simultaneousActions enforceConnectionProperties disableParamScrubbing
		enableResponseLogging filteredParams filteredResponse missingParamChecks directoryFileType fileRequestLogLevel defaultMiddlewarePriority channel rpcTimeout
		cliIncludeInternal startingChatRooms routes
		web general logger plugins redis tasks websocket
		paths.action paths.task paths.server paths.cli paths.initializer paths.public paths.pid paths.log paths.plugin paths.test paths.src paths.dist
		errors._toExpand errors.reportUnknownActions errors.serializers errors.invalidParams errors.missingParams errors.unknownAction errors.unsupportedServerType
		errors.serverShuttingDown errors.tooManyPendingActions errors.genericError errors.fileNotFound errors.fileNotProvided errors.fileReadError errors.verbNotFound
		errors.verbNotAllowed errors.connectionRoomAndMessage errors.connectionNotInRoom errors.connectionAlreadyInRoom errors.connectionRoomHasBeenDeleted
		errors.connectionRoomNotExist errors.connectionRoomExists errors.connectionRoomRequired`)
	for _, key := range keys {
		// Those of config.errors may also stand at the top level.
		if top, ok := strings.CutPrefix(key, "errors."); ok {
			keys = append(keys, top)
		}
	}
	for _, key := range keys {
		text := `{"` + strings.ReplaceAll(key, ".", `": {"`) + `": {"zz": 1}` + strings.Repeat("}", strings.Count(key, ".")+1)
		var cfg sidekick.Config
		if err := json.Unmarshal([]byte(text), &cfg); err == nil || strings.Contains(err.Error(), "sidekick: "+key+": unknown key") {
			t.Errorf("%s: got %v", text, err)
		}
	}
	for _, tt := range []struct{ text, want string }{
		{`{"servers": {"web": {}}}`, "servers: not offered: write the options of servers.web at the top"},
		{`{"errors": {"unknownAction": "x"}}`, "errors.unknownAction: not offered: error messages are set by code: envelope.errors.texts.unknown_action"},
		{`{"errors": {"mine": "x"}}`, "errors.mine: unknown key"},
		{`{"formOptions": {"encoding": "latin1"}}`, "formOptions.encoding: not offered: forms are read as UTF-8"},
		{`{"fingerprintOptions": {"keys": ["hush"]}}`, "fingerprintOptions.keys: not offered: secrets do not belong here"},
		{`{"fingerprint": {"keys": ["hush"]}}`, "fingerprint.keys: a secret must not be in a file: set SIDEKICK_FINGERPRINT_KEYS"},
		{`{"upload": {"store": "x"}}`, "upload.store: this can only be set in Go: Upload.Store"},
		{`{"hosts": {"trustedProxies": ["::1"]}}`, "hosts.trustedProxies: the server takes it from clientAddr.trustedProxies: set that"},
		{`{"expires": 1}`, "expires: unknown key; did you mean fingerprintOptions.settings.expires?"},
		{`{"maxAge": 1}`, "maxAge: unknown key; did you mean fingerprint.maxAge or static.maxAge?"},
		{`{"enableETag": true}`, "enableETag: unknown key; did you mean enableEtag?"},
		{`{"urlPathForFile": "x"}`, "urlPathForFile: unknown key; did you mean urlPathForFiles?"},
		{`{"zzzzzzzzz": 1}`, "zzzzzzzzz: unknown key; accepted are accessLog, actionRateLimits, actions, client"},
	} {
		var cfg sidekick.Config
		err := json.Unmarshal([]byte(tt.text), &cfg)
		if err == nil || !strings.Contains(err.Error(), "sidekick: "+tt.want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: got  %v\nwant %s", tt.text, err, tt.want)
		}
	}
	// The suggested options must exist.
	options := map[string]bool{}
	for _, o := range sidekick.Schema().Options() {
		options[o.Path] = true
	}
	for key := range maps.Keys(sidekick.NotOffered) {
		for word := range strings.FieldsSeq(sidekick.NotOffered[key]) {
			word = strings.Trim(word, ",;:.")
			group, _, dotted := strings.Cut(word, ".")
			if !dotted || !slices.Contains([]string{"envelope", "static", "upload", "fingerprint", "params", "actions", "server"}, group) {
				continue
			}
			word, _, _ = strings.Cut(word, ".texts.")
			if word += map[bool]string{true: ".texts"}[word == "envelope.errors"]; !options[word] {
				t.Errorf("%s: %s is no option", key, word)
			}
		}
	}
}
