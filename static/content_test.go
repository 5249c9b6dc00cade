package static_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/static"
)

func TestServeContent(t *testing.T) {
	h := handler(t, static.Options{})
	ask := func(method string, c static.Content, fields ...string) *http.Response {
		return ask(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeContent(w, r, c) }), method, "/report", fields...)
	}
	seekable := func() static.Content {
		return static.Content{Reader: strings.NewReader("0123456789"), Name: "report.csv", ETag: `"v1"`, ModTime: past}
	}
	stream := func() io.Reader { return io.MultiReader(strings.NewReader("01234"), strings.NewReader("56789")) }

	resp := ask("GET", seekable())
	want(t, resp, 200, "0123456789")
	for name, value := range map[string]string{
		"Content-Type": "text/csv", "Content-Length": "10", "ETag": `"v1"`, "Last-Modified": past.Format(http.TimeFormat),
		"Accept-Ranges": "bytes", "X-Content-Type-Options": "nosniff", "Cache-Control": "", "Content-Disposition": "",
	} {
		wantField(t, resp, name, value)
	}
	want(t, ask("HEAD", seekable()), 200, "")
	want(t, ask("GET", seekable(), "Range: bytes=2-4"), 206, "234")
	want(t, ask("GET", seekable(), "Range: bytes=2-4", `If-Range: "v1"`), 206, "234")
	want(t, ask("GET", seekable(), `If-None-Match: W/"v1"`), 304, "")
	want(t, ask("GET", seekable(), `If-Match: "v2"`), 412, "precondition failed")
	want(t, ask("POST", seekable(), `If-None-Match: "v1"`, "Range: bytes=2-4"), 200, "0123456789")
	want(t, ask("GET", static.Content{}), 200, "")
	want(t, ask("GET", static.Content{Reader: strings.NewReader("0123456789"), Size: 4}), 200, "0123")

	t.Run("stream", func(t *testing.T) {
		resp := ask("GET", static.Content{Reader: stream(), Type: "text/x", CacheControl: "private"}, "Range: bytes=2-4")
		want(t, resp, 200, "0123456789")
		wantField(t, resp, "Content-Type", "text/x")
		wantField(t, resp, "Content-Length", "")
		wantField(t, resp, "Accept-Ranges", "")
		wantField(t, resp, "Cache-Control", "private")
		resp = ask("GET", static.Content{Reader: stream(), Size: 7})
		want(t, resp, 200, "0123456")
		wantField(t, resp, "Content-Length", "7")
		wantField(t, resp, "Content-Type", "application/octet-stream")
	})
	t.Run("malformed tag", func(t *testing.T) {
		for _, tag := range []string{"v1", `"v1`, `"a" "b"`, "\"a\r\nb\"", `w/"x"`} {
			c := seekable()
			c.ETag = tag
			wantField(t, ask("GET", c), "ETag", "")
		}
	})
	t.Run("active content", func(t *testing.T) {
		strict := handler(t, static.Options{AttachActive: true})
		w := httptest.NewRecorder()
		strict.ServeContent(w, httptest.NewRequest("GET", "/", nil), static.Content{Reader: stream(), Type: "text/html; charset=utf-8"})
		wantField(t, w.Result(), "Content-Disposition", `attachment; filename="download"`)
		wantField(t, w.Result(), "Content-Security-Policy", "sandbox")
	})
	t.Run("a reader that cannot be sought through", func(t *testing.T) {
		want(t, ask("GET", static.Content{Reader: noSeek{}}), 500, "that content cannot be read")
	})
	t.Run("S11 a reader that ends early or fails", func(t *testing.T) {
		for _, c := range []static.Content{
			{Reader: stream(), Size: 20},
			{Reader: io.MultiReader(stream(), failingReader{}), Size: 20},
			{Reader: io.MultiReader(stream(), failingReader{})},
		} {
			s := server(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeContent(w, r, c) }))
			resp, err := http.Get(s.URL)
			if err != nil {
				continue // broken before the header was sent
			}
			if b, err := io.ReadAll(resp.Body); err == nil {
				t.Errorf("got %q and no error, want a broken connection", b)
			}
			resp.Body.Close()
		}
	})
}

type noSeek struct{ io.Reader }

func (noSeek) Seek(int64, int) (int64, error) { return 0, errors.New("no seeking") }

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("failed") }

func TestContentDisposition(t *testing.T) {
	h := handler(t, static.Options{})
	for _, tt := range []struct{ name, want string }{
		{"report.csv", `attachment; filename="report.csv"`},
		{"two words, and; more.txt", `attachment; filename="two words, and; more.txt"`},
		{"übersicht.pdf", `attachment; filename="_bersicht.pdf"; filename*=UTF-8''%C3%BCbersicht.pdf`},
		{`say "hi".txt`, `attachment; filename="say _hi_.txt"; filename*=UTF-8''say%20%22hi%22.txt`},
		{"100%41.txt", `attachment; filename="100_41.txt"; filename*=UTF-8''100%2541.txt`},
		{"it's (1).txt", `attachment; filename="it's (1).txt"`},
		{"../../etc/passwd", `attachment; filename="passwd"`},
		{`C:\temp\x.txt`, `attachment; filename="x.txt"`},
		{"a\r\nSet-Cookie: x=y", `attachment; filename="aSet-Cookie_ x=y"`},
		{"\u202egpj.exe", `attachment; filename="gpj.exe"`},
		{".htaccess", `attachment; filename="htaccess"`},
		{"a.txt. . ", `attachment; filename="a.txt"`},
		{"bad\xff.txt", `attachment; filename="bad_.txt"`},
		{"", `attachment; filename="download"`},
		{"..", `attachment; filename="download"`},
		{strings.Repeat("x", 300) + ".tar.gz", `attachment; filename="` + strings.Repeat("x", 197) + `.gz"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			h.ServeContent(w, httptest.NewRequest("GET", "/", nil), static.Content{Reader: bytes.NewReader(nil), Name: tt.name, Download: true})
			wantField(t, w.Result(), "Content-Disposition", tt.want)
		})
	}
}
