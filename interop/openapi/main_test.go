package openapi_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"

	"github.com/sidekick-http/sidekick/internal/everykind"
)

// node makes sure of node and its packages, or skips the test; where
// TEST_INTEROP is "required" it fails.
func node(t *testing.T) {
	t.Helper()
	if err := packages(); err != nil {
		if os.Getenv("TEST_INTEROP") == "required" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// packages installs what package-lock.json lists, unless it is there.
var packages = sync.OnceValue(func() error {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("%s is not installed", program)
		}
	}
	// npm writes this file last.
	if newer("node_modules/.package-lock.json", "package-lock.json") {
		return nil
	}
	if out, err := exec.Command("npm", "ci").CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return nil
})

// newer tells whether a file is there and not older than another.
func newer(file, than string) bool {
	a, errA := os.Stat(file)
	b, errB := os.Stat(than)
	return errA == nil && errB == nil && !a.ModTime().Before(b.ModTime())
}

// run runs a program of node's packages and returns what it prints.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// program builds a program of the module and starts it; it returns the origin
// that it prints.
func program(t *testing.T, folder string, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program")
	build := exec.Command("go", "build", "-o", file, folder)
	build.Dir = filepath.Join("..", "..") // as its own module has it
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", folder, err, out)
	}
	cmd := exec.Command(file, args...)
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Logf("%s ended with %v and logged:\n%s", folder, err, log.Bytes())
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(lines.Text()); address != "" {
			return "http://" + address
		}
	}
	t.Fatalf("%s did not say where it is", folder)
	return ""
}

// everyKind serves the app with every kind of input, upload and version, and
// returns its origin.
func everyKind(t *testing.T) string {
	t.Helper()
	handler, err := everykind.Server(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// get returns what a server answers.
func get(t *testing.T, url string) []byte {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if r.StatusCode != http.StatusOK {
		t.Fatalf("%s: got %d: %s", url, r.StatusCode, body)
	}
	return body
}
