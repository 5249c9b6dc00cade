package static_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/static"
)

// with returns h behind a handler that sets fields, given as "Name: value".
func with(h http.Handler, fields ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, f := range fields {
			name, value, _ := strings.Cut(f, ": ")
			w.Header().Set(name, value)
		}
		h.ServeHTTP(w, r)
	})
}

// Fields that a wrapper has set are kept and used for conditions, as in
// http.FileServer.
func TestFieldsOfAWrapperAreKept(t *testing.T) {
	base := tree(t, map[string]string{"a.txt": "0123456789", "large.txt": strings.Repeat("0123456789", 40_000), "a.html": "<p>", "p.js": "plain", "p.js.gz": "packed"})
	h := handler(t, static.Options{Roots: []static.Root{static.Dir(base)}, Precompressed: []string{"gzip"}})
	for _, target := range []string{"/a.txt", "/large.txt"} {
		own := with(h, "Content-Type: text/x-own; charset=iso-8859-1", `ETag: "v1"`, "Cache-Control: no-cache", "Content-Disposition: inline; filename=x", "Content-Language: de")
		resp := ask(own, "GET", target)
		if resp.StatusCode != 200 {
			t.Fatalf("got %d", resp.StatusCode)
		}
		for name, value := range map[string]string{
			"Content-Type": "text/x-own; charset=iso-8859-1", "ETag": `"v1"`, "Cache-Control": "no-cache", "Content-Disposition": "inline; filename=x", "Content-Language": "de",
		} {
			wantField(t, resp, name, value)
		}
		if resp.Header.Get("Last-Modified") == "" {
			t.Error("Last-Modified: got none")
		}
		for _, tt := range []struct {
			condition string
			status    int
		}{
			{`If-None-Match: "v1"`, 304}, {`If-None-Match: W/"v1"`, 304}, {`If-None-Match: "v2"`, 206}, {`If-None-Match: ` + ask(h, "GET", target).Header.Get("ETag"), 206},
			{`If-Match: "v1"`, 206}, {`If-Match: "v2"`, 412}, {`If-Range: "v1"`, 206}, {`If-Range: "v2"`, 200}, {`If-Range: W/"v1"`, 200},
		} {
			if resp := ask(own, "GET", target, tt.condition, "Range: bytes=0-1"); resp.StatusCode != tt.status {
				t.Errorf("%s %s: got %d, want %d", target, tt.condition, resp.StatusCode, tt.status)
			} else if tt.status == 304 || tt.status == 206 {
				wantField(t, resp, "ETag", `"v1"`)
			}
		}
		parts := bodyOf(t, ask(own, "GET", target, "Range: bytes=0-1,4-5"))
		if !strings.Contains(parts, "Content-Type: text/x-own; charset=iso-8859-1\r\n") {
			t.Errorf("got the parts %q, want the wrapper's type in them", parts)
		}
	}
	t.Run("a weak tag", func(t *testing.T) {
		weak := with(h, `ETag: W/"v1"`)
		want(t, ask(weak, "GET", "/a.txt", `If-None-Match: "v1"`), 304, "")
		want(t, ask(weak, "GET", "/a.txt", `If-Range: W/"v1"`, "Range: bytes=0-1"), 200, "0123456789")
	})
	t.Run("a tag says less of an encoding", func(t *testing.T) {
		own := with(h, `ETag: "v1"`)
		resp := ask(own, "GET", "/p.js", "Accept-Encoding: gzip")
		want(t, resp, 200, "packed")
		wantField(t, resp, "ETag", `W/"v1"`)
		want(t, ask(own, "GET", "/p.js", "Accept-Encoding: gzip", `If-None-Match: W/"v1"`), 304, "")
		wantField(t, ask(own, "GET", "/p.js"), "ETag", `"v1"`)
	})
	t.Run("content that is encoded already", func(t *testing.T) {
		gz := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "text/javascript")
			h.ServeName(w, r, "p.js.gz")
		})
		resp := ask(gz, "GET", "/any", "Accept-Encoding: gzip")
		want(t, resp, 200, "packed")
		wantField(t, resp, "Content-Encoding", "gzip")
		wantField(t, resp, "Content-Type", "text/javascript")
		wantField(t, resp, "Content-Length", "6")
		want(t, ask(with(h, "Content-Encoding: x-own"), "GET", "/p.js", "Accept-Encoding: gzip"), 200, "plain")
	})
	t.Run("a type that is to be left out", func(t *testing.T) {
		s := server(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"], w.Header()["Etag"] = nil, nil
			h.ServeHTTP(w, r)
		}))
		resp, body := get(t, s, "/a.html")
		if _, set := resp.Header["Content-Type"]; set || body != "<p>" || resp.Header.Get("ETag") != "" || resp.Header.Get("Last-Modified") == "" {
			t.Errorf("got %v and %q, want neither type nor tag", resp.Header, body)
		}
	})
	t.Run("S13 the type that is sent decides what is active", func(t *testing.T) {
		strict := handler(t, static.Options{Roots: []static.Root{static.Dir(base)}, AttachActive: true})
		resp := ask(with(strict, "Content-Type: text/html"), "GET", "/a.txt")
		wantField(t, resp, "Content-Security-Policy", "sandbox")
		wantField(t, resp, "Content-Disposition", `attachment; filename="a.txt"`)
		resp = ask(with(strict, "Content-Type: text/plain"), "GET", "/a.html")
		wantField(t, resp, "Content-Security-Policy", "")
		wantField(t, resp, "Content-Disposition", "")
		resp = ask(with(strict, `Content-Disposition: inline; filename="x.html"`), "GET", "/a.html")
		wantField(t, resp, "Content-Disposition", `attachment; filename="a.html"`)
		resp = ask(with(strict, `Content-Disposition: Attachment; filename="x.html"`), "GET", "/a.html")
		wantField(t, resp, "Content-Disposition", `Attachment; filename="x.html"`)
		wantField(t, resp, "Content-Security-Policy", "sandbox")
	})
}

