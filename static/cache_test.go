package static_test

import (
	"crypto/sha256"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sidekick-http/sidekick/internal/rounds"
	"github.com/sidekick-http/sidekick/static"
)

func TestChangesShowAtOnce(t *testing.T) {
	base := tree(t, map[string]string{"a.txt": "first"})
	path := filepath.Join(base, "a.txt")
	h := handler(t, static.Options{Roots: []static.Root{static.Dir(base)}})
	want(t, ask(h, "GET", "/a.txt"), 200, "first")
	want(t, ask(h, "GET", "/a.txt"), 200, "first")
	tag := ask(h, "GET", "/a.txt").Header.Get("ETag")

	if err := os.WriteFile(path, []byte("after"), 0o644); err != nil {
		t.Fatal(err)
	}
	want(t, ask(h, "GET", "/a.txt", "If-None-Match: "+tag), 200, "after")

	write(t, path, false, "other") // same size, and the first one's time again
	if runtime.GOOS == "linux" {
		want(t, ask(h, "GET", "/a.txt"), 200, "other")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	want(t, ask(h, "GET", "/a.txt"), 404, missing)
	write(t, path, true, "")
	want(t, ask(h, "GET", "/a.txt"), 404, missing)
}

// With an interval, content in memory is sent without checking the disk until the
// interval is over; what is opened to be sent is what is there.
func TestCheckInterval(t *testing.T) {
	const interval = time.Second
	now := time.Now().Add(time.Minute) // the files are at rest
	base := tree(t, map[string]string{"a.txt": "first", "b.js": "plain", "b.js.gz": "first"})
	start := func(cacheBytes int64) *static.Handler {
		h := handler(t, static.Options{
			Roots: []static.Root{static.Dir(base)}, Precompressed: []string{"gzip"}, CacheBytes: cacheBytes, CheckInterval: interval,
		})
		static.SetClock(h, func() time.Time { return now })
		for range 2 { // the second check records its time
			want(t, ask(h, "GET", "/a.txt"), 200, "first")
			want(t, ask(h, "GET", "/b.js", "Accept-Encoding: gzip"), 200, "first")
		}
		return h
	}
	kept, opened := start(0), start(-1)
	write(t, filepath.Join(base, "a.txt"), false, "after")
	write(t, filepath.Join(base, "b.js.gz"), false, "after")
	now = now.Add(interval - 1)
	want(t, ask(kept, "GET", "/a.txt"), 200, "first")
	want(t, ask(kept, "GET", "/b.js", "Accept-Encoding: gzip"), 200, "first")
	want(t, ask(opened, "GET", "/a.txt"), 200, "after")
	want(t, ask(opened, "GET", "/b.js", "Accept-Encoding: gzip"), 200, "after")
	now = now.Add(1)
	want(t, ask(kept, "GET", "/a.txt"), 200, "after")
	want(t, ask(kept, "GET", "/b.js", "Accept-Encoding: gzip"), 200, "after")

	want(t, ask(opened, "GET", "/a.txt"), 200, "after")
	if err := os.Remove(filepath.Join(base, "a.txt")); err != nil {
		t.Fatal(err)
	}
	want(t, ask(opened, "GET", "/a.txt"), 404, missing)
	now = now.Add(interval)
	want(t, ask(kept, "GET", "/a.txt"), 404, missing)
	for _, bad := range []time.Duration{-1, time.Hour + 1} {
		if _, err := static.New(static.Options{CheckInterval: bad}); err == nil || !strings.Contains(err.Error(), "CheckInterval") {
			t.Errorf("CheckInterval %v: %v", bad, err)
		}
	}
}

// A file changed within the clock's resolution is not kept, since another change
// within it could not be seen.
func TestYoungFilesAreNotKept(t *testing.T) {
	base := t.TempDir()
	if err := os.WriteFile(filepath.Join(base, "a.txt"), []byte("first"), 0o644); err != nil {
		t.Fatal(err)
	}
	h, err := static.New(static.Options{Roots: []static.Root{static.Dir(base)}})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	before, _ := static.CacheUse(h)
	want(t, ask(h, "GET", "/a.txt"), 200, "first")
	young, _ := static.CacheUse(h)
	static.SetClock(h, func() time.Time { return time.Now().Add(time.Minute) })
	want(t, ask(h, "GET", "/a.txt"), 200, "first")
	rested, _ := static.CacheUse(h)
	if rested-young != 5 || young == before {
		t.Errorf("got %d, %d, %d bytes in use, want the 5 of the content at the end only", before, young, rested)
	}
}

func TestCacheIsBounded(t *testing.T) {
	fsys := fstest.MapFS{}
	content := make([]byte, 10_000)
	const files = 2000 // 20 MB, more than is kept by default
	for i := range files {
		fsys[fmt.Sprintf("%d.txt", i)] = &fstest.MapFile{Data: content, ModTime: past}
	}
	for _, limit := range []int64{-1, 100_000, 0} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			h := handler(t, static.Options{Roots: []static.Root{static.FS(fsys)}, CacheBytes: limit})
			for i := range files {
				if resp := ask(h, "HEAD", fmt.Sprintf("/%d.txt", i)); resp.StatusCode != 200 {
					t.Fatalf("got %d", resp.StatusCode)
				}
				if i%3 == 0 {
					ask(h, "GET", fmt.Sprintf("/%d.txt", i))
				}
				if used, most := static.CacheUse(h); used > most {
					t.Fatalf("after %d files: got %d bytes in use, want at most %d", i, used, most)
				}
			}
			want(t, ask(h, "GET", "/0.txt"), 200, string(content))
		})
	}
}

