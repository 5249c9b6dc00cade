package static_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/static"
)

// slow is a file system in which files with "slow" in their name cannot be read
// before the gate is open.
type slow struct {
	fstest.MapFS
	gate  chan struct{}
	reads atomic.Int64 // that waited at the gate
}

func (s *slow) Open(name string) (fs.File, error) {
	f, err := s.MapFS.Open(name)
	if err != nil || !strings.Contains(name, "slow") {
		return f, err
	}
	return &slowFile{File: f, fsys: s}, nil
}

type slowFile struct {
	fs.File
	fsys *slow
	once bool
}

func (f *slowFile) Read(p []byte) (int, error) {
	if !f.once {
		f.once = true
		f.fsys.reads.Add(1)
		<-f.fsys.gate
	}
	return f.File.Read(p)
}

// Reading a large file for its tag delays no other request, and the requests for it
// only briefly.
func TestReadingALargeFileDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		large := make([]byte, 300_000)
		files := &slow{gate: make(chan struct{}), MapFS: fstest.MapFS{"slow.bin": {Data: large}, "small.txt": {Data: []byte("small")}, "sub/slow.html": {Data: large}}}
		for i := range 9 {
			files.MapFS[fmt.Sprintf("slow-%d.bin", i)] = &fstest.MapFile{Data: large}
		}
		files.MapFS["fast.bin"] = &fstest.MapFile{Data: large}
		h, err := static.New(static.Options{Roots: []static.Root{static.FS(files)}, Index: []string{"slow.html"}})
		if err != nil {
			t.Fatal(err)
		}
		head := func(target string) (tag string, took time.Duration) {
			began := time.Now()
			resp := ask(h, "HEAD", target)
			if resp.StatusCode != 200 || resp.ContentLength < 5 {
				t.Errorf("%s: got %d, length %d", target, resp.StatusCode, resp.ContentLength)
			}
			return resp.Header.Get("ETag"), time.Since(began)
		}

		var clients sync.WaitGroup
		for range 50 {
			clients.Go(func() {
				if tag, took := head("/slow.bin"); tag != "" || took != time.Second {
					t.Errorf("got the tag %q after %v, want none after a second", tag, took)
				}
			})
		}
		synctest.Wait()
		if tag, took := head("/small.txt"); tag == "" || took != 0 {
			t.Errorf("a small file: got the tag %q after %v, want one at once", tag, took)
		}
		if tag, took := head("/fast.bin"); tag == "" || took != 0 {
			t.Errorf("another large file: got the tag %q after %v, want one at once", tag, took)
		}
		ctx, leave := context.WithCancel(t.Context())
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "HEAD", "/slow.bin", nil))
		}()
		synctest.Wait()
		began := time.Now()
		leave()
		<-gone
		if took := time.Since(began); took != 0 {
			t.Errorf("a client that leaves is waited for %v", took)
		}
		clients.Wait()
		if tag, took := head("/slow.bin"); tag != "" || took != 0 {
			t.Errorf("got the tag %q after %v, want none at once: it is late already", tag, took)
		}
		if n := files.reads.Load(); n != 1 {
			t.Errorf("the file is read %d times at once, want once", n)
		}

		// Only a few are read at a time.
		for i := range 9 {
			clients.Go(func() {
				if tag, took := head(fmt.Sprintf("/slow-%d.bin", i)); tag != "" || took > time.Second {
					t.Errorf("got the tag %q after %v, want none after a second", tag, took)
				}
			})
		}
		clients.Wait()
		if n := files.reads.Load(); n != 4 {
			t.Errorf("%d files are read at once, want 4", n)
		}
		close(files.gate)
		synctest.Wait()
		sum := sha256.Sum256(large)
		tag, took := head("/slow.bin")
		if want := `"` + hex.EncodeToString(sum[:16]) + `"`; tag != want || took != 0 {
			t.Errorf("got the tag %q after %v, want %s at once", tag, took, want)
		}
		for range 3 {
			for _, target := range []string{"/sub/", "/sub", "/sub/slow.html"} {
				if again, _ := head(target); again != tag {
					t.Errorf("%s: got the tag %q, want that of the same content, %s", target, again, tag)
				}
			}
		}
		if n := files.reads.Load(); n != 5 {
			t.Errorf("files were read %d times, want 5: a name more is no reason to read a file again", n)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Close ends reading that goes on without a request.
func TestCloseEndsReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := &slow{gate: make(chan struct{}), MapFS: fstest.MapFS{"slow.bin": {Data: make([]byte, 64<<20)}}}
		h, err := static.New(static.Options{Roots: []static.Root{static.FS(files)}})
		if err != nil {
			t.Fatal(err)
		}
		want(t, ask(h, "HEAD", "/slow.bin"), 200, "")
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		close(files.gate)
		// The bubble ends when the reading has ended.
	})
}

