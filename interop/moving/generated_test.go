package moving_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/sidekick-http/sidekick/internal/importer"
)

// The program for each project in the importer's testdata passes vet and its own tests. The
// importer's own test does that for one of them; each takes a second, mostly to be linked.
func TestGeneratedProgramsPassTheirOwnTests(t *testing.T) {
	t.Parallel()
	projects, err := filepath.Glob("../../internal/importer/testdata/*.json")
	if err != nil || len(projects) < 2 {
		t.Fatalf("got %q, %v", projects, err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, project := range projects {
		t.Run(filepath.Base(project), func(t *testing.T) {
			t.Parallel()
			read := importer.Read
			if filepath.Base(project) == "swagger.json" {
				read = importer.ReadSwagger
			}
			passesItsTests(t, generated(t, read, project, root))
		})
	}
}

// generated returns the folder of the program for a project.
func generated(t *testing.T, read func(io.Reader) (*importer.Project, error), project, root string) (dir string) {
	t.Helper()
	f, err := os.Open(project)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := read(f)
	if err != nil {
		t.Fatal(err)
	}
	files, err := importer.Generate(p, importer.Options{Module: "example.com/program", Replace: root})
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func passesItsTests(t *testing.T, dir string) {
	t.Helper()
	cmd := exec.Command("go", "test", "-vet=all", "-ldflags=-s -w", ".") // it links faster without symbols
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
