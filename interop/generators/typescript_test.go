package generators_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTypeScript makes clients of both documents with every generator, compiles
// them strictly with the programs in testdata/typescript, and runs these.
func TestTypeScript(t *testing.T) {
	t.Parallel()
	need(t, packages())
	servers := everyServer(t)
	dir := t.TempDir()
	modules, err := filepath.Abs("node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "clients"), os.DirFS("testdata/typescript")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "package.json"), []byte(`{"type": "module"}`))
	bin := func(name string) string { return filepath.Join(modules, ".bin", name) }

	var generate []step
	for _, s := range servers {
		to := func(generator string) string { return filepath.Join(s.name, generator) }
		config := "orval." + s.name + ".mjs"
		write(t, filepath.Join(dir, config), fmt.Appendf(nil, `export default {
  fetch: { input: %q, output: { target: %q, client: "fetch", baseUrl: %q } },
  axios: { input: %[1]q, output: { target: %[4]q, client: "axios" } },
};`, s.document, to("orval-fetch")+"/api.ts", s.url, to("orval-axios")+"/api.ts"))
		generate = append(generate,
			step{dir, []string{bin("openapi-typescript"), s.document, "--default-non-nullable=false", "-o", to("openapi-typescript") + "/api.d.ts"}},
			step{dir, []string{bin("openapi-ts"), "-i", s.document, "-o", to("hey-api"), "-c", "@hey-api/client-fetch"}},
			step{dir, []string{bin("orval"), "--config", config}},
			step{dir, []string{bin("openapi"), "-i", s.document, "-o", to("openapi-typescript-codegen")}},
			step{dir, []string{bin("swagger-typescript-api"), "generate", "-p", s.document, "-o", to("swagger-typescript-api")}},
		)
	}
	inParallel(t, generate)

	clients, err := filepath.Glob(filepath.Join(dir, "clients", "*.*.ts"))
	if err != nil {
		t.Fatal(err)
	}
	bundle := append([]string{bin("esbuild"), "--log-level=error", "--bundle", "--packages=external", "--format=esm", "--platform=node", "--outdir=out"}, clients...)
	inParallel(t, []step{{dir, []string{bin("tsc"), "-p", "clients"}}, {dir, bundle}})

	var call []step
	for _, s := range servers {
		for _, client := range clients {
			if name, ok := strings.CutSuffix(filepath.Base(client), "."+s.name+".ts"); ok {
				call = append(call, step{dir, []string{"node", filepath.Join("out", name+"."+s.name+".js"), s.url}})
			}
		}
	}
	if len(call) != 12 {
		t.Fatalf("there are %d clients, want six for each document", len(call))
	}
	inParallel(t, call)
}
