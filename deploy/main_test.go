// Package deploy holds what a server is run with: an image, manifests of
// Kubernetes, units of systemd, and sites of nginx and Caddy. Its tests check each
// with the program that it is for, if that is installed, and run the server with it.
// ../examples/nginx tests what the server sees of its clients behind nginx.
package deploy

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// program is the server, built as the image has it.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "deploy")
	if err == nil {
		err = os.Chmod(dir, 0o755) // other users run it
	}
	if err == nil {
		program = filepath.Join(dir, "sidekick")
		err = build(program)
	}
	code := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// build runs the command that the Dockerfile builds the program with, but for
// -trimpath, which has everything compiled again.
func build(to string) error {
	line, err := buildLine()
	if err != nil {
		return err
	}
	cmd := exec.Command("sh", "-c", strings.NewReplacer("/out/sidekick", to, "-trimpath ", "").Replace(line))
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", line, err, out)
	}
	return nil
}

// find returns the path of a program, or skips the test; where all of them are to
// be there, it fails.
func find(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("TEST_INTEROP") == "required" {
		t.Fatal(err)
	} else if err != nil {
		t.Skip(err)
	}
	return path
}

// accepts runs the program's check of its configuration.
func accepts(t *testing.T, environ, args []string) {
	t.Helper()
	cmd := exec.Command(program, append([]string{"check"}, args...)...)
	cmd.Env = environ
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("the program does not take it: %v\n%s", err, out)
	}
}

// server is the running program.
type server struct {
	cmd *exec.Cmd
	mu  sync.Mutex
	log bytes.Buffer
}

func (s *server) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(p)
}

func (s *server) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// start starts a server and waits until it listens.
func start(t *testing.T, cmd *exec.Cmd) *server {
	t.Helper()
	s := &server{cmd: cmd}
	cmd.Stderr = s
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
	})
	for !strings.Contains(s.String(), `"msg":"listening"`) {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%v\n%s", err, s)
		case <-time.After(5 * time.Millisecond):
		}
	}
	return s
}

// address returns where a server listens.
func (s *server) address() string {
	_, rest, _ := strings.Cut(s.String(), "http://")
	address, _, _ := strings.Cut(rest, "/")
	return address
}
