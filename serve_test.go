package sidekick_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/bubble"
	"github.com/sidekick-http/sidekick/static"
)

// running is a server that a test has started.
type running struct {
	t    *testing.T
	kit  *sidekick.Kit
	ls   []net.Listener
	addr string // of the first listener
	stop context.CancelFunc
	done chan error
}

// serve serves cfg, on a free port of the loopback interface unless it says
// otherwise, and stops at the end of the test.
func serve(t *testing.T, cfg sidekick.Config, actions ...dispatch.Action) *running {
	t.Helper()
	if cfg.Server.Port == "" {
		cfg.Server.Port, cfg.Server.BindIP = "0", "127.0.0.1"
	}
	kit := newKit(t, cfg, actions...)
	ls, err := kit.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, kit, ls...)
}

func serveOn(t *testing.T, kit *sidekick.Kit, ls ...net.Listener) *running {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	s := &running{t: t, kit: kit, ls: ls, addr: ls[0].Addr().String(), stop: stop, done: make(chan error, 1)}
	ended := make(chan struct{})
	go func() {
		s.done <- kit.Serve(ctx, ls...)
		close(ended)
	}()
	t.Cleanup(func() {
		stop()
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			t.Error("the server does not stop")
		}
	})
	return s
}

// dial opens a connection, with a deadline for everything done with it.
func (s *running) dial() net.Conn {
	s.t.Helper()
	return s.dialAt(s.ls[0])
}

// connect opens a connection to a listener.
func connect(l net.Listener) (net.Conn, error) {
	if inMemory, ok := l.(*bubble.Listener); ok {
		return inMemory.Dial()
	}
	return net.Dial(l.Addr().Network(), l.Addr().String())
}

func (s *running) dialAt(l net.Listener) net.Conn {
	s.t.Helper()
	c, err := connect(l)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		s.t.Fatal(err)
	}
	return c
}

// say sends text as a client, and returns everything received until the connection
// ends.
func (s *running) say(text string) string {
	s.t.Helper()
	c := s.dial()
	// An early refusal may interrupt the sending.
	go io.WriteString(c, text)
	b, err := io.ReadAll(c)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		s.t.Errorf("%.60q: got %v after %q", text, err, b)
	}
	return string(b)
}

// ask sends a request over a connection that stays open, and returns the response
// and its body.
func ask(t *testing.T, c net.Conn, br *bufio.Reader, request string) (*http.Response, string) {
	t.Helper()
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	return answer(t, br)
}

func answer(t *testing.T, br *bufio.Reader) (*http.Response, string) {
	t.Helper()
	res, err := http.ReadResponse(br, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

const getList = "GET /api/list HTTP/1.1\r\nHost: x\r\n\r\n"

// eventually waits for something that another goroutine is about to do.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it does not happen: %s", what)
		}
	}
}

// endless writes until writing fails.
func endless(failed chan<- error) dispatch.Action {
	return dispatch.Action{Name: "endless", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		block := make([]byte, 64<<10)
		for {
			if _, err := w.Write(block); err != nil {
				failed <- err
				return
			}
		}
	})}
}

