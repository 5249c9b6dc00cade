package tus_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/sidekick-http/sidekick/upload"
	"github.com/sidekick-http/sidekick/upload/tus"
)

// skip skips the test, or fails it where everything must run.
func skip(t *testing.T, why error) {
	t.Helper()
	if os.Getenv("TEST_INTEROP") == "required" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// install fetches tus-js-client, once.
var install = sync.OnceValue(func() error {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return err
		}
	}
	if out, err := exec.Command("npm", "ci").CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return nil
})

func needClient(t *testing.T) {
	t.Helper()
	if err := install(); err != nil {
		skip(t, err)
	}
}

// cuts is how often connections are broken.
const cuts = 20

// site is two servers that share a folder and take turns, and whose connections
// break.
type site struct {
	url  string
	left atomic.Int64 // connections that are still to break

	requests, pieces atomic.Int64
	served           [2]atomic.Int64 // pieces, by each server

	mu       sync.Mutex
	finished []string
}

func newSite(t *testing.T, o tus.Options) *site {
	t.Helper()
	s := &site{}
	o.Dir = t.TempDir()
	o.Logger = slog.New(slog.DiscardHandler)
	o.Finish = func(_ context.Context, f *upload.File, _ tus.Upload) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.finished = append(s.finished, fmt.Sprintf("%s %s %d %s", f.Name, f.Type, f.Size, f.Hash))
		return nil
	}
	var err error
	if o.Parser, err = upload.New(upload.Options{Hash: "sha256", Logger: o.Logger}); err != nil {
		t.Fatal(err)
	}
	var servers [2]http.Handler
	for i := range servers {
		if servers[i], err = tus.New(o); err != nil {
			t.Fatal(err)
		}
	}
	mux := http.NewServeMux()
	mux.Handle("/files/", http.StripPrefix("/files", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next := s.requests.Add(1) % 2
		if r.Method == http.MethodPatch {
			next = s.pieces.Add(1) % 2
			s.served[next].Add(1)
		}
		servers[next].ServeHTTP(w, r)
	})))
	mux.HandleFunc("/tus.min.js", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join("node_modules", "tus-js-client", "dist", "tus.min.js"))
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "page.html") })
	server := httptest.NewUnstartedServer(mux)
	server.Listener = &listener{Listener: server.Listener, site: s}
	server.Start()
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

type listener struct {
	net.Listener
	site  *site
	count int64
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.count++
	return &breaking{Conn: c, site: l.site, budget: 100_000 + 17_001*(l.count%7)}, nil
}

// breaking is a connection that breaks when so much has come over it, as long as
// some are to break.
type breaking struct {
	net.Conn
	site   *site
	budget int64
	once   sync.Once
}

func (c *breaking) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.budget -= int64(n); c.budget < 0 {
		c.once.Do(func() {
			if c.site.left.Add(-1) >= 0 {
				_ = c.Conn.(*net.TCPConn).SetLinger(0) // as when a network is gone
				_ = c.Conn.Close()
			}
		})
	}
	return n, err
}

// outcome is what a client says.
type outcome struct {
	URL     string `json:"url"`
	Error   string `json:"error"`
	Retries int    `json:"retries"`
}

// want is what must be there of a file of that size.
func want(size int) string {
	content := make([]byte, size)
	for i := range content {
		content[i] = byte(i*31 + i>>8)
	}
	return fmt.Sprintf("numbers.bin application/x-numbers %d %x", size, sha256.Sum256(content))
}

// uploads are the ways in which files are sent.
var uploads = []struct {
	name, options string
	size, breaks  int
}{
	{"over connections that break", `{}`, 8 << 20, cuts},
	{"in pieces, over connections that break", `{"chunkSize":300000}`, 8 << 20, cuts},
	{"beginning with the first request", `{"uploadDataDuringCreation":true}`, 1 << 20, 0},
	{"beginning with the first request, which breaks", `{"uploadDataDuringCreation":true,"chunkSize":60000}`, 1 << 20, 3},
	{"with methods overridden", `{"overridePatchMethod":true}`, 1 << 20, 3},
	{"an empty file", `{}`, 0, 0},
}

func (s *site) check(t *testing.T, got outcome, size, breaks int) {
	t.Helper()
	if got.Error != "" || got.URL == "" {
		t.Fatalf("got %+v", got)
	}
	// A browser repeats by itself what breaks on a connection that was kept alive.
	if left := s.left.Load(); left > 0 || (got.Retries > 0) != (breaks > 0) {
		t.Errorf("%d connections of %d did not break, the client has tried again %d times", left, breaks, got.Retries)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.finished, []string{want(size)}) {
		t.Errorf("got  %q\nwant %q", s.finished, want(size))
	}
	if breaks == cuts && (s.served[0].Load() == 0 || s.served[1].Load() == 0) {
		t.Error("one server has served it all")
	}
}

func TestNode(t *testing.T) {
	needClient(t)
	for _, tt := range uploads {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, tus.Options{})
			s.left.Store(int64(tt.breaks))
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, "node", "client.mjs", s.url+"/files/", fmt.Sprint(tt.size), tt.options)
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			var got outcome
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatalf("%v in %s", err, out)
			}
			s.check(t, got, tt.size, tt.breaks)
		})
	}
}

func TestChromium(t *testing.T) {
	needClient(t)
	path, err := exec.LookPath("chromium")
	if err != nil {
		skip(t, err)
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(),
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
	)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	for _, tt := range uploads {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, tus.Options{})
			if err := chromedp.Do(ctx, chromedp.Navigate(s.url+"/")); err != nil {
				t.Fatal(err)
			}
			s.left.Store(int64(tt.breaks))
			got, err := chromedp.Run(ctx, chromedp.Evaluate[outcome](fmt.Sprintf("send(%d, %s)", tt.size, tt.options), chromedp.EvalAwaitPromise))
			if err != nil {
				t.Fatal(err)
			}
			s.check(t, got, tt.size, tt.breaks)
		})
	}
}