func TestCharset(t *testing.T) {
	mixed := strings.Repeat("plain ", 60_000) + "Grüße"
	files := map[string]string{
		"utf8.txt": "Grüße 你好 🎉", "ascii.txt": "plain", "latin1.txt": "Gr\xfc\xdfe", "utf16.txt": "\xff\xfeG\x00", "utf16-no-mark.txt": "G\x00r\x00", "2022.txt": "\x1b$B@$3&\x1b(B",
		"cut.txt": "Gr\xc3", "empty.txt": "", "a.html": "<p>ü", "a.css": "/* ü */", "a.js": "// ü", "a.md": "ü", "a.csv": "ü", "a.json": `"ü"`, "a.svg": "<svg>ü", "a.xml": "<a>ü", "a.png": "ü", "a.bin": "ü",
		"own.own": "ü", "declared.dec": "ü", "xml.tx": "ü",
		"large.txt": mixed, "large-bad.txt": mixed + "\xfc", "huge.txt": strings.Repeat("x", 8<<20+1), "sub/index.html": "ü", "p.js": "ü", "p.js.gz": "\xff\xff",
	}
	const utf8 = "; charset=utf-8"
	types := map[string]string{
		"utf8.txt": "text/plain" + utf8, "ascii.txt": "text/plain" + utf8, "latin1.txt": "text/plain", "utf16.txt": "text/plain", "utf16-no-mark.txt": "text/plain", "2022.txt": "text/plain",
		"cut.txt": "text/plain", "empty.txt": "text/plain" + utf8, "a.html": "text/html" + utf8, "a.css": "text/css" + utf8, "a.js": "text/javascript" + utf8, "a.md": "text/markdown" + utf8, "a.csv": "text/csv" + utf8,
		"a.json": "application/json", "a.svg": "image/svg+xml", "a.xml": "application/xml", "a.png": "image/png", "a.bin": "application/octet-stream",
		"own.own": "text/x-own" + utf8, "declared.dec": "text/plain; Charset=koi8-r", "xml.tx": "text/xml",
		"large.txt": "text/plain" + utf8, "large-bad.txt": "text/plain", "huge.txt": "text/plain", "sub/": "text/html" + utf8,
	}
	embedded := fstest.MapFS{}
	for name, content := range files {
		embedded[name] = &fstest.MapFile{Data: []byte(content)}
	}
	for name, root := range map[string]static.Root{"folder": static.Dir(tree(t, files)), "embedded": static.FS(embedded)} {
		t.Run(name, func(t *testing.T) {
			o := static.Options{Roots: []static.Root{root}, Precompressed: []string{"gzip"}, Types: map[string]string{".own": "text/x-own", ".dec": "text/plain; Charset=koi8-r", ".tx": "text/xml"}}
			h := handler(t, o)
			for range 2 {
				for name, typ := range types {
					if got := ask(h, "GET", "/"+name).Header.Get("Content-Type"); got != typ {
						t.Errorf("%s: got %q, want %q", name, got, typ)
					}
				}
			}
			// An encoded response has the type of the decoded content.
			resp := ask(h, "GET", "/p.js", "Accept-Encoding: gzip")
			wantField(t, resp, "Content-Encoding", "gzip")
			wantField(t, resp, "Content-Type", "text/javascript"+utf8)
			o.OmitCharset = true
			h = handler(t, o)
			for name, typ := range types {
				wantField(t, ask(h, "GET", "/"+name), "Content-Type", strings.TrimSuffix(typ, utf8))
			}
		})
	}
	t.Run("a change is looked at", func(t *testing.T) {
		base := tree(t, map[string]string{"a.txt": "ü", "404.html": "ü"})
		h := handler(t, static.Options{Roots: []static.Root{static.Dir(base)}, NotFoundPage: "404.html"})
		wantField(t, ask(h, "GET", "/a.txt"), "Content-Type", "text/plain"+utf8)
		write(t, base+"/a.txt", false, "\xfc is in another charset")
		wantField(t, ask(h, "GET", "/a.txt"), "Content-Type", "text/plain")
		wantField(t, ask(h, "GET", "/none"), "Content-Type", "text/html"+utf8)
	})
	t.Run("S13 it makes nothing active", func(t *testing.T) {
		h := handler(t, static.Options{Roots: []static.Root{static.FS(embedded)}, AttachActive: true})
		wantField(t, ask(h, "GET", "/utf8.txt"), "Content-Security-Policy", "")
		wantField(t, ask(h, "GET", "/a.html"), "Content-Security-Policy", "sandbox")
	})
}

