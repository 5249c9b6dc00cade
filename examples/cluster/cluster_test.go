//go:build unix

package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sidekick-http/sidekick/internal/redistest"
)

// program is this example, built once.
var program string

func TestMain(m *testing.M) {
	goredis.SetLogger(silent{})
	dir, err := os.MkdirTemp("", "cluster")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	program = filepath.Join(dir, "cluster")
	out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput()
	code := 1
	if err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
	} else {
		code = m.Run()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// process is one of the servers.
type process struct {
	t       *testing.T
	addr    string
	dir     string
	environ []string
	cmd     *exec.Cmd
	log     *bytes.Buffer
}

// start starts the process and waits until it serves.
func (p *process) start() {
	p.t.Helper()
	p.cmd = exec.Command(program, "-config", "cluster.json", "-dir", p.dir)
	_, port, _ := strings.Cut(p.addr, ":")
	p.cmd.Env = append(os.Environ(), append(p.environ, "PORT="+port)...)
	p.log = &bytes.Buffer{}
	p.cmd.Stderr = p.log
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	waitFor(p.t, p.addr)
}

// waitFor waits until a process, or nginx in front of one, answers.
func waitFor(t *testing.T, addr string) {
	t.Helper()
	redistest.WaitFor(t, "a server at "+addr, func() bool {
		res, err := http.Get("http://" + addr + "/healthz")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// end ends the process with a signal, and waits for it.
func (p *process) end(how syscall.Signal) {
	if p.cmd != nil {
		_ = p.cmd.Process.Signal(how)
		_ = p.cmd.Wait()
		p.cmd = nil
	}
}

// cluster is two processes behind nginx, with one Redis.
type cluster struct {
	url, dir string
	redis    *redistest.Server
	store    *goredis.Client
	process  [2]*process
}

func start(t *testing.T, environ ...string) *cluster {
	t.Helper()
	c := &cluster{dir: t.TempDir()}
	c.redis = redistest.Start(t, redistest.Program(t), "--appendonly", "yes", "--appendfsync", "always")
	c.store = goredis.NewClient(&goredis.Options{Addr: c.redis.Addr})
	t.Cleanup(func() { _ = c.store.Close() })
	for i := range c.process {
		p := &process{t: t, addr: "127.0.0.1:" + redistest.FreePort(t), dir: c.dir, environ: append([]string{"SIDEKICK_REDIS=" + c.redis.URL()}, environ...)}
		c.process[i] = p
		t.Cleanup(func() {
			p.end(syscall.SIGTERM)
			if t.Failed() {
				t.Logf("process %d logged:\n%s", i, p.log)
			}
		})
		p.start()
	}
	c.url = "http://" + nginx(t, c.process[0].addr, c.process[1].addr)
	return c
}

// nginx runs nginx with the configuration of this folder, and returns its address.
func nginx(t *testing.T, first, second string) string {
	t.Helper()
	path, err := exec.LookPath("nginx")
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/nginx") // which may be only in root's PATH
	}
	if err != nil {
		if os.Getenv("TEST_INTEROP") == "required" {
			t.Fatal("nginx is not installed: install nginx-light")
		}
		t.Skip("nginx is not installed: install nginx-light")
	}
	content, err := os.ReadFile("nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	dir, address := t.TempDir(), "127.0.0.1:"+redistest.FreePort(t)
	site := string(content)
	for was, is := range map[string]string{
		"127.0.0.1:8081": first, "127.0.0.1:8082": second, "listen 127.0.0.1:8080": "listen " + address, "/tmp/cluster-nginx.pid": filepath.Join(dir, "pid"),
	} {
		if !strings.Contains(site, was) {
			t.Fatalf("nginx.conf lacks %q", was)
		}
		site = strings.ReplaceAll(site, was, is)
	}
	temp := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temp += fmt.Sprintf("%s_temp_path %s;\n", kind, filepath.Join(dir, kind))
	}
	site = strings.Replace(site, "http {", "http {\n"+temp, 1)
	if os.Geteuid() == 0 {
		site = "user root;\n" + site
	}
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(site), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-p", dir, "-c", file, "-g", "daemon off;")
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGQUIT)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("nginx logged:\n%s", &log)
		}
	})
	waitFor(t, address)
	return address
}

// answer is the response to a request.
type answer struct {
	status int
	header http.Header
	body   map[string]any
}

func ask(t *testing.T, method, url, body string, fields ...string) answer {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Errorf("%s %s: %v", method, url, err)
		return answer{}
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		t.Errorf("%s %s: %v", method, url, err)
	}
	a := answer{status: res.StatusCode, header: res.Header}
	_ = json.Unmarshal(content, &a.body) // nginx's own responses are not JSON
	return a
}

