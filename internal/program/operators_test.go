//go:build unix

package program

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is the running program with its log.
type process struct {
	cmd   *exec.Cmd
	log   *logFile
	ended chan error
}

// logFile is what a process has written so far.
type logFile struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logFile) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// wait waits until something was logged.
func (l *logFile) wait(t *testing.T, text string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !strings.Contains(l.String(), text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%q is not logged:\n%s", text, l)
		}
	}
}

// records returns the records of a log in JSON.
func (l *logFile) records(t *testing.T) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(l.String()) {
		var r map[string]any
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Errorf("no JSON: %s", line)
			continue
		}
		all = append(all, r)
	}
	return all
}

// record returns the record with a message.
func (l *logFile) record(t *testing.T, message string) map[string]any {
	t.Helper()
	for _, r := range l.records(t) {
		if r["msg"] == message {
			return r
		}
	}
	t.Errorf("no record %q in\n%s", message, l)
	return nil
}

// launch starts a command.
func launch(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: cmd, log: &logFile{}, ended: make(chan error, 1)}
	cmd.Stderr = p.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-p.ended
		p.ended <- nil
	})
	return p
}

// serving starts the server and returns the address on which it listens.
func serving(t *testing.T, environ []string, args ...string) (*process, string) {
	t.Helper()
	p := launch(t, command(t, environ, args...))
	p.log.wait(t, "listening")
	rest := p.log.String()
	_, rest, _ = strings.Cut(rest, "://")
	address, _, _ := strings.Cut(rest, "/")
	return p, address
}

func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// end waits for the end, and returns the exit code.
func (p *process) end(t *testing.T) int {
	t.Helper()
	select {
	case err := <-p.ended:
		p.ended <- err
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(time.Minute):
		t.Fatalf("still running after a minute\n%s", p.log)
		return 0
	}
}

var production = []string{"SIDEKICK_ENV=production", "SIDEKICK_FINGERPRINT_KEYS=" + strings.Repeat("k", 32), "SIDEKICK_BIND_IP=127.0.0.1", "PORT=0"}

func TestLogsInProduction(t *testing.T) {
	t.Parallel()
	file := write(t, "sidekick.json", `{"serverName": "Mine", "clientAddr": {"trustedProxies": ["127.0.0.0/8"]}}`)
	p, at := serving(t, production, "-config", file)
	r, err := http.NewRequest("GET", "http://"+at+"/api/sleepTest?sleepDuration=-1", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Request-Id", "from-the-proxy")
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := res.Header.Get("X-Request-Id"); got != "from-the-proxy" {
		t.Errorf("the answer's id is %q", got)
	}
	p.signal(t, syscall.SIGTERM)
	if code := p.end(t); code != exitOK {
		t.Errorf("got the status %d", code)
	}
	configured := p.log.record(t, "configured")
	if sources := fmt.Sprint(configured["sources"]); configured["mode"] != "production" || configured["modeFrom"] != "environment SIDEKICK_ENV" ||
		!strings.Contains(sources, "file "+file) || !strings.Contains(sources, "environment PORT") {
		t.Errorf("got %v", configured)
	}
	serving := p.log.record(t, "serving")
	if fmt.Sprint(serving["at"]) != "[http://"+at+"/]" || serving["version"] == "" || serving["go"] != runtime.Version() || fmt.Sprint(serving["trustedProxies"]) != "[127.0.0.0/8]" {
		t.Errorf("got %v", serving)
	}
	request := p.log.record(t, "request")
	for name, want := range map[string]any{
		"messageId": "from-the-proxy", "trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331", "status": 422.0, "action": "sleepTest",
	} {
		if request[name] != want {
			t.Errorf("%s: got %v, want %v", name, request[name], want)
		}
	}
	if d, ok := request["duration"].(float64); !ok || d <= 0 || d > 60 {
		t.Errorf("duration: got %v, want seconds", request["duration"])
	}
	if s := p.log.record(t, "stopping"); s["cause"] != "signal: terminated" || s["within"] != 25.0 {
		t.Errorf("got %v", s)
	}
	if s := p.log.record(t, "stopped"); s["cut"] != 0.0 || s["level"] != "INFO" {
		t.Errorf("got %v", s)
	}
}

func TestLogFormatAndLevel(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		environ []string
		args    []string
		json    bool
		listens bool // is logged
	}{
		{"development", nil, nil, false, true},
		{"production", []string{"SIDEKICK_ENV=production"}, nil, true, true},
		{"text in production", []string{"SIDEKICK_ENV=production", "SIDEKICK_LOG_FORMAT=text"}, nil, false, true},
		{"JSON in development", nil, []string{"-log-format", "json"}, true, true},
		{"flags come first", []string{"SIDEKICK_LOG_FORMAT=json", "SIDEKICK_LOG_LEVEL=error"}, []string{"-log-format", "text", "-log-level", "debug"}, false, true},
		{"a level", []string{"SIDEKICK_LOG_LEVEL=warn"}, nil, false, false},
		{"a level in production", []string{"SIDEKICK_ENV=production", "SIDEKICK_LOG_LEVEL=warn"}, nil, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := launch(t, command(t, append(tt.environ, "PORT=0"), tt.args...))
			// The address is also on standard output, which nobody reads here.
			if tt.listens {
				p.log.wait(t, "listening")
			} else {
				p.log.wait(t, "random key")
			}
			first, _, _ := strings.Cut(p.log.String(), "\n")
			if got := json.Valid([]byte(first)); got != tt.json {
				t.Errorf("got %s", first)
			}
			p.signal(t, syscall.SIGTERM)
			p.end(t)
			if !tt.listens && strings.Contains(p.log.String(), "INFO") {
				t.Errorf("got %s", p.log)
			}
		})
	}
	for _, tt := range []struct{ flag, option, value string }{{"-log-format", "log.format (SIDEKICK_LOG_FORMAT)", "xml"}, {"-log-level", "log.level (SIDEKICK_LOG_LEVEL)", "loud"}} {
		code, _, stderr := runBinary(t, []string{"PORT=0"}, tt.flag, tt.value)
		if want := fmt.Sprintf("flag %s: sidekick: %s: invalid value %q: want ", tt.flag, tt.option, tt.value); code != exitFailed || strings.Count(stderr, want) != 1 {
			t.Errorf("got %d %s, want %s", code, stderr, want)
		}
	}
}

