//go:build unix

// Package redistest runs Redis and Valkey servers for tests.
package redistest

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// names are the programs. Only newer systems have Valkey.
var names = [...]string{"redis-server", "valkey-server"}

// Program returns an installed server. A test is skipped if there is none, unless
// TEST_INTEROP is "required".
func Program(t testing.TB) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("TEST_INTEROP") == "required" {
		t.Fatalf("none of %q is installed, and TEST_INTEROP is %q", names, "required")
	}
	t.Skipf("none of %q is installed", names)
	return ""
}

// EachProgram runs a test with every server, in parallel, and skips those that are
// not installed. If TEST_INTEROP is "required", there must be at least one.
func EachProgram(t *testing.T, test func(t *testing.T, program string)) {
	t.Helper()
	Program(t)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			path, err := exec.LookPath(name)
			if err != nil {
				t.Skipf("%s is not installed", name)
			}
			t.Parallel()
			test(t, path)
		})
	}
}

// Server is a process that tests can stop, kill and start again at the same
// address. It keeps nothing on disk, unless its arguments say otherwise.
type Server struct {
	Addr string // host and port

	t       testing.TB
	program string
	args    []string
	process *exec.Cmd
}

// Start runs a program with the given arguments until the test ends.
func Start(t testing.TB, program string, args ...string) *Server {
	t.Helper()
	port := FreePort(t)
	s := &Server{t: t, program: program, Addr: "127.0.0.1:" + port}
	s.args = append([]string{"--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir(), "--daemonize", "no"}, args...)
	t.Cleanup(s.Kill)
	s.Start()
	return s
}

// FreePort returns a port that nobody listens on.
func FreePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// Start runs the program, also again after Kill, and waits until it answers.
func (s *Server) Start() {
	s.t.Helper()
	s.process = exec.Command(s.program, s.args...)
	dieWithUs(s.process)
	out, err := s.process.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	ready := make(chan string, 1)
	go func() {
		var said []string
		for lines := bufio.NewScanner(out); lines.Scan(); {
			said = append(said, lines.Text())
			if strings.Contains(lines.Text(), "eady to accept connections") {
				ready <- ""
			}
		}
		select {
		case ready <- strings.Join(said, "\n"):
		default:
		}
	}()
	select {
	case failed := <-ready:
		if failed != "" {
			s.t.Fatalf("%s has ended: %s", filepath.Base(s.program), failed)
		}
	case <-time.After(20 * time.Second):
		s.t.Fatalf("%s does not start", filepath.Base(s.program))
	}
}

// Kill ends the program at once.
func (s *Server) Kill() {
	if s.process != nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait()
		s.process = nil
	}
}

// Signal sends the program a signal: SIGSTOP makes it hang.
func (s *Server) Signal(what syscall.Signal) {
	s.t.Helper()
	if err := s.process.Process.Signal(what); err != nil {
		s.t.Fatal(err)
	}
}

// URL returns the URL of the server.
func (s *Server) URL() string { return "redis://" + s.Addr }

// WaitFor polls for half a minute, because nothing signals events in another
// process.
func WaitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
