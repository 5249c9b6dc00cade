package program

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// server is the running program.
type server struct {
	cmd    *exec.Cmd
	at     []string // the URLs that it prints
	stderr bytes.Buffer
	ended  chan error
}

// start runs the program and waits until it has printed the given number of
// addresses.
func start(t *testing.T, environ []string, places int, args ...string) *server {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("this stops servers with signals")
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("this asks with curl, which is not installed")
	}
	s := &server{cmd: command(t, environ, args...), ended: make(chan error, 1)}
	s.cmd.Stderr = &s.stderr
	out, in := io.Pipe()
	s.cmd.Stdout = in
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		err := s.cmd.Wait()
		in.Close()
		s.ended <- err
	}()
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		<-s.ended
		s.ended <- nil
		if t.Failed() {
			t.Logf("%v logged\n%s", s.cmd.Args, s.stderr.Bytes())
		}
	})
	lines := bufio.NewScanner(out)
	for len(s.at) < places && lines.Scan() {
		if m := regexp.MustCompile(`^Sidekick is at (\S+)`).FindStringSubmatch(lines.Text()); m != nil {
			s.at = append(s.at, strings.TrimSuffix(m[1], "/"))
		}
	}
	if len(s.at) < places {
		err := <-s.ended
		s.ended <- err
		t.Fatalf("ended with %v\n%s", err, s.stderr.Bytes())
	}
	go io.Copy(io.Discard, out)
	return s
}

// stop stops the program with SIGTERM and returns how it ended.
func (s *server) stop(t *testing.T) error {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	return s.wait(t)
}

func (s *server) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-s.ended:
		s.ended <- err
		return err
	case <-time.After(time.Minute):
		t.Fatal("still running after a minute")
		return nil
	}
}

// curl sends a request and returns the body, then the status and the version of
// HTTP.
func curl(t *testing.T, args ...string) (body, status string) {
	t.Helper()
	body, status, err := tryCurl(t, args...)
	if err != nil {
		t.Errorf("curl %q: %v", args, err)
	}
	return body, status
}

func tryCurl(t *testing.T, args ...string) (body, status string, err error) {
	cmd := exec.CommandContext(t.Context(), "curl", append([]string{"-q", "-sS", "--noproxy", "*", "--max-time", "50", "-w", "\n%{http_code} HTTP/%{http_version}"}, args...)...)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = errors.Join(err, errors.New(string(exit.Stderr)))
	}
	i := max(0, bytes.LastIndexByte(out, '\n'))
	return string(out[:i]), strings.TrimSpace(string(out[i:])), err
}

// certificate makes a certificate for 127.0.0.1 and localhost in a new folder.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert = write(t, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	key = write(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})))
	return cert, key
}

