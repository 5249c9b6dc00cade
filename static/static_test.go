package static_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sidekick-http/sidekick/static"
)

// past is a modification time for files whose content may be kept.
var past = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

// tree writes files below a new folder and returns it. A name that ends in a
// slash is an empty folder.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		write(t, filepath.Join(dir, filepath.FromSlash(name)), strings.HasSuffix(name, "/"), content)
	}
	return dir
}

func write(t testing.TB, path string, folder bool, content string) {
	t.Helper()
	parent := filepath.Dir(path)
	if folder {
		parent = path
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		t.Fatal(err)
	}
	if folder {
		return
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, past, past); err != nil {
		t.Fatal(err)
	}
}

// handler returns a handler that considers every file at rest, so that its content
// is kept from the first request on.
func handler(t testing.TB, o static.Options) *static.Handler {
	t.Helper()
	h, err := static.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	static.SetClock(h, func() time.Time { return time.Now().Add(time.Minute) })
	return h
}

// dir is a handler with the zero options over one folder.
func dir(t testing.TB, files map[string]string) *static.Handler {
	t.Helper()
	return handler(t, static.Options{Roots: []static.Root{static.Dir(tree(t, files))}})
}

// ask sends one request, with header fields given as "Name: value".
func ask(h http.Handler, method, target string, fields ...string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func bodyOf(t testing.TB, resp *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// want checks a response's status and body.
func want(t testing.TB, resp *http.Response, status int, body string) {
	t.Helper()
	if got := bodyOf(t, resp); resp.StatusCode != status || got != body {
		t.Errorf("got %d %q, want %d %q", resp.StatusCode, clip(got), status, clip(body))
	}
}

func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + fmt.Sprintf("… (%d bytes)", len(s))
	}
	return s
}

// wantField checks one header field.
func wantField(t testing.TB, resp *http.Response, name, value string) {
	t.Helper()
	if got := strings.Join(resp.Header.Values(name), " | "); got != value {
		t.Errorf("%s: got %q, want %q", name, got, value)
	}
}

const missing = "that file is not found"

// recorder is a response that keeps what it is sent.
func recorder() *httptest.ResponseRecorder { return httptest.NewRecorder() }

// raw sends a request verbatim to a real server and reads the response.
func raw(t testing.TB, addr, request string) (*http.Response, string) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("%q: %v", clip(request), err)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		t.Fatalf("%q: %v", clip(request), err)
	}
	return resp, b.String()
}

func server(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// get is raw for a GET of a target, which is sent verbatim.
func get(t testing.TB, s *httptest.Server, target string) (*http.Response, string) {
	t.Helper()
	return raw(t, s.Listener.Addr().String(), "GET "+target+" HTTP/1.1\r\nHost: files.example\r\nConnection: close\r\n\r\n")
}

// TestRootAsText checks that a folder is written as its path, and that a file
// system reports that it cannot be written.
func TestRootAsText(t *testing.T) {
	dir := tree(t, map[string]string{"a.txt": "in the folder"})
	var root static.Root
	if err := root.UnmarshalText([]byte(dir)); err != nil {
		t.Fatal(err)
	}
	if text, err := root.MarshalText(); err != nil || string(text) != dir {
		t.Errorf("got %q, %v", text, err)
	}
	w := httptest.NewRecorder()
	handler(t, static.Options{Roots: []static.Root{root}}).ServeHTTP(w, httptest.NewRequest("GET", "/a.txt", nil))
	if w.Body.String() != "in the folder" {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if text, err := static.FS(fstest.MapFS{}).MarshalText(); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %q, %v", text, err)
	}
}