func TestSlowClientsAreCutOff(t *testing.T) {
	cfg := sidekick.Production()
	cfg.Server.ReadHeaderTimeout, cfg.Server.ReadTimeout = 10*time.Second, 18*time.Second
	cfg.Server.WriteTimeout, cfg.Server.IdleTimeout = time.Minute, 5*time.Second
	read := action("read", func(_ context.Context, c *dispatch.Connection) (any, error) { return c.Params, nil })
	read.Inputs = dispatch.Inputs{"a": {}}
	within := func(timeout time.Duration, name string, f func(t *testing.T, s *running, failed <-chan error)) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				failed := make(chan error, 1)
				s := servePipes(t, cfg, endless(failed), list, read)
				start := time.Now()
				f(t, s, failed)
				if took := time.Since(start); took < timeout || took > timeout*3/2 {
					t.Errorf("it took %v, with a timeout of %v", took, timeout)
				}
			})
		})
	}

	within(10*time.Second, "header", func(t *testing.T, s *running, _ <-chan error) {
		if got := s.say("GET /api/list HTTP/1.1\r\nHost: x\r\nX: "); got != "" {
			t.Errorf("got %q", got)
		}
	})
	within(18*time.Second, "body", func(t *testing.T, s *running, _ <-chan error) {
		got := s.say("POST /api/read HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
		if !strings.HasPrefix(got, "HTTP/1.1 408 ") && !strings.HasPrefix(got, "HTTP/1.1 400 ") {
			t.Errorf("got %q", got)
		}
	})
	within(5*time.Second, "idle", func(t *testing.T, s *running, _ <-chan error) {
		if got := s.say(getList); strings.Count(got, "HTTP/1.1 200 OK") != 1 {
			t.Errorf("got %q", got)
		}
	})
	within(time.Minute, "reader", func(t *testing.T, s *running, failed <-chan error) {
		c := s.dial()
		if _, err := io.WriteString(c, "GET /api/endless HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if err := <-failed; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

// A client that reads slowly but steadily gets the whole response, however long
// that takes: the kernel sends the file, and the deadline moves on.
func TestASlowReaderGetsTheWholeResponse(t *testing.T) {
	t.Parallel()
	const size = 16 << 20
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "large.bin"), bytes.Repeat([]byte("0123456789abcdef"), size/16), 0o644); err != nil {
		t.Fatal(err)
	}
	whole := dispatch.Action{Name: "whole", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n, err := w.Write(make([]byte, size)); n != size || err != nil {
			t.Errorf("one write: got %d, %v", n, err)
		}
	})}
	cfg := sidekick.Production()
	cfg.Static.Roots, cfg.Server.WriteTimeout = []static.Root{static.Dir(dir)}, 1500*time.Millisecond
	cert := newCertificate(t, t.TempDir(), "one")
	cfg.Server.Cert, cfg.Server.Key = cert.cert, cert.key
	cfg.Server.Listeners = []sidekick.Listener{{Port: "0", BindIP: "127.0.0.1", Secure: true}}
	s := serve(t, cfg, whole)
	for _, path := range []string{"/large.bin", "/api/whole"} {
		for _, secure := range []bool{false, true} {
			t.Run(fmt.Sprint(path, " secure ", secure), func(t *testing.T) {
				t.Parallel()
				raw, err := net.Dial("tcp", s.ls[map[bool]int{true: 1}[secure]].Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				defer raw.Close()
				// Of itself the buffer would grow to take half of the response at once.
				if err := raw.(*net.TCPConn).SetReadBuffer(256 << 10); err != nil {
					t.Fatal(err)
				}
				c := raw
				if secure {
					c = tls.Client(raw, cert.client("http/1.1"))
				}
				fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path)
				buf, n := make([]byte, 1<<20), 0
				for {
					m, err := io.ReadFull(c, buf)
					if n += m; err == io.EOF || err == io.ErrUnexpectedEOF && n > size {
						break
					} else if err != nil {
						t.Fatalf("after %d bytes: %v", n, err)
					}
					time.Sleep(150 * time.Millisecond) // longer in total than the timeout
				}
				if n < size {
					t.Errorf("got %d bytes", n)
				}
			})
		}
	}
}

// The silence of an event stream does not count.
func TestAnEventStreamMayBeSilent(t *testing.T) {
	for _, proto := range []string{"http/1.1", "h2"} {
		t.Run(proto, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := sidekick.Production()
				cfg.Server.WriteTimeout = 250 * time.Millisecond
				cert := newCertificate(t, t.TempDir(), "one")
				cfg.Server.Cert, cfg.Server.Key, cfg.Server.Secure = cert.cert, cert.key, true
				s := servePipes(t, cfg, dispatch.Action{Name: "events", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					rc := http.NewResponseController(w)
					for range 3 {
						fmt.Fprintf(w, "data: %s\n\n", strings.Repeat("x", 5000))
						if err := rc.Flush(); err != nil {
							t.Error(err)
						}
						time.Sleep(time.Minute) // something happens elsewhere
					}
				})})
				res, err := s.https(cert, proto).Get("https://localhost/api/events")
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				if b, err := io.ReadAll(res.Body); err != nil || len(b) != 3*5008 {
					t.Errorf("got %d bytes, %v", len(b), err)
				}
			})
		})
	}
}

// An HTTP/2 stream whose window is never opened again is reset; the others of its
// connection continue.
func TestAStuckStreamIsReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := sidekick.Production()
		cfg.Server.WriteTimeout = 100 * time.Millisecond
		cert := newCertificate(t, t.TempDir(), "one")
		cfg.Server.Cert, cfg.Server.Key, cfg.Server.Secure = cert.cert, cert.key, true
		failed := make(chan error, 1)
		s := servePipes(t, cfg, endless(failed), list)
		client := s.https(cert, "h2")
		res, err := client.Get("https://localhost/api/endless")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close() // none of it is read
		select {
		case <-failed:
		case <-time.After(10 * time.Second):
			t.Fatal("the stream is not reset")
		}
		other, err := client.Get("https://localhost/api/list")
		if err != nil || other.StatusCode != 200 {
			t.Fatalf("the next request: got %v, %v", other, err)
		}
		other.Body.Close()
	})
}

