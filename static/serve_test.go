package static_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sidekick-http/sidekick/static"
)

func TestMethods(t *testing.T) {
	h := dir(t, map[string]string{"a.txt": "a"})
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "BREW"} {
		for _, target := range []string{"/a.txt", "/none"} {
			t.Run("S14 "+method+target, func(t *testing.T) {
				resp := ask(h, method, target)
				want(t, resp, 405, "method not allowed")
				wantField(t, resp, "Allow", "GET, HEAD")
				wantField(t, resp, "Cache-Control", "no-store")
			})
		}
	}
}

func TestHead(t *testing.T) {
	large := strings.Repeat("x", 300_000)
	h := handler(t, static.Options{
		Roots: []static.Root{
			static.Dir(tree(t, map[string]string{"a.html": "<p>", "large.bin": large, "sub/index.html": "s", "empty.txt": "", "p.js": "plain", "p.js.gz": "packed"})),
			static.FS(fstest.MapFS{"e.txt": {Data: []byte("embedded")}}),
		},
		Precompressed: []string{"gzip"},
	})
	tag := ask(h, "GET", "/a.html").Header.Get("ETag")
	for _, tt := range []struct {
		target string
		fields []string
	}{
		{"/a.html", nil}, {"/large.bin", nil}, {"/sub", nil}, {"/empty.txt", nil}, {"/e.txt", nil}, {"/none", nil},
		{"/p.js", []string{"Accept-Encoding: gzip"}},
		{"/a.html", []string{"If-None-Match: " + tag}},
		{"/a.html", []string{`If-Match: "x"`}},
		{"/a.html", []string{`If-None-Match: "x"`}},
		{"/large.bin", []string{"If-Modified-Since: Thu, 01 Jan 2099 00:00:00 GMT"}},
	} {
		t.Run("S15 "+tt.target+" "+strings.Join(tt.fields, ""), func(t *testing.T) {
			get, head := ask(h, "GET", tt.target, tt.fields...), ask(h, "HEAD", tt.target, tt.fields...)
			if get.StatusCode != head.StatusCode {
				t.Errorf("got %d, want %d as for GET", head.StatusCode, get.StatusCode)
			}
			if body := bodyOf(t, head); body != "" {
				t.Errorf("got a body of %d bytes, want none", len(body))
			}
			for name := range get.Header {
				wantField(t, head, name, strings.Join(get.Header.Values(name), " | "))
			}
			if len(get.Header) != len(head.Header) {
				t.Errorf("got fields %v, want those of GET, %v", head.Header, get.Header)
			}
		})
	}
}

func TestTypes(t *testing.T) {
	files := map[string]string{"noext": "<html><script>1</script>", "a.unknown": "<html>", "page.txt": "<html>", "a.tar.gz": "x", ".well-known/acme": "x", "README.MD": "x", "f.txt/b": "x"}
	h := dir(t, files)
	for target, typ := range map[string]string{"/noext": "application/octet-stream", "/a.unknown": "application/octet-stream", "/page.txt": "text/plain; charset=utf-8", "/a.tar.gz": "application/gzip", "/README.MD": "text/markdown; charset=utf-8", "/f.txt/b": "application/octet-stream"} {
		t.Run("S12 "+target, func(t *testing.T) {
			resp := ask(h, "GET", target)
			wantField(t, resp, "Content-Type", typ)
			wantField(t, resp, "X-Content-Type-Options", "nosniff")
		})
	}
	t.Run("S12 configured", func(t *testing.T) {
		h := handler(t, static.Options{
			Roots: []static.Root{static.Dir(tree(t, files))}, DefaultType: "text/plain",
			Types: map[string]string{".txt": "text/plain; charset=us-ascii", ".Md": "text/x-web-markdown"},
		})
		for target, typ := range map[string]string{"/noext": "text/plain; charset=utf-8", "/page.txt": "text/plain; charset=us-ascii", "/README.MD": "text/x-web-markdown; charset=utf-8", "/a.tar.gz": "application/gzip"} {
			wantField(t, ask(h, "GET", target), "Content-Type", typ)
		}
	})
}