// A failure while the server is running is also a log record.
func TestAFailedStopIsLogged(t *testing.T) {
	t.Parallel()
	p, at := serving(t, append([]string{"SIDEKICK_SERVER_SHUTDOWN_TIMEOUT=50ms", "SIDEKICK_ACTIONS_MAX_PENDING=1"}, production...))
	sleep(t, at, 30_000)
	p.signal(t, syscall.SIGTERM)
	if code := p.end(t); code != exitFailed {
		t.Errorf("got the status %d", code)
	}
	if r := p.log.record(t, "the server has failed"); r["level"] != "ERROR" || !strings.Contains(fmt.Sprint(r["error"]), `cut (1): GET "/api/sleepTest"`) {
		t.Errorf("got %v", r)
	}
	if r := p.log.record(t, "stopped"); r["cut"] != 1.0 || r["level"] != "WARN" {
		t.Errorf("got %v", r)
	}
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	return c
}

// sleep runs an action that takes the given number of milliseconds, and returns the
// connection for its response. The server runs only one at a time, so as soon as
// another is refused, this one is running.
func sleep(t *testing.T, at string, milliseconds int) net.Conn {
	t.Helper()
	for {
		c := dial(t, at)
		fmt.Fprintf(c, "GET /api/sleepTest?sleepDuration=%d HTTP/1.1\r\nHost: x\r\n\r\n", milliseconds)
		for came := false; !came; {
			res, err := http.Get("http://" + at + "/api/randomNumber")
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode == http.StatusTooManyRequests {
				return c
			}
			c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
			_, err = c.Read(make([]byte, 1))
			came = !errors.Is(err, os.ErrDeadlineExceeded)
			c.SetReadDeadline(time.Now().Add(time.Minute))
		}
		c.Close() // it came second, and was refused itself
	}
}