// A deadline that a handler sets also applies to what net/http sends after it.
func TestDeadlineOfAHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cert := newCertificate(t, t.TempDir(), "one")
		cfg := sidekick.Production()
		cfg.Server.Cert, cfg.Server.Key, cfg.Server.Secure = cert.cert, cert.key, true
		s := servePipes(t, cfg, dispatch.Action{Name: "soon", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
				t.Error(err)
			}
			io.WriteString(w, "x")
		})})
		h := startHTTP2(t, tls.Client(s.dial(), cert.client("h2")))
		h.send(frameSettings, 0, 0, []byte{0, 4, 0, 0, 0, 0}) // no window
		h.send(frameHeaders, flagEndStream|flagEndHeaders, 1, request("/api/soon"))
		h.until(frameReset)
	})
}

// A connection that a handler has taken over may be silent for as long as it likes.
func TestHijackedConnectionsMayBeSilent(t *testing.T) {
	hijack := dispatch.Action{Name: "echo", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		line, err := rw.ReadString('\n')
		if _, werr := io.WriteString(c, line); err != nil || werr != nil {
			t.Errorf("got %q, %v, %v", line, err, werr)
		}
	})}
	for name, secure := range map[string]bool{"plain": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cert := newCertificate(t, t.TempDir(), "one")
				cfg := sidekick.Production()
				cfg.Server.ReadHeaderTimeout, cfg.Server.ReadTimeout = time.Second, time.Second
				cfg.Server.WriteTimeout, cfg.Server.IdleTimeout = time.Second, time.Second
				cfg.Server.Cert, cfg.Server.Key, cfg.Server.Secure = cert.cert, cert.key, secure
				c := servePipes(t, cfg, hijack).dial()
				if secure {
					c = tls.Client(c, cert.client("http/1.1"))
				}
				br := bufio.NewReader(c)
				if res, _ := ask(t, c, br, "GET /api/echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"); res.StatusCode != 101 {
					t.Fatalf("got %d", res.StatusCode)
				}
				time.Sleep(10 * time.Second) // every deadline passes
				io.WriteString(c, "hello\n")
				if line, err := br.ReadString('\n'); line != "hello\n" || err != nil {
					t.Errorf("got %q, %v", line, err)
				}
			})
		})
	}
}

// OPTIONS * takes the same path as all requests; net/http would answer it itself.
func TestOptionsOfTheServer(t *testing.T) {
	s := serve(t, sidekick.Production())
	if got := s.say("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.1 200 ") || !strings.Contains(got, "X-Powered-By: Sidekick API") {
		t.Errorf("got %q", got)
	}
}

func TestOversizedRequestsAreRefused(t *testing.T) {
	t.Parallel()
	cfg := sidekick.Production()
	s := serve(t, cfg, list)
	request := func(target, header string) string {
		return "GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + header + "\r\n"
	}
	for name, tt := range map[string]struct{ request, status, body string }{
		"100 kB of header":   {request("/api/list", "X: "+strings.Repeat("a", 100_000)+"\r\n"), "431", ""},
		"60 kB of header":    {request("/api/list", "X: "+strings.Repeat("a", 60_000)+"\r\n"), "200", `{"list"`},
		"500 fields":         {request("/api/list", strings.Repeat("X: a\r\n", 500)), "431", `{"error":"too many header fields"}`},
		"150 fields":         {request("/api/list", strings.Repeat("X: a\r\n", 150)), "200", `{"list"`},
		"10 kB of URL":       {request("/api/list?a="+strings.Repeat("a", 10_000), ""), "414", `{"error":"the URL is too long"}`},
		"the longest URL":    {request("/api/list?a="+strings.Repeat("a", 8<<10-12), ""), "200", `{"list"`},
		"one byte more":      {request("/api/list?a="+strings.Repeat("a", 8<<10-11), ""), "414", `{"error":"the URL is too long"}`},
		"a file, a long URL": {request("/"+strings.Repeat("a", 10_000), ""), "414", `{"error":"the URL is too long"}`},
	} {
		if got := s.say(tt.request); !strings.HasPrefix(got, "HTTP/1.1 "+tt.status+" ") || !strings.Contains(got, tt.body) {
			t.Errorf("%s: got %.400q", name, got)
		}
	}
}