// shortDir is a folder whose path leaves room for the name of a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestHTTPWithAFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "own.txt"), []byte("own file"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := write(t, "sidekick.json", `{
		"serverName": "Mine", "port": 0, "bindIP": "127.0.0.1", "httpHeaders": {"X-Custom": "yes"}, "padding": null,
		"metadataOptions": {"requesterInformation": false}, "static": {"roots": ["`+folder+`"]}, "server": {"livenessPath": "/healthz"},
		"allowedRequestHosts": ["http://www.site.com"],
		"routes": {"all": [{"path": "/e/:key", "action": "echo"}]}
	}`)
	s := start(t, nil, 1, "-config", file)
	host := []string{"-H", "Host: www.site.com"}
	body, status := curl(t, append(host, "-i", s.at[0]+"/api/randomNumber")...)
	if status != "200 HTTP/1.1" || !strings.Contains(body, "X-Custom: yes") || !strings.Contains(body, "X-Powered-By: Mine") ||
		!strings.Contains(body, `"serverName":"Mine"`) || strings.Contains(body, "requesterInformation") {
		t.Errorf("got %s\n%s", status, body)
	}
	for _, tt := range []struct {
		args         []string
		status, want string
	}{
		{append(host, s.at[0]+"/api/e/here"), "200 HTTP/1.1", `"params":{"action":"echo","apiVersion":1,"key":"here"}`},
		{append(host, "-d", "key=k&list[]=1", s.at[0]+"/api/echo"), "200 HTTP/1.1", `"key":"k","list":["1"]`},
		{append(host, "-F", "file1=@"+file, s.at[0]+"/api/uploader"), "200 HTTP/1.1", `"name":"sidekick.json"`},
		{append(host, s.at[0]+"/own.txt"), "200 HTTP/1.1", "own file"},
		{append(host, s.at[0]+"/public/own.txt"), "200 HTTP/1.1", "own file"},
		{append(host, s.at[0]+"/"), "200 HTTP/1.1", "<html"},
		{append(host, s.at[0]+"/api/nope"), "404 HTTP/1.1", "unknown action or invalid apiVersion"},
		{append(host, s.at[0]+"/api/status?callback=f"), "200 HTTP/1.1", "/**/f("},
		{[]string{s.at[0] + "/api/status"}, "302 HTTP/1.1", ""},
		{[]string{s.at[0] + "/healthz"}, "200 HTTP/1.1", `{"status":"ok"}`},
		{append(host, s.at[0]+"/api/openapi.json"), "200 HTTP/1.1", `"openapi"`},
	} {
		if body, status := curl(t, tt.args...); status != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("curl %q: got %s %.300s, want %s with %s", tt.args, status, body, tt.status, tt.want)
		}
	}
	if err := s.stop(t); err != nil {
		t.Errorf("SIGTERM: ended with %v", err)
	}
}

func TestEnvironmentOnly(t *testing.T) {
	t.Parallel()
	s := start(t, []string{
		"PORT=0", "ALLOWED_HOSTS=http://127.0.0.1, http://*.site.com", "AUTOMATIC_ROUTES=GET, post",
		"SIDEKICK_BIND_IP=127.0.0.1", "SIDEKICK_ENV=production", "SIDEKICK_SERVER_NAME=By variables",
		`SIDEKICK_HTTP_HEADERS={"X-Custom": "yes", "Access-Control-Allow-Origin": null}`,
		"SIDEKICK_METADATA_OPTIONS_SERVER_INFORMATION=true", "SIDEKICK_URL_PATH_FOR_FILES=null", "SIDEKICK_ROOT_ENDPOINT_TYPE=api",
		"SIDEKICK_FORM_OPTIONS_MAX_FIELDS_SIZE=20", "SIDEKICK_FINGERPRINT_KEYS=" + strings.Repeat("k", 32), "SIDEKICK_COMPRESS=true",
		"SIDEKICK_COMPRESS_MIN_BYTES=1", "SIDEKICK_FINGERPRINT_OPTIONS_COOKIE_KEY=who", "SIDEKICK_CLIENT_ADDR_TRUSTED_PROXIES=127.0.0.0/8",
	}, 1)
	at := s.at[0]
	host := []string{"-H", "Host: a.site.com"}
	body, status := curl(t, append(host, "-i", at+"/randomNumber")...)
	if status != "200 HTTP/1.1" || !strings.Contains(body, "X-Custom: yes") || strings.Contains(body, "Access-Control-Allow-Origin") || !strings.Contains(body, `"serverName":"By variables"`) || !strings.Contains(body, "Set-Cookie: who=") {
		t.Errorf("got %s\n%s", status, body)
	}
	for _, tt := range []struct {
		args         []string
		status, want string
	}{
		{append(host, "-X", "PUT", at+"/api/status"), "405 HTTP/1.1", "this method is not allowed"},
		{append(host, at+"/public/index.html"), "404 HTTP/1.1", "unknown action"},
		{append(host, "-d", "key="+strings.Repeat("x", 30), at+"/api/echo"), "413 HTTP/1.1", "error"},
		{append(host, "-i", "-H", "Accept-Encoding: gzip", at+"/api/status"), "200 HTTP/1.1", "Content-Encoding: gzip"},
		{append(host, "-H", "X-Forwarded-For: 203.0.113.7", at+"/api/echo"), "200 HTTP/1.1", `"remoteIP":"203.0.113.7"`},
		{append(host, at+"/docs/"), "404 HTTP/1.1", ""},
	} {
		if body, status := curl(t, tt.args...); status != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("curl %q: got %s %.300s, want %s with %s", tt.args, status, body, tt.status, tt.want)
		}
	}
	if err := s.stop(t); err != nil {
		t.Errorf("SIGTERM: ended with %v", err)
	}
	if strings.Contains(s.stderr.String(), "random key") {
		t.Error("the keys of the environment were not used")
	}
}

func TestHTTPSAndHTTP2(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t)
	file := write(t, "sidekick.json", `{"port": 0, "bindIP": "127.0.0.1", "secure": true, "serverOptions": {"cert": "`+cert+`", "key": "`+key+`"}, 
		"server": {"h2c": true, "listeners": [{"port": 0, "bindIP": "127.0.0.1"}]}}`)
	s := start(t, nil, 2, "-config", file)
	slices.Sort(s.at)
	plain, secure := s.at[0], s.at[1]
	if !strings.HasPrefix(plain, "http://127.0.0.1:") || !strings.HasPrefix(secure, "https://127.0.0.1:") {
		t.Fatalf("it is at %q", s.at)
	}
	for _, tt := range []struct {
		name   string
		args   []string
		status string
		want   string
	}{
		{"HTTPS", []string{"--http1.1", "-i", "--cacert", cert, secure + "/api/status"}, "200 HTTP/1.1", "Strict-Transport-Security"},
		{"TLS 1.2", []string{"--http1.1", "--tls-max", "1.2", "--cacert", cert, secure + "/api/status"}, "200 HTTP/1.1", "nodeStatus"},
		{"HTTP/2", []string{"--http2", "-i", "--cacert", cert, secure + "/api/status"}, "200 HTTP/2", "nodeStatus"},
		{"a file by HTTP/2", []string{"--http2", "--cacert", cert, secure + "/"}, "200 HTTP/2", "<html"},
		{"a form by HTTP/2", []string{"--http2", "--cacert", cert, "-F", "file1=@" + cert, secure + "/api/uploader"}, "200 HTTP/2", `cert.pem`},
		{"h2c", []string{"--http2-prior-knowledge", plain + "/api/status"}, "200 HTTP/2", "nodeStatus"},
		{"plain", []string{"--http1.1", plain + "/api/status"}, "200 HTTP/1.1", "nodeStatus"},
		{"HTTP to the port of HTTPS", []string{strings.Replace(secure, "https:", "http:", 1) + "/"}, "400 HTTP/1", "HTTP request to an HTTPS server"},
	} {
		if body, status := curl(t, tt.args...); !strings.HasPrefix(status, tt.status) || !strings.Contains(body, tt.want) {
			t.Errorf("%s: got %s %.400s, want %s with %s", tt.name, status, body, tt.status, tt.want)
		}
	}
	if _, _, err := tryCurl(t, "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0", "--cacert", cert, secure+"/"); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	if err := s.stop(t); err != nil {
		t.Errorf("SIGTERM: ended with %v", err)
	}
}

func TestUnixSocket(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(shortDir(t), "s.sock")
	s := start(t, []string{"PORT=" + socket}, 1)
	if s.at[0] != "unix:"+socket {
		t.Errorf("it is at %q", s.at)
	}
	body, status := curl(t, "--unix-socket", socket, "http://localhost/api/echo?key=1")
	if status != "200 HTTP/1.1" || !strings.Contains(body, `"key": "1"`) {
		t.Errorf("got %s %s", status, body)
	}
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("got %v, %v, want 0660", info.Mode(), err)
	}
	// A second server leaves it alone, and the first continues.
	code, _, stderr := runBinary(t, nil, "-address", socket)
	if code != exitFailed || !strings.Contains(stderr, socket) {
		t.Errorf("a second server: got %d %s", code, stderr)
	}
	if _, status := curl(t, "--unix-socket", socket, "http://localhost/api/status"); status != "200 HTTP/1.1" {
		t.Errorf("after that: got %s", status)
	}
	if err := s.stop(t); err != nil {
		t.Errorf("SIGTERM: ended with %v", err)
	}
	if _, err := os.Lstat(socket); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
	// A socket left behind by a killed server is replaced.
	s = start(t, nil, 1, "-address", socket)
	s.cmd.Process.Kill()
	s.wait(t)
	start(t, nil, 1, "-address", socket)
	if _, status := curl(t, "--unix-socket", socket, "http://localhost/api/status"); status != "200 HTTP/1.1" {
		t.Errorf("after a kill: got %s", status)
	}
}

type answer struct {
	body, status string
	err          error
}

// hold runs an action that takes the given number of milliseconds. The server runs
// only one at a time, so as soon as another is refused, this one is running.
func hold(t *testing.T, s *server, duration string) <-chan answer {
	t.Helper()
	answered := make(chan answer, 1)
	ask := func() {
		body, status, err := tryCurl(t, s.at[0]+"/api/sleepTest?sleepDuration="+duration)
		answered <- answer{body, status, err}
	}
	go ask()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		if _, status := curl(t, s.at[0]+"/api/randomNumber"); strings.HasPrefix(status, "429") {
			return answered
		}
		select {
		case a := <-answered: // it came second, or is over
			if a.err != nil {
				t.Fatal(a.err)
			}
			go ask()
		default:
		}
	}
	t.Fatal("the action does not begin")
	return nil
}

func TestStopWaitsForWhatRuns(t *testing.T) {
	t.Parallel()
	s := start(t, []string{"SIDEKICK_ACTIONS_MAX_PENDING=1"}, 1, "-address", "127.0.0.1:0")
	answered := hold(t, s, "1500")
	if err := s.stop(t); err != nil {
		t.Errorf("SIGTERM: ended with %v", err)
	}
	if a := <-answered; a.err != nil || a.status != "200 HTTP/1.1" || !strings.Contains(a.body, `"sleepDuration": 1500`) {
		t.Errorf("the request in flight: got %+v", a)
	}
}

func TestStopCutsWhatTakesTooLong(t *testing.T) {
	t.Parallel()
	s := start(t, []string{"SIDEKICK_ACTIONS_MAX_PENDING=1", "SIDEKICK_SERVER_SHUTDOWN_TIMEOUT=50ms"}, 1, "-address", "127.0.0.1:0")
	answered := hold(t, s, "30000")
	s.stop(t)
	if code := s.cmd.ProcessState.ExitCode(); code != exitFailed || !strings.Contains(s.stderr.String(), "cut") {
		t.Errorf("ended with %d\n%s", code, s.stderr.Bytes())
	}
	if a := <-answered; a.err == nil && strings.HasPrefix(a.status, "200") {
		t.Errorf("got %+v", a)
	}
}

func TestASecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, []string{"SIDEKICK_ACTIONS_MAX_PENDING=1"}, 1, "-address", "127.0.0.1:0")
	answered := hold(t, s, "30000")
	began := time.Now()
	// It may take a moment until the first is running; after that the next one is
	// refused.
	for running := true; running; {
		if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		select {
		case err := <-s.ended:
			s.ended <- err
			running = false
		case <-time.After(50 * time.Millisecond):
		}
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	if ws, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !ws.Signaled() || ws.Signal() != syscall.SIGTERM {
		t.Errorf("ended with %v", s.cmd.ProcessState)
	}
	<-answered
}

func TestEnabledOff(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("this stops servers with signals")
	}
	cmd := command(t, []string{"SIDEKICK_ENABLED=false"})
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.Contains(line, "listens nowhere: server.disableListening is on") {
		t.Errorf("got %q, %v", line, err)
	}
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("SIGTERM: ended with %v", err)
	}
}
