//go:build unix

package sidekick_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/rounds"
)

// childVariable makes this program a server when a test starts it again.
const childVariable = "SIDEKICK_TEST_SERVER"

// TestServerProcess is not a test but the server for the tests below.
func TestServerProcess(t *testing.T) {
	if os.Getenv(childVariable) == "" {
		t.Skip("it runs as a process of its own")
	}
	// A process started by systemd finds this variable; a parent cannot know its
	// value.
	t.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid()))
	cfg := sidekick.Production()
	cfg.Server.Port = "systemd"
	cfg.Server.H2C = true
	cfg.Server.MaxConnections = -1
	cfg.Logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
	var err error
	if cfg.Server.ShutdownDelay, err = time.ParseDuration(os.Getenv("DELAY")); err != nil {
		t.Fatal(err)
	}
	if limit, err := strconv.Atoi(os.Getenv("FILES")); err == nil {
		var r syscall.Rlimit
		setNumber(&r.Cur, limit)
		setNumber(&r.Max, limit)
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &r); err != nil {
			t.Fatal(err)
		}
	}
	kit := newKit(t, cfg,
		action("pid", func(context.Context, *dispatch.Connection) (any, error) { return os.Getpid(), nil }),
		action("slow", func(context.Context, *dispatch.Connection) (any, error) {
			time.Sleep(30 * time.Millisecond)
			return os.Getpid(), nil
		}),
		action("hang", func(context.Context, *dispatch.Connection) (any, error) {
			fmt.Fprintln(os.Stderr, "hanging")
			select {}
		}))
	if err := kit.Run(context.Background()); err != nil {
		t.Error(err)
	}
}

// setNumber sets a number that is signed on some systems.
func setNumber[T int64 | uint64](p *T, n int) { *p = T(n) }

// child is a server in its own process.
type child struct {
	*exec.Cmd
	log *lines
}

// startChild starts a server on a socket that is passed as systemd does it.
func startChild(t *testing.T, l *net.TCPListener, env ...string) *child {
	t.Helper()
	socket, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	c := &child{exec.Command(os.Args[0], "-test.run=^TestServerProcess$"), newLines()}
	c.ExtraFiles = []*os.File{socket}
	c.Env = append(os.Environ(), append([]string{childVariable + "=1", "LISTEN_FDS=1", "LISTEN_FDNAMES=web", "DELAY=0s"}, env...)...)
	c.Stderr, c.Stdout = c.log, c.log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill() })
	c.log.wait(t, "msg=listening")
	return c
}

func tcpListener(t *testing.T) *net.TCPListener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.(*net.TCPListener)
}

// clients are programs that post; each failure is counted and none is retried.
type clients struct {
	addr   string
	stop   chan struct{}
	wg     sync.WaitGroup
	posted atomic.Int64
	served sync.Map // the processes that answered
	mu     sync.Mutex
	failed []string
}

func (l *clients) fail(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = append(l.failed, fmt.Sprintf(format, args...))
}

// client posts over a connection for as long as the server keeps it, and then over
// the next.
func (l *clients) client(path string, header string, pause time.Duration) {
	l.wg.Go(func() {
		for {
			c, err := net.Dial("tcp", l.addr)
			if err != nil {
				l.fail("dial: %v", err)
				return
			}
			br := bufio.NewReader(c)
			before := time.Now() // when the connection was made, or the last request was sent
			for more := true; more; {
				select {
				case <-l.stop:
					c.Close()
					return
				default:
				}
				c.SetDeadline(time.Now().Add(10 * time.Second))
				var sent time.Time
				more, sent, err = l.post(c, br, path, header)
				if took := time.Since(before); err != nil && !(took > idlePatience && isRefused(err)) {
					l.fail("%s%s: %v, sent %v after the one before, and %v later", path, header, err, sent.Sub(before), took-sent.Sub(before))
				}
				before = sent
				time.Sleep(pause)
			}
			c.Close()
		}
	})
}

// idlePatience is how long a server that stops still answers: the DELAY of its process.
// A busy machine may delay a client's request for longer, or the server that reads it.
const idlePatience = time.Second

// isRefused reports whether a server that stops has refused a request, or closed its
// connection before it answered anything.
func isRefused(err error) bool {
	return errors.Is(err, errStopping) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

var errStopping = errors.New("503")

func (l *clients) post(c net.Conn, br *bufio.Reader, path, header string) (more bool, sent time.Time, err error) {
	_, err = fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n%s\r\n{}", path, header)
	sent = time.Now()
	if err != nil {
		return false, sent, err
	}
	res, err := http.ReadResponse(br, nil)
	if err != nil {
		return false, sent, err
	}
	return !res.Close, sent, l.check(res)
}

func (l *clients) check(res *http.Response) error {
	b, err := io.ReadAll(res.Body)
	switch {
	case err == nil && res.StatusCode == http.StatusServiceUnavailable:
		err = fmt.Errorf("%w %s", errStopping, b)
	case err == nil && res.StatusCode != http.StatusOK:
		err = fmt.Errorf("%d %s", res.StatusCode, b)
	}
	l.posted.Add(1)
	l.served.Store(string(b), true)
	return err
}

// http2 posts over one HTTP/2 connection after the other. Its requests may be sent
// again if the server has said that it did not process them.
func (l *clients) http2() {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: &protocols}, Timeout: 10 * time.Second}
	for range 4 {
		l.wg.Go(func() {
			for {
				select {
				case <-l.stop:
					return
				default:
				}
				start := time.Now()
				res, err := client.Post("http://"+l.addr+"/api/pid", "application/json", strings.NewReader("{}"))
				if err == nil {
					err = l.check(res)
					res.Body.Close()
				}
				if took := time.Since(start); err != nil && !(took > idlePatience && isRefused(err)) {
					l.fail("HTTP/2: %v, after %v", err, took)
				}
				time.Sleep(4 * time.Millisecond)
			}
		})
	}
}

