//go:build unix

package static_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/internal/rounds"
	"github.com/sidekick-http/sidekick/static"
)

// logged collects what a handler logs.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// take returns the lines since the last call.
func (l *logged) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := strings.Split(strings.TrimSuffix(l.b.String(), "\n"), "\n")
	l.b.Reset()
	if lines[0] == "" {
		return nil
	}
	return lines
}

// wantLog checks that as many lines were logged as there are texts, each containing
// its text.
func wantLog(t testing.TB, l *logged, texts ...string) {
	t.Helper()
	lines := l.take()
	ok := len(lines) == len(texts)
	for i := range min(len(lines), len(texts)) {
		ok = ok && strings.Contains(lines[i], texts[i])
	}
	if !ok {
		t.Errorf("logged\n\t%s\nwant\n\t%s", strings.Join(lines, "\n\t"), strings.Join(texts, "\n\t"))
	}
}

// pause waits for the time in which a handler does not check again for a missing
// folder only to log it.
func pause() { time.Sleep(120 * time.Millisecond) }

func remove(t testing.TB, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

func rename(t testing.TB, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// link replaces a link atomically.
func link(t testing.TB, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path+".new"); err != nil {
		t.Fatal(err)
	}
	rename(t, path+".new", path)
}

// large is the content of large.bin in a release.
func large(s string) string { return strings.Repeat(s, 300_000) }

// release writes a folder of files that contain s.
func release(t *testing.T, path, s string) {
	t.Helper()
	for name, content := range map[string]string{"index.html": s, "only" + s + ".txt": s, "large.bin": large(s), "sub/index.html": s} {
		write(t, filepath.Join(path, name), false, content)
	}
}

// serves checks that the handler serves the release s and nothing of another one.
func serves(t *testing.T, h http.Handler, s, other string) {
	t.Helper()
	for range 2 { // the second time from memory
		want(t, ask(h, "GET", "/"), 200, s)
		want(t, ask(h, "GET", "/index.html"), 200, s)
		want(t, ask(h, "GET", "/sub"), 200, s)
		want(t, ask(h, "GET", "/large.bin"), 200, large(s))
		want(t, ask(h, "GET", "/only"+s+".txt"), 200, s)
		want(t, ask(h, "GET", "/only"+other+".txt"), 404, missing)
	}
}

// servesNothing checks that no file of a release is found.
func servesNothing(t *testing.T, h http.Handler) {
	t.Helper()
	for range 3 {
		for _, target := range []string{"/", "/index.html", "/only1.txt", "/large.bin"} {
			want(t, ask(h, "GET", target), 404, missing)
		}
	}
}

// logging returns a handler of one folder, and what it logs.
func logging(t *testing.T, path string) (*static.Handler, *logged) {
	t.Helper()
	var l logged
	return handler(t, static.Options{Roots: []static.Root{static.Dir(path)}, Logger: l.logger()}), &l
}

func TestFolderMayBeRemovedAndBuiltAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "public")
	release(t, path, "1")
	h, l := logging(t, path)
	serves(t, h, "1", "2")
	wantLog(t, l)
	remove(t, path)
	pause()
	servesNothing(t, h)
	wantLog(t, l, "level=WARN msg=\"static: folder cannot be opened; its files are not found until it can\" folder="+path)
	release(t, path, "2")
	serves(t, h, "2", "1")
	wantLog(t, l, "level=INFO msg=\"static: folder is there\" folder="+path)
}

func TestFolderMayBeReplaced(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "public")
	release(t, path, "1")
	release(t, path+".next", "2")
	h, l := logging(t, path)
	serves(t, h, "1", "2")
	rename(t, path, path+".old")
	rename(t, path+".next", path)
	serves(t, h, "2", "1")
	rename(t, path, path+".next")
	rename(t, path+".old", path)
	serves(t, h, "1", "2")
	wantLog(t, l, "level=DEBUG msg=\"static: folder was replaced\"", "level=DEBUG msg=\"static: folder was replaced\"")
}

func TestFolderBehindALinkFollowsTheLink(t *testing.T) {
	t.Parallel()
	for name, below := range map[string]string{"the root is the link": "", "the root is below the link": "/public"} {
		t.Run(name, func(t *testing.T) {
			base := t.TempDir()
			release(t, base+"/releases/1"+below, "1")
			release(t, base+"/releases/2"+below, "2")
			link(t, "releases/1", base+"/current")
			h, _ := logging(t, base+"/current"+below)
			serves(t, h, "1", "2")
			link(t, "releases/2", base+"/current")
			serves(t, h, "2", "1")
			remove(t, base+"/releases/1")
			serves(t, h, "2", "1")
			release(t, base+"/releases/1"+below, "3")
			link(t, filepath.Join(base, "releases/1"), base+"/current")
			remove(t, base+"/releases/2")
			serves(t, h, "3", "2")
		})
	}
}