// A request hidden in the body of another is not processed, and ambiguous framing
// ends the connection.
func TestAmbiguousFramingHidesNoRequest(t *testing.T) {
	s := serve(t, sidekick.Production(), list)
	const hidden = "GET /api/list?hidden HTTP/1.1\r\nHost: x\r\n\r\n"
	post := func(header, body string) string {
		return "POST /api/list HTTP/1.1\r\nHost: x\r\n" + header + "\r\n" + body
	}
	for name, tt := range map[string]struct {
		request string
		want    []string // beginnings of status lines, any of them
		more    int      // how many responses there may be
	}{
		"length and chunks":     {post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"+hidden), []string{"200", "400"}, 1},
		"two lengths":           {post("Content-Length: 0\r\nContent-Length: 44\r\n", hidden), []string{"400"}, 1},
		"an unknown coding":     {post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"+hidden), []string{"501", "400"}, 1},
		"a space before colon":  {post("Content-Length : 0\r\n", hidden), []string{"400"}, 1},
		"a bare LF in the size": {post("Transfer-Encoding: chunked\r\n", "5\nhello\r\n0\r\n\r\n"+hidden), []string{"200", "400"}, 1},
		"a negative length":     {post("Content-Length: -1\r\n", hidden), []string{"400"}, 1},
		"a folded field":        {post("X: a\r\n Content-Length: 0\r\nConnection: close\r\n", ""), []string{"200", "400"}, 1},
		"two hosts":             {"GET /api/list HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", []string{"400"}, 1},
		"no host":               {"GET /api/list HTTP/1.1\r\n\r\n", []string{"400"}, 1},
	} {
		// When the client stops sending, the connection ends as well, if the server has
		// not ended it before.
		c := s.dial()
		if _, err := io.WriteString(c, tt.request); err != nil {
			t.Fatal(err)
		}
		if err := c.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(c) // a reset is also an end
		got := string(b)
		ok := false
		for _, status := range tt.want {
			ok = ok || strings.HasPrefix(got, "HTTP/1.1 "+status)
		}
		if n := strings.Count(got, "HTTP/1.1 "); !ok || n > tt.more {
			t.Errorf("%s: got %d answers %.300q", name, n, got)
		}
	}
}

func TestOnlyTrustedProxiesNameTheClient(t *testing.T) {
	ip := action("ip", func(_ context.Context, c *dispatch.Connection) (any, error) { return c.Remote().Addr().String(), nil })
	const request = "GET /api/ip HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: 6.6.6.6, 203.0.113.9\r\n\r\n"
	if got := serve(t, sidekick.Production(), ip).say(request); !strings.HasSuffix(got, `"127.0.0.1"`) {
		t.Errorf("nobody is trusted: got %q", got)
	}
	cfg := sidekick.Production()
	cfg.ClientAddr.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	if got := serve(t, cfg, ip).say(request); !strings.HasSuffix(got, `"203.0.113.9"`) {
		t.Errorf("behind a proxy: got %q", got)
	}
}

func TestAUnixSocketHasOneServer(t *testing.T) {
	cfg := sidekick.Production()
	path := filepath.Join(shortTempDir(t), "s.sock")
	cfg.Server.Port = sidekick.Port(path)
	s := serve(t, cfg, list)
	if info, err := os.Lstat(path); err != nil || info.Mode() != os.ModeSocket|0o660 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
	if got := s.say("GET /api/list HTTP/1.0\r\n\r\n"); !strings.Contains(got, `{"list":[1,"two"]}`) {
		t.Errorf("got %q", got)
	}
	if _, err := newKit(t, cfg).Listen(t.Context()); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("a second instance: got %v", err)
	}
	if got := s.say("GET /api/list HTTP/1.0\r\n\r\n"); !strings.Contains(got, `{"list":[1,"two"]}`) {
		t.Errorf("after the second instance: got %q", got)
	}
	s.stop()
	if err := <-s.done; err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("after the stop: got %v", err)
	}
}

// shortTempDir is a folder whose path is short enough for the address of a socket.
func shortTempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// certificate is a self-signed certificate for the loopback interface.
type certificate struct {
	cert, key string // files
	pool      *x509.CertPool
}

