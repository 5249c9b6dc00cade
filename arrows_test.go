package sidekick_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The dependencies between public packages are few and one-way, so that a piece can
// be adopted without the others.
func TestArrows(t *testing.T) {
	const module = "github.com/sidekick-http/sidekick"
	allowed := map[string][]string{
		"dispatch":              {"envelope", "idempotency", "params", "static", "upload"},
		"params":                {"upload"},
		"upload":                nil,
		"upload/tus":            {"upload"},
		"envelope":              nil,
		"static":                nil,
		"hosts":                 nil,
		"fingerprint":           nil,
		"middleware/accesslog":  nil,
		"middleware/clientaddr": nil,
		"middleware/compress":   nil,
		"middleware/headers":    nil,
		"middleware/jsonp":      nil,
		"middleware/preflight":  nil,
		"middleware/recovery":   nil,
		"middleware/requestid":  {"logctx"},
		"logctx":                nil,
		"ratelimit":             nil,
		"idempotency":           nil,
		"openapi":               {"dispatch", "envelope", "idempotency", "params", "static", "upload"},
		"openapi/ui":            nil,
		"jsclient":              nil,
		"sidekicktest":          nil,
		"legacy":                nil,
		"shadow":                nil,
	}
	// What a piece may link besides the standard library and this module.
	third := map[string][]string{
		"static":                nil,
		"upload":                nil,
		"upload/tus":            nil,
		"params":                nil,
		"envelope":              nil,
		"hosts":                 nil,
		"middleware/accesslog":  nil,
		"middleware/clientaddr": nil,
		"middleware/headers":    nil,
		"middleware/jsonp":      nil,
		"middleware/preflight":  nil,
		"middleware/recovery":   nil,
		"openapi/ui":            nil,
		"jsclient":              nil,
		"ratelimit":             nil,
		"idempotency":           nil,
		"sidekicktest":          nil,
		"logctx":                nil,
		"middleware/requestid":  nil,
	}
	out, err := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports,Standard,Deps", "./...").Output()
	if err != nil {
		t.Skipf("go list: %v", err)
	}
	type pkg struct {
		ImportPath    string
		Standard      bool
		Imports, Deps []string
	}
	all := map[string]pkg{}
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p pkg
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
	for name, arrows := range allowed {
		p, ok := all[module+"/"+name]
		if !ok {
			t.Errorf("%s: no such package", name)
			continue
		}
		for _, dep := range p.Deps {
			other, public := strings.CutPrefix(dep, module+"/")
			switch {
			case dep == module:
				t.Errorf("%s imports the root package", name)
			case public && !strings.Contains("/"+other, "/internal/"):
				if !slices.Contains(arrows, other) {
					t.Errorf("%s reaches %s", name, other)
				}
			case !public && !all[dep].Standard:
				if names, held := third[name]; held && !slices.Contains(names, dep) {
					t.Errorf("%s links %s", name, dep)
				}
			}
		}
	}
}