func TestFolderMayAppearLater(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	h, l := logging(t, base+"/current/public")
	servesNothing(t, h)
	wantLog(t, l, "level=WARN")
	release(t, base+"/releases/1/public", "1")
	servesNothing(t, h)
	link(t, "releases/1", base+"/current")
	serves(t, h, "1", "2")
	wantLog(t, l, "level=INFO msg=\"static: folder is there\"")
	remove(t, base+"/current")
	pause()
	servesNothing(t, h)
	wantLog(t, l, "level=WARN")
	write(t, base+"/current", false, "a file in place of the folder")
	servesNothing(t, h)
	wantLog(t, l)
}

func TestOtherRootsServeWhileAFolderIsMissing(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	release(t, base+"/second", "2")
	h := handler(t, static.Options{Roots: []static.Root{static.Dir(base + "/first"), static.Dir(base + "/second")}, NotFoundPage: "404.html"})
	serves(t, h, "2", "1")
	release(t, base+"/first", "1")
	write(t, base+"/first/404.html", false, "lost")
	want(t, ask(h, "GET", "/"), 200, "1")
	want(t, ask(h, "GET", "/only2.txt"), 200, "2")
	want(t, ask(h, "GET", "/none"), 404, "lost")
}

func TestAnswerThatHasBegunIsFinishedFromTheOldFolder(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	const size = 32 << 20
	write(t, base+"/1/large.bin", false, "begin")
	if err := os.Truncate(base+"/1/large.bin", size); err != nil {
		t.Fatal(err)
	}
	release(t, base+"/2", "2")
	link(t, "1", base+"/current")
	h, _ := logging(t, base+"/current")
	resp, err := http.Get(server(t, h).URL + "/large.bin")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	link(t, "2", base+"/current")
	remove(t, base+"/1")
	want(t, ask(h, "GET", "/large.bin"), 200, large("2"))
	if n, err := io.Copy(io.Discard, resp.Body); err != nil || n != size {
		t.Errorf("got %d bytes (%v), want %d", n, err, size)
	}
}

// The date that clients ask with also follows the folder: a release that comes back
// has older files than the clients have.
func TestDatesFollowTheFolder(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	for _, n := range []string{"1", "2"} {
		write(t, base+"/"+n+"/a.txt", false, "release "+n)
	}
	for name, swap := range map[string]func(to string){
		"link":   func(to string) { link(t, to, base+"/current") },
		"rename": func(to string) { remove(t, base+"/moved"); copyFolder(t, base+"/"+to, base+"/moved") },
	} {
		t.Run(name, func(t *testing.T) {
			path := map[string]string{"link": base + "/current", "rename": base + "/moved"}[name]
			swap("1")
			var c clock
			h := handler(t, static.Options{Roots: []static.Root{static.Dir(path)}, DisableETag: true})
			static.SetClock(h, c.now)
			dates, n := map[string]string{}, ""
			for i := range 40 { // within a second or two
				n = fmt.Sprint(i%2 + 1)
				swap(n)
				for other, date := range dates {
					if other != n {
						want(t, ask(h, "GET", "/a.txt", "If-Modified-Since: "+date), 200, "release "+n)
					}
				}
				dates[n] = ask(h, "GET", "/a.txt").Header.Get("Last-Modified")
			}
			c.ahead = time.Minute
			for _, date := range dates {
				want(t, ask(h, "GET", "/a.txt", "If-Modified-Since: "+date), 200, "release "+n)
			}
			date := ask(h, "GET", "/a.txt").Header.Get("Last-Modified")
			want(t, ask(h, "GET", "/a.txt", "If-Modified-Since: "+date), 304, "")
		})
	}

	t.Run("after a restart", func(t *testing.T) {
		write(t, base+"/3/a.txt", false, "release 3")
		old := handler(t, static.Options{Roots: []static.Root{static.Dir(base + "/3")}})
		date, err := http.ParseTime(ask(old, "GET", "/a.txt").Header.Get("Last-Modified"))
		if err != nil {
			t.Fatal(err)
		}
		for time.Now().Before(date.Add(time.Second + 50*time.Millisecond)) {
			time.Sleep(10 * time.Millisecond) // so that the link is newer by the second, even if the clock lags a little
		}
		link(t, "3", base+"/back")
		h := handler(t, static.Options{Roots: []static.Root{static.Dir(base + "/back")}})
		want(t, ask(h, "GET", "/a.txt", "If-Modified-Since: "+date.Format(http.TimeFormat)), 200, "release 3")
	})
}

