package browser_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	downloads "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"

	"github.com/sidekick-http/sidekick/static"
)

// asked is one request for a file and what it was answered with.
type asked struct {
	method, target, ranged, ifRange, agent string

	status int
	sent   int64
}

// site serves a folder and notes what is asked of it. cut is how many bytes of
// the first answer of each target pass before the connection breaks; 0 lets all
// pass. pace is how long each write takes, so that what the browser did not want
// any more is not yet on its way, as it would be through loopback; 0 is at once.
type site struct {
	files http.Handler
	cut   int64
	pace  time.Duration

	mu    sync.Mutex
	asked []*asked
	begun map[string]bool
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := &asked{method: r.Method, target: r.URL.Path, ranged: r.Header.Get("Range"), ifRange: r.Header.Get("If-Range"), agent: r.UserAgent()}
	s.mu.Lock()
	s.asked = append(s.asked, a)
	cut := s.cut
	if s.begun[a.target] || r.Method == http.MethodHead {
		cut = 0
	}
	s.begun[a.target] = s.begun[a.target] || r.Method != http.MethodHead
	s.mu.Unlock()
	s.files.ServeHTTP(&counting{ResponseWriter: w, site: s, asked: a, left: cut}, r)
}

// counting counts what is sent, and breaks off after some of it.
type counting struct {
	http.ResponseWriter
	site  *site
	asked *asked
	left  int64 // 0: all
}

func (c *counting) WriteHeader(status int) {
	c.site.mu.Lock()
	c.asked.status = status
	c.site.mu.Unlock()
	c.ResponseWriter.WriteHeader(status)
}

func (c *counting) Write(p []byte) (int, error) {
	if c.site.pace > 0 {
		time.Sleep(c.site.pace)
	}
	n, err := c.ResponseWriter.Write(p)
	c.site.mu.Lock()
	c.asked.sent += int64(n)
	broken := c.left > 0 && c.asked.sent >= c.left
	c.site.mu.Unlock()
	if broken {
		_ = http.NewResponseController(c.ResponseWriter).Flush() // what was written is to arrive
		panic(http.ErrAbortHandler)
	}
	return n, err
}

func (c *counting) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// of returns the requests for a target.
func (s *site) of(target string) []asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []asked
	for _, a := range s.asked {
		if a.target == target {
			list = append(list, *a)
		}
	}
	return list
}