func gzipped(text string) string {
	var b strings.Builder
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

func TestAttachActive(t *testing.T) {
	files := map[string]string{}
	active := []string{"a.html", "a.svg", "a.xml", "a.xhtml", "a.js", "a.pdf", "a.swf", "a.unknown", "noext", "a.css", "a.mht"}
	passive := []string{"a.txt", "a.csv", "a.json", "a.png", "a.jpg", "a.webp", "a.mp4", "a.mp3", "a.woff2"}
	for _, name := range append(active, passive...) {
		files[name] = "<script>alert(1)</script>"
	}
	on := handler(t, static.Options{Roots: []static.Root{static.Dir(tree(t, files))}, AttachActive: true})
	off := dir(t, files)
	for _, name := range active {
		t.Run("S13 active "+name, func(t *testing.T) {
			resp := ask(on, "GET", "/"+name)
			wantField(t, resp, "Content-Disposition", `attachment; filename="`+name+`"`)
			wantField(t, resp, "Content-Security-Policy", "sandbox")
			wantField(t, ask(off, "GET", "/"+name), "Content-Disposition", "")
		})
	}
	for _, name := range passive {
		t.Run("S13 passive "+name, func(t *testing.T) {
			resp := ask(on, "GET", "/"+name)
			wantField(t, resp, "Content-Disposition", "")
			wantField(t, resp, "Content-Security-Policy", "")
		})
	}
	t.Run("S13 an encoded neighbour is saved under the plain name", func(t *testing.T) {
		h := handler(t, static.Options{
			Roots:        []static.Root{static.Dir(tree(t, map[string]string{"a.js": "1", "a.js.gz": gzipped("1"), "b.js.gz": gzipped("2")}))},
			AttachActive: true, Precompressed: []string{"gzip"}, PrecompressedAlone: true,
		})
		for target, name := range map[string]string{"/a.js": "a.js", "/b.js": "b.js"} {
			resp := ask(h, "GET", target, "Accept-Encoding: gzip")
			wantField(t, resp, "Content-Encoding", "gzip")
			wantField(t, resp, "Content-Disposition", `attachment; filename="`+name+`"`)
		}
	})
	t.Run("S13 a policy of the caller's stays", func(t *testing.T) {
		w := httptest.NewRecorder()
		w.Header().Set("Content-Security-Policy", "default-src 'self'")
		on.ServeHTTP(w, httptest.NewRequest("GET", "/a.html", nil))
		wantField(t, w.Result(), "Content-Security-Policy", "default-src 'self' | sandbox")
	})
}

func TestNotModified(t *testing.T) {
	for _, coding := range []string{"", "gzip"} {
		t.Run("S19 coding "+coding, func(t *testing.T) {
			h := handler(t, static.Options{Roots: []static.Root{static.Dir(tree(t, map[string]string{"a.js": "plain", "a.js.gz": "packed"}))}, Precompressed: []string{"gzip"}})
			s := server(t, h)
			head := "Host: x\r\nConnection: close\r\nAccept-Encoding: " + coding + "\r\n"
			addr := s.Listener.Addr().String()
			whole, _ := raw(t, addr, "GET /a.js HTTP/1.1\r\n"+head+"\r\n")
			resp, body := raw(t, addr, "GET /a.js HTTP/1.1\r\n"+head+"If-None-Match: "+whole.Header.Get("ETag")+"\r\n\r\n")
			if resp.StatusCode != 304 || body != "" {
				t.Fatalf("got %d %q, want 304", resp.StatusCode, body)
			}
			for _, name := range []string{"ETag", "Cache-Control", "Vary"} {
				if whole.Header.Get(name) == "" {
					t.Errorf("%s: the 200 has none", name)
				}
				wantField(t, resp, name, whole.Header.Get(name))
			}
			if resp.Header.Get("Date") == "" || resp.Header.Get("Content-Length") != "" || resp.Header.Get("Content-Type") != "" {
				t.Errorf("got %v, want a Date, no length and no type", resp.Header)
			}
		})
	}
}

func TestCacheControl(t *testing.T) {
	h := handler(t, static.Options{
		Roots: []static.Root{static.Dir(tree(t, map[string]string{"assets/app.3f2a9c1d.js": "1", "assets/app.js": "2", "index.html": "3"}))},
		Cache: []static.CacheRule{{Pattern: "assets/*.????????.js", Immutable: true}, {Pattern: "index.html", Value: "no-cache"}},
	})
	for target, value := range map[string]string{
		"/assets/app.3f2a9c1d.js":  "max-age=31536000, immutable, public",
		"/assets/app.js":           "max-age=60, must-revalidate, public",
		"/":                        "no-cache",
		"/index.html":              "no-cache",
		"/assets/none.3f2a9c1d.js": "no-store",
	} {
		t.Run("S23 "+target, func(t *testing.T) { wantField(t, ask(h, "GET", target), "Cache-Control", value) })
	}
	t.Run("S23 not public beside a cookie", func(t *testing.T) {
		w := httptest.NewRecorder()
		w.Header().Add("Set-Cookie", "a=b")
		h.ServeHTTP(w, httptest.NewRequest("GET", "/assets/app.js", nil))
		wantField(t, w.Result(), "Cache-Control", "max-age=60, must-revalidate, private")
		wantField(t, w.Result(), "Set-Cookie", "a=b")
	})
	t.Run("S23 not public for who is authorized", func(t *testing.T) {
		wantField(t, ask(h, "GET", "/assets/app.js", "Authorization: Bearer x"), "Cache-Control", "max-age=60, must-revalidate, private")
	})
	t.Run("a value of the caller's stays", func(t *testing.T) {
		w := httptest.NewRecorder()
		w.Header().Set("Cache-Control", "private, no-cache")
		h.ServeHTTP(w, httptest.NewRequest("GET", "/assets/app.js", nil))
		wantField(t, w.Result(), "Cache-Control", "private, no-cache")
	})
}

// failing is a file system whose files exist but cannot be read.
type failing struct {
	fs.FS
	open, read error
}

func (f failing) Stat(name string) (fs.FileInfo, error) { return fs.Stat(f.FS, name) }

func (f failing) Open(name string) (fs.File, error) {
	if f.open != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: f.open}
	}
	file, err := f.FS.Open(name)
	return failingFile{file, f.read}, err
}

