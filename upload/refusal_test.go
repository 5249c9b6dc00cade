package upload_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/internal/bubble"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

// answering are the ways in which a refusal is answered.
func answering(t *testing.T, o upload.Options) map[string]http.Handler {
	t.Helper()
	p, _ := newParser(t, o)
	reading, err := params.New(params.Options{Upload: p})
	if err != nil {
		t.Fatal(err)
	}
	accepted := http.HandlerFunc(noContent)
	return map[string]http.Handler{
		"Handler":        p.Handler(accepted),
		"params.Handler": reading.Handler(accepted),
		"Parse": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			f, err := p.Parse(w, r)
			var e *upload.Error
			if errors.As(err, &e) {
				http.Error(w, e.ClientMessage(), e.StatusCode())
				return
			}
			closeForm(t, f)
			accepted(w, r)
		}),
	}
}

// ways are the names of what answering returns.
var ways = []string{"Handler", "params.Handler", "Parse"}

// A client that reads only after it has sent everything gets the answer, however much it sends,
// as long as it keeps sending.
func TestRefusalReachesAClientThatSendsAllFirst(t *testing.T) {
	t.Parallel()
	const limit, size = 1 << 20, 4 << 20
	begin, end, _ := strings.Cut(form(file("f", "f", "|")), "|")
	for name, h := range answering(t, upload.Options{MaxFileBytes: limit}) {
		for _, secure := range []bool{false, true} {
			s := httptest.NewUnstartedServer(h)
			s.Listener = narrow{s.Listener} // so that sockets hold far less than is sent
			if secure {
				s.StartTLS()
			} else {
				s.Start()
			}
			t.Cleanup(s.Close)
			for _, more := range []string{"", "Connection: close\r\n", "Expect: 100-continue\r\n"} {
				for _, length := range []int64{int64(len(begin) + size + len(end)), -1} {
					if name == "Parse" && strings.HasPrefix(more, "Expect") && length > 0 {
						continue // refused before it is read, which this client does not notice in time
					}
					t.Run(fmt.Sprintf("%s/secure %v/%.7s/length %d", name, secure, more, length), func(t *testing.T) {
						t.Parallel()
						sendAllFirst(t, s, length, more, begin, size, end)
					})
				}
			}
		}
	}
}

// narrow gives connections a small buffer for what they receive.
type narrow struct{ net.Listener }

func (l narrow) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		err = c.(*net.TCPConn).SetReadBuffer(128 << 10)
	}
	return c, err
}