// newCertificate writes the files name.pem and name.key into dir.
func newCertificate(t *testing.T, dir, name string) certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<60))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:         true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c := certificate{cert: filepath.Join(dir, name+".pem"), key: filepath.Join(dir, name+".key"), pool: x509.NewCertPool()}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	c.pool.AppendCertsFromPEM(certPEM)
	if err := os.WriteFile(c.cert, certPEM, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

// client is a configuration for clients that offer one protocol.
func (c certificate) client(proto string) *tls.Config {
	return &tls.Config{RootCAs: c.pool, ServerName: "localhost", NextProtos: []string{proto}}
}

// https is a client that speaks one protocol.
func (c certificate) https(proto string) *http.Client {
	var protocols http.Protocols
	protocols.SetHTTP1(proto == "http/1.1")
	protocols.SetHTTP2(proto == "h2")
	return &http.Client{Transport: &http.Transport{TLSClientConfig: c.client(proto), Protocols: &protocols}}
}

func TestTLSRefusesOldVersionsAndTakesNewCertificates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := newCertificate(t, dir, "first")
	cfg := sidekick.Production()
	cfg.Server.Secure, cfg.Server.Cert, cfg.Server.Key = true, first.cert, first.key
	cfg.Server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS10, NextProtos: []string{"acme-tls/1"}}
	s := serve(t, cfg, list)
	if got := sidekick.URL(s.ls[0]); got != "https://"+s.addr+"/" {
		t.Errorf("got %q", got)
	}
	t.Run("versions", func(t *testing.T) {
		for version, want := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
			config := first.client("http/1.1")
			config.MinVersion, config.MaxVersion = version, version
			c, err := tls.Dial("tcp", s.addr, config)
			if (err == nil) != want {
				t.Errorf("%s: got %v", tls.VersionName(version), err)
			}
			if err == nil {
				c.Close()
			}
		}
	})
	t.Run("plain HTTP", func(t *testing.T) {
		if got := s.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.0 400 ") || !strings.Contains(got, "HTTP request to an HTTPS server") {
			t.Errorf("got %q", got)
		}
	})
	t.Run("protocols", func(t *testing.T) {
		for proto, want := range map[string]string{"http/1.1": "HTTP/1.1", "h2": "HTTP/2.0"} {
			res, err := first.https(proto).Get("https://" + s.addr + "/api/list")
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.Proto != want || res.StatusCode != 200 || res.Header.Get("Strict-Transport-Security") == "" {
				t.Errorf("%s: got %s %d %v", proto, res.Proto, res.StatusCode, res.Header)
			}
		}
	})
	t.Run("a protocol of the configuration", func(t *testing.T) { // for example that of ACME
		c, err := tls.Dial("tcp", s.addr, first.client("acme-tls/1"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if got := c.ConnectionState().NegotiatedProtocol; got != "acme-tls/1" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("change of the certificate", func(t *testing.T) {
		open, err := tls.Dial("tcp", s.addr, first.client("http/1.1"))
		if err != nil {
			t.Fatal(err)
		}
		defer open.Close()
		br := bufio.NewReader(open)
		second := newCertificate(t, dir, "second")
		for _, f := range [][2]string{{second.cert, first.cert}, {second.key, first.key}} {
			if err := os.Rename(f[0], f[1]); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "the new certificate", func() bool {
			c, err := tls.Dial("tcp", s.addr, second.client("http/1.1"))
			if err != nil {
				return false
			}
			return c.Close() == nil
		})
		if res, body := ask(t, open, br, getList); res.StatusCode != 200 || body != `{"list":[1,"two"]}` {
			t.Errorf("the connection that was open: got %d %s", res.StatusCode, body)
		}
	})
}

func TestUnencryptedHTTP2(t *testing.T) {
	t.Parallel()
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: &protocols}}
	for _, on := range []bool{false, true} {
		cfg := sidekick.Production()
		cfg.Server.H2C = on
		s := serve(t, cfg, list)
		res, err := client.Get("http://" + s.addr + "/api/list")
		if (err == nil) != on {
			t.Errorf("H2C %v: got %v", on, err)
		}
		if err == nil {
			res.Body.Close()
			if res.Proto != "HTTP/2.0" {
				t.Errorf("got %s", res.Proto)
			}
		}
		client.CloseIdleConnections()
	}
}

func TestSeveralListeners(t *testing.T) {
	t.Parallel()
	path := filepath.Join(shortTempDir(t), "s")
	cert := newCertificate(t, t.TempDir(), "one")
	cfg := sidekick.Production()
	cfg.Server.Cert, cfg.Server.Key = cert.cert, cert.key
	cfg.Server.Port, cfg.Server.BindIP = "0", "::"
	cfg.Server.Listeners = []sidekick.Listener{{Port: sidekick.Port(path)}, {Port: "0", BindIP: "127.0.0.1", Secure: true}}
	s := serve(t, cfg, list)
	if len(s.ls) != 3 || sidekick.URL(s.ls[1]) != "unix:"+path || !strings.HasPrefix(sidekick.URL(s.ls[2]), "https://127.0.0.1:") || !strings.HasPrefix(sidekick.URL(s.ls[0]), "http://localhost:") {
		t.Errorf("got %v", s.ls)
	}
	_, port, _ := net.SplitHostPort(s.addr)
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		if host == "[::1]" && !hasIPv6() {
			continue
		}
		res, err := http.Get("http://" + host + ":" + port + "/api/list")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != 200 {
			t.Errorf("%s: got %d", host, res.StatusCode)
		}
	}
	if res, err := cert.https("h2").Get("https://" + s.ls[2].Addr().String() + "/api/list"); err != nil || res.StatusCode != 200 {
		t.Errorf("got %v", err)
	}
}