type failingFile struct {
	fs.File
	err error
}

func (f failingFile) Read([]byte) (int, error) { return 0, f.err }

func TestErrors(t *testing.T) {
	files := fstest.MapFS{"secret-name.txt": {Data: []byte("x"), ModTime: past}, "large.txt": {Data: make([]byte, 300_000), ModTime: past}}
	for _, tt := range []struct {
		name   string
		root   fs.FS
		target string
		status int
		text   string
	}{
		{"permission denied", failing{FS: files, open: fs.ErrPermission}, "/secret-name.txt", 404, missing},
		{"no descriptor left", failing{FS: files, open: syscall.EMFILE}, "/secret-name.txt", 503, "that file cannot be read now"},
		{"no descriptor left anywhere", failing{FS: files, open: syscall.ENFILE}, "/large.txt", 503, "that file cannot be read now"},
		{"removed meanwhile", failing{FS: files, open: fs.ErrNotExist}, "/secret-name.txt", 404, missing},
		{"read error", failing{FS: files, read: syscall.EIO}, "/secret-name.txt", 503, "that file cannot be read now"},
		{"shorter than said", failing{FS: files, read: io.EOF}, "/secret-name.txt", 503, "that file cannot be read now"},
		{"missing", files, "/secret-name.txt.bak", 404, missing},
	} {
		t.Run("S24 "+tt.name, func(t *testing.T) {
			h := handler(t, static.Options{Roots: []static.Root{static.FS(tt.root)}})
			resp := ask(h, "GET", tt.target)
			want(t, resp, tt.status, tt.text)
			wantField(t, resp, "Cache-Control", "no-store")
			wantField(t, resp, "X-Content-Type-Options", "nosniff")
			for name, values := range resp.Header {
				if strings.Contains(strings.Join(values, ""), "secret-name") {
					t.Errorf("%s has the name of the file", name)
				}
			}
			_, err := h.Resolve("none")
			var coded interface{ StatusCode() int }
			if !errors.As(err, &coded) || coded.StatusCode() != 404 {
				t.Errorf("Resolve: got %v, want an error with status 404", err)
			}
		})
	}
	t.Run("S24 a later root does not stand in for one that is exhausted", func(t *testing.T) {
		h := handler(t, static.Options{Roots: []static.Root{static.FS(brokenStat{}), static.FS(files)}})
		want(t, ask(h, "GET", "/secret-name.txt"), 503, "that file cannot be read now")
		if _, err := h.Resolve("secret-name.txt"); !errors.Is(err, static.ErrUnavailable) || !errors.Is(err, syscall.EMFILE) {
			t.Errorf("Resolve: got %v, want ErrUnavailable with its cause", err)
		}
	})
	t.Run("S24 a closed handler", func(t *testing.T) {
		h, err := static.New(static.Options{Roots: []static.Root{static.Dir(tree(t, map[string]string{"a.txt": "a"}))}})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		want(t, ask(h, "GET", "/a.txt"), 503, "that file cannot be read now")
	})
}

// restless is a file system whose files seem to change all the time, and cannot be
// read. Its errors do not name the file.
type restless struct{ err error }

func (f restless) Open(string) (fs.File, error) { return restlessFile(f), nil }

type restlessFile struct{ err error }

func (f restlessFile) Stat() (fs.FileInfo, error) {
	return fs.Stat(fstest.MapFS{"a": {Data: []byte("abc"), ModTime: time.Now()}}, "a")
}
func (f restlessFile) Read([]byte) (int, error) { return 0, f.err }
func (f restlessFile) Close() error             { return nil }