func sendAllFirst(t *testing.T, s *httptest.Server, length int64, more, begin string, size int, end string) {
	t.Helper()
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.(*net.TCPConn).SetWriteBuffer(128 << 10); err != nil {
		t.Fatal(err)
	}
	if s.TLS != nil {
		c = tls.Client(c, &tls.Config{InsecureSkipVerify: true}) // the test's own server
	}
	send(t, c, head(length, more))
	chunk := strings.Repeat("x", 1<<18)
	write := func(text string) {
		if length < 0 {
			text = fmt.Sprintf("%x\r\n%s\r\n", len(text), text)
		}
		send(t, c, text)
	}
	write(begin)
	for range size / len(chunk) {
		write(chunk)
	}
	write(end)
	if length < 0 {
		send(t, c, "0\r\n\r\n")
	}
	in := bufio.NewReader(c)
	resp, err := http.ReadResponse(in, nil)
	if err == nil && resp.StatusCode == http.StatusContinue {
		resp, err = http.ReadResponse(in, nil)
	}
	if err != nil {
		t.Fatalf("got no answer: %v", err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 413 || !strings.Contains(string(text), "too large") || !resp.Close {
		t.Errorf("got %d %q, close %v, %v", resp.StatusCode, text, resp.Close, err)
	}
}

// A client that reads while it sends gets the answer at once from the handlers.
func TestRefusalComesBeforeTheRestIsRead(t *testing.T) {
	t.Parallel()
	for name, h := range answering(t, upload.Options{MaxFileBytes: 1 << 10, LingerTime: 10 * time.Second}) {
		if name == "Parse" {
			continue // there the caller answers
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(h)
			defer s.Close()
			c, err := net.Dial("tcp", s.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close() // in the middle of the body
			begin, _, _ := strings.Cut(form(file("f", "f", "|")), "|")
			send(t, c, head(2<<20, "")+begin+strings.Repeat("x", 1<<20)) // more than is read at once
			start := time.Now()
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			// The answer is complete, judged by its length.
			text, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != 413 || resp.ContentLength != int64(len(text)) || len(text) == 0 {
				t.Errorf("got %d %q, %v", resp.StatusCode, text, err)
			}
			if d := time.Since(start); d > 5*time.Second {
				t.Errorf("it took %v", d)
			}
		})
	}
}

// The time for which a refused client can hold its connection is limited.
func TestLingeringEnds(t *testing.T) {
	t.Parallel()
	part, _, _ := strings.Cut(form(file("f", "f", "|")), "|")
	for _, tt := range []struct {
		name  string
		o     upload.Options
		sends bool
		want  time.Duration
	}{
		{"LingerTime, for one that goes on sending", upload.Options{LingerTime: 3 * time.Second, LingerTimeout: time.Hour}, true, 3 * time.Second},
		{"LingerTimeout, for one that is silent", upload.Options{LingerTime: time.Hour, LingerTimeout: 3 * time.Second}, false, 3 * time.Second},
		{"off", upload.Options{LingerTime: -time.Second}, true, 0},
	} {
		tt.o.MaxFileBytes = 1 << 10
		for _, name := range ways {
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := bubble.NewServer(answering(t, tt.o)[name])
					defer s.Close()
					c, err := s.Dial()
					if err != nil {
						t.Fatal(err)
					}
					defer c.Close()
					start := time.Now()
					go func() {
						// Until the connection is closed.
						send := func(text string) bool { _, err := io.WriteString(c, text); return err == nil }
						for ok := send(head(1<<50, "")+part) && send(strings.Repeat("x", 2<<10)); ok && tt.sends; ok = send("x") {
							time.Sleep(100 * time.Millisecond)
						}
					}()
					_, _ = io.Copy(io.Discard, c) // also until then
					// net/http adds half a second, and a tenth may be read by it.
					if d := time.Since(start); d < tt.want || d > tt.want+time.Second {
						t.Errorf("the connection was held for %v, want %v", d, tt.want)
					}
				})
			})
		}
	}
	t.Run("over a socket", func(t *testing.T) {
		s := httptest.NewServer(answering(t, upload.Options{MaxFileBytes: 1 << 10, LingerTime: 100 * time.Millisecond, LingerTimeout: time.Hour})["Handler"])
		defer s.Close()
		c, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		start := time.Now()
		send(t, c, head(1<<50, "")+part)
		go io.Copy(c, &endless{again: strings.Repeat("x", 4<<10)}) // until the connection is closed
		_, _ = io.Copy(io.Discard, c)                              // also until then
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("the connection was held for %v", d)
		}
	})
}

