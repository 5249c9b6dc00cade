//go:build unix

package redis_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// programs are the servers that are tested, as far as they are installed.
var programs = []string{"redis-server", "valkey-server"}

// eachProgram runs a test with every server that is installed. One of them must
// be where SIDEKICK_INTEROP is "required".
func eachProgram(t *testing.T, test func(t *testing.T, program string)) {
	t.Helper()
	found := false
	for _, program := range programs {
		path, err := exec.LookPath(program)
		if err != nil {
			continue
		}
		found = true
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			test(t, path)
		})
	}
	if !found {
		if os.Getenv("SIDEKICK_INTEROP") == "required" {
			t.Fatalf("none of %q is installed, and SIDEKICK_INTEROP is %q", programs, "required")
		}
		t.Skipf("none of %q is installed", programs)
	}
}

// server is a process that tests can stop, kill and start again at the same
// address. It keeps nothing.
type server struct {
	t       testing.TB
	program string
	addr    string
	args    []string
	process *exec.Cmd
}

func start(t testing.TB, program string, args ...string) *server {
	t.Helper()
	s := &server{t: t, program: program}
	port := freePort(t)
	s.addr = "127.0.0.1:" + port
	s.args = append([]string{"--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir(), "--daemonize", "no"}, args...)
	t.Cleanup(s.kill)
	s.start()
	return s
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// start runs the program and waits until it answers.
func (s *server) start() {
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

func (s *server) kill() {
	if s.process != nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait()
		s.process = nil
	}
}

func (s *server) signal(what syscall.Signal) {
	s.t.Helper()
	if err := s.process.Process.Signal(what); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) url() string { return "redis://" + s.addr }

// client returns a client for looking into the server.
func (s *server) client() *goredis.Client {
	c := goredis.NewClient(&goredis.Options{Addr: s.addr, ContextTimeoutEnabled: true})
	s.t.Cleanup(func() { _ = c.Close() })
	return c
}

// calls returns how often the server has been given a command.
func (s *server) calls(command string) (n int) {
	s.t.Helper()
	info, err := s.client().InfoMap(context.Background(), "commandstats").Result()
	if err != nil {
		s.t.Fatal(err)
	}
	if stats := info["Commandstats"]["cmdstat_"+command]; stats != "" {
		if _, err := fmt.Sscanf(stats, "calls=%d", &n); err != nil {
			s.t.Fatal(err)
		}
	}
	return n
}

// cluster is three servers that share the slots.
type cluster []*server

func startCluster(t testing.TB, program string) cluster {
	t.Helper()
	var c cluster
	ctx := context.Background()
	var buses []string
	for range 3 {
		bus := freePort(t)
		buses = append(buses, bus)
		c = append(c, start(t, program, "--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", "2000",
			"--cluster-require-full-coverage", "no", "--cluster-config-file", "nodes.conf"))
	}
	for i, s := range c {
		if err := s.client().ClusterAddSlotsRange(ctx, i*16384/3, (i+1)*16384/3-1).Err(); err != nil {
			t.Fatal(err)
		}
		host, port, _ := net.SplitHostPort(c[0].addr)
		if err := s.client().Do(ctx, "CLUSTER", "MEET", host, port, buses[0]).Err(); i > 0 && err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, "the servers to know each other", func() bool {
		for _, s := range c {
			info := s.client().ClusterInfo(ctx).Val()
			if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_slots_ok:16384") || !strings.Contains(info, "cluster_known_nodes:3") {
				return false
			}
		}
		return true
	})
	return c
}

func (c cluster) url() string {
	return fmt.Sprintf("redis://%s?addr=%s&addr=%s", c[0].addr, c[1].addr, c[2].addr)
}

// waitFor polls: there is nothing to wait on in another process.
func waitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