// A closed terminal stops the server as SIGTERM does.
func TestHangUp(t *testing.T) {
	t.Parallel()
	p, at := serving(t, append([]string{"SIDEKICK_ACTIONS_MAX_PENDING=1"}, production...))
	c := sleep(t, at, 1500)
	p.signal(t, syscall.SIGHUP)
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || res.StatusCode != 200 {
		t.Errorf("what was running: got %v, %v", res, err)
	}
	c.Close() // a stop waits a second for a connection that was just used
	if code := p.end(t); code != exitOK {
		t.Errorf("got the status %d", code)
	}
	if r := p.log.record(t, "stopping"); r["cause"] != "signal: hangup" {
		t.Errorf("got %v", r)
	}
}

// Under nohup it keeps running.
func TestHangUpUnderNohup(t *testing.T) {
	t.Parallel()
	nohup, err := exec.LookPath("nohup")
	if err != nil {
		t.Skip(err)
	}
	cmd := command(t, production)
	cmd.Args = append([]string{"nohup"}, cmd.Args...)
	cmd.Path = nohup
	kept := launch(t, cmd)
	kept.log.wait(t, "listening")
	kept.signal(t, syscall.SIGHUP)
	select {
	case err := <-kept.ended:
		kept.ended <- err
		t.Errorf("ended with %v\n%s", err, kept.log)
	case <-time.After(500 * time.Millisecond):
	}
	kept.signal(t, syscall.SIGTERM)
	if code := kept.end(t); code != exitOK {
		t.Errorf("got the status %d", code)
	}
}

// A server whose log nobody reads any more answers, and stops as it should.
func TestTheReaderOfTheLogEnds(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := command(t, production)
	cmd.Stdout, cmd.Stderr = write, write
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	write.Close()
	var at string
	for lines := bufio.NewScanner(read); at == "" && lines.Scan(); {
		_, rest, _ := strings.Cut(lines.Text(), "://")
		at, _, _ = strings.Cut(rest, "/")
	}
	if at == "" {
		t.Fatalf("it does not say where it listens: %v", cmd.Wait())
	}
	read.Close()
	for range 3 {
		res, err := http.Get("http://" + at + "/api/status")
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != http.StatusOK {
			t.Errorf("got %v", res.Status)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("ended with %v", err)
	}
}

// A server that waits for its address can be stopped.
func TestStopWhileTheAddressIsTaken(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	p := launch(t, command(t, append([]string{"SIDEKICK_BOOT_ATTEMPTS=1000"}, production[:2]...), "-address", taken.Addr().String()))
	p.log.wait(t, "cannot listen yet")
	start := time.Now()
	p.signal(t, syscall.SIGTERM)
	if code := p.end(t); code != exitOK || time.Since(start) > 10*time.Second {
		t.Errorf("got the status %d after %v\n%s", code, time.Since(start), p.log)
	}
	if r := p.log.record(t, "stopped before it could listen"); r["cause"] != "signal: terminated" {
		t.Errorf("got %v", r)
	}
}

// HTTP/2 can be switched off, by net/http's own switch and by an option; clients
// that offer it then get HTTP/1.1.
func TestHTTP2Off(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("this asks with curl")
	}
	cert, key := certificate(t)
	file := write(t, "tls.json", `{"secure": true, "serverOptions": {"cert": "`+cert+`", "key": "`+key+`"}, "server": {"listeners": [{"port": 0, "bindIP": "127.0.0.1"}]}}`)
	for _, tt := range []struct{ variable, want string }{
		{"SIDEKICK_SERVER_H2C=true", "200 HTTP/2"},
		{"GODEBUG=http2server=0", "200 HTTP/1.1"},
		{"SIDEKICK_SERVER_DISABLE_HTTP2=true", "200 HTTP/1.1"},
	} {
		p, at := serving(t, append([]string{tt.variable}, production...), "-config", file)
		body, status, err := tryCurl(t, "--http2", "--cacert", cert, "https://"+at+"/api/status")
		if err != nil || status != tt.want || !strings.Contains(body, "nodeStatus") {
			t.Errorf("%s: got %s %s, %v", tt.variable, status, body, err)
		}
		p.log.wait(t, `"http2":`)
		if got, want := p.log.record(t, "serving")["http2"], tt.want == "200 HTTP/2"; got != want {
			t.Errorf("%s: the record says %v", tt.variable, got)
		}
		p.signal(t, syscall.SIGTERM)
		if code := p.end(t); code != exitOK {
			t.Errorf("%s: got the status %d", tt.variable, code)
		}
	}
}

