package sidekick_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmePrograms holds that every piece of Go in README is part of a
// program or Example that is compiled and tested.
func TestReadmePrograms(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var sources []string
	err = filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "examples") && strings.HasSuffix(path, ".go") {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			sources = append(sources, squeezed(string(text)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for _, rest := range strings.Split(string(readme), "```go\n")[1:] {
		block, _, _ := strings.Cut(rest, "```")
		blocks++
		found := false
		for _, s := range sources {
			found = found || strings.Contains(s, squeezed(block))
		}
		if !found {
			t.Errorf("this is in no Example:\n%s", block)
		}
	}
	if blocks < 5 {
		t.Errorf("got %d blocks of Go in README, want them found", blocks)
	}
	for _, link := range strings.Split(outsideCode(string(readme)), "](")[1:] {
		target, _, _ := strings.Cut(link, ")")
		if strings.HasPrefix(target, "http") {
			continue
		}
		if _, err := os.Stat(filepath.FromSlash(target)); err != nil {
			t.Errorf("README links to %s, which is not there", target)
		}
	}
}

// outsideCode drops the blocks of code.
func outsideCode(markdown string) string {
	var b strings.Builder
	for i, part := range strings.Split(markdown, "```") {
		if i%2 == 0 {
			b.WriteString(part)
		}
	}
	return b.String()
}

// squeezed drops indentation and blank lines.
func squeezed(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			b.WriteString(line)
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// TestSecurityNamesTests holds that every test that SECURITY names is there.
func TestSecurityNamesTests(t *testing.T) {
	text, err := os.ReadFile("SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	err = filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, "_test.go") {
			var source []byte
			source, err = os.ReadFile(path)
			tests.Write(source)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`\bTest[A-Z]\w+`).FindAllString(string(text), -1)
	if len(names) < 50 {
		t.Errorf("got %d names of tests, want them found", len(names))
	}
	for _, name := range names {
		if !strings.Contains(tests.String(), "func "+name+"(") {
			t.Errorf("SECURITY names %s, which is not there", name)
		}
	}
}