// A text file is read once for its charset, and not at all if it is too large, is not
// text, or needs no charset.
func TestReadingForTheCharset(t *testing.T) {
	const plain, utf8 = "text/plain", "text/plain; charset=utf-8"
	for _, tt := range []struct {
		name string
		size int
		omit bool
		late string // the type while the file cannot be read
		then string
		want int64 // how often the file is read
	}{
		{"slow.txt", 300_000, false, plain, utf8, 1},
		{"slow.txt", 8 << 20, false, plain, utf8, 1},
		{"slow.txt", 8<<20 + 1, false, plain, plain, 0},
		{"slow.txt", 300_000, true, plain, plain, 0},
		{"slow.xml", 300_000, false, "application/xml", "application/xml", 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			files := &slow{gate: make(chan struct{}), MapFS: fstest.MapFS{tt.name: {Data: bytes.Repeat([]byte("x"), tt.size)}}}
			h := handler(t, static.Options{Roots: []static.Root{static.FS(files)}, DisableETag: true, OmitCharset: tt.omit})
			head := func(typ string, waits time.Duration) {
				t.Helper()
				began := time.Now()
				wantField(t, ask(h, "HEAD", "/"+tt.name), "Content-Type", typ)
				if took := time.Since(began); took != waits {
					t.Errorf("%+v: a request waits %v, want %v", tt, took, waits)
				}
			}
			head(tt.late, time.Duration(tt.want)*time.Second)
			head(tt.late, 0)
			close(files.gate)
			synctest.Wait()
			for range 3 {
				head(tt.then, 0)
			}
			if n := files.reads.Load(); n != tt.want {
				t.Errorf("%+v: the file is read %d times, want %d", tt, n, tt.want)
			}
		})
	}
}

// FuzzValidText checks that text is valid in pieces if it is valid as a whole.
func FuzzValidText(f *testing.F) {
	for _, s := range []string{"", "plain", "Grüße", "你好", "🎉🎉", "\xc3", "\xf0\x9f\x8e", "\xf0\x9f\x8e\x89", "\x80", "\xed\xa0\x80", "\xff\xfe", "a\x00b", "\x1b$B"} {
		for cut := range len(s) + 1 {
			f.Add([]byte(s), cut, cut+1)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, a, b int) {
		a, b = min(max(a, 0), len(text)), min(max(b, 0), len(text))
		if a > b {
			a, b = b, a
		}
		want := utf8.Valid(text) && !bytes.ContainsAny(text, "\x00\x1b")
		if got := static.ValidText(text[:a], text[a:b], text[b:]); got != want {
			t.Fatalf("%q | %q | %q: got %v, want %v", text[:a], text[a:b], text[b:], got, want)
		}
		var single [][]byte
		for i := range text {
			single = append(single, text[i:i+1])
		}
		if got := static.ValidText(single...); got != want {
			t.Fatalf("%q byte by byte: got %v, want %v", text, got, want)
		}
	})
}

// panicking is a file system that panics when a file is read.
type panicking struct{ fstest.MapFS }

func (p panicking) Open(name string) (fs.File, error) {
	f, err := p.MapFS.Open(name)
	return panickingFile{f}, err
}

type panickingFile struct{ fs.File }

func (panickingFile) Read([]byte) (int, error) { panic("of the file system") }

// If a file system panics, it does so in the goroutine of a request, where the
// server recovers, and not in another one.
func TestPanicOfAFileSystemDoesNotEndTheProcess(t *testing.T) {
	h := handler(t, static.Options{Roots: []static.Root{static.FS(panicking{fstest.MapFS{"large.bin": {Data: make([]byte, 300_000)}}})}})
	for range 2 {
		resp := ask(h, "HEAD", "/large.bin")
		want(t, resp, 200, "")
		wantField(t, resp, "ETag", "")
	}
}
