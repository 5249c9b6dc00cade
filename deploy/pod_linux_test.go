package deploy

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// inPod runs what is behind it as a pod does: in namespaces of its own with a root
// that cannot be written, an emptyDir at /tmp, and as another user. $0 is the root.
const inPod = `set -e
mount --make-rprivate /
mount --bind "$0" "$0"
mount -t tmpfs -o mode=0777,size=64m tmpfs "$0/tmp"
mount -t proc proc "$0/proc"
mount -o remount,bind,ro "$0"
exec chroot --userspec=65532:65532 "$0" "$@"`

// pod is a process that serves a socket which others serve, too.
type pod struct {
	*server
	ended chan error
	inner bool // the server is a child of the process
}

// pods starts servers on one socket, as systemd hands it over.
type pods struct {
	socket *os.File
	root   string // "" where there are no namespaces
}

func newPods(t *testing.T, l *net.TCPListener) *pods {
	t.Helper()
	socket, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	p := &pods{socket: socket, root: emptyRoot(t)}
	data, err := os.ReadFile(program)
	err = errors.Join(err, os.WriteFile(filepath.Join(p.root, "sidekick"), data, 0o755), os.Mkdir(filepath.Join(p.root, "proc"), 0o755))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("unshare", "--mount", "--pid", "--fork", "sh", "-c", inPod, p.root, "/sidekick", "version").CombinedOutput(); err != nil {
		t.Logf("without namespaces: %v %s", err, out)
		p.root = ""
	}
	return p
}

func (p *pods) start(t *testing.T) *pod {
	t.Helper()
	args := []string{"serve", "-production", "-address", "systemd"}
	cmd := exec.Command("sh", append([]string{"-c", `LISTEN_PID=$$ exec "$0" "$@"`, program}, args...)...)
	if p.root != "" {
		inside := append([]string{"--mount", "--pid", "--fork", "--kill-child", "sh", "-c", inPod, p.root, "/sidekick"}, args...)
		cmd = exec.Command("unshare", inside...)
	}
	cmd.ExtraFiles = []*os.File{p.socket}
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "LISTEN_FDS=1", "LISTEN_PID=1", "SIDEKICK_SERVER_SHUTDOWN_DELAY=2s", "SIDEKICK_SERVER_SHUTDOWN_TIMEOUT=25s",
		"SIDEKICK_FINGERPRINT_KEYS=" + strings.Repeat("k", 32), "SIDEKICK_SERVER_LIVENESS_PATH=/healthz",
	}
	one := &pod{server: &server{cmd: cmd}, ended: make(chan error, 1), inner: p.root != ""}
	cmd.Stderr = one
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { one.ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-one.ended
	})
	one.wait(t, `"msg":"listening"`)
	return one
}

// stop ends the server as Kubernetes does, and says what was wrong with it.
func (p *pod) stop(t *testing.T) {
	t.Helper()
	pid := p.cmd.Process.Pid
	if p.inner {
		children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", pid))
		if err == nil {
			pid, err = strconv.Atoi(strings.TrimSpace(string(children)))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-p.ended:
		p.ended <- err
		if err != nil {
			t.Errorf("the server has ended with %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatalf("it does not stop:\n%s", p)
	}
	for line := range strings.Lines(p.String()) {
		var record struct{ Level, Msg string }
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Errorf("no record: %s", line)
		}
		// Who is alone in a pod is told that everybody may write to its /tmp.
		if (record.Level == "WARN" || record.Level == "ERROR") && !strings.Contains(record.Msg, "every user may rename") {
			t.Errorf("logged: %s", line)
		}
	}
}

// A rolling restart under load loses no request: the short form of what
// TEST_SOAK=2m runs for two minutes, with a restart every ten seconds.
func TestRollingRestarts(t *testing.T) {
	wrk := find(t, "wrk")
	duration, every := 12*time.Second, 4*time.Second
	if s := os.Getenv("TEST_SOAK"); s != "" {
		var err error
		if duration, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
		every = 10 * time.Second
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	all := newPods(t, l.(*net.TCPListener))
	current := all.start(t)
	load := exec.Command(wrk, "-t1", "-c32", "--timeout", "20s", fmt.Sprintf("-d%ds", int(duration.Seconds())), "http://"+l.Addr().String()+"/api/randomNumber")
	out := &server{cmd: load}
	load.Stdout = out
	if err := load.Start(); err != nil {
		t.Fatal(err)
	}
	finished := make(chan error, 1)
	go func() { finished <- load.Wait() }()
	restarts := 0
	for tick := time.NewTicker(every); ; {
		select {
		case <-tick.C:
			next := all.start(t)
			current.stop(t)
			current = next
			restarts++
			continue
		case err := <-finished:
			if err != nil {
				t.Error(err)
			}
		}
		tick.Stop()
		break
	}
	current.stop(t)
	report := out.String()
	done := regexp.MustCompile(`(\d+) requests in`).FindStringSubmatch(report)
	lost := strings.Contains(report, "Socket errors")
	if held := longest(t, report); lost && held > idlePatience && strings.Contains(report, "connect 0,") && strings.Contains(report, "write 0,") {
		// A client that is held up for so long asks over a connection that counts as
		// idle, and that a server which stops may close at any time.
		t.Logf("the machine is so busy that a request took %v:\n%s", held, report)
		lost = false
	}
	if restarts < 2 || done == nil || lost || strings.Contains(report, "Non-2xx") {
		t.Fatalf("%d restarts\n%s", restarts, report)
	}
	t.Logf("%s requests in %v, %d restarts", done[1], duration, restarts)
}

// idlePatience is how long a connection must have been idle to be closed by a
// server that stops; a little less, for what is not measured.
const idlePatience = 900 * time.Millisecond

// longest returns the longest time that a request of wrk took.
func longest(t *testing.T, report string) time.Duration {
	t.Helper()
	m := regexp.MustCompile(`Latency\s+\S+\s+\S+\s+(\S+)`).FindStringSubmatch(report)
	if m == nil {
		t.Fatalf("no latencies in\n%s", report)
	}
	d, err := time.ParseDuration(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return d
}