// each is the addresses of the processes and of nginx.
func (c *cluster) each() []string {
	return []string{"http://" + c.process[0].addr, "http://" + c.process[1].addr, c.url}
}

// limit has the processes allow so many requests in a second, and so many at once.
func limit(rate, burst int) string {
	return fmt.Sprintf(`SIDEKICK_RATE_LIMIT_LIMITS=[{"rate": %d, "per": "1s", "burst": %d}]`, rate, burst)
}

// patient has a busy machine be no failure of Redis.
func patient() []string {
	return []string{"SIDEKICK_RATE_LIMIT_STORE_TIMEOUT=10s", "SIDEKICK_IDEMPOTENCY_STORE_TIMEOUT=10s"}
}

// Both processes together allow what one limit allows.
func TestOneLimit(t *testing.T) {
	const burst = 12
	c := start(t, append(patient(), limit(1, burst))...)
	begun := time.Now()
	allowed, refused := 0, 0
	for range 20 {
		for _, url := range c.each() {
			switch a := ask(t, "POST", url+"/api/order", `{"what":"tea"}`, "Idempotency-Key", rand.Text()); a.status {
			case 201:
				allowed++
			case 429:
				refused++
				if a.header.Get("Retry-After") == "" {
					t.Errorf("got %v", a.header)
				}
			default:
				t.Errorf("got %d %v", a.status, a.body)
			}
		}
	}
	if most := burst + int(time.Since(begun).Seconds()) + 1; allowed < burst || allowed > most || refused == 0 {
		t.Errorf("%d requests were let through, %d refused, want %d to %d let through", allowed, refused, burst, most)
	}
}

// An order is placed once, whichever processes the repeated requests reach.
func TestOneOrder(t *testing.T) {
	c := start(t, patient()...)
	key := rand.Text()
	var first answer
	for i := range 6 {
		a := ask(t, "POST", c.each()[i%3]+"/api/order", `{"what":"tea"}`, "Idempotency-Key", key)
		if i == 0 {
			first = a
		}
		if a.status != 201 || a.body["number"] == nil || a.body["number"] != first.body["number"] || (a.header.Get("Idempotent-Replayed") == "true") != (i > 0) {
			t.Errorf("answer %d: got %d %v %v", i, a.status, a.header, a.body)
		}
	}
	for _, url := range c.each() {
		if a := ask(t, "POST", url+"/api/order", `{"what":"coffee"}`, "Idempotency-Key", key); a.status != 422 {
			t.Errorf("another order: got %d", a.status)
		}
		if a := ask(t, "POST", url+"/api/order", `{"what":"tea"}`); a.status != 400 {
			t.Errorf("without a key: got %d", a.status)
		}
	}
	if n := c.store.HLen(t.Context(), "orders").Val(); n != 1 {
		t.Errorf("%d orders were placed", n)
	}
}

const piece = "application/offset+octet-stream"

// sendFile sends a file in pieces until all of it has arrived, whatever fails on
// the way, and returns its id.
func (c *cluster) sendFile(t *testing.T, content []byte, size int, between func(offset int)) string {
	var at string
	redistest.WaitFor(t, "the upload to begin", func() bool {
		a := ask(t, "POST", c.url+"/files/", "", "Tus-Resumable", "1.0.0", "Upload-Length", strconv.Itoa(len(content)))
		at = a.header.Get("Location")
		return a.status == 201
	})
	for offset := 0; offset < len(content); {
		between(offset)
		body := content[offset:min(offset+size, len(content))]
		a := ask(t, "PATCH", c.url+at, string(body), "Tus-Resumable", "1.0.0", "Upload-Offset", strconv.Itoa(offset), "Content-Type", piece)
		switch a.status {
		case 204:
			offset += len(body)
			continue
		case 409, 423, 502, 504:
		default:
			t.Errorf("a piece: got %d", a.status)
			return at
		}
		redistest.WaitFor(t, "the offset", func() bool {
			a := ask(t, "HEAD", c.url+at, "", "Tus-Resumable", "1.0.0")
			n, err := strconv.Atoi(a.header.Get("Upload-Offset"))
			if a.status != 200 || err != nil || n < offset {
				return false // acknowledged pieces must be there
			}
			offset = n
			return true
		})
	}
	return regexp.MustCompile(`[^/]+$`).FindString(at)
}

func (c *cluster) checkFile(t *testing.T, id string, content []byte) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(c.dir, "finished", id))
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("the file has %d bytes, %v", len(got), err)
	}
}