func TestEmbeddedFilesAreReadOnce(t *testing.T) {
	files := fstest.MapFS{"a.txt": {Data: []byte("a")}, "large.bin": {Data: make([]byte, 300_000)}}
	h := handler(t, static.Options{Roots: []static.Root{static.FS(files)}})
	for range 3 {
		want(t, ask(h, "GET", "/a.txt"), 200, "a")
		want(t, ask(h, "GET", "/large.bin", "Range: bytes=0-0"), 206, "\x00")
		want(t, ask(h, "GET", "/large.bin"), 200, string(make([]byte, 300_000)))
	}
	wantField(t, ask(h, "GET", "/a.txt"), "Last-Modified", "")
}

// While a file is being replaced, every response is a single state of it, complete
// and with its own tag.
func TestConcurrentReplacement(t *testing.T) {
	base := t.TempDir()
	state := func(i int) string { return strings.Repeat(fmt.Sprintf("state %d ", i), 100+500*(i%40)) }
	path := filepath.Join(base, "a.txt")
	write(t, path, false, state(0))
	h := handler(t, static.Options{Roots: []static.Root{static.Dir(base)}})

	stop := make(chan struct{})
	var writer, readers sync.WaitGroup
	writer.Go(func() {
		for i := 1; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if err := os.WriteFile(path+".new", []byte(state(i)), 0o644); err != nil {
				t.Error(err)
				return
			}
			if err := os.Rename(path+".new", path); err != nil {
				t.Error(err)
				return
			}
		}
	})
	var seen sync.Map // tag → sum of the body
	for range 4 {
		readers.Go(func() {
			for range 300 {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest("GET", "/a.txt", nil))
				body := w.Body.String()
				if w.Code != 200 || w.Header().Get("Content-Length") != fmt.Sprint(len(body)) {
					t.Errorf("got %d, length %s of %d bytes", w.Code, w.Header().Get("Content-Length"), len(body))
					return
				}
				first, _, _ := strings.Cut(body[6:], " ")
				var i int
				if _, err := fmt.Sscan(first, &i); err != nil || body != state(i) {
					t.Errorf("got a body that is no single state (%v)", err)
					return
				}
				sum := sha256.Sum256([]byte(body))
				if other, was := seen.LoadOrStore(w.Header().Get("ETag"), sum); was && other != sum {
					t.Errorf("two bodies under the tag %s", w.Header().Get("ETag"))
					return
				}
			}
		})
	}
	readers.Wait()
	close(stop)
	writer.Wait()
}

// A file that is rewritten in place exists all the time, however short it may be at
// the moment.
func TestRewritingInPlace(t *testing.T) {
	reads := rounds.Of(t, 500)
	for _, o := range []static.Options{{}, {OmitCharset: true}, {CacheBytes: -1}, {ContentETags: true}} {
		base := t.TempDir()
		path := filepath.Join(base, "a.txt")
		state := func(i int) string { return strings.Repeat(fmt.Sprintf("%05d ", i), 100+i%500) }
		write(t, path, false, state(0))
		o.Roots = []static.Root{static.Dir(base)}
		h, err := static.New(o)
		if err != nil {
			t.Fatal(err)
		}
		stop := make(chan struct{})
		var writer, readers sync.WaitGroup
		writer.Go(func() {
			for i := 1; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := os.WriteFile(path, []byte(state(i%90_000)), 0o644); err != nil {
					t.Error(err)
					return
				}
			}
		})
		var empty atomic.Int64
		for range 4 {
			readers.Go(func() {
				for range reads {
					w := httptest.NewRecorder()
					h.ServeHTTP(w, httptest.NewRequest("GET", "/a.txt", nil))
					body := w.Body.String()
					if w.Code != 200 || w.Header().Get("Content-Length") != fmt.Sprint(len(body)) {
						t.Errorf("got %d, length %s of %d bytes", w.Code, w.Header().Get("Content-Length"), len(body))
						return
					}
					if body == "" {
						empty.Add(1)
					} else if unit := body[:min(6, len(body))]; strings.Trim(strings.ReplaceAll(body, unit, ""), " 0123456789") != "" {
						t.Errorf("got %q", clip(body))
						return
					}
				}
			})
		}
		readers.Wait()
		close(stop)
		writer.Wait()
		t.Logf("%d of %d answers were empty", empty.Load(), 4*reads)
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
}
