package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"mime/multipart"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
)

const (
	name = "www.example.com"
	// client is the address of requests, which differs from nginx's own.
	client = "127.0.0.2"
)

// proxy is a running nginx with deploy/nginx.conf.
type proxy struct {
	plain, secure string // where it listens
	roots         *x509.CertPool
	dir           string
}

// startNginx runs nginx, in front of upstream as named in its configuration. It is
// the nginx of a distribution's package; if there is none, the test is skipped,
// unless TEST_INTEROP=required.
func startNginx(t *testing.T, upstream string) *proxy {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		// It may be only in root's PATH.
		if program, err = exec.LookPath("/usr/sbin/nginx"); err != nil {
			if os.Getenv("TEST_INTEROP") == "required" {
				t.Fatal("nginx is not installed: install nginx-light")
			}
			t.Skip("nginx is not installed: install nginx-light")
		}
	}
	p := &proxy{dir: t.TempDir()}
	p.roots = p.certificate(t)
	p.plain, p.secure = freeAddress(t), freeAddress(t)

	site := read(t, "../../deploy/nginx.conf")
	for was, is := range map[string]string{
		"listen 80;":                     "listen " + p.plain + ";",
		"listen 443 ssl":                 "listen " + p.secure + " ssl",
		"server unix:/run/sidekick.sock": "server " + upstream,
		"/etc/ssl/www.example.com":       p.dir,
	} {
		if !strings.Contains(site, was) {
			t.Fatalf("nginx.conf lacks %q", was)
		}
		site = strings.ReplaceAll(site, was, is)
	}
	p.write(t, "site.conf", site)
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;" // only root can enter the folders of a test
	}
	conf := p.write(t, "nginx.conf", fmt.Sprintf(`%s
daemon off; pid %[2]s/pid; error_log %[2]s/error.log;
events {}
http {
	access_log off;
	client_body_temp_path %[2]s/body; proxy_temp_path %[2]s/proxy;
	fastcgi_temp_path %[2]s/fastcgi; uwsgi_temp_path %[2]s/uwsgi; scgi_temp_path %[2]s/scgi;
	include %[2]s/site.conf;
}`, user, p.dir))

	nginx := exec.Command(program, "-c", conf, "-p", p.dir, "-e", filepath.Join(p.dir, "error.log"))
	var output bytes.Buffer
	nginx.Stdout, nginx.Stderr = &output, &output
	if err := nginx.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- nginx.Wait() }()
	t.Cleanup(func() {
		_ = nginx.Process.Signal(os.Interrupt) // it may have ended
		<-ended
		if t.Failed() {
			t.Logf("%s%s", &output, read(t, filepath.Join(p.dir, "error.log")))
		}
	})
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", p.secure)
		if err == nil {
			c.Close()
			return p
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("nginx has ended: %v\n%s", err, &output)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("nginx does not listen: %v\n%s", err, &output)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

func (p *proxy) write(t *testing.T, file, text string) string {
	t.Helper()
	file = filepath.Join(p.dir, file)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// certificate writes a certificate that only this test trusts.
func (p *proxy) certificate(t *testing.T) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name, "elsewhere.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	p.write(t, "fullchain.pem", string(certificate))
	p.write(t, "privkey.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certificate)
	return pool
}

// client returns an HTTP client that resolves every name to the proxy.
func (p *proxy) client(t *testing.T) *http.Client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(client)}}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if strings.HasSuffix(address, ":443") {
				return dialer.DialContext(ctx, network, p.secure)
			}
			return dialer.DialContext(ctx, network, p.plain)
		},
		TLSClientConfig:   &tls.Config{RootCAs: p.roots},
		ForceAttemptHTTP2: true,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     transport,
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// startServer runs the example's server.
func startServer(t *testing.T, cfg sidekick.Config, progress func(int)) net.Listener {
	t.Helper()
	seen := dispatch.Action{Name: "seen", Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
		return c.Request().Header, nil
	}}
	kit, err := sidekick.New(cfg, append(actions(progress), seen)...)
	if err != nil {
		t.Fatal(err)
	}
	listeners, err := kit.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- kit.Serve(ctx, listeners...) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := kit.Close(); err != nil {
			t.Error(err)
		}
	})
	return listeners[0]
}

