package sidekick_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

const (
	module = "github.com/sidekick-http/sidekick"

	compression  = "github.com/klauspost/compress"
	jsonSchema   = "github.com/google/jsonschema-go"
	secureCookie = "github.com/gorilla/securecookie"
)

// arrows are the public packages except the root, which knows them all: the other
// public packages that each reaches, and the modules that it links.
var arrows = map[string]struct{ reaches, links []string }{
	"dispatch":              {[]string{"envelope", "idempotency", "params", "static", "upload"}, []string{jsonSchema}},
	"envelope":              {},
	"fingerprint":           {links: []string{secureCookie}},
	"hosts":                 {},
	"idempotency":           {},
	"idempotency/storetest": {reaches: []string{"idempotency"}},
	"jsclient":              {},
	"legacy":                {},
	"logctx":                {},
	"middleware/accesslog":  {},
	"middleware/clientaddr": {},
	"middleware/compress":   {links: []string{compression}},
	"middleware/headers":    {},
	"middleware/jsonp":      {},
	"middleware/preflight":  {},
	"middleware/recovery":   {},
	"middleware/requestid":  {reaches: []string{"logctx"}},
	"openapi":               {[]string{"dispatch", "envelope", "idempotency", "params", "static", "upload"}, []string{jsonSchema}},
	"openapi/ui":            {},
	"params":                {reaches: []string{"upload"}},
	"ratelimit":             {},
	"shadow":                {},
	"sidekicktest":          {},
	"static":                {},
	"upload":                {},
	"upload/tus":            {reaches: []string{"upload"}},
}

// apps are the internal packages that stand above the public ones: programs, and what
// programs are made of. All others are the ground floor.
var apps = []string{"actions", "everykind", "importer", "lab", "program", "refapp", "soak"}

type goPackage struct {
	ImportPath string
	Name       string
	Standard   bool
	Deps       []string
}

// public returns the path of a public package below the root.
func (p goPackage) public() (path string, ok bool) {
	path, ok = strings.CutPrefix(p.ImportPath, module+"/")
	return path, ok && p.Name != "main" && !strings.Contains("/"+path, "/internal/")
}

// goList asks the go command once for all tests.
var goList = sync.OnceValues(func() ([]byte, error) {
	return exec.Command("go", "list", "-deps", "-json=ImportPath,Name,Standard,Deps", "./...").Output()
})

// packages returns those of this module and everything that they import.
func packages(t *testing.T) map[string]goPackage {
	t.Helper()
	out, err := goList()
	if err != nil {
		t.Skipf("go list: %v", err)
	}
	all := map[string]goPackage{}
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p goPackage
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
	return all
}

// The dependencies between public packages are few and one-way, so that a piece can
// be adopted without the others.
func TestArrows(t *testing.T) {
	t.Parallel()
	all := packages(t)
	for name := range arrows {
		if _, ok := all[module+"/"+name]; !ok {
			t.Errorf("%s: no such package", name)
		}
	}
	for _, p := range all {
		name, ok := p.public()
		if !ok {
			continue
		}
		allowed, ok := arrows[name]
		if !ok {
			t.Errorf("%s is not in the table of arrows", name)
		}
		for _, dep := range p.Deps {
			other, public := all[dep].public()
			switch {
			case dep == module:
				t.Errorf("%s imports the root package", name)
			case public && !slices.Contains(allowed.reaches, other):
				t.Errorf("%s reaches %s", name, other)
			case !all[dep].Standard && !isWithinAny(dep, append(allowed.links, module)):
				t.Errorf("%s links %s", name, dep)
			}
		}
	}
}

// The assembled server has every piece except those that only tests and the move from
// another server need, and one that stands in an action of one's own.
func TestTheServerHasAllPieces(t *testing.T) {
	t.Parallel()
	without := []string{"idempotency/storetest", "legacy", "shadow", "sidekicktest", "upload/tus"}
	root := packages(t)[module]
	for name := range arrows {
		if slices.Contains(root.Deps, module+"/"+name) == slices.Contains(without, name) {
			t.Errorf("%s: want it in the server, or else in the list of those that are not, %v", name, without)
		}
	}
}

// The packages of the ground floor import no public package, and nothing but the
// standard library.
func TestTheGroundFloor(t *testing.T) {
	t.Parallel()
	all := packages(t)
	for _, p := range all {
		name, ok := strings.CutPrefix(p.ImportPath, module+"/internal/")
		if !ok || slices.Contains(apps, name) {
			continue
		}
		for _, dep := range p.Deps {
			if !all[dep].Standard && !isWithinAny(dep, []string{module + "/internal"}) {
				t.Errorf("internal/%s reaches %s: only %v may", name, dep, apps)
			}
		}
	}
	for _, name := range apps {
		if !slices.ContainsFunc(all[module+"/internal/"+name].Deps, func(dep string) bool {
			_, public := all[dep].public()
			return public
		}) {
			t.Errorf("internal/%s reaches no public package: it is no app", name)
		}
	}
}

// isWithinAny reports whether a package is one of the given paths or below one.
func isWithinAny(path string, paths []string) bool {
	return slices.ContainsFunc(paths, func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") })
}