func hasIPv6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func TestHealth(t *testing.T) {
	var logged bytes.Buffer
	var broken atomic.Bool
	cfg := sidekick.Production()
	cfg.Server.LivenessPath, cfg.Server.ReadinessPath = "/healthz", "/readyz"
	cfg.Server.ReadinessCheck = func(ctx context.Context) error {
		if broken.Load() {
			return errors.New("the database is away")
		}
		return ctx.Err()
	}
	cfg.Hosts.Allowed = []string{"https://www.site.com"}
	cfg.Logger = slog.New(slog.NewTextHandler(&logged, nil))
	kit := newKit(t, cfg)
	want := func(path string, status int, body string) {
		t.Helper()
		w := get(kit, path)
		if w.Code != status || w.Body.String() != body || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: got %d %s %v", path, w.Code, w.Body, w.Header())
		}
	}
	want("/healthz", 200, `{"status":"ok"}`)
	want("/readyz", 200, `{"status":"ok"}`)
	broken.Store(true)
	want("/healthz", 200, `{"status":"ok"}`)
	want("/readyz", 503, `{"status":"unavailable"}`)
	want("/readyz", 503, `{"status":"unavailable"}`)
	broken.Store(false)
	want("/readyz", 200, `{"status":"ok"}`)
	if w := get(kit, "/readyz", func(r *http.Request) { r.Method = "HEAD" }); w.Code != 200 || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "15" {
		t.Errorf("HEAD: got %d %q %v", w.Code, w.Body, w.Header())
	}
	if w := get(kit, "/readyz", func(r *http.Request) { r.Method = "POST" }); w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: got %d %v", w.Code, w.Header())
	}
	if w := get(kit, "/healthz/x"); w.Code != 302 {
		t.Errorf("below the path: got %d", w.Code)
	}
	if s := logged.String(); strings.Count(s, "the database is away") != 1 || strings.Contains(s, "path=/healthz ") {
		t.Errorf("got the log\n%s", s)
	}
}

// When the stop begins, readiness turns red, while requests are still answered,
// announcing that the connection ends.
func TestStoppingAnswersDuringTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := sidekick.Production()
		cfg.Server.LivenessPath, cfg.Server.ReadinessPath = "/healthz", "/readyz"
		cfg.Server.ShutdownDelay = 3 * time.Second
		s := servePipes(t, cfg, list)
		c := s.dial()
		br := bufio.NewReader(c)
		if res, _ := ask(t, c, br, getList); res.Close || res.StatusCode != 200 {
			t.Fatalf("got %v", res)
		}
		const begin = "GET /api"
		if _, err := io.WriteString(c, begin); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		s.stop()
		eventually(t, "readiness turns red", func() bool {
			return strings.Contains(s.say("GET /readyz HTTP/1.0\r\n\r\n"), `503 Service Unavailable`)
		})
		if got := s.say("GET /healthz HTTP/1.0\r\n\r\n"); !strings.Contains(got, `200 OK`) {
			t.Errorf("liveness: got %q", got)
		}
		if res, body := ask(t, c, br, strings.TrimPrefix(getList, begin)); !res.Close || res.StatusCode != 200 || body != `{"list":[1,"two"]}` {
			t.Errorf("a connection in use: got %v %s", res, body)
		}
		if got := s.say(getList); !strings.HasPrefix(got, "HTTP/1.1 200 ") || !strings.Contains(got, "Connection: close") {
			t.Errorf("a new connection: got %q", got)
		}
		if err := <-s.done; err != nil {
			t.Error(err)
		}
		if d := time.Since(start); d < cfg.Server.ShutdownDelay {
			t.Errorf("stopped after %v", d)
		}
	})
}

