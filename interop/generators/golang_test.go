package generators_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestGo makes clients of the documents of OpenAPI with oapi-codegen and ogen, and
// of those of Swagger 2.0 with go-swagger, compiles them with the programs in
// testdata/golang, and runs these.
func TestGo(t *testing.T) {
	t.Parallel()
	servers := everyServer(t)
	tools := t.TempDir()
	build := exec.Command("go", "build", "-o", tools+string(filepath.Separator), "tool")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the generators: %v\n%s", err, out)
	}
	// A module that has what this one has.
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/golang")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), text)
	}

	var generate, call []step
	for _, s := range servers {
		to := func(generator string) string {
			path := filepath.Join(dir, generator+"-"+s.name, "api")
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
			call = append(call, step{dir, []string{filepath.Join(dir, "bin", generator+"-"+s.name), s.url}})
			return path
		}
		tool := func(name string) string { return filepath.Join(tools, name) }
		generate = append(generate,
			step{dir, []string{tool("oapi-codegen"), "-generate", "types,client", "-package", "api", "-o", filepath.Join(to("oapi-codegen"), "api.go"), s.document}},
			step{dir, []string{tool("ogen"), "--config", "ogen.yml", "--package", "api", "--target", to("ogen"), s.document}},
			// One package for all: it names others after tags, and not all of these
			// can be in the path of a package.
			step{dir, []string{tool("swagger"), "generate", "client", "-q", "--skip-tag-packages", "-f", s.swagger, "-t", to("go-swagger")}},
		)
	}
	inParallel(t, generate)
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	compile := []string{"go", "build", "-o", "bin/"}
	for _, s := range call {
		compile = append(compile, "./"+filepath.Base(s.args[0]))
	}
	inParallel(t, []step{{dir, compile}})
	if n := len(call); n != 6 || !strings.Contains(call[0].args[0], "oapi-codegen-every") {
		t.Fatalf("there are %d clients, want three for each document", n)
	}
	inParallel(t, call)
}
