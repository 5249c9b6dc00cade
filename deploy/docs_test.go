package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the guide for operators names is there: files, options and messages.
func TestOperationsGuide(t *testing.T) {
	text, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 12_000 {
		t.Errorf("it has %d bytes", len(text))
	}
	for _, m := range regexp.MustCompile(`\]\((\.\./[^)]+)\)`).FindAllSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join("../docs", string(m[1]))); err != nil {
			t.Error(err)
		}
	}
	// Every option that it names is one.
	listed, err := exec.Command(program, "config", "-production").Output()
	if err != nil {
		t.Fatal(err)
	}
	options := map[string]bool{}
	for line := range strings.Lines(string(listed)) {
		name, _, _ := strings.Cut(line, " ")
		options[name] = true
	}
	named := regexp.MustCompile("`((?:server|clientAddr|hosts|fingerprint|uploadDir)\\.\\w+)").FindAllSubmatch(text, -1)
	for _, m := range named {
		if name := string(m[1]); !options[name] {
			t.Errorf("there is no option %s", name)
		}
	}
	if len(named) < 20 {
		t.Errorf("it names %d options", len(named))
	}
	// What it quotes of the log is what the server says.
	var sources strings.Builder
	for _, pattern := range []string{"../*.go", "../internal/listen/*.go", "../upload/*.go", "../internal/program/*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			sources.Write(b)
		}
	}
	for _, quoted := range []string{"the connection limit is reached", "want a folder in which other users cannot rename", "requests were still running"} {
		if !strings.Contains(string(text), quoted) || !strings.Contains(sources.String(), quoted) {
			t.Errorf("not both in the guide and in the program: %s", quoted)
		}
	}
	for _, message := range []string{"configured", "listening", "serving", "stopping", "stopped"} {
		if !strings.Contains(string(text), "`"+message+"`") || !strings.Contains(sources.String(), `"`+message+`"`) {
			t.Errorf("not both in the guide and in the program: %s", message)
		}
	}
}
