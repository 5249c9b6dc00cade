package openapi_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTypedClient makes a client of the document as README tells, compiles it
// strictly, and calls the running server with it.
func TestTypedClient(t *testing.T) {
	node(t)
	origin := everyKind(t)
	dir := t.TempDir()
	packages, err := filepath.Abs("node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(packages, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"type": "module"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"client.ts", "tsconfig.json"} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	bin := func(name string) string { return filepath.Join(packages, ".bin", name) }
	run(t, dir, bin("openapi-typescript"), origin+"/api/openapi.json", "--default-non-nullable=false", "-o", "api.d.ts")
	run(t, dir, bin("tsc"))
	if out := run(t, dir, "node", "client.js", origin+"/api"); !strings.Contains(out, "all answered") {
		t.Errorf("the client printed %q", out)
	}
}

// TestReadmeClient holds that the TypeScript of README is part of the client
// that is compiled and run.
func TestReadmeClient(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	client, err := os.ReadFile(filepath.Join("testdata", "client.ts"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(readme), "```ts\n")[1:]
	if len(blocks) == 0 {
		t.Error("README has no TypeScript")
	}
	for _, rest := range blocks {
		block, _, _ := strings.Cut(rest, "```")
		if !strings.Contains(squeezed(string(client)), squeezed(block)) {
			t.Errorf("this is not in testdata/client.ts:\n%s", block)
		}
	}
}

// squeezed drops indentation and blank lines.
func squeezed(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}