func TestAFileThatChangesAndCannotBeReadIsUnavailable(t *testing.T) {
	t.Parallel()
	for _, o := range []static.Options{{}, {ContentETags: true}, {OmitCharset: true}, {CacheBytes: -1}} {
		var log bytes.Buffer
		o.Roots, o.Logger = []static.Root{static.FS(restless{errors.New("the disk is broken")})}, slog.New(slog.NewTextHandler(&log, nil))
		want(t, ask(handler(t, o), "GET", "/some/a.txt"), 503, "that file cannot be read now")
		if got := log.String(); !strings.Contains(got, "some/a.txt: static: file unavailable: the disk is broken") {
			t.Errorf("got %q, want the file and the cause", got)
		}
	}
}

type brokenStat struct{}

func (brokenStat) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EMFILE}
}

// recording is a response that records how its body is written.
type recording struct {
	*httptest.ResponseRecorder
	from []io.Reader
}

func (r *recording) ReadFrom(src io.Reader) (int64, error) {
	r.from = append(r.from, src)
	return io.Copy(r.ResponseRecorder, src)
}

// The server's own writer can pass an *os.File to the kernel, if it gets it whole.
func TestLargeFilesGoThroughReadFrom(t *testing.T) {
	h := dir(t, map[string]string{"large.bin": strings.Repeat("x", 300_000)})
	for _, field := range []string{"", "bytes=100-200000"} {
		w := &recording{ResponseRecorder: httptest.NewRecorder()}
		r := httptest.NewRequest("GET", "/large.bin", nil)
		r.Header.Set("Range", field)
		h.ServeHTTP(w, r)
		if len(w.from) != 1 {
			t.Fatalf("got %d reads, want 1", len(w.from))
		}
		limited, ok := w.from[0].(*io.LimitedReader)
		if !ok {
			t.Fatalf("got a %T, want an *io.LimitedReader", w.from[0])
		}
		if _, ok := limited.R.(*os.File); !ok {
			t.Errorf("got a limited %T, want an *os.File", limited.R)
		}
	}
}

func TestChangeWhileReading(t *testing.T) {
	const size = 32 << 20
	begin := func(t *testing.T) (path string, body io.ReadCloser) {
		base := t.TempDir()
		path = filepath.Join(base, "large.bin")
		write(t, path, false, "begin")
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		resp, err := http.Get(server(t, handler(t, static.Options{Roots: []static.Root{static.Dir(base)}})).URL + "/large.bin")
		if err != nil {
			t.Fatal(err)
		}
		if resp.ContentLength != size {
			t.Fatalf("got Content-Length %d, want %d", resp.ContentLength, size)
		}
		return path, resp.Body
	}
	t.Run("S11 cut short", func(t *testing.T) {
		path, body := begin(t)
		defer body.Close()
		if err := os.Truncate(path, size/2); err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, body); err == nil || n > size/2 {
			t.Errorf("got %d bytes and error %v, want at most %d and a broken connection", n, err, size/2)
		}
	})
	t.Run("S11 grown", func(t *testing.T) {
		path, body := begin(t)
		defer body.Close()
		if err := os.Truncate(path, size*2); err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, body); err != nil || n != size {
			t.Errorf("got %d bytes and error %v, want %d", n, err, size)
		}
	})
	t.Run("S11 replaced", func(t *testing.T) {
		path, body := begin(t)
		defer body.Close()
		write(t, path+".new", false, "other")
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
		head := make([]byte, 5)
		_, err := io.ReadFull(body, head)
		n, err2 := io.Copy(io.Discard, body)
		if err != nil || err2 != nil || n+5 != size || string(head) != "begin" {
			t.Errorf("got %q and %d more bytes (%v, %v), want the file that was opened", head, n, err, err2)
		}
	})
	t.Run("S11 cut short over HTTP/2", func(t *testing.T) {
		base := t.TempDir()
		path := filepath.Join(base, "large.bin")
		write(t, path, false, "begin")
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		s := httptest.NewUnstartedServer(handler(t, static.Options{Roots: []static.Root{static.Dir(base)}}))
		s.EnableHTTP2 = true
		s.StartTLS()
		defer s.Close()
		resp, err := s.Client().Get(s.URL + "/large.bin")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if err := os.Truncate(path, size/2); err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, resp.Body); resp.ProtoMajor != 2 || err == nil {
			t.Errorf("got %d bytes over %s and no error, want a broken stream", n, resp.Proto)
		}
	})
}