// A certificate that expires soon is warned of at the start.
func TestCertificateThatEndsSoon(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t) // for an hour
	p, _ := serving(t, production, "-config", write(t, "tls.json", `{"secure": true, "serverOptions": {"cert": "`+cert+`", "key": "`+key+`"}}`))
	r := p.log.record(t, "the certificate expires soon")
	if r["level"] != "WARN" || r["subject"] != "CN=localhost" || r["notAfter"] == nil || r["file"] != cert {
		t.Errorf("got %v", r)
	}
	p, _ = serving(t, append([]string{"SIDEKICK_SERVER_CERTIFICATE_WARNING=10m"}, production...), "-config", write(t, "tls.json", `{"secure": true, "serverOptions": {"cert": "`+cert+`", "key": "`+key+`"}}`))
	if strings.Contains(p.log.String(), "expires soon") {
		t.Errorf("got\n%s", p.log)
	}
}

// askOnce asks over a connection of its own, and returns the status line and the
// body. The response must come within a moment.
func askOnce(t *testing.T, at, path string) (status, body string) {
	t.Helper()
	c := dial(t, at)
	defer c.Close()
	start := time.Now()
	io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	b, err := io.ReadAll(c)
	if took := time.Since(start); err != nil || took > 5*time.Second {
		t.Errorf("%s: %v after %v", path, err, took)
	}
	head, body, _ := strings.Cut(string(b), "\r\n\r\n")
	status, _, _ = strings.Cut(head, "\r\n")
	return status, body
}

// A full server answers probes within a moment, refuses other requests, and logs
// it.
func TestProbesOfAFullServer(t *testing.T) {
	t.Parallel()
	p, at := serving(t, append([]string{"SIDEKICK_SERVER_MAX_CONNECTIONS=5", "SIDEKICK_SERVER_LIVENESS_PATH=/healthz", "SIDEKICK_SERVER_READINESS_PATH=/readyz"}, production...))
	// Five that are slow to send a body, and not idle.
	for range 5 {
		io.WriteString(dial(t, at), "POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
	}
	for range 20 {
		for _, path := range []string{"/healthz", "/readyz"} {
			if status, body := askOnce(t, at, path); status != "HTTP/1.1 200 OK" || body != `{"status":"ok"}` {
				t.Errorf("%s: got %s %s", path, status, body)
			}
		}
	}
	if status, body := askOnce(t, at, "/api/status"); status != "HTTP/1.1 503 Service Unavailable" || !strings.Contains(body, "cannot accept more connections") {
		t.Errorf("another request: got %s %s", status, body)
	}
	if r := p.log.record(t, "the connection limit is reached"); r["level"] != "WARN" || r["maxConnections"] != 5.0 {
		t.Errorf("got %v", r)
	}
}

// Connections that are idle make room for others.
func TestIdleConnectionsOfAFullServerMakeRoom(t *testing.T) {
	t.Parallel()
	_, at := serving(t, append([]string{"SIDEKICK_SERVER_MAX_CONNECTIONS=5"}, production...))
	for range 5 {
		dial(t, at)
	}
	time.Sleep(1200 * time.Millisecond) // until they count as idle
	if status, _ := askOnce(t, at, "/api/status"); status != "HTTP/1.1 200 OK" {
		t.Errorf("got %s", status)
	}
}

// handedOver runs the program with a file descriptor passed as systemd does it.
func handedOver(t *testing.T, file *os.File, environ ...string) *exec.Cmd {
	t.Helper()
	cmd := command(t, append(environ, "LISTEN_FDS=1", "SIDEKICK_ENV=production"))
	cmd.Args = []string{"sh", "-c", "LISTEN_PID=$$ exec " + cmd.Path + " -address systemd"}
	cmd.Path = "/bin/sh"
	cmd.ExtraFiles = []*os.File{file}
	return cmd
}

func TestSocketsOfSystemdThatCannotServe(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("systemd is Linux'")
	}
	fileOf := func(c interface{ File() (*os.File, error) }) *os.File {
		t.Helper()
		f, err := c.File()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	connection := dial(t, l.Addr().String())
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, tt := range []struct {
		name string
		file *os.File
		want string
	}{
		{"datagrams", fileOf(udp), "it is a socket of datagrams (ListenDatagram=): want one of ListenStream="},
		{"Accept=yes", fileOf(connection.(*net.TCPConn)), "it is a connection and does not listen: want Accept=no in the socket unit"},
		{"no socket", file, "it is no socket: want one of ListenStream="},
	} {
		cmd := handedOver(t, tt.file, "LISTEN_FDNAMES=web.socket")
		out, err := cmd.CombinedOutput()
		if err == nil || cmd.ProcessState.ExitCode() != exitFailed || !strings.Contains(string(out), `web.socket`) || !strings.Contains(string(out), tt.want) {
			t.Errorf("%s: got %v\n%s", tt.name, err, out)
		}
	}
	cmd := handedOver(t, fileOf(l.(*net.TCPListener)))
	cmd.Args[2] += ":web"
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "handed over 1 without names (LISTEN_FDNAMES is empty)") {
		t.Errorf("no names: got %v\n%s", err, out)
	}
}

