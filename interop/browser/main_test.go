package browser_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"
)

var screenshots = flag.String("screenshots", "", "the `folder` in which pictures of the pages are kept")

// What the tests share: the program under test, and one browser in which each
// test gets a profile of its own.
var (
	program string // cmd/sidekick
	lab     string // internal/lab
	browser context.Context
	missing string // says what is not there
)

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		missing = "chromium is not installed"
		if os.Getenv("TEST_INTEROP") == "required" {
			return 0, fmt.Errorf("%s, and TEST_INTEROP is %q", missing, "required")
		}
		return m.Run(), nil
	}
	dir, err := os.MkdirTemp("", "sidekick-browser")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	program, lab = filepath.Join(dir, "sidekick"), filepath.Join(dir, "lab")
	for file, folder := range map[string]string{program: "./cmd/sidekick", lab: "./internal/lab"} {
		build := exec.Command("go", "build", "-o", file, folder)
		build.Dir = filepath.Join("..", "..") // as the module of the program has it
		if out, err := build.CombinedOutput(); err != nil {
			return 0, fmt.Errorf("building %s: %w\n%s", folder, err, out)
		}
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path),
		chromedp.UserDataDir(filepath.Join(dir, "profile")),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-default-apps", true),
		chromedp.Flag("disable-extensions", true),
		// What is not on this machine cannot be reached.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
	)
	defer cancel()
	browser, cancel = chromedp.NewContext(ctx)
	defer cancel()
	if err := chromedp.Do(browser); err != nil {
		return 0, fmt.Errorf("starting chromium: %w", err)
	}
	return m.Run(), nil
}

// serve starts cmd/sidekick and returns the origin at which it answers.
func serve(t *testing.T, args ...string) string {
	t.Helper()
	return serveProgram(t, program, append([]string{"-address", "127.0.0.1:0"}, args...)...)
}

// serveProgram starts a program and returns the origin that it prints.
func serveProgram(t *testing.T, program string, args ...string) string {
	t.Helper()
	if missing != "" {
		t.Skip(missing)
	}
	cmd := exec.Command(program, args...)
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Logf("the server ended with %v and logged:\n%s", err, log.Bytes())
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(lines.Text()); address != "" {
			return "http://" + address
		}
	}
	t.Fatal("the server did not say where it is")
	return ""
}

// stand is a handler in front of the server, which is next.
type stand = func(w http.ResponseWriter, r *http.Request, next http.Handler)

// strict is the policy under which every page shall work.
const strict = "default-src 'self'"

// behind returns the origin of a proxy in front of origin that adds the strict
// policy to answers without one, and has stands at some paths.
func behind(t *testing.T, origin string, stands map[string]stand) string {
	t.Helper()
	u, err := url.Parse(origin)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(u)
	proxy.ModifyResponse = func(r *http.Response) error {
		if r.Header.Get("Content-Security-Policy") == "" {
			r.Header.Set("Content-Security-Policy", strict)
		}
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle("/", proxy)
	for path, s := range stands {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { s(w, r, proxy) })
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// text is a stand that answers with a text of some type.
func text(contentType, body string) stand {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Security-Policy", strict)
		io.WriteString(w, body)
	}
}
