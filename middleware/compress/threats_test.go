package compress_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/middleware/compress"
)

func TestCompressorThreats(t *testing.T) {
	t.Parallel()
	plain := newCompressor(t, compress.Options{})
	// both runs a test over HTTP/1.1 and HTTP/2.
	both := func(name string, h http.Handler, test func(t *testing.T, ask func(string, string, ...string) compressAnswer)) {
		t.Run(name, func(t *testing.T) { compressServe(t, h, test) })
	}

	both("Z1 negotiation", plain.Handler(compressText(compressBody)), func(t *testing.T, ask func(string, string, ...string) compressAnswer) {
		for _, tt := range []struct{ accept, want string }{
			{"gzip", "gzip"},
			{"gzip;q=0", ""},
			{"*;q=0, identity", ""},
			{"*", "zstd"},
			{"GZIP", "gzip"},
			{"gzip;q=abc", ""},
			{"gzip;q=0.5, identity", ""},
			{"gzip, deflate, br, zstd", "zstd"},
			{"deflate, gzip", "gzip"},
			{"deflate", ""},
			{"br", ""},
			{"identity", ""},
			{strings.Repeat("gzip,", 20_000), ""},
		} {
			a := ask("GET", tt.accept)
			if got := a.header.Get("Content-Encoding"); got != tt.want || a.text != compressBody || a.err != nil {
				t.Errorf("%.40q: got %q, %v, want %q", tt.accept, got, a.err, tt.want)
			}
		}
	})

	both("Z2 nothing acceptable is identity", plain.Handler(compressText(compressBody)), func(t *testing.T, ask func(string, string, ...string) compressAnswer) {
		a := ask("GET", "identity;q=0, *;q=0")
		if a.status != 200 || a.header.Get("Content-Encoding") != "" || a.text != compressBody {
			t.Errorf("got %d, %v", a.status, a.header)
		}
	})

	t.Run("Z3 Vary", func(t *testing.T) {
		for _, tt := range []struct {
			name string
			vary []string
			want []string
		}{
			{"none", nil, []string{"Accept-Encoding"}},
			{"there already", []string{"accept-encoding"}, []string{"accept-encoding"}},
			{"in a list", []string{"Origin, Accept-Encoding"}, []string{"Origin, Accept-Encoding"}},
			{"another", []string{"Origin"}, []string{"Origin, Accept-Encoding"}},
			{"two lines", []string{"Origin", "Cookie"}, []string{"Origin, Cookie, Accept-Encoding"}},
			{"a name alike", []string{"X-Accept-Encoding"}, []string{"X-Accept-Encoding, Accept-Encoding"}},
			{"all", []string{"*"}, []string{"*"}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				h := func(do func(w http.ResponseWriter)) http.Handler {
					return plain.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
						w.Header()["Vary"] = slices.Clone(tt.vary)
						w.Header().Set("Content-Type", "text/plain")
						do(w)
					}))
				}
				for name, handler := range map[string]http.Handler{
					"long":       h(func(w http.ResponseWriter) { _, _ = io.WriteString(w, compressBody) }),
					"too small":  h(func(w http.ResponseWriter) { _, _ = io.WriteString(w, "small") }),
					"304":        h(func(w http.ResponseWriter) { w.WriteHeader(304) }),
					"204":        h(func(w http.ResponseWriter) { w.WriteHeader(204) }),
					"nothing":    h(func(http.ResponseWriter) {}),
					"flushed":    h(func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }),
					"copied":     h(func(w http.ResponseWriter) { _, _ = io.Copy(w, strings.NewReader(compressBody)) }),
					"two layers": plain.Handler(h(func(w http.ResponseWriter) { _, _ = io.WriteString(w, compressBody) })),
				} {
					s := httptest.NewServer(handler)
					s.Client().Transport.(*http.Transport).DisableCompression = true
					for _, method := range []string{"GET", "HEAD", "POST"} {
						for _, accept := range []string{"", "gzip", "br"} {
							if got := compressAsk(t, s, method, accept).header.Values("Vary"); !slices.Equal(got, tt.want) {
								t.Errorf("%s, %s %q: got %q, want %q", name, method, accept, got, tt.want)
							}
						}
					}
					s.Close()
				}
			})
		}
	})

	statuses := plain.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusEarlyHints)
		switch r.Header.Get("X-Do") {
		case "204":
			w.WriteHeader(204)
		case "304":
			w.WriteHeader(304)
		}
		_, _ = io.WriteString(w, compressBody)
	}))
	both("Z4 bodyless responses", statuses, func(t *testing.T, ask func(string, string, ...string) compressAnswer) {
		for _, tt := range []struct {
			method, do string
			status     int
		}{{"GET", "204", 204}, {"GET", "304", 304}, {"HEAD", "200", 200}, {"HEAD", "304", 304}} {
			a := ask(tt.method, "gzip", "X-Do", tt.do)
			if a.status != tt.status || len(a.sent) != 0 || a.header.Get("Content-Encoding") != "" || a.err != nil {
				t.Errorf("%s %s: got %d, %d bytes, %v, %v", tt.method, tt.do, a.status, len(a.sent), a.header, a.err)
			}
		}
		if a := ask("GET", "gzip", "X-Do", "200"); a.header.Get("Content-Encoding") != "gzip" || a.text != compressBody {
			t.Errorf("200 after 103: got %d, %v", a.status, a.header)
		}
	})

	heads := plain.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Content-Length", r.Header.Get("X-Length"))
	}))
	both("Z4 the length in answer to HEAD", heads, func(t *testing.T, ask func(string, string, ...string) compressAnswer) {
		for _, tt := range []struct {
			accept, length string
			want           int64
			tag            string
		}{{"", "5000", 5000, `"v1"`}, {"gzip", "500", 500, `"v1"`}, {"gzip", "5000", -1, `W/"v1"`}} {
			a := ask("HEAD", tt.accept, "X-Length", tt.length)
			if a.length != tt.want || a.header.Get("ETag") != tt.tag {
				t.Errorf("%q, %s bytes: got %d, %v", tt.accept, tt.length, a.length, a.header)
			}
		}
	})

	file := filepath.Join(t.TempDir(), "body.txt")
	if err := os.WriteFile(file, []byte(compressBody), 0o600); err != nil {
		t.Fatal(err)
	}
	files := plain.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		http.ServeFile(w, r, file)
	}))
	both("Z5 ranges", files, func(t *testing.T, ask func(string, string, ...string) compressAnswer) {
		if a := ask("GET", "gzip", "Range", "bytes=0-2999"); a.status != 206 || a.header.Get("Content-Encoding") != "" ||
			string(a.sent) != compressBody[:3000] || a.header.Get("ETag") != `"v1"` {
			t.Errorf("206: got %d, %v", a.status, a.header)
		}
		if a := ask("GET", "gzip", "Range", "bytes=999999999-"); a.status != 416 || a.header.Get("Content-Encoding") != "" {
			t.Errorf("416: got %d, %v", a.status, a.header)
		}
		if a := ask("GET", "gzip"); a.header.Get("Accept-Ranges") != "" || a.header.Get("Content-Encoding") != "gzip" {
			t.Errorf("200 encoded: got %v", a.header)
		}
		if a := ask("GET", ""); a.header.Get("Accept-Ranges") != "bytes" {
			t.Errorf("200 plain: got %v", a.header)
		}
	})

	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = io.WriteString(z, compressBody+compressBody)
	_ = z.Close()
	itself := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("ETag", `"packed"`)
		_, _ = w.Write(packed.Bytes())
	})
	for name, h := range map[string]http.Handler{
		"by the handler": itself,
		"two layers":     plain.Handler(compressText(compressBody + compressBody)),
		"another level":  newCompressor(t, compress.Options{GzipLevel: 9, MinBytes: -1}).Handler(compressText(compressBody + compressBody)),
	} {
		both("Z6 double encoding: "+name, plain.Handler(h), func(t *testing.T, ask func(string, string, ...string) compressAnswer) {
			a := ask("GET", "gzip")
			if got := a.header.Values("Content-Encoding"); len(got) != 1 || got[0] != "gzip" || a.text != compressBody+compressBody {
				t.Errorf("got %q, %d bytes, %v", got, len(a.text), a.err)
			}
			if name == "by the handler" && a.header.Get("ETag") != `"packed"` {
				t.Errorf("the handler's own tag: got %q", a.header.Get("ETag"))
			}
		})
	}

	tagged := func(tag string, exact bool) http.Handler {
		return plain.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", tag)
			if exact {
				if r.Header.Get("If-None-Match") == tag {
					w.WriteHeader(304)
					return
				}
				compressText(compressBody)(w, r)
				return
			}
			http.ServeFile(w, r, file)
		}))
	}
	for _, tt := range []struct {
		name, tag, want string
		exact           bool
	}{
		{"strong, compared weakly", `"abc"`, `W/"abc"`, false},
		{"strong, compared as a text", `"a,b"`, `W/"a,b"`, true},
		{"weak", `W/"abc"`, `W/"abc"`, false},
		{"no tag at all", `abc`, `abc`, true},
	} {
		both("Z7 ETag "+tt.name, tagged(tt.tag, tt.exact), func(t *testing.T, ask func(string, string, ...string) compressAnswer) {
			a := ask("GET", "gzip")
			if got := a.header.Get("ETag"); got != tt.want || a.header.Get("Content-Encoding") != "gzip" {
				t.Fatalf("encoded: got %q, want %q", got, tt.want)
			}
			if got := ask("GET", "").header.Get("ETag"); got != tt.tag {
				t.Errorf("plain: got %q, want %q", got, tt.tag)
			}
			for _, method := range []string{"GET", "HEAD"} {
				a = ask(method, "gzip", "If-None-Match", tt.want)
				if a.status != 304 || len(a.sent) != 0 || a.header.Get("ETag") != tt.want || a.header.Get("Content-Encoding") != "" ||
					a.header.Get("Content-Length") != "" || a.header.Get("Vary") != "Accept-Encoding" {
					t.Errorf("%s with the tag: got %d, %d bytes, %v", method, a.status, len(a.sent), a.header)
				}
			}
			if a = ask("GET", "gzip", "If-None-Match", `W/"other", "abcd"`); a.status != 200 || a.text != compressBody {
				t.Errorf("with other tags: got %d", a.status)
			}
			if tt.exact {
				if a = ask("POST", "gzip", "If-None-Match", tt.want); tt.tag != tt.want && (a.status != 200 || a.text != compressBody) {
					t.Errorf("POST: got %d", a.status)
				}
			}
		})
	}

	digests := map[string]string{"Content-MD5": "x", "Digest": "x", "Content-Digest": "x", "Repr-Digest": "x"}
	lengths := plain.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name := range digests {
			w.Header().Set(name, "x")
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(compressBody)))
		compressText(compressBody)(w, r)
	}))
	both("Z8 length and digests", lengths, func(t *testing.T, ask func(string, string, ...string) compressAnswer) {
		coded, identity := ask("GET", "gzip"), ask("GET", "")
		for name := range digests {
			if coded.header.Get(name) != "" || identity.header.Get(name) != "x" {
				t.Errorf("%s: got %q encoded, %q plain", name, coded.header.Get(name), identity.header.Get(name))
			}
		}
		if coded.length >= 0 && coded.length != int64(len(coded.sent)) || coded.text != compressBody || coded.err != nil {
			t.Errorf("encoded: got length %d of %d bytes, %v", coded.length, len(coded.sent), coded.err)
		}
		if identity.length != int64(len(compressBody)) {
			t.Errorf("plain: got length %d", identity.length)
		}
	})

	missing := http.FileServer(http.Dir(t.TempDir()))
	errorsLong := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip") // for a body that is never written
		w.Header().Set("ETag", `"x"`)
		if r.Header.Get("X-Do") == "long" {
			w.Header().Del("Content-Encoding")
			http.Error(w, compressBody, 500)
			return
		}
		missing.ServeHTTP(w, r)
	})
	both("Z9 encoding on error paths", plain.Handler(errorsLong), func(t *testing.T, ask func(string, string, ...string) compressAnswer) {
		for _, accept := range []string{"", "gzip"} {
			if a := ask("GET", accept, "X-Do", "long"); a.status != 500 || a.header.Get("Content-Encoding") != accept || a.text != compressBody+"\n" || a.err != nil {
				t.Errorf("%q, long error: got %d, %v, %v", accept, a.status, a.header, a.err)
			}
		}
	})
	both("Z9 an error page of the recovery outside", recoverer(plain.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("ETag", `"x"`)
		_, _ = io.WriteString(w, compressBody[:4000]) // stays in the buffer
		panic("on purpose")
	}))), func(t *testing.T, ask func(string, string, ...string) compressAnswer) {
		a := ask("GET", "gzip")
		if a.status != 500 || a.header.Get("Content-Encoding") != "" || a.text != "recovered\n" || a.header.Get("ETag") == `W/"x"` {
			t.Errorf("got %d, %v, %q", a.status, a.header, a.text)
		}
	})

	for _, mediaType := range []string{"text/event-stream", "text/plain"} {
		t.Run("Z10 streaming "+mediaType, func(t *testing.T) {
			step := make(chan struct{})
			h := plain.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", mediaType)
				for i := range 3 {
					fmt.Fprintf(w, "data: %d\n\n", i)
					_ = http.NewResponseController(w).Flush()
					select {
					case <-step: // the client has read this one
					case <-r.Context().Done():
					}
				}
			}))
			s := httptest.NewServer(h)
			defer s.Close()
			s.Client().Transport.(*http.Transport).DisableCompression = true
			for _, accept := range []string{"", "gzip", "zstd"} {
				r, _ := http.NewRequest("GET", s.URL, nil)
				r.Header.Set("Accept-Encoding", accept)
				resp, err := s.Client().Do(r)
				if err != nil {
					t.Fatal(err)
				}
				var in io.Reader = resp.Body
				switch resp.Header.Get("Content-Encoding") {
				case "gzip":
					if in, err = gzip.NewReader(in); err != nil {
						t.Fatal(err)
					}
				case "zstd":
					d, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
					if err != nil {
						t.Fatal(err)
					}
					defer d.Close()
					in = d
				default:
					if accept != "" && mediaType == "text/plain" {
						t.Errorf("%s: not encoded", accept)
					}
				}
				lines := bufio.NewReader(in)
				for i := range 3 {
					if got, err := lines.ReadString('\n'); got != fmt.Sprintf("data: %d\n", i) || err != nil {
						t.Fatalf("%q: event %d: got %q, %v", accept, i, got, err)
					}
					if _, err := lines.ReadString('\n'); err != nil {
						t.Fatal(err)
					}
					step <- struct{}{}
				}
				if rest, err := io.ReadAll(lines); len(rest) != 0 || err != nil {
					t.Errorf("%q: at the end: got %q, %v", accept, rest, err)
				}
				resp.Body.Close()
			}
		})
	}

	t.Run("Z11 upgrades", func(t *testing.T) {
		in, conn := compressRaw(t, plain.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			conn, rw, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			fmt.Fprint(rw, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
			_ = rw.Flush()
			line, _ := rw.ReadString('\n')
			fmt.Fprintf(rw, "heard %s", line)
			_ = rw.Flush()
			if _, err := w.Write([]byte("x")); !errors.Is(err, http.ErrHijacked) {
				t.Errorf("Write after Hijack: got %v", err)
			}
		})), "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAccept-Encoding: gzip\r\n\r\n")
		resp, err := http.ReadResponse(in, nil)
		if err != nil || resp.StatusCode != 101 {
			t.Fatalf("got %v, %v", resp, err)
		}
		fmt.Fprint(conn, "hello\n")
		if got, err := io.ReadAll(in); string(got) != "heard hello\n" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
	t.Run("Z11 upgrade by status", func(t *testing.T) {
		in, _ := compressRaw(t, plain.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Upgrade", "x")
			w.Header().Set("Connection", "Upgrade")
			w.WriteHeader(http.StatusSwitchingProtocols)
		})), "GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n")
		if line, _ := in.ReadString('\n'); !strings.HasPrefix(line, "HTTP/1.1 101 ") {
			t.Errorf("got %q", line)
		}
	})
	t.Run("Z11 a hijack after a part", func(t *testing.T) {
		late := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Date"] = nil
			w.Header().Set("Vary", "Accept-Encoding")
			w.Header().Set("Content-Length", "3000")
			w.Header().Set("Content-Type", "text/plain")
			_, _ = w.Write([]byte(compressBody[:3000]))
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			conn.Close()
		})
		want, _ := compressRaw(t, late, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		got, _ := compressRaw(t, plain.Handler(late), "GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br\r\n\r\n")
		a, _ := io.ReadAll(want)
		b, _ := io.ReadAll(got)
		if string(a) != string(b) {
			t.Errorf("got %.200q, without the piece %.200q", b, a)
		}
	})

	both("Z12 no-transform", plain.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "private, No-Transform ,max-age=1")
		compressText(compressBody)(w, r)
	})), func(t *testing.T, ask func(string, string, ...string) compressAnswer) {
		if a := ask("GET", "gzip"); a.header.Get("Content-Encoding") != "" || string(a.sent) != compressBody {
			t.Errorf("got %v", a.header)
		}
	})

	both("Z13 what to encode", plain.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if mediaType := r.Header.Get("X-Type"); mediaType != "" {
			w.Header().Set("Content-Type", mediaType)
		}
		if mediaType := r.Header.Get("X-Type"); mediaType == "nil" {
			w.Header()["Content-Type"] = nil
		}
		_, _ = io.WriteString(w, r.Header.Get("X-Begin"))
		_, _ = io.WriteString(w, compressBody[:len(r.Header.Get("X-Fill"))])
	})), func(t *testing.T, ask func(string, string, ...string) compressAnswer) {
		for _, tt := range []struct {
			name, mediaType, begin string
			fill                   int
			want, wantType         string
		}{
			{"100 bytes", "text/plain", "", 100, "", "text/plain"},
			{"1023 bytes", "text/plain", "", 1023, "", "text/plain"},
			{"1024 bytes", "text/plain", "", 1024, "gzip", "text/plain"},
			{"JSON", "application/json; charset=utf-8", "", 2000, "gzip", "application/json; charset=utf-8"},
			{"feed", "application/atom+xml", "", 2000, "gzip", "application/atom+xml"},
			{"font", "font/ttf", "", 2000, "gzip", "font/ttf"},
			{"PNG", "image/png", "", 2000, "", "image/png"},
			{"JPEG", "image/jpeg", "", 2000, "", "image/jpeg"},
			{"video", "video/mp4", "", 2000, "", "video/mp4"},
			{"packed font", "font/woff2", "", 2000, "", "font/woff2"},
			{"archive", "application/zip", "", 2000, "", "application/zip"},
			{"anything", "application/octet-stream", "", 2000, "", "application/octet-stream"},
			{"nonsense", "a;b;c/d", "", 2000, "", "a;b;c/d"},
			{"no type, text", "", "", 2000, "gzip", "text/plain; charset=utf-8"},
			{"no type, HTML", "", "<!DOCTYPE html>", 2000, "gzip", "text/html; charset=utf-8"},
			{"no type, PNG", "", "\x89PNG\r\n\x1a\n", 2000, "", "image/png"},
			{"no type, gzip", "", "\x1f\x8b\x08", 2000, "", "application/x-gzip"},
			{"type withheld", "nil", "", 2000, "", ""},
		} {
			begin := tt.begin
			if strings.ContainsAny(begin, "\r\n\x1a\x1f\b") {
				continue // cannot be sent in a header; tested below
			}
			a := ask("GET", "gzip", "X-Type", tt.mediaType, "X-Begin", begin, "X-Fill", strings.Repeat("f", tt.fill))
			if got := a.header.Get("Content-Encoding"); got != tt.want || a.text != begin+compressBody[:tt.fill] {
				t.Errorf("%s: got %q, %d bytes, want %q", tt.name, got, len(a.text), tt.want)
			}
			if got := a.header.Get("Content-Type"); got != tt.wantType {
				t.Errorf("%s: Content-Type: got %q, want %q", tt.name, got, tt.wantType)
			}
		}
	})
	for name, begin := range map[string]string{"image/png": "\x89PNG\r\n\x1a\n", "application/x-gzip": "\x1f\x8b\x08"} {
		both("Z13 detected as "+name, plain.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, begin)
			_, _ = io.WriteString(w, strings.Repeat("\x00", 5000))
		})), func(t *testing.T, ask func(string, string, ...string) compressAnswer) {
			if a := ask("GET", "gzip"); a.header.Get("Content-Encoding") != "" || a.header.Get("Content-Type") != name || len(a.sent) != len(begin)+5000 {
				t.Errorf("got %v, %d bytes", a.header, len(a.sent))
			}
		})
	}

	skipping := newCompressor(t, compress.Options{Skip: func(r *http.Request) bool { return r.Header.Get("X-Skip") != "" }})
	both("Z14 BREACH: the switch by request", skipping.Handler(compressText(compressBody)), func(t *testing.T, ask func(string, string, ...string) compressAnswer) {
		if a := ask("GET", "gzip", "X-Skip", "1"); a.header.Get("Content-Encoding") != "" || a.header.Get("Vary") != "" {
			t.Errorf("skipped: got %v", a.header)
		}
		if a := ask("GET", "gzip"); a.header.Get("Content-Encoding") != "gzip" {
			t.Errorf("not skipped: got %v", a.header)
		}
	})
	withheld := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, rec := facts.Ensure(r)
		rec.SetWithhold(facts.Withhold{Compress: true})
		compressText(compressBody)(w, r)
	})
	outside := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, _ = facts.Ensure(r)
		plain.Handler(withheld).ServeHTTP(w, r)
	})
	both("Z14 BREACH: the switch of the action", outside, func(t *testing.T, ask func(string, string, ...string) compressAnswer) {
		if a := ask("GET", "gzip"); a.header.Get("Content-Encoding") != "" || a.text != compressBody {
			t.Errorf("got %v", a.header)
		}
	})
	padding := newCompressor(t, compress.Options{MaxPaddingBytes: 64})
	t.Run("Z14 BREACH: random padding", func(t *testing.T) {
		for _, coding := range []string{"gzip", "zstd"} {
			sizes := map[int]bool{}
			for range 60 {
				w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
				r.Header.Set("Accept-Encoding", coding)
				padding.Handler(compressText(compressBody)).ServeHTTP(w, r)
				if text, err := compressDecode(coding, w.Body.Bytes()); text != compressBody || err != nil {
					t.Fatalf("%s: %v", coding, err)
				}
				sizes[w.Body.Len()] = true
			}
			least, most := slices.Min(mapKeys(sizes)), slices.Max(mapKeys(sizes))
			if len(sizes) < 20 || most-least > 63 {
				t.Errorf("%s: got %d sizes from %d to %d, want many of 64", coding, len(sizes), least, most)
			}
		}
	})

	t.Run("Z15 abort", func(t *testing.T) {
		h := plain.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			switch r.Header.Get("X-Do") {
			case "panic":
				_, _ = io.WriteString(w, compressBody)
				_ = http.NewResponseController(w).Flush()
				panic("on purpose")
			case "abort":
				_, _ = io.WriteString(w, compressBody)
				panic(http.ErrAbortHandler)
			case "short":
				w.Header().Set("Content-Length", fmt.Sprint(len(compressBody)+1))
				_, _ = io.WriteString(w, compressBody)
			case "long":
				w.Header().Set("Content-Length", fmt.Sprint(len(compressBody)))
				_, _ = io.WriteString(w, compressBody)
				if _, err := io.WriteString(w, "x"); !errors.Is(err, http.ErrContentLength) {
					panic(fmt.Sprint("too much was taken: ", err))
				}
			default:
				_, _ = io.WriteString(w, compressBody)
			}
		}))
		compressServe(t, h, func(t *testing.T, ask func(string, string, ...string) compressAnswer) {
			var wg sync.WaitGroup
			for range 4 { // the same encoders serve all of these
				wg.Go(func() {
					for _, coding := range []string{"gzip", "zstd"} {
						for _, do := range []string{"panic", "", "abort", "", "short", ""} {
							a := ask("GET", coding, "X-Do", do)
							if do == "" && (a.err != nil || a.text != compressBody) {
								t.Errorf("%s after an abort: got %d bytes, %v", coding, len(a.text), a.err)
							}
							if do != "" && !a.broken {
								t.Errorf("%s %s: the response looks whole", coding, do)
							}
							if _, err := compressDecode(coding, a.sent); do != "" && len(a.sent) > 0 && err == nil {
								t.Errorf("%s %s: the stream looks whole", coding, do)
							}
						}
					}
				})
			}
			wg.Wait()
			if a := ask("GET", "gzip", "X-Do", "long"); a.text != compressBody || a.err != nil {
				t.Errorf("more than announced: got %d bytes, %v", len(a.text), a.err)
			}
		})
	})
	t.Run("Z15 client gone", func(t *testing.T) {
		done := make(chan error, 1)
		h := plain.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			if r.Header.Get("X-Do") == "" {
				_, _ = io.WriteString(w, compressBody)
				return
			}
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			var err error
			for range 1000 {
				if _, err = io.WriteString(w, compressBody); err == nil {
					err = http.NewResponseController(w).Flush()
				}
				if err != nil {
					break
				}
			}
			done <- err
		}))
		s := httptest.NewServer(h)
		defer s.Close()
		s.Client().Transport.(*http.Transport).DisableCompression = true
		ctx, cancel := context.WithCancel(context.Background())
		r, _ := http.NewRequestWithContext(ctx, "GET", s.URL, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		r.Header.Set("X-Do", "wait")
		resp, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		resp.Body.Close()
		if err := <-done; err == nil {
			t.Error("the handler was not told that its client is gone")
		}
		if a := compressAsk(t, s, "GET", "gzip"); a.text != compressBody || a.err != nil {
			t.Errorf("afterwards: got %d bytes, %v", len(a.text), a.err)
		}
	})
}

func mapKeys(m map[int]bool) []int {
	var keys []int
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

// recoverer answers panics, as long as nothing was sent.
func recoverer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				w.Header().Del("Etag")
				http.Error(w, "recovered", 500)
			}
		}()
		next.ServeHTTP(w, r)
	})
}