// A restart passes the socket to the next process, and no request is lost.
func TestARestartUnderLoadLosesNoRequest(t *testing.T) {
	t.Parallel()
	socket := tcpListener(t)
	server := startChild(t, socket, "DELAY=1s")
	l := &clients{addr: socket.Addr().String(), stop: make(chan struct{})}
	// These pauses leave time to other tests; wrk makes none.
	for range 8 {
		l.client("/api/pid", "", 4*time.Millisecond)
	}
	for i := range 8 {
		l.client("/api/pid", "", time.Duration(i+1)*10*time.Millisecond)
		l.client("/api/slow", "", time.Duration(i)*5*time.Millisecond)
	}
	l.client("/api/pid", "", 600*time.Millisecond)
	l.client("/api/pid", "Connection: close\r\n", 4*time.Millisecond)
	l.http2()
	restarts := rounds.Of(t, 3)
	var old sync.WaitGroup
	for range restarts {
		time.Sleep(300 * time.Millisecond) // of load
		next := startChild(t, socket, "DELAY=1s")
		if err := server.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		// It still serves while the next restart begins.
		stopping := server
		old.Go(func() {
			if err := stopping.Wait(); err != nil {
				t.Errorf("the old process: %v\n%s", err, stopping.log)
			}
		})
		server = next
	}
	old.Wait()
	const enough = 1000
	asked := l.posted.Load()
	// The last one has some alone, and a busy machine takes its time.
	for end := time.Now().Add(20 * time.Second); l.posted.Load() < max(enough, asked+100) && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	close(l.stop)
	l.wg.Wait()
	processes := 0
	l.served.Range(func(any, any) bool { processes++; return true })
	if len(l.failed) > 0 || processes != restarts+1 || l.posted.Load() < enough {
		t.Errorf("lost %d of %d requests, answered by %d processes; the first: %q", len(l.failed), l.posted.Load(), processes, l.failed[:min(5, len(l.failed))])
	}
	t.Logf("%d requests, %d restarts, %d lost", l.posted.Load(), restarts, len(l.failed))
}

func TestARestartUnderWrkLosesNoRequest(t *testing.T) {
	t.Parallel()
	wrk, err := exec.LookPath("wrk")
	if err != nil {
		t.Skip(err)
	}
	socket := tcpListener(t)
	first := startChild(t, socket, "DELAY=1s")
	connections := strconv.Itoa(rounds.Of(t, 16))
	load := exec.Command(wrk, "-t2", "-c"+connections, "-d1m", "http://"+socket.Addr().String()+"/api/pid")
	out := newLines()
	load.Stdout = out
	if err := load.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { load.Process.Kill() })
	time.Sleep(200 * time.Millisecond) // of load
	startChild(t, socket)
	if err := first.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil {
		t.Error(err)
	}
	time.Sleep(100 * time.Millisecond) // of load on the second alone
	// The signal ends wrk with its report.
	if err := load.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := load.Wait(); err != nil {
		t.Error(err)
	}
	if s := out.String(); strings.Contains(s, "Socket errors") || strings.Contains(s, "Non-2xx") || !strings.Contains(s, "requests in") {
		t.Errorf("got\n%s", s)
	} else {
		t.Log(s)
	}
}