// Real clients see the 413.
func TestRefusalReachesClients(t *testing.T) {
	t.Parallel()
	const mib = 8
	dir := t.TempDir()
	body := filepath.Join(dir, "body")
	if err := os.WriteFile(body, make([]byte, mib<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, client := range []struct {
		name string
		args []string // before the addresses of the servers
		each []string // before each of them
	}{
		{"curl", []string{"-sS", "-w", "%{http_code}\n", "-F", "f=@" + body}, []string{"-o", os.DevNull}},
		{"curl", []string{"-sS", "-w", "%{http_code}\n", "-F", "f=@" + body, "-H", "Expect:"}, []string{"-o", os.DevNull}},
		{"node", []string{"-e", nodeClient, body}, nil},
		{"python3", []string{"-c", pythonClient, body}, nil},
	} {
		path, err := exec.LookPath(client.name)
		if err != nil {
			t.Logf("no %s here", client.name)
			continue
		}
		t.Run(client.name, func(t *testing.T) {
			t.Parallel()
			args, handlers := client.args, answering(t, upload.Options{MaxFileBytes: 1 << 20})
			for _, way := range ways {
				s := httptest.NewServer(handlers[way])
				defer s.Close()
				args = slices.Concat(args, client.each, []string{s.URL})
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			out, err := exec.CommandContext(ctx, path, args...).CombinedOutput()
			if got := strings.Fields(string(out)); err != nil || !slices.Equal(got, []string{"413", "413", "413"}) {
				t.Errorf("got %q of %q, %v", got, ways, err)
			}
		})
	}
}

// nodeClient sends with Connection: close, as node does without an agent.
const nodeClient = `
const [path, ...urls] = process.argv.slice(1), fs = require("fs");
const head = Buffer.from("--X-BOUNDARY\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n"), tail = Buffer.from("\r\n--X-BOUNDARY--\r\n");
const next = () => {
if (!urls.length) process.exit();
const req = require("http").request(urls.shift(), { method: "POST", agent: false, headers: { Connection: "close",
	"Content-Type": "multipart/form-data; boundary=X-BOUNDARY", "Content-Length": head.length + fs.statSync(path).size + tail.length } });
let told = false;
const tell = (result) => { if (!told) { told = true; console.log(result); req.destroy(); next(); } };
req.on("response", (res) => tell(res.statusCode));
req.on("error", (e) => tell(e.code));
req.write(head);
fs.createReadStream(path).on("end", () => req.end(tail)).pipe(req, { end: false });
};
next();`

// pythonClient reads only after it has sent everything.
const pythonClient = `
import http.client, sys, urllib.parse
path, urls = sys.argv[1], sys.argv[2:]
body = b"--X-BOUNDARY\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" + open(path, "rb").read() + b"\r\n--X-BOUNDARY--\r\n"
for url in urls:
	c = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
	c.request("POST", "/", body, {"Content-Type": "multipart/form-data; boundary=X-BOUNDARY"})
	print(c.getresponse().status)`

// An answer has the server's whole WriteTimeout, however long the body took.
func TestAnswerAfterALongUpload(t *testing.T) {
	const timeout = 300 * time.Millisecond
	for _, tt := range []struct {
		name string
		o    upload.Options
		body string
		want int
	}{
		{"accepted", upload.Options{}, form(file("f", "f", strings.Repeat("x", 1000))), 204},
		{"refused", upload.Options{MaxFileBytes: 900}, form(file("f", "f", strings.Repeat("x", 1000))), 413},
		{"malformed", upload.Options{}, form(file("f", "f", strings.Repeat("x", 1000))) + strings.Repeat("x", 100) + "\r\nContent-Disposition: form-data; name=a\r\n", 400},
		{"without a ReadTimeout", upload.Options{ReadTimeout: upload.Unlimited}, form(file("f", "f", strings.Repeat("x", 1000))), 204},
		{"too slow", upload.Options{ReadTimeout: 2 * timeout, MinBytesPerSecond: 1 << 20}, form(file("f", "f", strings.Repeat("x", 1000))), 408},
	} {
		for _, name := range ways {
			for _, h2 := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/HTTP2 %v", tt.name, name, h2), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						s := bubble.NewUnstartedServer(answering(t, tt.o)[name])
						s.Config.WriteTimeout = timeout
						if tt.o.ReadTimeout >= 0 { // otherwise the server's timeout applies
							s.Config.ReadTimeout = timeout
						}
						s.EnableHTTP2 = h2
						s.StartTLS()
						defer s.Close()
						r, err := http.NewRequest("POST", s.URL, &drip{rest: tt.body, every: timeout / 5})
						if err != nil {
							t.Fatal(err)
						}
						r.Header.Set("Content-Type", formType)
						resp, err := s.Client().Do(r)
						if err != nil {
							t.Fatalf("got no answer: %v", err)
						}
						defer resp.Body.Close()
						if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != tt.want || (resp.ProtoMajor == 2) != h2 {
							t.Errorf("got %s %d, %v; want %d", resp.Proto, resp.StatusCode, err, tt.want)
						}
					})
				})
			}
		}
	}
}

// drip returns a body in 20 pieces, one after the other.
type drip struct {
	rest  string
	every time.Duration
	piece int
}

func (d *drip) Read(p []byte) (int, error) {
	if d.rest == "" {
		return 0, io.EOF
	}
	if d.piece == 0 {
		d.piece = len(d.rest)/20 + 1
	} else {
		<-time.After(d.every)
	}
	n := copy(p, d.rest[:min(d.piece, len(d.rest))])
	d.rest = d.rest[n:]
	return n, nil
}