// A 304 and an error have no fields that describe a content.
func TestNothingIsSaidOfMissingContent(t *testing.T) {
	h := dir(t, map[string]string{"a.txt": "0123456789", "a.txt.gz": "0123456789"})
	own := with(h, "Content-Language: de", "Content-Encoding: gzip", "Content-Type: text/x-own", "Content-Location: /a.de.txt", "Last-Modified: Thu, 01 Jan 2004 00:00:00 GMT",
		`ETag: "v1"`, "Content-Disposition: attachment; filename=a.txt", "Cache-Control: no-cache", "X-Other: kept", "Content-Range: bytes 0-1/2", "Content-Length: 77")
	for _, tt := range []struct {
		target, condition string
		status            int
		kept              string
	}{
		{"/a.txt", `If-None-Match: "v1"`, 304, "Cache-Control Content-Disposition Content-Location Etag X-Other"},
		{"/a.txt", `If-Match: "v2"`, 412, "Cache-Control Content-Length Content-Location Content-Type X-Content-Type-Options X-Other"},
		{"/a.txt.gz", "Range: bytes=99-", 416, "Cache-Control Content-Length Content-Location Content-Range Content-Type X-Content-Type-Options X-Other"},
		{"/none", "X: y", 404, "Cache-Control Content-Length Content-Location Content-Type X-Content-Type-Options X-Other"},
	} {
		t.Run(fmt.Sprint("S19 ", tt.status), func(t *testing.T) {
			resp := ask(own, "GET", tt.target, tt.condition)
			if resp.StatusCode != tt.status {
				t.Errorf("got %d, want %d", resp.StatusCode, tt.status)
			}
			var names []string
			for _, name := range []string{
				"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Length", "Content-Location", "Content-Range", "Content-Type", "Etag", "Last-Modified", "X-Content-Type-Options", "X-Other",
			} {
				if _, set := resp.Header[name]; set {
					names = append(names, name)
				}
			}
			if got := strings.Join(names, " "); got != tt.kept {
				t.Errorf("got the fields %s\nwant %s", got, tt.kept)
			}
			if tt.status != 304 {
				wantField(t, resp, "Cache-Control", "no-store")
			}
		})
	}
}

// compressing returns h behind a handler that compresses what h writes.
func compressing(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		h.ServeHTTP(compressed{w, z}, r)
	})
}

type compressed struct {
	http.ResponseWriter
	z *gzip.Writer
}

func (c compressed) Write(p []byte) (int, error) { return c.z.Write(p) }

