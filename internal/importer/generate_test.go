package importer_test

import (
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/internal/importer"
)

// write writes the files of a program and returns their folder.
func write(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func read(t *testing.T, name string) *importer.Project {
	t.Helper()
	return readBy(t, importer.Read, name)
}

func readBy(t *testing.T, read func(io.Reader) (*importer.Project, error), name string) *importer.Project {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := read(f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func generate(t *testing.T, p *importer.Project) map[string][]byte {
	t.Helper()
	files, err := importer.Generate(p, importer.Options{Module: "example.com/odd", Replace: filepath.Join("..", "..")})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// The program for a project full of oddities passes vet and its own tests, and says what is
// missing. The programs for the other projects in testdata are tested with those that need more
// than Go, in interop/moving.
func TestOddProject(t *testing.T) {
	t.Parallel()
	files := generate(t, read(t, "odd.json"))
	moving := string(files["MOVING.md"])
	for _, want := range []string{
		`| the action "a/b" | `, "it can never match", `| fingerprintOptions.settings.expires | `, `| the input "" of "_" | `, `| the action "TYPE" | `, `| the input "callback" of "user-show" | every action has it |`,
		"| the route get /back/:id((a)\\1) | ", "| the route get /user/:callback | ", `| the route get /went | there is no action "gone" |`,
		"| the route get /files | it serves the folder /srv/files", "| the route brew /x | ", `| the global middleware session \| csrf | `,
		"| simultaneousActions | ", "| port | ", "| formOptions.enabledPlugins | ", "| fingerprintOptions.settings.signed | ", "| somethingElse.a | ", "| compress | ",
		"| the folder /does/not/exist | ", "| fingerprint.dangerouslyUnsigned | ",
	} {
		if !strings.Contains(moving, want) {
			t.Errorf("MOVING.md has no %q", want)
		}
	}
	for _, not := range []string{"filteredResponse", "missingParamChecks", "httpHeaders", "it is refused as a whole", "secure"} {
		if strings.Contains(moving, not) {
			t.Errorf("MOVING.md has %q", not)
		}
	}
	if t.Failed() {
		t.Log(moving)
	}
	var config struct {
		Port          *int
		Padding       *int
		HTTPHeaders   map[string]*string
		PostVariables []string
		Routes        map[string][]map[string]any
		FormOptions   map[string]any
		Fingerprint   map[string]any `json:"fingerprintOptions"`
	}
	if err := json.Unmarshal(files["sidekick.json"], &config); err != nil {
		t.Fatal(err)
	}
	if config.Port != nil || config.HTTPHeaders["X-On"] == nil || *config.HTTPHeaders["X-On"] != "true" || *config.HTTPHeaders["X-Number"] != "7" ||
		len(config.PostVariables) != 1 || config.PostVariables[0] != "csrfToken" || config.FormOptions["maxFiles"] != 3.0 || config.Fingerprint["cookieKey"] != "sid" {
		t.Errorf("got %+v", config)
	}
	answersAlike(t, files["sidekick.json"])
	// The route /main is the automatic one.
	if got := config.Routes["get"]; len(got) != 3 || got[2]["apiVersion"] != "2.5" || len(config.Routes["post"]) != 1 {
		t.Errorf("got the routes %v", config.Routes)
	}
	for name, want := range map[string]string{
		"type_action.go":           "func typeAction() dispatch.Action",
		"user_show_v2_5_action.go": `"a\"b": {Required: true},`,
		"main_action.go":           "Half float64 `json:\"half\" default:\"0.5\"`",
		"a_linux_action.go":        "func aLinux() dispatch.Action",
		"server_test.go":           `{"GET", "/v1/api" + "/user/123", "user:show"},`,
		"server.go":                `FingerprintCookie: "sid",`,
	} {
		if !strings.Contains(string(files[name]), want) {
			t.Errorf("%s has no %q:\n%s", name, want, files[name])
		}
	}
	if strings.Contains(string(files["server_test.go"]), `"/first", "type"`) {
		t.Error("the test asks for a route that stands behind another one")
	}
	cmd := exec.Command("go", "test", "-vet=all", "-ldflags=-s -w", ".") // it links faster without symbols
	cmd.Dir = write(t, files)
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %v\n%s", cmd, err, out)
	}
}

// answersAlike checks that a configuration has all options that the preset for Actionhero sets.
func answersAlike(t *testing.T, file []byte) {
	t.Helper()
	var cfg sidekick.Config
	if err := json.Unmarshal(file, &cfg); err != nil {
		t.Fatal(err)
	}
	got, defaults := maps.Collect(cfg.Settings()), maps.Collect(sidekick.Config{}.Settings())
	for path, want := range sidekick.Actionhero29(sidekick.Config{}).Settings() {
		if want != defaults[path] && got[path] != want {
			t.Errorf("%s: got %s, want %s, as in Actionhero", path, got[path], want)
		}
	}
}

// An input whose name cannot stand in a struct tag takes nothing from the others: they keep
// their types, defaults, schemas and remarks.
func TestInputsThatNoStructCanHave(t *testing.T) {
	t.Parallel()
	files := generate(t, read(t, "unusual-inputs.json"))
	for name, wants := range map[string][]string{
		"search_action.go": {
			`"ids[]": {},`,
			"// The old action formats it: 1 formatter. // The old action checks it: 2 validators. " + `"limit": {Default: int64(10), Formatters: []dispatch.Formatter{dispatch.ToInt}},`,
			`"half": {Default: float64(0.5), Formatters: []dispatch.Formatter{dispatch.ToFloat}},`, `"on": {Default: true, Formatters: []dispatch.Formatter{dispatch.ToBool}},`,
			`// The old action's default is "ten". "count": {Formatters: []dispatch.Formatter{dispatch.ToInt}},`, `"word": {Default: "a` + "`" + `b"},`,
			`"tags": {Default: []any{"a", int64(1), nil}, List: true},`, `"options": {Default: map[string]any{"a": "json.Number(", "b": float64(1000)}, Map: true},`,
			`// The old action's default is [1e400]. "big": {List: true},`, `// The old action computes a default. "when": {},`, `"nothing": {Map: true},`,
			`"deep": {Schema: dispatch.Inputs{ "a b": {Formatters: []dispatch.Formatter{dispatch.ToBool}}, }},`,
			`"ship": {Required: true, Schema: dispatch.Inputs{`, `// The old action checks it: 1 validator. "name": {Required: true},`,
		},
		"nested_action.go": {`"size": {Default: int64(1), Formatters: []dispatch.Formatter{dispatch.ToFloat}},`, `"ship": {Schema: dispatch.Inputs{ "a\"b": {Required: true}, }},`},
		"MOVING.md": {
			`| the struct for the inputs of "search" | `, `| the struct for the inputs of "nested" | `, `| the input "ship." of "search" | `, `| the input "nothing." of "search" | `,
		},
	} {
		text := strings.Join(strings.Fields(string(files[name])), " ")
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s has no %q:\n%s", name, want, files[name])
			}
		}
	}
}

func TestSwagger(t *testing.T) {
	t.Parallel()
	files := generate(t, readBy(t, importer.ReadSwagger, "swagger.json"))
	for name, wants := range map[string][]string{
		"sidekick.json":             {`"path": "/users/:id"`, `"path": "/u/:id"`, `"path": "/game/:id(^[a-z]{0,10}$)"`},
		"user_action.go":            {`dispatch.Typed("user"`, "ID string `json:\"id\"`"},
		"user_post_users_action.go": {`dispatch.Typed("user:post-users"`, "Age string `json:\"age\" default:\"18\"`", "Name string `json:\"name\" required:\"true\"`"},
		"status_action.go":          {"func status() dispatch.Action"},
		"MOVING.md":                 {"| the project | it was read from the swagger action"},
		"server_test.go":            {`{"GET", "/api" + "/u/1", "user"},`},
	} {
		for _, want := range wants {
			if !strings.Contains(strings.ReplaceAll(strings.Join(strings.Fields(string(files[name])), " "), "  ", " "), strings.Join(strings.Fields(want), " ")) {
				t.Errorf("%s has no %q:\n%s", name, want, files[name])
			}
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":                "ready\n{}",
		"no actions":             `{"actions": []}`,
		"a version that is none": `{"actions": [{"name": "a", "version": []}]}`,
		"another document":       `[]`,
	} {
		if _, err := importer.Read(strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), "importer: ") {
			t.Errorf("%s: got %v", name, err)
		}
		if _, err := importer.ReadSwagger(strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), "importer: ") {
			t.Errorf("%s: as swagger: got %v", name, err)
		}
	}
	p := read(t, "odd.json")
	for name, o := range map[string]importer.Options{
		"a module with a space":      {Module: "a b"},
		"no module":                  {},
		"a folder that is none":      {Module: "a", Replace: "none"},
		"a folder of another module": {Module: "a", Replace: write(t, map[string][]byte{"go.mod": []byte("module b\n")})},
	} {
		if _, err := importer.Generate(p, o); err == nil {
			t.Errorf("%s is not refused", name)
		}
	}
	files, err := importer.Generate(p, importer.Options{Module: "example.com/a", Version: "v1.2.3"})
	if err != nil || !strings.Contains(string(files["go.mod"]), "require github.com/sidekick-http/sidekick v1.2.3") || files["go.sum"] != nil || !strings.Contains(string(files["MOVING.md"]), "go mod tidy") {
		t.Errorf("with a version: got %v, %s", err, files["go.mod"])
	}
}