// The service manager is told when the server is ready, that it is alive, and that
// it stops.
func TestServiceManager(t *testing.T) {
	t.Parallel()
	path := filepath.Join(shortDir(t), "n")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p, at := serving(t, append([]string{"NOTIFY_SOCKET=" + path, "WATCHDOG_USEC=100000"}, production...))
	told := func() string {
		t.Helper()
		b := make([]byte, 1000)
		c.SetReadDeadline(time.Now().Add(20 * time.Second))
		n, err := c.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	if got, want := told(), "READY=1\nSTATUS=serving [http://"+at+"/]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for range 3 {
		if got := told(); got != "WATCHDOG=1" {
			t.Errorf("got %q", got)
		}
	}
	p.signal(t, syscall.SIGTERM)
	var rest []string
	for range 100 {
		rest = append(rest, told())
		if strings.HasPrefix(rest[len(rest)-1], "STOPPING=1\n") {
			break
		}
	}
	if last := rest[len(rest)-1]; !strings.HasPrefix(last, "STOPPING=1\nEXTEND_TIMEOUT_USEC=25000000") || len(rest) > 1 && !slices.Contains(rest, "WATCHDOG=1") {
		t.Errorf("got %q", rest)
	}
	if code := p.end(t); code != exitOK {
		t.Errorf("got the status %d", code)
	}
	// If nobody listens there, the server still serves.
	p, _ = serving(t, append([]string{"NOTIFY_SOCKET=" + path + "-gone"}, production...))
	p.log.wait(t, "the service manager cannot be notified")
}

func TestSocketModeAndOwner(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(shortDir(t), "s")
	environ := []string{"PORT=" + socket, "SIDEKICK_SERVER_SOCKET_MODE=0666", production[0], production[1]}
	if os.Getuid() == 0 {
		environ = append(environ, "SIDEKICK_SERVER_SOCKET_OWNER=1", "SIDEKICK_SERVER_SOCKET_GROUP=2")
	}
	p := launch(t, command(t, environ))
	p.log.wait(t, "listening")
	info, err := os.Stat(socket)
	if err != nil || info.Mode().Perm() != 0o666 {
		t.Fatalf("got %v, %v", info, err)
	}
	if s := info.Sys().(*syscall.Stat_t); os.Getuid() == 0 && (s.Uid != 1 || s.Gid != 2) {
		t.Errorf("got the owner %d and the group %d", s.Uid, s.Gid)
	}
	for variable, want := range map[string]string{
		"SIDEKICK_SERVER_SOCKET_MODE=rw":                "server.socketMode: invalid value \"rw\": want a mode in octal",
		"SIDEKICK_SERVER_SOCKET_GROUP=no such group":    "server.socketGroup: invalid value \"no such group\": want the name or the number of a group",
		"SIDEKICK_SERVER_SHUTDOWN_DELAY=25s":            "shutdownDelay: invalid value \"25s\": want less than shutdownTimeout",
		"SIDEKICK_SERVER_CERTIFICATE_WARNING=1000000h":  "server.certificateWarning: ",
		"SIDEKICK_SERVER_PROBE_CONNECTIONS=99999999999": "server.probeConnections: ",
	} {
		code, _, stderr := runBinary(t, []string{variable, "PORT=0"})
		if code != exitFailed || !strings.Contains(stderr, want) {
			t.Errorf("%s: got %d %s", variable, code, stderr)
		}
	}
}