// A function that panics when the stop begins neither ends the process nor the stop.
func TestPanicsOfOnStopAreContained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		cfg := sidekick.Production()
		cfg.Server.ShutdownDelay = 3 * time.Second
		cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
		kit := newKit(t, cfg, list)
		s := serveOn(t, kit, bubble.Listen(net.Pipe))
		others := 0
		kit.OnStop(func() { panic("boom of the hook") })
		kit.OnStop(func() { others++ })
		s.stop()
		time.Sleep(time.Second)
		kit.OnStop(func() { panic(errors.New("late boom")) })
		if got := s.say(getList); !strings.HasPrefix(got, "HTTP/1.1 200 ") {
			t.Errorf("during the stop: got %q", got)
		}
		err := <-s.done
		synctest.Wait()
		if err == nil || !strings.Contains(err.Error(), "boom of the hook") || !strings.Contains(err.Error(), "late boom") || others != 1 {
			t.Errorf("got %v and %d calls of the other function, want both panics and one call", err, others)
		}
		if got := log.String(); strings.Count(got, "a function of OnStop panicked") != 2 || !strings.Contains(got, "TestPanicsOfOnStopAreContained") {
			t.Errorf("got the log\n%s\nwant both panics with their stacks", got)
		}
	})
}

// Without a delay a late request is refused with a response; net/http would just
// drop it.
func TestStoppingRefusesLateRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow, began, release := slowAction()
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte("a"), 0o644); err != nil {
			t.Fatal(err)
		}
		cfg := sidekick.Production()
		cfg.Static.Roots = []static.Root{static.Dir(dir)}
		cfg.Server.ReadinessPath = "/readyz"
		s := servePipes(t, cfg, list, slow)
		busy, used, fresh, file, probe := s.dial(), s.dial(), s.dial(), s.dial(), s.dial()
		busyReader, usedReader := bufio.NewReader(busy), bufio.NewReader(used)
		io.WriteString(busy, "GET /api/slow HTTP/1.1\r\nHost: x\r\n\r\n")
		<-began
		ask(t, used, usedReader, getList)
		if got := s.say("GET /readyz HTTP/1.0\r\n\r\n"); !strings.Contains(got, `{"status":"ok"}`) {
			t.Errorf("got %q", got)
		}
		s.stop()
		eventually(t, "nobody new gets in", func() bool {
			c, err := connect(s.ls[0])
			if err == nil {
				c.Close()
			}
			return err != nil
		})
		if res, body := ask(t, probe, bufio.NewReader(probe), "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"); res.StatusCode != 503 || body != `{"status":"stopping"}` || !res.Close {
			t.Errorf("readiness: got %d %s", res.StatusCode, body)
		}
		for name, c := range map[string]struct {
			net.Conn
			*bufio.Reader
			request string
		}{
			"in use":  {used, usedReader, getList},
			"new":     {fresh, bufio.NewReader(fresh), getList},
			"of file": {file, bufio.NewReader(file), "GET /a.txt HTTP/1.1\r\nHost: x\r\n\r\n"},
		} {
			res, body := ask(t, c.Conn, c.Reader, c.request)
			if res.StatusCode != 503 || !res.Close || body != `{"error":"the server is shutting down"}` {
				t.Errorf("a connection %s: got %d %v %s", name, res.StatusCode, res.Header, body)
			}
		}
		close(release)
		if res, body := answer(t, busyReader); res.StatusCode != 200 || body != `{"done":true}` {
			t.Errorf("the request in flight: got %d %s", res.StatusCode, body)
		}
		if err := <-s.done; err != nil {
			t.Error(err)
		}
	})
}

func TestIdleAndHijackedConnectionsAreNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hijacked := make(chan net.Conn, 1)
		cfg := sidekick.Production()
		cfg.Server.ShutdownTimeout = 10 * time.Second
		s := servePipes(t, cfg, list, dispatch.Action{Name: "hijack", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
			}
			hijacked <- c
		})})
		idle := s.dial()
		br := bufio.NewReader(idle)
		ask(t, idle, br, getList)
		taken := s.dial()
		io.WriteString(taken, "GET /api/hijack HTTP/1.1\r\nHost: x\r\n\r\n")
		c := <-hijacked
		defer c.Close()
		time.Sleep(1100 * time.Millisecond) // a connection is idle only after some time
		start := time.Now()
		s.stop()
		if err := <-s.done; err != nil {
			t.Error(err)
		}
		if d := time.Since(start); d > cfg.Server.ShutdownTimeout/2 {
			t.Errorf("it took %v", d)
		}
		if _, err := br.ReadByte(); err != io.EOF {
			t.Errorf("the idle connection: got %v", err)
		}
		go c.Write([]byte("x"))
		if _, err := taken.Read(make([]byte, 1)); err != nil {
			t.Errorf("the hijacked connection: got %v", err)
		}
	})
}

func TestHTTP2IsToldToGoAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow, began, release := slowAction()
		cert := newCertificate(t, t.TempDir(), "one")
		cfg := sidekick.Production()
		cfg.Server.Secure, cfg.Server.Cert, cfg.Server.Key = true, cert.cert, cert.key
		s := servePipes(t, cfg, slow)
		client := s.https(cert, "h2")
		answered := make(chan string, 1)
		go func() {
			res, err := client.Get("https://localhost/api/slow")
			if err != nil {
				answered <- err.Error()
				return
			}
			defer res.Body.Close()
			b, _ := io.ReadAll(res.Body)
			answered <- string(b)
		}()
		<-began
		s.stop()
		eventually(t, "a new connection is refused", func() bool {
			c, err := connect(s.ls[0])
			if err == nil {
				c.Close()
			}
			return err != nil
		})
		close(release)
		if got := <-answered; got != `{"done":true}` {
			t.Errorf("got %s", got)
		}
		if err := <-s.done; err != nil {
			t.Error(err)
		}
	})
}

func TestServeSaysWhatWasCut(t *testing.T) {
	began := make(chan struct{}, 2)
	hang := action("hang", func(ctx context.Context, _ *dispatch.Connection) (any, error) {
		began <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	})
	cfg := sidekick.Production()
	cfg.Server.ShutdownTimeout = 20 * time.Millisecond
	s := serve(t, cfg, hang)
	for _, path := range []string{"/api/hang", "/api/hang/%0Anext"} {
		io.WriteString(s.dial(), "GET "+path+"?action=hang HTTP/1.1\r\nHost: x\r\n\r\n")
		if path == "/api/hang" {
			<-began
		}
	}
	s.stop()
	err := <-s.done
	for _, want := range []string{"requests were still running after 20ms and were cut", `GET "/api/hang" (action hang) for `} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestAKitIsServedOnce(t *testing.T) {
	s := serve(t, sidekick.Production(), list)
	if got := s.say("GET /api/list HTTP/1.0\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.0 200 ") { // so it is served
		t.Fatalf("got %q", got)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.kit.Serve(t.Context(), l); err == nil || !strings.Contains(err.Error(), "only once") {
		t.Errorf("got %v", err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener: got %v", err)
	}
}

func TestDisabledServerWaits(t *testing.T) {
	t.Parallel()
	cfg := sidekick.Production()
	cfg.Server.DisableListening = true
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	kit := newKit(t, cfg)
	go func() { done <- kit.ListenAndServe(ctx) }()
	select {
	case err := <-done:
		t.Fatalf("it does not wait: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestBootAttempts(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := sidekick.Production()
	cfg.Server.BootAttempts = 10
	cfg.Server.BindIP = "127.0.0.1"
	cfg.Server.Port = sidekick.Port(fmt.Sprint(l.Addr().(*net.TCPAddr).Port))
	logged := newLines()
	cfg.Logger = slog.New(slog.NewTextHandler(logged, nil))
	type result struct {
		ls  []net.Listener
		err error
	}
	opened := make(chan result, 1)
	kit := newKit(t, cfg)
	go func() {
		ls, err := kit.Listen(t.Context())
		opened <- result{ls, err}
	}()
	logged.wait(t, "cannot listen yet")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	got := <-opened
	if got.err != nil {
		t.Fatal(got.err)
	}
	defer got.ls[0].Close()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := newKit(t, cfg).Listen(ctx); !errors.Is(err, context.Canceled) || !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("cancelled: got %v", err)
	}
}

// lines is what was logged, to wait for.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func newLines() *lines { return &lines{} }

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *lines) wait(t *testing.T, text string) {
	t.Helper()
	eventually(t, text, func() bool { return strings.Contains(l.String(), text) })
}