// A writer around this package may compress: neither the length nor a range of
// the file is that of the response then.
func TestContentEncodingOfAWrapper(t *testing.T) {
	large := strings.Repeat("0123456789", 40_000)
	h := dir(t, map[string]string{"a.txt": "0123456789", "large.txt": large, "a.js.gz": "packed", "no_extension": "0123456789"})
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeContent(w, r, static.Content{Reader: strings.NewReader(large), Name: "made.txt"})
	})
	for _, tt := range []struct {
		name, target, body string
		h                  http.Handler
		fields             []string
	}{
		{"a small file", "/a.txt", "0123456789", h, nil},
		{"a large file", "/large.txt", large, h, nil},
		{"content", "/", large, serve, nil},
		{"a range", "/a.txt", "0123456789", h, []string{"Range: bytes=2-3"}},
		{"two ranges", "/large.txt", large, h, []string{"Range: bytes=2-3,6-7"}},
		{"a range outside", "/a.txt", "0123456789", h, []string{"Range: bytes=99-"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := server(t, compressing(tt.h))
			r, err := http.NewRequest("GET", s.URL+tt.target, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range tt.fields {
				name, value, _ := strings.Cut(f, ": ")
				r.Header.Set(name, value)
			}
			resp, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if !resp.Uncompressed {
				if resp.Body, err = gzip.NewReader(resp.Body); err != nil {
					t.Fatal(err)
				}
			}
			want(t, resp, 200, tt.body)
			wantField(t, resp, "Accept-Ranges", "")
		})
	}
	for _, tt := range []struct{ target, coding, length string }{
		{"/a.txt", "gzip", ""},
		{"/a.txt", "X-Own", ""},
		{"/no_extension", "x-own", ""},
		{"/a.js.gz", "br", ""},
		{"/a.js.gz", "GZIP", "6"},
		{"/a.txt", "identity", "10"},
		{"/a.txt", "", "10"},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			resp := ask(with(h, "Content-Encoding: "+tt.coding), method, tt.target)
			if got := resp.Header.Get("Content-Length"); resp.StatusCode != 200 || got != tt.length {
				t.Errorf("%s %s in %q: got %d, Content-Length %q, want %q", method, tt.target, tt.coding, resp.StatusCode, got, tt.length)
			}
		}
	}
	want(t, ask(with(h, "Content-Encoding: gzip"), "GET", "/a.js.gz", "Range: bytes=1-2"), 206, "ac")
	want(t, ask(with(h, "Content-Encoding: identity"), "GET", "/a.txt", "Range: bytes=1-2"), 206, "12")
}

func TestCacheControlCanBeLeftOut(t *testing.T) {
	h := handler(t, static.Options{
		Roots: []static.Root{static.Dir(tree(t, map[string]string{"a.txt": "a", "b.js": "b"}))}, DisableCacheControl: true,
		Cache: []static.CacheRule{{Pattern: "*.js", Value: "no-cache"}},
	})
	resp := ask(h, "GET", "/a.txt")
	if _, set := resp.Header["Cache-Control"]; set {
		t.Errorf("got %q, want none", resp.Header.Get("Cache-Control"))
	}
	wantField(t, ask(h, "GET", "/b.js"), "Cache-Control", "no-cache")
	wantField(t, ask(h, "GET", "/none"), "Cache-Control", "no-store")
}

func TestDownloadOfAFileUnderAnotherName(t *testing.T) {
	h := dir(t, map[string]string{"reports/7f3a.pdf": "%PDF"})
	download := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Disposition", static.Attachment(name))
			h.ServeName(w, r, "reports/7f3a.pdf")
		})
	}
	resp := ask(download("Übersicht 2024.pdf"), "GET", "/download")
	want(t, resp, 200, "%PDF")
	wantField(t, resp, "Content-Disposition", `attachment; filename="_bersicht 2024.pdf"; filename*=UTF-8''%C3%9Cbersicht%202024.pdf`)
	wantField(t, resp, "Content-Type", "application/pdf")
	want(t, ask(download("x"), "GET", "/download", "Range: bytes=1-2"), 206, "PD")
}

// unsought fails the test if it is read or sought.
type unsought struct{ t *testing.T }

func (u unsought) Read([]byte) (int, error) { u.t.Error("the content is read"); return 0, io.EOF }
func (u unsought) Seek(int64, int) (int64, error) {
	u.t.Error("the content is sought through")
	return 0, nil
}

func TestConditionsAreDecidedBeforeTheContentIsTouched(t *testing.T) {
	h := handler(t, static.Options{})
	for _, tt := range []struct {
		condition string
		status    int
	}{
		{`If-None-Match: "v1"`, 304}, {"If-Modified-Since: " + past.Format(http.TimeFormat), 304}, {`If-Match: "v2"`, 412},
	} {
		resp := ask(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeContent(w, r, static.Content{Reader: unsought{t}, ETag: `"v1"`, ModTime: past})
		}), "GET", "/", tt.condition)
		if resp.StatusCode != tt.status {
			t.Errorf("%s: got %d, want %d", tt.condition, resp.StatusCode, tt.status)
		}
	}
}

func TestServeContentKeepsFieldsOfAWrapper(t *testing.T) {
	h := handler(t, static.Options{})
	serve := func(c static.Content) http.Handler {
		return with(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeContent(w, r, c) }), "Content-Type: text/own", `ETag: "own"`)
	}
	resp := ask(serve(static.Content{Reader: strings.NewReader("a"), Name: "a.html"}), "GET", "/")
	wantField(t, resp, "Content-Type", "text/own")
	wantField(t, resp, "ETag", `"own"`)
	want(t, ask(serve(static.Content{Reader: strings.NewReader("a")}), "GET", "/", `If-None-Match: "own"`), 304, "")
	resp = ask(serve(static.Content{Reader: strings.NewReader("a"), Type: "text/given", ETag: `"given"`}), "GET", "/", `If-None-Match: "own"`)
	want(t, resp, 200, "a")
	wantField(t, resp, "Content-Type", "text/given")
	wantField(t, resp, "ETag", `"given"`)
}
