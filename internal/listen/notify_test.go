//go:build unix

package listen_test

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/internal/listen"
)

// manager listens as systemd does.
func manager(t *testing.T, path string) func() string {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return func() string {
		t.Helper()
		b := make([]byte, 4096)
		c.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, err := c.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
}

func TestNotifier(t *testing.T) {
	paths := []string{filepath.Join(t.TempDir(), "s")}
	if runtime.GOOS == "linux" {
		paths = append(paths, "@sidekick-test-"+strconv.Itoa(os.Getpid()))
	}
	for _, path := range paths {
		t.Run(path[:1], func(t *testing.T) {
			read := manager(t, path)
			t.Setenv("WATCHDOG_USEC", "20000")
			t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
			n, err := listen.NewNotifier()
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			if err := n.Ready("serving"); err != nil {
				t.Error(err)
			}
			if got := read(); got != "READY=1\nSTATUS=serving" {
				t.Errorf("got %q", got)
			}
			done, ended := make(chan struct{}), make(chan struct{})
			ill := make(chan bool, 1)
			go func() {
				defer close(ended)
				n.Watch(done, func() bool { return len(ill) == 0 })
			}()
			for range 3 {
				if got := read(); got != "WATCHDOG=1" {
					t.Errorf("got %q", got)
				}
			}
			ill <- true
			close(done)
			<-ended
			if err := n.Stopping(25 * time.Second); err != nil {
				t.Error(err)
			}
			got := read()
			for got == "WATCHDOG=1" { // one that was on its way
				got = read()
			}
			if !strings.HasPrefix(got, "STOPPING=1\nEXTEND_TIMEOUT_USEC=25000000\n") {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestNobodyIsToBeTold(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	n, err := listen.NewNotifier()
	if n != nil || err != nil {
		t.Fatalf("got %v, %v", n, err)
	}
	done := make(chan struct{})
	n.Watch(done, func() bool { t.Error("asked"); return true })
	if err := n.Ready("x"); err != nil {
		t.Error(err)
	}
	if err := n.Stopping(time.Second); err != nil {
		t.Error(err)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}

func TestNotifierProblems(t *testing.T) {
	good := filepath.Join(t.TempDir(), "s")
	manager(t, good)
	for _, tt := range []struct{ name, socket, usec, pid, want string }{
		{"not a path", "vsock:2:1234", "", "", "want the path of a socket"},
		{"nobody there", filepath.Join(t.TempDir(), "none"), "", "", "NOTIFY_SOCKET: "},
		{"no number", good, "soon", "", `WATCHDOG_USEC is "soon"`},
		{"not more than nothing", good, "0", "", "WATCHDOG_USEC"},
		{"too much", good, "9223372036854775807", "", "WATCHDOG_USEC"},
		{"for another process", good, "soon", "1", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("NOTIFY_SOCKET", tt.socket)
			t.Setenv("WATCHDOG_USEC", tt.usec)
			t.Setenv("WATCHDOG_PID", tt.pid)
			n, err := listen.NewNotifier()
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v", err)
			}
			n.Close()
		})
	}
}