func copyFolder(t testing.TB, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// TestDeploy repeatedly points the link at another release and removes the previous
// one, while clients send requests. Every response is complete and from one
// release, with the right tag, and nothing is missing.
func TestDeploy(t *testing.T) {
	t.Parallel()
	t.Run("tags of the disk", func(t *testing.T) { deploy(t, 20, false, static.Options{}) })
	t.Run("tags of the content", func(t *testing.T) { deploy(t, 15, false, static.Options{ContentETags: true}) })
	t.Run("nothing in memory, and no file is read to learn about it", func(t *testing.T) { deploy(t, 15, false, static.Options{CacheBytes: -1, OmitCharset: true}) })
	t.Run("looked at now and then", func(t *testing.T) {
		deploy(t, 15, false, static.Options{CacheBytes: -1, CheckInterval: time.Minute})
	})
	t.Run("the link is below the root", func(t *testing.T) { deploy(t, 15, true, static.Options{}) })
}

func deploy(t *testing.T, swaps int, below bool, o static.Options) {
	swaps = rounds.Of(t, swaps)
	base := t.TempDir()
	sizes := map[string]int{"index.html": 300, "app.js": 40_000, "assets/large.bin": 200_000, "app.js.gz": 10_000}
	content := func(n int, name string) string {
		return strings.Repeat(fmt.Sprintf("%06d %s\n", n, name), sizes[name]/20)
	}
	deploy := func(n int) {
		dir := fmt.Sprintf("%s/releases/%d", base, n)
		for name := range sizes {
			write(t, filepath.Join(dir, name), false, content(n, name)) // all of the same size and time
		}
		link(t, fmt.Sprintf("releases/%d", n), base+"/current")
	}
	deploy(0)
	o.Roots, o.Precompressed, o.Fallback = []static.Root{static.Dir(base + "/current")}, []string{"gzip"}, "index.html"
	if below {
		o.Roots, o.Fallback = []static.Root{static.Dir(base)}, "current/index.html"
	}
	var h http.Handler = handler(t, o)
	if files := h; below {
		h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.URL.Path = "/current" + r.URL.Path
			files.ServeHTTP(w, r)
		})
	}
	s := server(t, h)

	var done atomic.Bool
	var answers atomic.Int64
	var tags sync.Map // tag → content
	var clients sync.WaitGroup
	for i := range 6 {
		clients.Go(func() {
			client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
			defer client.CloseIdleConnections()
			targets := []string{"/", "/index.html", "/app.js", "/assets/large.bin", "/users/7"}
			last := map[string]string{}
			for k := i; !done.Load(); k++ {
				target := targets[k%len(targets)]
				gzip := target == "/app.js" && k%2 == 0
				r, err := http.NewRequest("GET", s.URL+target, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if gzip {
					r.Header.Set("Accept-Encoding", "gzip")
				}
				kind := fmt.Sprint(target, gzip)
				tag := last[kind]
				if tag != "" && k%3 == 0 {
					r.Header.Set("If-None-Match", tag)
				}
				resp, err := client.Do(r)
				if err != nil {
					t.Errorf("%s: %v", target, err)
					return
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				answers.Add(1)
				if resp.StatusCode == 304 && r.Header.Get("If-None-Match") != "" {
					continue
				}
				if err != nil || resp.StatusCode != 200 {
					t.Errorf("%s: got %d (%v)", target, resp.StatusCode, err)
					return
				}
				name := map[string]string{"/": "index.html", "/users/7": "index.html"}[target]
				if name == "" {
					name = target[1:]
				}
				if resp.Header.Get("Content-Encoding") == "gzip" {
					name += ".gz"
				}
				var n int
				if _, err := fmt.Sscanf(string(body), "%06d", &n); err != nil || string(body) != content(n, name) {
					t.Errorf("%s: got %d bytes that are no file of one release", target, len(body))
					return
				}
				last[kind] = resp.Header.Get("ETag")
				if other, was := tags.LoadOrStore(last[kind], string(body)); was && other != string(body) {
					t.Errorf("%s: two bodies have the tag %s", target, last[kind])
					return
				}
			}
		})
	}
	for n := 1; n <= swaps && !t.Failed(); n++ {
		deploy(n)
		if n%3 == 0 { // at once, while the previous one is in use
			remove(t, fmt.Sprintf("%s/releases/%d", base, n-1))
		}
		for seen := answers.Load(); answers.Load() < seen+4 && !t.Failed(); {
			time.Sleep(100 * time.Microsecond)
		}
	}
	done.Store(true)
	clients.Wait()
	if o.CheckInterval > 0 { // until then an older release may be served, as long as it is there
		for n := range swaps {
			remove(t, fmt.Sprintf("%s/releases/%d", base, n))
		}
	}
	want(t, ask(h, "GET", "/"), 200, content(swaps, "index.html"))
	t.Logf("%d answers during %d swaps", answers.Load(), swaps)
}

func TestAbsoluteLinks(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	root := filepath.Join(base, "releases/1")
	write(t, base+"/secret.txt", false, "secret")
	for name, content := range map[string]string{"real.txt": "real", "folder/index.html": "index", "folder/deep/a.txt": "a", "large.bin": strings.Repeat("x", 300_000)} {
		write(t, filepath.Join(root, name), false, content)
	}
	link(t, "releases/1", base+"/current")
	public := base + "/current"
	for name, to := range map[string]string{
		"by-path.txt": public + "/real.txt", "by-real-path.txt": root + "/real.txt", "folder-link": public + "/folder", "large-link.bin": root + "/large.bin",
		"twice.txt": public + "/by-path.txt", "mixed.txt": "folder/../by-path.txt", "folder/up.txt": "../by-real-path.txt", "dots.txt": root + "/folder/../real.txt",
		"self": public, "out.txt": base + "/secret.txt", "out-dots.txt": root + "/../../secret.txt", "out-later.txt": public + "/escape.txt", "escape.txt": "../../secret.txt",
		"sibling.txt": root + "0/secret.txt", "loop-a": public + "/loop-b", "loop-b": public + "/loop-a", "root": "/", "dangling.txt": root + "/none.txt",
	} {
		link(t, to, filepath.Join(root, name))
	}
	write(t, root+"0/secret.txt", false, "secret")
	var l logged
	h := handler(t, static.Options{Roots: []static.Root{static.Dir(public)}, Logger: l.logger()})
	for target, body := range map[string]string{
		"/by-path.txt": "real", "/by-real-path.txt": "real", "/folder-link": "index", "/folder-link/": "index", "/folder-link/deep/a.txt": "a", "/large-link.bin": strings.Repeat("x", 300_000),
		"/twice.txt": "real", "/mixed.txt": "real", "/folder/up.txt": "real", "/dots.txt": "real", "/self/self/real.txt": "real", "/self/folder-link/": "index",
	} {
		t.Run("S4 "+target, func(t *testing.T) {
			for range 2 {
				want(t, ask(h, "GET", target), 200, body)
			}
		})
	}
	wantLog(t, &l)
	for _, target := range []string{"/out.txt", "/out-dots.txt", "/out-later.txt", "/sibling.txt", "/root/etc/passwd", "/root" + base + "/secret.txt"} {
		t.Run("S4 "+target, func(t *testing.T) {
			for range 3 {
				want(t, ask(h, "GET", target), 404, missing)
			}
			wantLog(t, &l, "level=WARN msg=\"static: file is there and cannot be served\" folder="+public+" name="+target[1:])
		})
	}
	for _, target := range []string{"/loop-a", "/dangling.txt"} {
		t.Run("S4 "+target, func(t *testing.T) { want(t, ask(h, "GET", target), 404, missing) })
	}
	l.take()

	t.Run("S4 links that change while they are followed", func(t *testing.T) {
		var stop atomic.Bool
		var swapping sync.WaitGroup
		swapping.Go(func() {
			for i := 0; !stop.Load(); i++ {
				link(t, []string{public + "/real.txt", base + "/secret.txt", "../../secret.txt", "real.txt"}[i%4], root+"/swapped.txt")
				link(t, []string{public + "/folder", base, "/", "../.."}[i%4], root+"/swapped")
			}
		})
		for range rounds.Of(t, 1000) {
			for _, target := range []string{"/swapped.txt", "/swapped/secret.txt"} {
				if body := bodyOf(t, ask(h, "GET", target)); strings.Contains(body, "secret") {
					t.Fatal("a file outside was sent")
				}
			}
		}
		stop.Store(true)
		swapping.Wait()
	})
}