// An upload continues in the other process when its own is killed.
func TestUploadsMove(t *testing.T) {
	c := start(t)
	content := make([]byte, 1<<20)
	_, _ = rand.Read(content)
	id := c.sendFile(t, content, 100_000, func(offset int) {
		switch offset / 100_000 {
		case 3:
			c.process[0].end(syscall.SIGKILL)
		case 6:
			if c.process[0].cmd == nil {
				c.process[0].start()
			}
			c.process[1].end(syscall.SIGKILL)
		}
	})
	c.checkFile(t, id, content)
}

// load places orders continuously and keeps account of them.
type load struct {
	c       *cluster
	t       *testing.T
	stop    chan struct{}
	workers sync.WaitGroup

	answers [600]atomic.Int64 // by status
	placed  atomic.Int64

	mu      sync.Mutex
	numbers map[string]string // of the orders that were acknowledged, by their keys
}

func (l *load) run(workers int) {
	for range workers {
		l.workers.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-l.stop:
					return
				default:
				}
				key := rand.Text()
				number := l.place(key)
				l.mu.Lock()
				l.numbers[key] = number
				l.mu.Unlock()
				l.placed.Add(1)
				if n%5 == 0 {
					if again := l.place(key); again != number {
						l.t.Errorf("order %s is %s and %s", key, number, again)
					}
				}
			}
		})
	}
}

// place sends an order until it is acknowledged.
func (l *load) place(key string) string {
	for {
		a := ask(l.t, "POST", l.c.url+"/api/order", `{"what":"tea"}`, "Idempotency-Key", key)
		l.answers[a.status].Add(1)
		switch a.status {
		case 201:
			return fmt.Sprint(a.body["number"])
		case 409, 429, 503:
			if a.body["error"] == nil || a.header.Get("Retry-After") == "" && a.status != 503 {
				l.t.Errorf("not a clear error: %d %v %v", a.status, a.header, a.body)
			}
		case 502, 504: // nginx: the process is gone
		default:
			l.t.Errorf("got %d %v", a.status, a.body)
			return ""
		}
		time.Sleep(10 * time.Millisecond) // there is nothing to wait for
	}
}

func (l *load) more(n int64) {
	l.t.Helper()
	want := l.placed.Load() + n
	redistest.WaitFor(l.t, "orders to be placed", func() bool { return l.placed.Load() >= want })
}

// A process and Redis are killed under load. Everything acknowledged is there, no
// limit is exceeded, and the rest are clear errors.
func TestChaos(t *testing.T) {
	const rate, burst = 100, 50
	c := start(t, limit(rate, burst))
	begun := time.Now()
	l := &load{c: c, t: t, stop: make(chan struct{}), numbers: map[string]string{}}
	l.run(8)
	content := make([]byte, 2<<20)
	_, _ = rand.Read(content)
	file := make(chan string, 1)
	go func() {
		defer close(file)
		file <- c.sendFile(t, content, 50_000, func(int) { time.Sleep(20 * time.Millisecond) }) // as long as the rest
	}()

	l.more(50)
	c.process[0].end(syscall.SIGKILL)
	l.more(100)
	c.process[0].start()
	l.more(50)
	c.redis.Kill()
	before := l.answers[503].Load()
	redistest.WaitFor(t, "clear errors", func() bool { return l.answers[503].Load() >= before+50 })
	c.process[1].end(syscall.SIGKILL)
	c.redis.Start()
	l.more(50)
	c.process[1].start()
	l.more(100)
	close(l.stop)
	l.workers.Wait()
	took := time.Since(begun)

	stored, err := c.store.HGetAll(t.Context(), "orders").Result()
	if err != nil {
		t.Fatal(err)
	}
	for key, number := range l.numbers {
		if stored[key] != number {
			t.Errorf("order %s was acknowledged as %s, there is %q", key, number, stored[key])
		}
	}
	if len(stored) != len(l.numbers) {
		t.Errorf("%d orders were placed, %d acknowledged", len(stored), len(l.numbers))
	}
	// Nobody need be refused where the machine is slower than the limit.
	allowed, refused := l.answers[201].Load(), l.answers[429].Load()
	if most := int64(burst + rate*took.Seconds() + 1); allowed > most || refused == 0 && allowed > most/2 {
		t.Errorf("%d requests were let through in %v, want at most %d; %d were refused", allowed, took, most, refused)
	}
	c.checkFile(t, <-file, content)
	var seen []string
	for status := range l.answers {
		if n := l.answers[status].Load(); n > 0 {
			seen = append(seen, fmt.Sprint(status, ": ", n))
		}
	}
	t.Logf("%d orders in %v; answers %v", len(stored), took, seen)
}
