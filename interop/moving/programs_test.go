package moving_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// needPrograms skips the test where there is no node or npm, or fails it where
// everything must run.
func needPrograms(t *testing.T) {
	t.Helper()
	required := os.Getenv("TEST_INTEROP") == "required"
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			if required {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	cmd := exec.Command("npm", "ci")
	cmd.Dir = filepath.Join("testdata", "shelf")
	if out, err := cmd.CombinedOutput(); err != nil {
		if required {
			t.Fatalf("npm ci: %v\n%s", err, out)
		}
		t.Skipf("npm ci: %v\n%s", err, out)
	}
}

// walk is where everything is.
type walk struct {
	t        *testing.T
	dir      string // temporary
	root     string // of Sidekick
	project  string // the old one
	program  string // the new one
	data     string // the file of both
	sidekick string // the command
}

func newWalk(t *testing.T) *walk {
	t.Helper()
	w := &walk{t: t, dir: t.TempDir()}
	for path, at := range map[string]*string{filepath.Join("..", ".."): &w.root, filepath.Join("testdata", "shelf"): &w.project} {
		full, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		*at = full
	}
	w.program, w.data, w.sidekick = filepath.Join(w.dir, "program"), filepath.Join(w.dir, "data.json"), filepath.Join(w.dir, "sidekick")
	text, err := os.ReadFile(filepath.Join(w.project, "data.json"))
	if err == nil {
		err = os.WriteFile(w.data, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.output(w.root, "go", "build", "-o", w.sidekick, "./cmd/sidekick")
	return w
}

// resetBooks puts the books back as they were. Visits stay.
func (w *walk) resetBooks() {
	w.t.Helper()
	var now, begin map[string]json.RawMessage
	for name, into := range map[string]*map[string]json.RawMessage{w.data: &now, filepath.Join(w.project, "data.json"): &begin} {
		text, err := os.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
	begin["visits"] = now["visits"]
	text, err := json.Marshal(begin)
	if err == nil {
		err = os.WriteFile(w.data, text, 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// output runs a program in a folder and returns what it prints.
func (w *walk) output(dir, program string, args ...string) []byte {
	w.t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stderr, cmd.Env = dir, &stderr, w.environ()
	out, err := cmd.Output()
	if err != nil {
		w.t.Fatalf("%s %s: %v\n%s%s", filepath.Base(program), strings.Join(args, " "), err, out, stderr.Bytes())
	}
	return out
}

func (w *walk) environ(more ...string) []string {
	return append(append(os.Environ(), "SHELF_DATA="+w.data, "GOWORK=off", "NODE_ENV=development"), more...)
}

// goes runs the go command in the program's folder.
func (w *walk) goes(args ...string) {
	w.t.Helper()
	w.output(w.program, "go", args...)
}

// running is a server that runs.
type running struct {
	url  string
	cmd  *exec.Cmd
	log  *lockedBuffer
	done chan error
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (w *walk) startOld() *running { return w.start(w.project, nil, "node", "server.js") }

// startNew builds and starts the program.
func (w *walk) startNew(environ ...string) *running {
	w.t.Helper()
	w.goes("build", "-o", "program", ".")
	return w.start(w.program, environ, filepath.Join(w.program, "program"))
}

func (w *walk) start(dir string, environ []string, program string, args ...string) *running {
	w.t.Helper()
	port := freePort(w.t)
	r := &running{url: "http://127.0.0.1:" + port, log: &lockedBuffer{}, done: make(chan error, 1)}
	r.cmd = exec.Command(program, args...)
	r.cmd.Dir, r.cmd.Stdout, r.cmd.Stderr = dir, r.log, r.log
	r.cmd.Env = w.environ(append(environ, "PORT="+port)...)
	if err := r.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	go func() { r.done <- r.cmd.Wait() }()
	w.t.Cleanup(func() { _ = r.cmd.Process.Kill() }) // unless it has ended
	for deadline := time.Now().Add(time.Minute); ; {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			conn.Close()
			return r
		}
		select {
		case err := <-r.done:
			w.t.Fatalf("%s has ended: %v\n%s", program, err, r.log)
		case <-time.After(20 * time.Millisecond): // until the next try
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("%s does not listen:\n%s", program, r.log)
		}
	}
}

// stop stops a server as an operator does.
func (r *running) stop(t *testing.T) {
	t.Helper()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-r.done:
		if err != nil {
			t.Errorf("%s: %v\n%s", r.cmd.Path, err, r.log)
		}
	case <-time.After(time.Minute):
		t.Fatalf("%s does not stop\n%s", r.cmd.Path, r.log)
	}
	if t.Failed() {
		t.Logf("%s logged:\n%s", r.cmd.Path, r.log)
	}
}

// freePort returns a port that nobody listens at.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}
