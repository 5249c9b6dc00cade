package openapi_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTypedClient makes a client of the document as people are told to, compiles it
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

// TestDocumentedClient holds that the TypeScript in documents is part of the client
// that is compiled and run.
func TestDocumentedClient(t *testing.T) {
	client, err := os.ReadFile(filepath.Join("testdata", "client.ts"))
	if err != nil {
		t.Fatal(err)
	}
	documents, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(documents, filepath.Join("..", "..", "README.md")) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		blocks := strings.Split(string(text), "```ts\n")[1:]
		if filepath.Base(name) == "openapi.md" && len(blocks) == 0 {
			t.Errorf("%s has no TypeScript", name)
		}
		for _, rest := range blocks {
			block, _, _ := strings.Cut(rest, "```")
			if !strings.Contains(squeezed(string(client)), squeezed(block)) {
				t.Errorf("%s: this is not in testdata/client.ts:\n%s", name, block)
			}
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