func TestASecondSignalEndsTheProcess(t *testing.T) {
	t.Parallel()
	socket := tcpListener(t)
	server := startChild(t, socket)
	c, err := net.Dial("tcp", socket.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET /api/hang HTTP/1.1\r\nHost: x\r\n\r\n")
	server.log.wait(t, "hanging")
	start := time.Now()
	server.Process.Signal(syscall.SIGTERM)
	server.log.wait(t, "msg=stopping")
	server.Process.Signal(syscall.SIGTERM)
	server.Wait()
	status := server.ProcessState.Sys().(syscall.WaitStatus)
	if !status.Signaled() || status.Signal() != syscall.SIGTERM || time.Since(start) > 20*time.Second {
		t.Errorf("got %v after %v", server.ProcessState, time.Since(start))
	}
}

func TestTheServerRecoversFromALackOfDescriptors(t *testing.T) {
	t.Parallel()
	socket := tcpListener(t)
	server := startChild(t, socket, "FILES=40")
	var open []net.Conn
	for range 60 {
		c, err := net.Dial("tcp", socket.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		open = append(open, c)
	}
	server.log.wait(t, "too many open files")
	for _, c := range open {
		c.Close()
	}
	c, err := net.Dial("tcp", socket.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(15 * time.Second))
	if res, _ := ask(t, c, bufio.NewReader(c), "GET /api/pid HTTP/1.1\r\nHost: x\r\n\r\n"); res.StatusCode != 200 {
		t.Errorf("got %d", res.StatusCode)
	}
	server.Process.Signal(syscall.SIGTERM)
	if err := server.Wait(); err != nil {
		t.Errorf("%v\n%s", err, server.log)
	}
}

func TestConnectionsAreLimited(t *testing.T) {
	t.Parallel()
	cfg := sidekick.Production()
	cfg.Server.MaxConnections = 2
	cfg.Server.Listeners = []sidekick.Listener{{Port: "0", BindIP: "127.0.0.1"}}
	s := serve(t, cfg, list)
	answered := make(chan net.Conn)
	const each = 3
	for _, l := range s.ls {
		for range each {
			c := s.dialAt(l)
			io.WriteString(c, getList)
			go func() {
				if _, err := c.Read(make([]byte, 1)); err != nil {
					t.Error(err)
				}
				answered <- c
			}()
		}
	}
	open := []net.Conn{<-answered, <-answered}
	// There may be one more for the second listener: see listen.NewGroup.
	for wait := time.After(300 * time.Millisecond); wait != nil; {
		select {
		case c := <-answered:
			open = append(open, c)
		case <-wait:
			wait = nil
		}
	}
	if len(open) > 3 {
		t.Errorf("%d are answered", len(open))
	}
	// The others, as there is room for two.
	for n := len(open); n < each*len(s.ls); n++ {
		for ; len(open) > 1; open = open[1:] {
			open[0].Close()
		}
		open = append(open, <-answered)
	}
}

func TestManyIdleConnectionsDelayNobody(t *testing.T) {
	t.Parallel()
	n := rounds.Of(t, 2000)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	n = min(n, int(limit.Cur)/3-100) // both ends are in this process, beside other tests
	if testing.Short() || n < 100 {
		t.Skip("many descriptors")
	}
	s := serve(t, sidekick.Production(), list)
	for range n - 1 {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	start := time.Now()
	c := s.dial()
	if res, _ := ask(t, c, bufio.NewReader(c), getList); res.StatusCode != 200 {
		t.Errorf("got %d", res.StatusCode)
	}
	t.Logf("%d idle connections, a request takes %v", n, time.Since(start))
	c.Close() // a stop waits a second for a connection that was just used
	s.stop()
	if err := <-s.done; err != nil {
		t.Error(err)
	}
}

func TestOnlyADeadSocketIsReplaced(t *testing.T) {
	dir := shortTempDir(t)
	path := filepath.Join(dir, "s")
	cfg := sidekick.Production()
	cfg.Server.Port = sidekick.Port(path)
	for name, put := range map[string]func() error{
		"a file":            func() error { return os.WriteFile(path, []byte("precious"), 0o600) },
		"a folder":          func() error { return os.Mkdir(path, 0o700) },
		"a link to nothing": func() error { return os.Symlink(filepath.Join(dir, "elsewhere"), path) },
		"a link to a socket": func() error {
			dead(t, filepath.Join(dir, "dead"))
			return os.Symlink(filepath.Join(dir, "dead"), path)
		},
	} {
		if err := put(); err != nil {
			t.Fatal(err)
		}
		before, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := newKit(t, cfg).Listen(t.Context()); err == nil || !strings.Contains(err.Error(), "no socket") {
			t.Errorf("%s: got %v", name, err)
		}
		if after, err := os.Lstat(path); err != nil || !os.SameFile(before, after) {
			t.Errorf("%s: it is gone: %v", name, err)
		}
		os.Remove(path)
	}
	dead(t, path)
	if got := serve(t, cfg, list).say("GET /api/list HTTP/1.0\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.0 200 ") {
		t.Errorf("a dead socket: got %q", got)
	}
	names, err := os.ReadDir(dir)
	for _, n := range names {
		if n.Name() != "s" && n.Name() != "dead" {
			t.Errorf("left behind: %s, %v", n, err)
		}
	}
}

// A socket that somebody else has put at the path in the meantime stays.
func TestOnlyItsOwnSocketIsRemoved(t *testing.T) {
	path := filepath.Join(shortTempDir(t), "s")
	cfg := sidekick.Production()
	cfg.Server.Port = sidekick.Port(path)
	s := serve(t, cfg, list)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	other := serve(t, cfg, list)
	s.stop()
	if err := <-s.done; err != nil {
		t.Error(err)
	}
	if got := other.say("GET /api/list HTTP/1.0\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.0 200 ") {
		t.Errorf("got %q", got)
	}
}

// dead leaves a socket on which nobody listens.
func dead(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
}
