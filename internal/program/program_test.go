package program

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/internal/sidebyside"
)

// asProgram makes this binary the program when a test starts it again. That spares
// linking the program, and with -race it is the program in which races are found.
const asProgram = "TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Unsetenv(asProgram)
		os.Exit(Run(os.Args[1:], os.Stdout, os.Stderr, nil))
	}
	os.Exit(sidebyside.Run(m, 4)) // they mostly wait for the servers that they start, which with -race take their time to start
}

// command makes a command with only the given variables, and those that it needs,
// in its environment.
func command(t *testing.T, environ []string, args ...string) *exec.Cmd {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, args...)
	// With -race a process waits a second at its end, by default.
	cmd.Env = append([]string{asProgram + "=1", "GORACE=atexit_sleep_ms=0", "HOME=" + t.TempDir(), "TMPDIR=" + os.TempDir()}, environ...)
	return cmd
}

// runBinary runs the program to its end.
func runBinary(t *testing.T, environ []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := command(t, environ, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestBadConfigurations checks that each ends the program with status 1 and prints
// a line for each problem that says where it is and what is accepted.
func TestBadConfigurations(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, tt := range []struct {
		name    string
		file    string // the content of the file, if there is one
		environ []string
		args    []string
		want    []string
	}{
		{"unknown key", `{"urlPathForFile": "x"}`, nil, nil, []string{"sidekick.json:1:2: sidekick: urlPathForFile: unknown key; did you mean urlPathForFiles?"}},
		{"another type", `{"secure": "yes"}`, nil, nil, []string{`sidekick.json:1:12: sidekick: secure (server.secure): invalid value "yes": want true or false`}},
		{"no JSON", "{\n  \"port\": 8080,\n}", nil, nil, []string{`sidekick.json:3:1: sidekick: configuration: want JSON: invalid character '}'`}},
		{"no file", "", nil, []string{"-config", "missing.json"}, []string{"file missing.json: sidekick: configuration: open missing.json: no such file"}},
		{"unknown variable", "", []string{"SIDEKICK_BINDIP=::1"}, nil, []string{"environment SIDEKICK_BINDIP: sidekick: unknown variable; did you mean SIDEKICK_BIND_IP?"}},
		{"bad variable", "", []string{"PORT=web"}, nil, []string{`environment PORT: sidekick: port: invalid value "web": want a port from 0 to 65535`}},
		{"two ports", "", []string{"PORT=1", "SIDEKICK_PORT=2"}, nil, []string{"environment SIDEKICK_PORT: sidekick: port: PORT means the same: leave one of them out"}},
		{"bad environment", "", []string{"SIDEKICK_ENV=prod"}, nil, []string{`environment SIDEKICK_ENV: sidekick: configuration: invalid value "prod": want "development" or "production"`}},
		{"bad flag", "", nil, []string{"-address", "localhost"}, []string{`flag -address: sidekick: invalid value "localhost": want host:port`}},
		{"bad port in a flag", "", nil, []string{"-address", ":http"}, []string{`flag -address: sidekick: server.port (SIDEKICK_SERVER_PORT): invalid value "http"`}},
		{"a file in place of a folder", "", nil, []string{"-public", "/dev/null"}, []string{`flag -public: sidekick: static.roots[0] (SIDEKICK_STATIC_ROOTS): invalid value "/dev/null"`}},
		{"no certificate", `{"secure": true}`, nil, nil, []string{"sidekick.json:1:12 (secure): sidekick: server.secure (SIDEKICK_SERVER_SECURE): invalid value true: want a certificate"}},
		{"no file of the certificate", `{"secure": true, "serverOptions": {"cert": "/nowhere/c.pem", "key": "/nowhere/k.pem"}}`, nil, nil, []string{"sidekick.json:1:44 (serverOptions.cert): sidekick: server.cert (SIDEKICK_SERVER_CERT): invalid value \"/nowhere/c.pem\": open", "(serverOptions.key): sidekick: server.key (SIDEKICK_SERVER_KEY): invalid value \"/nowhere/k.pem\": open"}},
		{"hosts", "", []string{"ALLOWED_HOSTS=https://a b"}, nil, []string{"environment ALLOWED_HOSTS (allowedRequestHosts): sidekick: hosts.allowed[0]: invalid value \"https://a b\": "}},
		{"a short key", "", []string{"SIDEKICK_FINGERPRINT_KEYS=secret"}, nil, []string{"environment SIDEKICK_FINGERPRINT_KEYS: sidekick: fingerprint.keys[0]: the key has 6 bytes: want 32 or more"}},
		{"no key at all", "", []string{"SIDEKICK_FINGERPRINT_KEYS=,,"}, nil, []string{"environment SIDEKICK_FINGERPRINT_KEYS: sidekick: fingerprint.keys: the list is empty"}},
		{"entries of a map", `{"httpHeaders": {"A B": "x", "Y": 5}}`, nil, nil, []string{`sidekick.json:1:35: sidekick: httpHeaders.Y (headers.set): invalid value 5`, `headers.set["A B"] (SIDEKICK_HEADERS_SET): invalid name`}},
		{"a level of logs", "", []string{"SIDEKICK_LOG_LEVEL=loud"}, nil, []string{`environment SIDEKICK_LOG_LEVEL: sidekick: log.level: invalid value "loud": want "debug", "info", "warn" or "error"`}},
		{"a level of logs, checked", "", []string{"SIDEKICK_LOG_LEVEL=loud"}, []string{"check"}, []string{`environment SIDEKICK_LOG_LEVEL: sidekick: log.level: invalid value "loud": want "debug", "info", "warn" or "error"`}},
		{"a route to nowhere", `{"routes": {"get": [{"path": "/x", "action": "nope"}]}}`, nil, nil, []string{`invalid value "nope": no action has this name`}},
		{"paths that clash", `{"server": {"livenessPath": "/api"}}`, nil, nil, []string{`sidekick: paths.actions (SIDEKICK_PATHS_ACTIONS): invalid value "/api": nothing would answer: it is, or lies below, the path of the liveness check`}},
		{"Redis in a file", `{"redis": "redis://u:secret@localhost"}`, nil, nil, []string{"sidekick.json:1:11: sidekick: redis (SIDEKICK_REDIS): this program has no Redis client: use the program in redis/cmd/sidekick, or set Config.OpenRedis to Open of the module github.com/sidekick-http/sidekick/redis"}},
		{"Redis in the environment", "", []string{"SIDEKICK_REDIS=redis://u:secret@localhost"}, nil, []string{"environment SIDEKICK_REDIS: sidekick: redis: this program has no Redis client"}},
		{"Redis in a flag", "", nil, []string{"-redis", "redis://u:secret@localhost"}, []string{"flag -redis: sidekick: redis (SIDEKICK_REDIS): this program has no Redis client"}},
		{"not offered", `{"formOptions": {"encoding": "latin1"}}`, nil, nil, []string{"formOptions.encoding: not offered: "}},
		{"an address that is taken", "", nil, []string{"-address", taken.Addr().String()}, []string{"flag -address: sidekick: server.port (PORT or SIDEKICK_SERVER_PORT): listen tcp", "address already in use: choose another port, or stop the process that listens there"}},
		{"an address that is taken, in the environment", "", []string{"PORT=" + strconv.Itoa(taken.Addr().(*net.TCPAddr).Port), "SIDEKICK_BIND_IP=127.0.0.1"}, nil, []string{"environment PORT (port): sidekick: server.port: listen tcp", "address already in use: choose another port, or stop the process that listens there"}},
		{"an address of another machine", "", nil, []string{"-address", "192.0.2.1:0"}, []string{"flag -address: sidekick: server.bindIP (SIDEKICK_SERVER_BIND_IP): listen tcp", ": choose an address of this machine, or none for all of them"}},
		{"many at once", `{"padding": 99, "server": {"readTimeout": 5}, "fingerprintOptions": {"settings": {"expires": "1h"}}}`, []string{"SIDEKICK_COMPRESS=maybe", "SIDEKICK_PADING=1"}, []string{"-public", "/dev/null"}, []string{
			"sidekick.json:1:13 (padding): sidekick: envelope.padding (SIDEKICK_ENVELOPE_PADDING): invalid value 99", "server.readTimeout (SIDEKICK_SERVER_READ_TIMEOUT): invalid value 5", "fingerprintOptions.settings.expires (fingerprint.maxAge): invalid value \"1h\"",
			"environment SIDEKICK_COMPRESS", "did you mean SIDEKICK_PADDING?", "flag -public"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := tt.args
			if tt.file != "" {
				args = append(args, "-config", write(t, "sidekick.json", tt.file))
			}
			code, stdout, stderr := runBinary(t, append(tt.environ, "SIDEKICK_BOOT_ATTEMPTS=1"), args...)
			if code != exitFailed || stdout != "" {
				t.Errorf("got the status %d and %q", code, stdout)
			}
			for _, want := range tt.want {
				if strings.Count(stderr, want) != 1 {
					t.Errorf("got  %swant %s", stderr, want)
				}
			}
			if strings.Contains(stderr, "secret") || strings.Contains(stderr, "goroutine") {
				t.Errorf("got %s", stderr)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{[]string{"help"}, exitOK, "sidekick config [flags]", ""},
		{[]string{"-h"}, exitOK, "-address", ""},
		{[]string{"routes", "-help"}, exitOK, "-production", ""},
		{[]string{"start"}, exitUsage, "", `unknown command "start"; the commands are serve, check, config, routes, openapi, import, version and help`},
		{[]string{"-adress", ":1"}, exitUsage, "", "flag provided but not defined: -adress; see sidekick help"},
		{[]string{"routes", "-json"}, exitUsage, "", "not defined: -json"},
		{[]string{"serve", "now"}, exitUsage, "", `unexpected argument "now"; see sidekick help`},
	} {
		code, stdout, stderr := runBinary(t, nil, tt.args...)
		if code != tt.code || !strings.Contains(stdout, tt.stdout) || !strings.Contains(stderr, tt.stderr) || (tt.stdout == "") != (stdout == "") || (tt.stderr == "") != (stderr == "") {
			t.Errorf("%q: got %d\n%s\n%s", tt.args, code, stdout, stderr)
		}
	}
}

func TestConfigShowsWhereValuesAreFrom(t *testing.T) {
	t.Parallel()
	file := write(t, "sidekick.json", `{"serverName": "Mine", "port": 1, "httpHeaders": {"X-A": "1"}, "formOptions": {"maxFields": 5}}`)
	key := strings.Repeat("k", 32)
	environ := []string{"SIDEKICK_PORT=2", "SIDEKICK_FORM_OPTIONS_MAX_FIELDS=6", "SIDEKICK_ENV=production", "SIDEKICK_FINGERPRINT_KEYS=" + key}
	args := []string{"-config", file, "-address", "127.0.0.1:3"}
	code, stdout, stderr := runBinary(t, environ, append([]string{"config"}, args...)...)
	if code != exitOK || stderr != "" {
		t.Fatalf("got %d\n%s", code, stderr)
	}
	for _, want := range []string{
		`(defaults) production environment SIDEKICK_ENV`,
		`envelope.serverName "Mine" file ` + file + `:1:16 (serverName)`,
		`server.port "3" flag -address`,
		`server.bindIP "127.0.0.1" flag -address`,
		`params.maxFields 6 environment SIDEKICK_FORM_OPTIONS_MAX_FIELDS (formOptions.maxFields)`,
		`headers.set {"Access-Control-Allow-Headers":"Content-Type","Access-Contr… file ` + file + `:1:50 (httpHeaders)`,
		`envelope.padding 0 default`,
		`server.readTimeout "1m0s" default`,
		`server.maxURLBytes 8192 default`,
		`static.maxAge "1m0s" default`,
		`log.format "json" default`,
		`log.level "info" default`,
		`hosts.assumeScheme "" default`,
		`compress false default`,
		`fingerprint.keys (1, not shown) environment SIDEKICK_FINGERPRINT_KEYS`,
	} {
		if line := regexp.MustCompile(`(?m)^` + strings.ReplaceAll(regexp.QuoteMeta(want), " ", " +") + `$`); !line.MatchString(stdout) {
			t.Errorf("no line %s in\n%s", want, stdout)
		}
	}
	if strings.Contains(stdout, key) {
		t.Error("a key is shown")
	}
	// With -json it prints a file for -config, with the same content.
	code, first, _ := runBinary(t, environ, append([]string{"config", "-json"}, args...)...)
	if code != exitOK || strings.Contains(first, key) {
		t.Fatalf("got %d\n%s", code, first)
	}
	if strings.Contains(first, "null") || !strings.Contains(first, `"maxURLBytes": 8192`) {
		t.Errorf("it is not what holds:\n%s", first)
	}
	written := write(t, "again.json", first)
	for _, mode := range [][]string{nil, {"SIDEKICK_ENV=development"}, {"SIDEKICK_ENV=production", "SIDEKICK_FINGERPRINT_KEYS=" + key}} {
		code, again, stderr := runBinary(t, mode, "config", "-json", "-config", written)
		if code != exitOK || again != first {
			t.Errorf("%v: got %d\n%s\n%s\nwant\n%s", mode, code, stderr, again, first)
		}
	}
	code, stdout, _ = runBinary(t, nil, "config", "-production")
	if code != exitOK || !regexp.MustCompile(`\(defaults\) +production +flag -production`).MatchString(stdout) {
		t.Errorf("got %d\n%s", code, stdout)
	}
}

func TestRoutesAreListed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := write(t, "sidekick.json", `{"rootEndpointType": "api", "routes": {
		"get": [{"path": "/e/:key", "action": "echo", "apiVersion": 1}, {"path": "/files", "dir": "`+dir+`", "matchTrailingPathParts": true}, {"path": "/one/:file", "action": "file"}],
		"all": [{"path": "up", "action": "uploader"}]}}`)
	code, stdout, stderr := runBinary(t, nil, "routes", "-config", file)
	if code != exitOK || stderr != "" {
		t.Fatalf("got %d\n%s", code, stderr)
	}
	for _, want := range []string{
		`METHODS PATH ACTION VERSIONS BY DESCRIPTION`,
		`HEAD, GET /api/e/:key echo 1 route Shows what arrived: `,
		`HEAD, GET /api/files … route the folder ` + dir,
		`HEAD, GET /api/one/:file route a file of the public folders`,
		`ALL /api/up uploader 1 route Takes up to two files`,
		`HEAD, GET /api/echo echo 1 name Shows what arrived: `,
		`ALL /api/status status 1 name Reports the state of the server`,
		`ALL /api/?action=status status 1 param Reports the state of the server`,
		`All of them are also served at the root.`,
	} {
		if line := regexp.MustCompile(`(?m)^` + strings.ReplaceAll(regexp.QuoteMeta(want), " ", " +")); !line.MatchString(stdout) {
			t.Errorf("no line %s in\n%s", want, stdout)
		}
	}
	for _, tt := range []struct {
		environ []string
		want    string
		not     []string
	}{
		{[]string{"AUTOMATIC_ROUTES=get"}, `(?m)^HEAD, GET +/api/status +status +1 +automatic route `, []string{"ALL", "  name  "}},
		{[]string{"SIDEKICK_ACTIONS_DISABLE_NAMES=true"}, `(?m)^ALL +/api/\?action=status `, []string{"  name  "}},
		{[]string{"SIDEKICK_ACTIONS_DISABLE_ACTION_PARAM=true", "SIDEKICK_PATHS_ACTIONS=/"}, `(?m)^ALL +/status `, []string{"param", "root, too"}},
	} {
		code, stdout, _ = runBinary(t, tt.environ, "routes")
		if code != exitOK || !regexp.MustCompile(tt.want).MatchString(stdout) {
			t.Errorf("%v: got %d\n%s", tt.environ, code, stdout)
		}
		for _, not := range tt.not {
			if strings.Contains(strings.ReplaceAll(stdout, "the action's params", ""), not) {
				t.Errorf("%v: it has %q:\n%s", tt.environ, not, stdout)
			}
		}
	}
}

func TestOpenAPIIsWritten(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := runBinary(t, nil, "openapi", "-production")
	var document struct {
		OpenAPI string                     `json:"openapi"`
		Paths   map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal([]byte(stdout), &document); err != nil || code != exitOK || stderr != "" {
		t.Fatalf("got %d, %v\n%s", code, err, stderr)
	}
	if !strings.HasPrefix(document.OpenAPI, "3.1") || document.Paths["/status"] == nil {
		t.Errorf("got %.500s", stdout)
	}
}

// TestExamples sends every example action the requests of its page.
func TestExamples(t *testing.T) {
	kit, err := sidekick.New(sidekick.Production(), actions("/docs/", nil)...)
	if err != nil {
		t.Fatal(err)
	}
	defer kit.Close()
	for _, tt := range []struct {
		target string
		status int
		want   string
	}{
		{"/api/status", 200, `"nodeStatus":"Node Healthy"`},
		{"/api/randomNumber", 200, `"stringRandomNumber":"Your random number is 0.`},
		{"/api/cacheTest?key=foo&value=bar", 200, `"loadResp":{"createdAt":`},
		{"/api/cacheTest?key=f&value=bar", 422, "inputs should be at least 3 letters long"},
		{"/api/cacheTest", 422, "key is a required parameter for this action; value is a required parameter"},
		{"/api/sleepTest?sleepDuration=1", 200, `"sleepDuration":1,`},
		{"/api/sleepTest?sleepDuration=-1", 422, "sleepDuration must be from 0 to 30000"},
		{"/api/sleepTest?sleepDuration=soon", 422, "sleepDuration must be a whole number"},
		{"/api/validationTest?string=word", 200, `{"string":"word"}`},
		{"/api/validationTest?string=word&number=7", 200, `"number":7`},
		{"/api/validationTest?string[]=word", 422, "failed validation"},
		{"/api/echo?obj[a]=1", 200, `"obj":{"a":"1"}`},
		{"/api/uploader", 422, "file1 is a required parameter"},
		{"/api/uploader?file1=text", 422, "file1 must be a file"},
		{"/api/actions", 200, `"name":"uploader"`},
		{"/api/actions", 200, `"docs":"/docs/"`},
	} {
		w := httptest.NewRecorder()
		kit.ServeHTTP(w, httptest.NewRequest(http.MethodGet, tt.target, nil))
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s: got %d %s, want %d with %s", tt.target, w.Code, w.Body, tt.status, tt.want)
		}
	}
}