// do sends a request and returns the answer with its body read.
func do(t *testing.T, c *http.Client, method, url string, body io.Reader, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

// liar claims what only a proxy may claim.
var liar = []string{
	"X-Forwarded-For", "203.0.113.66", "X-Real-IP", "203.0.113.66", "Forwarded", "for=203.0.113.66;proto=https",
	"X-Forwarded-Proto", "https", "X-Forwarded-Host", "elsewhere.example", "X-Request-Id", "forged",
}

func TestBehindNginx(t *testing.T) {
	folder, err := os.MkdirTemp("", "sidekick") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	socket := filepath.Join(folder, "s")
	overTCP := behindNginx("0")
	overTCP.Server.BindIP = "127.0.0.1"
	overTCP.ClientAddr.TrustUnixPeers = false
	overTCP.ClientAddr.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}

	for _, tt := range []struct {
		name string
		cfg  sidekick.Config
	}{{"unix", behindNginx(socket)}, {"tcp", overTCP}} {
		t.Run(tt.name, func(t *testing.T) {
			progress := make(chan int, 100)
			tt.cfg.Upload.MaxFileBytes = 8 << 20
			l := startServer(t, tt.cfg, func(n int) { progress <- n })
			upstream := l.Addr().String()
			if tt.name == "unix" {
				upstream = "unix:" + upstream
			}
			p := startNginx(t, upstream)
			c := p.client(t)

			t.Run("who asks", func(t *testing.T) {
				for _, header := range [][]string{nil, liar} {
					res, body := do(t, c, "GET", "https://"+name+"/api/whoami", nil, header...)
					if want := fmt.Sprintf(`{"address":%q,"host":%q}`, client, name); res.StatusCode != 200 || body != want {
						t.Errorf("got %d %s, want %s", res.StatusCode, body, want)
					}
					if res.ProtoMajor != 2 || res.Header.Get("Strict-Transport-Security") == "" {
						t.Errorf("want HTTP/2 and Strict-Transport-Security, got %s, %v", res.Proto, res.Header)
					}
					if cookies := res.Cookies(); len(cookies) != 1 || !cookies[0].Secure {
						t.Errorf("want one cookie, Secure, got %v", cookies)
					}
				}
			})
			t.Run("what a client says of itself", func(t *testing.T) {
				_, body := do(t, c, "GET", "https://"+name+"/api/seen", nil, liar...)
				if !strings.Contains(body, `"X-Forwarded-For":["127.0.0.2"]`) {
					t.Errorf("got %s", body)
				}
				for i := 1; i < len(liar); i += 2 {
					if strings.Contains(body, liar[i]) && liar[i] != "https" {
						t.Errorf("%s %s got through: %s", liar[i-1], liar[i], body)
					}
				}
			})
			t.Run("redirects", func(t *testing.T) {
				for _, from := range []string{"http://" + name, "http://elsewhere.example", "https://elsewhere.example"} {
					for _, header := range [][]string{nil, liar} {
						res, _ := do(t, c, "GET", from+"/api/whoami?a=%2F", nil, header...)
						if got, want := res.Header.Get("Location"), "https://"+name+"/api/whoami?a=%2F"; res.StatusCode != 302 || got != want {
							t.Errorf("%s: got %d to %q, want 302 to %q", from, res.StatusCode, got, want)
						}
						if len(res.Cookies()) > 0 {
							t.Errorf("%s: got cookies %v", from, res.Cookies())
						}
					}
				}
			})
			t.Run("upload", func(t *testing.T) {
				for _, tt := range []struct {
					size int
					want string
				}{{5 << 20, `200 {"size":5242880}`}, {9 << 20, "413 "}} {
					res, body := do(t, c, "POST", "https://"+name+"/api/photo", form(tt.size), "Content-Type", formType)
					if got := fmt.Sprint(res.StatusCode, " ", body); !strings.HasPrefix(got, tt.want) {
						t.Errorf("%d bytes: got %s, want %s", tt.size, got, tt.want)
					}
				}
			})
			t.Run("a body arrives as it is sent", func(t *testing.T) {
				r, w := io.Pipe()
				defer w.Close()
				go func() {
					fmt.Fprintln(w, "first")
					// The second line is sent only after the first was processed.
					select {
					case n := <-progress:
						fmt.Fprintln(w, "after", n)
						w.Close()
					case <-time.After(20 * time.Second):
						w.CloseWithError(fmt.Errorf("the first line is kept back"))
					}
				}()
				res, body := do(t, c, "POST", "https://"+name+"/api/lines", r, "Content-Type", "text/x-lines")
				if res.StatusCode != 200 || body != `{"lines":2}` {
					t.Errorf("got %d %s", res.StatusCode, body)
				}
			})
			t.Run("a stream arrives as it is sent", func(t *testing.T) {
				res, err := c.Get("https://" + name + "/api/ticks")
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				line, err := bufio.NewReader(res.Body).ReadString('\n') // of a response without an end
				if err != nil || line != "data: 0\n" {
					t.Errorf("got %q, %v", line, err)
				}
			})
			if tt.name == "tcp" {
				t.Run("around the proxy", func(t *testing.T) {
					around := &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(client)}}).DialContext}}
					defer around.CloseIdleConnections()
					around.CheckRedirect = c.CheckRedirect
					res, body := do(t, around, "GET", "http://"+l.Addr().String()+"/api/whoami", nil, liar...)
					if res.StatusCode != 302 {
						t.Errorf("a stranger is believed: got %d %s", res.StatusCode, body)
					}
				})
			}
		})
	}
}

const formType = "multipart/form-data; boundary=between"

// form returns a form with a file of a size. It is generated while it is read, so
// it is never in memory as a whole.
func form(size int) io.Reader {
	var head bytes.Buffer
	w := multipart.NewWriter(&head)
	if err := w.SetBoundary("between"); err != nil {
		panic(err)
	}
	if _, err := w.CreateFormFile("photo", "cat.jpg"); err != nil {
		panic(err)
	}
	return io.MultiReader(&head, io.LimitReader(zeros{}, int64(size)), strings.NewReader("\r\n--between--\r\n"))
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }
