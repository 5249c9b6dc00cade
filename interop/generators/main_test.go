package generators_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"
	"syscall"
	"testing"

	"github.com/sidekick-http/sidekick/internal/everykind"
)

// served is a server whose document clients are made of.
type served struct {
	name, url         string // of its actions
	document, swagger string // files
}

// everyServer serves the app with everything, and the program that the module
// has: "every" and "sidekick".
func everyServer(t *testing.T) []served {
	t.Helper()
	handler, err := everykind.Server(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	all := []served{{name: "every", url: server.URL + "/api"}, {name: "sidekick", url: sidekick(t) + "/api"}}
	dir := t.TempDir()
	for i := range all {
		s := &all[i]
		s.document, s.swagger = filepath.Join(dir, s.name+".json"), filepath.Join(dir, s.name+".swagger.json")
		write(t, s.document, get(t, s.url+"/openapi.json"))
		var members map[string]json.RawMessage
		if err := json.Unmarshal(get(t, s.url+"/swagger"), &members); err != nil {
			t.Fatal(err)
		}
		// A server in production adds neither.
		delete(members, "serverInformation")
		delete(members, "requesterInformation")
		swagger, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		write(t, s.swagger, swagger)
	}
	return all
}

// sidekick builds and starts the program, and returns its origin.
func sidekick(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "sidekick")
	build := exec.Command("go", "build", "-o", program, "./cmd/sidekick")
	build.Dir = filepath.Join("..", "..") // as its own module has it
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building cmd/sidekick: %v\n%s", err, out)
	}
	return start(t, regexp.MustCompile(`http://127\.0\.0\.1:\d+`), exec.Command(program, "-address", "127.0.0.1:0"))
}

// start starts a program that says where it is, and stops it when the test ends.
func start(t *testing.T, says *regexp.Regexp, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	drained := make(chan struct{})
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		<-drained
		cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if origin := says.FindString(lines.Text()); origin != "" {
			go func() {
				defer close(drained)
				io.Copy(io.Discard, out)
			}()
			return origin
		}
	}
	close(drained)
	t.Fatalf("%s did not say where it is", cmd)
	return ""
}

func get(t *testing.T, url string) []byte {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: got %d %s, %v", url, r.StatusCode, body, err)
	}
	return body
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// step is one program among others that may run beside it.
type step struct {
	dir  string
	args []string
}

// inParallel runs programs, as many at a time as there are processors.
func inParallel(t *testing.T, steps []step) {
	t.Helper()
	turns := make(chan struct{}, runtime.NumCPU())
	var running sync.WaitGroup
	for _, s := range steps {
		running.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			cmd := exec.Command(s.args[0], s.args[1:]...)
			cmd.Dir = s.dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %v\n%s", s.args, err, out)
			}
		})
	}
	running.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// need makes sure of something, or skips the test; where TEST_INTEROP is
// "required" it fails.
func need(t *testing.T, err error) {
	t.Helper()
	switch {
	case err == nil:
	case os.Getenv("TEST_INTEROP") == "required":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
}

// packages installs what package-lock.json lists, unless it is there. What
// packages would run at their installation is not needed.
var packages = sync.OnceValue(func() error {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("%s is not installed", program)
		}
	}
	// npm writes this file last.
	installed, errInstalled := os.Stat("node_modules/.package-lock.json")
	wanted, errWanted := os.Stat("package-lock.json")
	if errInstalled == nil && errWanted == nil && !installed.ModTime().Before(wanted.ModTime()) {
		return nil
	}
	if out, err := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund").CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return nil
})