// openSite starts a site with files that have come to rest.
func openSite(t *testing.T, cut int64, files map[string][]byte) (*site, string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	h, err := static.New(static.Options{Roots: []static.Root{static.Dir(dir)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	for name := range files {
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
			if f, err := h.Resolve(name); err != nil || time.Now().After(deadline) {
				t.Fatalf("%s: its tag stays %s (%v)", name, f.ETag, err)
			} else if strings.HasPrefix(f.ETag, `"`) {
				break
			}
		}
	}
	s := &site{files: h, cut: cut, begun: map[string]bool{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.URL
}

// wav is a recording of some bytes: 16 bits of two channels, 44,100 times a
// second.
func wav(size int) []byte {
	const rate, frame, head = 44_100, 4, 44
	b := make([]byte, 0, size)
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(size-8))
	b = append(b, "WAVEfmt "...)
	for _, v := range []any{uint32(16), uint16(1), uint16(2), uint32(rate), uint32(rate * frame), uint16(frame), uint16(16)} {
		b, _ = binary.Append(b, binary.LittleEndian, v) // never fails for such
	}
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(size-head))
	for i := 0; len(b) < size; i++ {
		b = append(b, byte(i), byte(i>>14)) // some sound
	}
	return b[:size]
}

// A player that jumps to near the end of a long recording reads that end, not
// all that lies before it.
func TestSeekInMedia(t *testing.T) {
	const size = 60_000_000
	page := `<!doctype html><title>player</title><link rel="icon" href="data:,"><audio id="a" preload="metadata" src="/long.wav"></audio>`
	s, origin := openSite(t, 0, map[string][]byte{"index.html": []byte(page), "long.wav": wav(size)})
	s.pace = 4 * time.Millisecond // 8 MB a second, where a write is 32 KiB
	b := open(t)
	b.run(chromedp.Navigate(origin + "/"))
	b.until(`document.getElementById("a").readyState >= 1`)
	b.run(chromedp.Evaluate[chromedp.Void](`a.currentTime = 300; a.addEventListener("seeked", () => { window.sought = true; }); undefined`))
	b.until(`window.sought && a.readyState >= 2`)
	if at := js[float64](b, `a.currentTime`); at < 299 || at > 301 {
		t.Errorf("the player is at %v s, want 300", at)
	}
	list := s.of("/long.wav")
	for _, a := range list {
		t.Logf("%s, If-Range %q: %d, %d bytes", a.ranged, a.ifRange, a.status, a.sent)
	}
	last := list[len(list)-1]
	if last.status != http.StatusPartialContent || last.ranged == "" || !strings.HasPrefix(last.ifRange, `"`) {
		t.Errorf("the end was asked for as %+v, want a range with the tag in If-Range, answered 206", last)
	}
	if read := sum(list); read >= 10_000_000 {
		t.Errorf("the start and the jump read %d bytes, want less than 10,000,000", read)
	}
}

func sum(list []asked) (n int64) {
	for _, a := range list {
		n += a.sent
	}
	return n
}

const (
	downloadSize = 30_000_000
	downloadCut  = 12_000_000
)

func download() []byte {
	b := make([]byte, downloadSize)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return b
}

// A download whose connection breaks is taken up where it broke off.
func TestBrowserResumesADownload(t *testing.T) {
	content := download()
	page := `<!doctype html><title>downloads</title><link rel="icon" href="data:,"><a id="a" href="/large.bin" download>large</a>`
	s, origin := openSite(t, downloadCut, map[string][]byte{"index.html": []byte(page), "large.bin": content})
	b := open(t)
	dir := t.TempDir()
	_, err := chromedp.CallBrowser(b.ctx, downloads.SetDownloadBehavior, downloads.SetDownloadBehaviorParams{
		Behavior: downloads.SetDownloadBehaviorBehaviorAllow, BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID, DownloadPath: dir,
	})
	b.check(err)
	b.run(chromedp.Navigate(origin+"/"), chromedp.Click(chromedp.CSS("#a")))
	path := filepath.Join(dir, "large.bin")
	for {
		if info, err := os.Stat(path); err == nil && info.Size() == downloadSize {
			break
		}
		select {
		case <-b.ctx.Done():
			t.Fatalf("the download did not end; asked for %+v", s.of("/large.bin"))
		case <-time.After(100 * time.Millisecond):
		}
	}
	resumed(t, s, path, content)
}

// resumed checks that a file was fetched whole in two requests, of which the
// second was for the rest.
func resumed(t *testing.T, s *site, path string, content []byte) {
	t.Helper()
	list := s.of("/large.bin")
	for _, a := range list {
		t.Logf("%s %q, If-Range %q: %d, %d bytes", a.method, a.ranged, a.ifRange, a.status, a.sent)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, content) {
		t.Errorf("got %d bytes (%v) that are not those of the file", len(got), err)
	}
	if last := list[len(list)-1]; last.status != http.StatusPartialContent || last.ranged == "" {
		t.Errorf("the rest was asked for as %+v, want a range, answered 206", last)
	}
	// The client may ask again for what was sent and had not yet been stored.
	if n := sum(list); n > downloadSize+downloadCut/2 {
		t.Errorf("%d bytes were sent, want less than half of the first %d again", n, downloadCut)
	}
}

// The same for the programs that people use in a terminal.
func TestTerminalsResumeADownload(t *testing.T) {
	for name, command := range map[string]func(path, url string) *exec.Cmd{
		"curl": func(path, url string) *exec.Cmd {
			return exec.Command("curl", "--silent", "--show-error", "--continue-at", "-", "--output", path, url)
		},
		"wget": func(path, url string) *exec.Cmd {
			return exec.Command("wget", "--quiet", "--tries=1", "--continue", "--output-document="+path, url)
		},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(name); err != nil {
				if os.Getenv("TEST_INTEROP") == "required" {
					t.Fatal(err)
				}
				t.Skip(err)
			}
			content := download()
			s, origin := openSite(t, downloadCut, map[string][]byte{"large.bin": content})
			path := filepath.Join(t.TempDir(), "large.bin")
			if out, err := command(path, origin+"/large.bin").CombinedOutput(); err == nil {
				t.Fatalf("the first try did not break off: %s", out)
			}
			info, err := os.Stat(path)
			if err != nil || info.Size() == 0 || info.Size() > downloadCut+1_000_000 {
				t.Fatalf("the first try left %v (%v)", info, err)
			}
			if out, err := command(path, origin+"/large.bin").CombinedOutput(); err != nil {
				t.Fatalf("the second try: %v\n%s", err, out)
			}
			resumed(t, s, path, content)
			// Once more, when nothing is missing.
			if out, err := command(path, origin+"/large.bin").CombinedOutput(); err != nil && name == "wget" {
				t.Errorf("a try for a file that is there: %v\n%s", err, out)
			}
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, content) {
				t.Errorf("got %d bytes (%v) that are not those of the file", len(got), err)
			}
		})
	}
}

// Text in UTF-8 is shown as it is, and a page of a folder with its style.
func TestPagesOfAFolder(t *testing.T) {
	const text = "Grüße 你好"
	dir := t.TempDir()
	for name, content := range map[string]string{
		"utf8.txt": text, "docs/index.html": `<!doctype html><title>docs</title><link rel="icon" href="data:,"><link rel="stylesheet" href="style.css"><p id="p">` + text, "docs/style.css": "#p { color: rgb(1, 2, 3) }",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	h, err := static.New(static.Options{Roots: []static.Root{static.Dir(dir)}, RedirectFolders: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	mux := http.NewServeMux()
	mux.Handle("/public/", http.StripPrefix("/public", h))
	mux.HandleFunc("/favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	b := open(t)
	b.run(chromedp.Navigate(server.URL + "/public/utf8.txt"))
	if got := js[string](b, `document.body.innerText.trim()`); got != text {
		t.Errorf("the text is shown as %q, want %q", got, text)
	}
	b.run(chromedp.Navigate(server.URL + "/public/docs?x=1"))
	if at := js[string](b, `location.pathname + location.search`); at != "/public/docs/?x=1" {
		t.Errorf("the page is at %s, want it below its folder", at)
	}
	if got := js[string](b, `document.getElementById("p").innerText + getComputedStyle(document.getElementById("p")).color`); got != fmt.Sprint(text, "rgb(1, 2, 3)") {
		t.Errorf("the page is shown as %q, want its text and style", got)
	}
	b.clean(server.URL)
}
