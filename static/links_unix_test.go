//go:build unix

package static_test

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/static"
)

func TestLinks(t *testing.T) {
	base := t.TempDir()
	root := filepath.Join(base, "public")
	write(t, filepath.Join(base, "outside/secret.txt"), false, "secret")
	write(t, filepath.Join(base, "outside/index.html"), false, "secret")
	for name, content := range map[string]string{"real.txt": "real", "folder/index.html": "index", "a.js": "plain", "in.js": "plain", "in.gz.real": "packed"} {
		write(t, filepath.Join(root, name), false, content)
	}
	for link, to := range map[string]string{
		"in.txt": "real.txt", "infolder": "folder", "updown.txt": "folder/../real.txt", "in.js.gz": "in.gz.real",
		"out.txt": "../outside/secret.txt", "abs.txt": filepath.Join(base, "outside/secret.txt"), "outfolder": "../outside", "index.html": "../outside/index.html",
		"absin.txt": filepath.Join(root, "real.txt"), "dangling.txt": "nowhere", "loop.txt": "loop.txt", "a.js.gz": "../outside/secret.txt", "self": ".", "hop.txt": "out.txt",
	} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	h := handler(t, static.Options{Roots: []static.Root{static.Dir(root)}, Precompressed: []string{"gzip"}})
	for _, target := range []string{
		"/out.txt", "/abs.txt", "/outfolder", "/outfolder/", "/outfolder/secret.txt", "/outfolder/index.html", "/", "/index.html", "/hop.txt",
		"/dangling.txt", "/loop.txt", "/out.txt/", "/real.txt/", "/in.txt/",
	} {
		t.Run("S4 "+target, func(t *testing.T) { want(t, ask(h, "GET", target), 404, missing) })
	}
	for target, body := range map[string]string{"/in.txt": "real", "/updown.txt": "real", "/infolder": "index", "/infolder/": "index", "/self/self/real.txt": "real", "/absin.txt": "real"} {
		t.Run("S4 "+target, func(t *testing.T) { want(t, ask(h, "GET", target), 200, body) })
	}
	t.Run("S4 linked neighbour", func(t *testing.T) {
		want(t, ask(h, "GET", "/a.js", "Accept-Encoding: gzip"), 200, "plain")
		if err := os.Chtimes(filepath.Join(root, "in.js"), past, past); err != nil {
			t.Fatal(err)
		}
		want(t, ask(h, "GET", "/in.js", "Accept-Encoding: gzip"), 200, "packed")
	})
	t.Run("S4 a file that is kept and then becomes a link", func(t *testing.T) {
		want(t, ask(h, "GET", "/real.txt"), 200, "real")
		path := filepath.Join(root, "real.txt")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("../outside/secret.txt", path); err != nil {
			t.Fatal(err)
		}
		want(t, ask(h, "GET", "/real.txt"), 404, missing)
	})
	t.Run("S4 a folder that becomes a link", func(t *testing.T) {
		want(t, ask(h, "GET", "/folder/"), 200, "index")
		if err := os.Rename(filepath.Join(root, "folder"), filepath.Join(root, "moved")); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("../outside", filepath.Join(root, "folder")); err != nil {
			t.Fatal(err)
		}
		want(t, ask(h, "GET", "/folder/"), 404, missing)
		want(t, ask(h, "GET", "/folder/index.html"), 404, missing)
		want(t, ask(h, "GET", "/folder/secret.txt"), 404, missing)
	})
}

func TestNotRegular(t *testing.T) {
	base := tree(t, map[string]string{"a.txt": "a"})
	if err := syscall.Mkfifo(filepath.Join(base, "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	short, err := os.MkdirTemp("", "s") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(short)
	ln, err := net.Listen("unix", filepath.Join(short, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	roots := []static.Root{static.Dir(base), static.Dir(short), static.Dir("/dev")}
	if runtime.GOOS == "linux" {
		roots = append(roots, static.Dir("/proc/self"))
	}
	h := handler(t, static.Options{Roots: roots})
	for _, target := range []string{"/fifo", "/socket", "/null", "/zero", "/tty", "/stat", "/cmdline", "/fd/0"} {
		t.Run("S10 "+target, func(t *testing.T) {
			done := make(chan struct{})
			go func() {
				defer close(done)
				want(t, ask(h, "GET", target), 404, missing)
				want(t, ask(h, "HEAD", target), 404, "")
			}()
			select {
			case <-done:
			case <-time.After(10 * time.Second):
				t.Fatal("it waits for the other end")
			}
		})
	}
	t.Run("S10 a file that becomes a pipe once it was looked at", func(t *testing.T) {
		h := handler(t, static.Options{Roots: []static.Root{static.Dir(base)}, CacheBytes: -1})
		done := make(chan struct{})
		go func() {
			defer close(done)
			want(t, ask(static.BetweenStatAndOpen(h, func() {
				if err := os.Rename(filepath.Join(base, "fifo"), filepath.Join(base, "a.txt")); err != nil {
					t.Error(err)
				}
			}), "GET", "/a.txt"), 404, missing)
		}()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatal("it waits for the other end")
		}
	})
}
