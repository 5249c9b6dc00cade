package compress_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/sidekick-http/sidekick/internal/respw/respwtest"
	"github.com/sidekick-http/sidekick/middleware/compress"
)

// compressBody is worth encoding and longer than any buffer on the way.
var compressBody = strings.Repeat("all the words of a page, again and again, ", 4000)

func newCompressor(t testing.TB, o compress.Options) *compress.Compressor {
	t.Helper()
	c, err := compress.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// compressAnswer is a response with its body as sent and as decoded.
type compressAnswer struct {
	status  int
	header  http.Header
	sent    []byte
	text    string
	err     error // of reading or decoding the body
	length  int64
	trailer http.Header
	broken  bool // the connection was cut
}

// compressServe starts servers over HTTP/1.1 and HTTP/2 and runs the test on each.
func compressServe(t *testing.T, h http.Handler, test func(t *testing.T, ask func(method, accept string, header ...string) compressAnswer)) {
	t.Helper()
	for _, proto := range []string{"HTTP1", "HTTP2"} {
		t.Run(proto, func(t *testing.T) {
			s := httptest.NewUnstartedServer(h)
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			if proto == "HTTP2" {
				s.EnableHTTP2 = true
				s.StartTLS()
			} else {
				s.Start()
			}
			defer s.Close()
			s.Client().Transport.(*http.Transport).DisableCompression = true
			test(t, func(method, accept string, header ...string) compressAnswer {
				return compressAsk(t, s, method, accept, header...)
			})
		})
	}
}

func compressAsk(t *testing.T, s *httptest.Server, method, accept string, header ...string) compressAnswer {
	t.Helper()
	r, err := http.NewRequest(method, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if accept != "" {
		r.Header.Set("Accept-Encoding", accept)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	resp, err := s.Client().Do(r)
	if err != nil {
		return compressAnswer{err: err, broken: true}
	}
	defer resp.Body.Close()
	a := compressAnswer{status: resp.StatusCode, header: resp.Header, length: resp.ContentLength}
	a.sent, err = io.ReadAll(resp.Body)
	a.trailer = resp.Trailer // complete only now
	a.broken = err != nil
	var decodeErr error
	a.text, decodeErr = compressDecode(resp.Header.Get("Content-Encoding"), a.sent)
	a.err = errors.Join(err, decodeErr)
	return a
}

// compressDecode decodes a body, and fails if it is incomplete.
func compressDecode(coding string, body []byte) (string, error) {
	if len(body) == 0 {
		return "", nil
	}
	var in io.Reader = bytes.NewReader(body)
	switch coding {
	case "gzip":
		z, err := gzip.NewReader(in)
		if err != nil {
			return "", err
		}
		in = z
	case "zstd":
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
		if err != nil {
			return "", err
		}
		defer z.Close()
		in = z
	}
	b, err := io.ReadAll(in)
	return string(b), err
}

// compressText answers with body as text.
func compressText(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, body)
	}
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	t.Run("identity", func(t *testing.T) {
		respwtest.Run(t, newCompressor(t, compress.Options{}).Handler)
	})
	for _, coding := range []string{"gzip", "zstd"} {
		t.Run(coding, func(t *testing.T) {
			respwtest.Matrix{
				Piece:   newCompressor(t, compress.Options{}).Handler,
				Prepare: func(r *http.Request) { r.Header.Set("Accept-Encoding", coding) },
				Decode: func(coding string, body []byte) ([]byte, error) {
					text, err := compressDecode(coding, body)
					return []byte(text), err
				},
			}.Run(t)
		})
	}
	t.Run("gzip accepted, nothing worth it", func(t *testing.T) {
		c := newCompressor(t, compress.Options{Types: []string{"application/x-none"}})
		respwtest.Matrix{Piece: c.Handler, Prepare: func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip") }}.Run(t)
	})
	t.Run("gzip accepted, nothing long enough", func(t *testing.T) {
		c := newCompressor(t, compress.Options{MinBytes: 1 << 20, Types: []string{"application/x-none"}})
		respwtest.Matrix{Piece: c.Handler, Prepare: func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip") }}.Run(t)
	})
}

// What handlers do with a writer, in every coding, over both protocols: the decoded
// body must be what they wrote, and all of it must be marked as encoded.
func TestCompressorEncodes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "body.txt")
	if err := os.WriteFile(name, []byte(compressBody), 0o600); err != nil {
		t.Fatal(err)
	}
	in := func(mediaType string, do func(w http.ResponseWriter)) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if mediaType != "" {
				w.Header().Set("Content-Type", mediaType)
			}
			do(w)
		}
	}
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"one Write", in("text/html; charset=utf-8", func(w http.ResponseWriter) { _, _ = w.Write([]byte(compressBody)) }), compressBody},
		{"one WriteString", in("TEXT/CSS", func(w http.ResponseWriter) { _, _ = io.WriteString(w, compressBody) }), compressBody},
		{"a length announced", in("application/json", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", strconv.Itoa(len(compressBody)))
			w.WriteHeader(200)
			_, _ = io.WriteString(w, compressBody)
		}), compressBody},
		{"many short Writes", in("application/problem+json", func(w http.ResponseWriter) {
			for chunk := range strings.SplitAfterSeq(compressBody, " ") {
				_, _ = io.WriteString(w, chunk)
			}
		}), compressBody},
		{"exactly the minimum", in("image/svg+xml", func(w http.ResponseWriter) { _, _ = io.WriteString(w, compressBody[:1024]) }), compressBody[:1024]},
		{"type detected", in("", func(w http.ResponseWriter) { _, _ = io.WriteString(w, compressBody) }), compressBody},
		{"type detected in short Writes", in("", func(w http.ResponseWriter) {
			for range 300 {
				_, _ = io.WriteString(w, "<p>text</p>")
			}
		}), strings.Repeat("<p>text</p>", 300)},
		{"io.Copy", in("text/plain", func(w http.ResponseWriter) { _, _ = io.Copy(w, strings.NewReader(compressBody)) }), compressBody},
		{"io.Copy from a file", in("text/plain", func(w http.ResponseWriter) {
			f, err := os.Open(name)
			if err != nil {
				panic(err)
			}
			defer f.Close()
			_, _ = io.Copy(w, f)
		}), compressBody},
		{"a file served", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) }, compressBody},
		{"flushed before the first byte", in("text/plain", func(w http.ResponseWriter) {
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, compressBody)
		}), compressBody},
		{"flushed and left empty", in("text/plain", func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }), ""},
		{"flushed in between", in("text/plain", func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "short")
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, " and ")
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, "more")
		}), "short and more"},
		{"trailers", in("text/plain", func(w http.ResponseWriter) {
			w.Header().Set("Trailer", "X-Sum")
			_, _ = io.WriteString(w, compressBody)
			w.Header().Set("X-Sum", "42")
		}), compressBody},
		{"trailers not announced", in("text/plain", func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, compressBody)
			w.Header().Set(http.TrailerPrefix+"X-Sum", "42")
		}), compressBody},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, o := range []compress.Options{{}, {MaxPaddingBytes: 100, GzipLevel: 1, ZstdLevel: 22}} {
				compressServe(t, newCompressor(t, o).Handler(tt.handler), func(t *testing.T, ask func(string, string, ...string) compressAnswer) {
					for _, coding := range []string{"gzip", "zstd"} {
						a := ask("GET", coding)
						if a.err != nil || a.status != 200 {
							t.Fatalf("%s: got %d, %v", coding, a.status, a.err)
						}
						if got := a.header.Get("Content-Encoding"); got != coding {
							t.Errorf("Content-Encoding: got %q, want %q", got, coding)
						}
						if a.text != tt.want {
							t.Errorf("%s: got %d bytes %.60q, want %d", coding, len(a.text), a.text, len(tt.want))
						}
						if a.length >= 0 && a.length != int64(len(a.sent)) {
							t.Errorf("Content-Length: got %d of %d bytes", a.length, len(a.sent))
						}
						if strings.HasPrefix(tt.name, "trailers") && a.trailer.Get("X-Sum") != "42" {
							t.Errorf("trailer: got %v", a.trailer)
						}
						if a.header.Get("Content-Type") == "" {
							t.Error("no Content-Type")
						}
					}
					if a := ask("GET", ""); a.text != tt.want || a.header.Get("Content-Encoding") != "" {
						t.Errorf("identity: got %d bytes, %v", len(a.text), a.header)
					}
					if a := ask("HEAD", "gzip"); len(a.sent) != 0 || a.header.Get("Content-Encoding") != "" || a.err != nil {
						t.Errorf("HEAD: got %d bytes, %v, %v", len(a.sent), a.header, a.err)
					}
				})
			}
		})
	}
}

// The writer has the same methods as the one below, whatever that is.
func TestCompressorOverOtherWriters(t *testing.T) {
	type pusher struct{ http.ResponseWriter }
	for _, accept := range []string{"", "gzip"} {
		rec := httptest.NewRecorder()
		for _, w := range []http.ResponseWriter{rec, pusher{rec}} {
			var inside http.ResponseWriter
			h := newCompressor(t, compress.Options{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				inside = w
				compressText(compressBody)(w, r)
			}))
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Accept-Encoding", accept)
			h.ServeHTTP(w, r)
			_, flusher := w.(http.Flusher)
			if _, ok := inside.(http.Flusher); ok != flusher {
				t.Errorf("%T: Flusher is %t inside, %t outside", w, ok, flusher)
			}
			if _, ok := inside.(http.Hijacker); ok {
				t.Errorf("%T: got a Hijacker", w)
			}
		}
		if got := rec.Header().Get("Content-Encoding"); got != accept {
			t.Errorf("Content-Encoding: got %q, want %q", got, accept)
		}
	}
}

// Files that are not encoded must reach the ReadFrom of net/http, which alone can
// have the kernel send them.
func TestCompressorKeepsReadFrom(t *testing.T) {
	for _, tt := range []struct {
		name, accept, mediaType string
		length                  bool
	}{
		{"not accepted", "", "text/plain", true},
		{"packed already", "gzip", "image/png", true},
		{"packed, no length", "gzip", "image/png", false},
		{"packed, type unknown", "gzip", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := "\x89PNG\x0D\x0A\x1A\x0A" + strings.Repeat("\x00", 100_000)
			w := &compressReaderFrom{ResponseRecorder: httptest.NewRecorder()}
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Accept-Encoding", tt.accept)
			newCompressor(t, compress.Options{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if tt.mediaType != "" {
					w.Header().Set("Content-Type", tt.mediaType)
				}
				if tt.length {
					w.Header().Set("Content-Length", strconv.Itoa(len(body)))
				}
				n, err := io.Copy(w, struct{ io.Reader }{strings.NewReader(body)})
				if n != int64(len(body)) || err != nil {
					t.Errorf("copied %d, %v", n, err)
				}
			})).ServeHTTP(w, r)
			if w.Body.String() != body {
				t.Errorf("got another body of %d bytes", w.Body.Len())
			}
			if least := int64(len(body)) - 1024; w.read < least {
				t.Errorf("ReadFrom got %d bytes, want at least %d", w.read, least)
			}
		})
	}
}

// compressReaderFrom has the methods of net/http's writer over HTTP/1.
type compressReaderFrom struct {
	*httptest.ResponseRecorder
	read int64
}

func (w *compressReaderFrom) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, http.ErrNotSupported
}

func (w *compressReaderFrom) ReadFrom(src io.Reader) (int64, error) {
	n, err := io.Copy(w.ResponseRecorder, src)
	w.read += n
	return n, err
}

// A client that has read an encoded body must be able to change what it has read.
func TestCompressorIfMatch(t *testing.T) {
	// Both handlers send the tag that they are given; one compares according to RFC
	// 9110, the other compares strings.
	strict := func(tag string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", tag)
			http.ServeContent(w, r, "a.txt", time.Time{}, strings.NewReader(compressBody))
		}
	}
	naive := func(tag string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if match := r.Header.Get("If-Match"); match != "" && match != tag {
				w.WriteHeader(http.StatusPreconditionFailed)
				return
			}
			w.Header().Set("ETag", tag)
			compressText(compressBody)(w, r)
		}
	}
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		accept  string
		match   string // "" means the tag that the client was sent
		status  int
	}{
		{"the tag that was sent, strict", strict(`"v1"`), "gzip", "", 200},
		{"the tag that was sent, naive", naive(`"v1"`), "gzip", "", 200},
		{"the tag as the handler knows it", strict(`"v1"`), "gzip", `"v1"`, 200},
		{"in a list", strict(`"v1"`), "gzip", `"v0", W/"v1"`, 200},
		{"another", strict(`"v2"`), "gzip", `W/"v1"`, 412},
		{"another, naive", naive(`"v2"`), "gzip", `W/"v1"`, 412},
		{"weak by itself: matches nothing", strict(`W/"v1"`), "gzip", "", 412},
		{"nothing is encoded for this client", strict(`"v1"`), "", `W/"v1"`, 412},
		{"any", strict(`"v1"`), "gzip", `*`, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			compressServe(t, newCompressor(t, compress.Options{}).Handler(tt.handler), func(t *testing.T, ask func(string, string, ...string) compressAnswer) {
				match := tt.match
				if match == "" {
					match = ask("GET", tt.accept).header.Get("ETag")
				}
				if a := ask("GET", tt.accept, "If-Match", match); a.status != tt.status {
					t.Errorf("If-Match: %s: got %d, want %d", match, a.status, tt.status)
				}
			})
		})
	}
}

// The request that outer handlers see is not changed.
func TestCompressorIfMatchOnACopy(t *testing.T) {
	r := httptest.NewRequest("PUT", "/", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	r.Header.Set("If-Match", `W/"a"`)
	newCompressor(t, compress.Options{}).Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("If-Match"); got != `"a"` {
			t.Errorf("inside: got %s", got)
		}
	})).ServeHTTP(httptest.NewRecorder(), r)
	if got := r.Header.Get("If-Match"); got != `W/"a"` {
		t.Errorf("outside: got %s", got)
	}
}

// Encoders are made once and returned to their pool however a response ends.
func TestCompressorGivesEncodersBack(t *testing.T) {
	body := []byte(strings.Repeat("words of a body ", 200))
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
	}{
		{"the length is known", func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
			_, _ = w.Write(body)
		}},
		{"the length is not known", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(body) }},
		{"more than was announced", func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
			_, _ = w.Write(body)
			_, _ = w.Write(body)
		}},
		{"a flush", func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(body)
			_ = http.NewResponseController(w).Flush()
		}},
		{"a panic", func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(body)
			panic("on purpose")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newCompressor(t, compress.Options{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Content-Type"] = []string{"text/plain"}
				tt.handler(w, r)
			}))
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Accept-Encoding", "gzip")
			w := &nowhere{http.Header{}}
			if n := testing.AllocsPerRun(200, func() {
				defer func() { _ = recover() }()
				clear(w.header)
				h.ServeHTTP(w, r)
			}); n > 20 { // the race detector takes some out of pools
				t.Errorf("got %v allocations for each response, as if each had an encoder made", n)
			}
		})
	}
}

// nowhere is a response that nobody reads.
type nowhere struct{ header http.Header }

func (w *nowhere) Header() http.Header         { return w.header }
func (w *nowhere) WriteHeader(int)             {}
func (w *nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (w *nowhere) Flush()                      {}

func TestCompressorOptions(t *testing.T) {
	t.Run("every problem", func(t *testing.T) {
		_, err := compress.New(compress.Options{
			Codings: []string{"gzip", "br", "gzip"}, GzipLevel: 10, ZstdLevel: -1, MinBytes: 2 << 20,
			MaxPaddingBytes: -1, Types: []string{"text", "text/html; charset=utf-8", "*/*", "text/*", "*/*+json", ""},
		})
		want := strings.Join([]string{
			`compress: Codings[1]: invalid value "br": want "gzip" or "zstd"`,
			`compress: Codings[2]: invalid value "gzip": named twice`,
			`compress: GzipLevel: invalid value 10: want 1 to 9, or 0 for 5`,
			`compress: ZstdLevel: invalid value -1: want 1 to 22, or 0 for 1`,
			`compress: MinBytes: invalid value 2097152: want at most 1048576: that much of every body may be held back`,
			`compress: MaxPaddingBytes: invalid value -1: want 0 to 32768`,
			`compress: Types[0]: invalid value "text": want a media type without parameters, such as "text/html", "text/*" or "*/*+json"`,
			`compress: Types[1]: invalid value "text/html; charset=utf-8": want a media type without parameters, such as "text/html", "text/*" or "*/*+json"`,
			`compress: Types[2]: invalid value "*/*": want a media type without parameters, such as "text/html", "text/*" or "*/*+json"`,
			`compress: Types[5]: invalid value "": want a media type without parameters, such as "text/html", "text/*" or "*/*+json"`,
		}, "\n")
		if err == nil {
			t.Fatal("got no error")
		}
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("empty lists", func(t *testing.T) {
		if _, err := compress.New(compress.Options{Codings: []string{}, Types: []string{}}); err == nil || strings.Count(err.Error(), "\n") != 1 {
			t.Errorf("got %v, want two problems", err)
		}
	})
	serve := func(o compress.Options, accept, mediaType, body string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/x", nil)
		r.Header.Set("Accept-Encoding", accept)
		newCompressor(t, o).Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", mediaType)
			_, _ = io.WriteString(w, body)
		})).ServeHTTP(w, r)
		return w
	}
	for _, tt := range []struct {
		name        string
		o           compress.Options
		accept, typ string
		bytes       int
		coding      string
	}{
		{name: "our preference", accept: "gzip, zstd", typ: "text/plain", bytes: 2000, coding: "zstd"},
		{name: "the preference configured", o: compress.Options{Codings: []string{"gzip", "zstd"}}, accept: "zstd, gzip", typ: "text/plain", bytes: 2000, coding: "gzip"},
		{name: "the client's weights", accept: "zstd;q=0.4, gzip;q=0.5", typ: "text/plain", bytes: 2000, coding: "gzip"},
		{name: "one coding only", o: compress.Options{Codings: []string{"gzip"}}, accept: "zstd", typ: "text/plain", bytes: 2000},
		{name: "MinBytes lower", o: compress.Options{MinBytes: 10}, accept: "gzip", typ: "text/plain", bytes: 10, coding: "gzip"},
		{name: "MinBytes lower, below", o: compress.Options{MinBytes: 10}, accept: "gzip", typ: "text/plain", bytes: 9},
		{name: "MinBytes none", o: compress.Options{MinBytes: -1}, accept: "gzip", typ: "text/plain", bytes: 1, coding: "gzip"},
		{name: "MinBytes none, empty", o: compress.Options{MinBytes: -1}, accept: "gzip", typ: "text/plain"},
		{name: "Types listed", o: compress.Options{Types: []string{"application/x-mine"}}, accept: "gzip", typ: "application/X-Mine; a=b", bytes: 2000, coding: "gzip"},
		{name: "Types not listed", o: compress.Options{Types: []string{"application/x-mine"}}, accept: "gzip", typ: "text/plain", bytes: 2000},
		{name: "Types with event streams", o: compress.Options{Types: []string{"text/event-stream"}}, accept: "gzip", typ: "text/event-stream", bytes: 2000, coding: "gzip"},
		{name: "Types by suffix", o: compress.Options{Types: []string{"*/*+cbor"}}, accept: "gzip", typ: "application/a+b+cbor", bytes: 2000, coding: "gzip"},
		{name: "no suffix but the name", o: compress.Options{Types: []string{"*/*+cbor"}}, accept: "gzip", typ: "application/cbor", bytes: 2000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := serve(tt.o, tt.accept, tt.typ, strings.Repeat("a", tt.bytes))
			if got := w.Header().Get("Content-Encoding"); got != tt.coding {
				t.Errorf("Content-Encoding: got %q, want %q", got, tt.coding)
			}
		})
	}
	t.Run("later changes of the options change nothing", func(t *testing.T) {
		o := compress.Options{Codings: []string{"gzip"}, Types: []string{"text/plain"}}
		c := newCompressor(t, o)
		o.Codings[0], o.Types[0] = "zstd", "image/png"
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", "gzip, zstd")
		c.Handler(compressText(compressBody)).ServeHTTP(w, r)
		if got := w.Header().Get("Content-Encoding"); got != "gzip" {
			t.Errorf("got %q, want gzip", got)
		}
	})
}

// A short response is sent at once, with its encoded length; a long one is not
// buffered.
func TestCompressorLength(t *testing.T) {
	h := newCompressor(t, compress.Options{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		n := 2000
		if r.Header.Get("X-Long") != "" {
			n = 1_000_000
		}
		noise := make([]byte, n)
		for i, x := 0, uint32(1); i < n; i++ {
			x ^= x << 13
			x ^= x >> 17
			x ^= x << 5
			noise[i] = byte(x)
		}
		_, _ = w.Write(noise)
	}))
	compressServe(t, h, func(t *testing.T, ask func(string, string, ...string) compressAnswer) {
		if a := ask("GET", "gzip"); a.length != int64(len(a.sent)) || a.err != nil || len(a.text) != 2000 {
			t.Errorf("short: got length %d of %d bytes, %v", a.length, len(a.sent), a.err)
		}
		if a := ask("GET", "gzip", "X-Long", "1"); a.length != -1 || a.err != nil || len(a.text) != 1_000_000 {
			t.Errorf("long: got length %d, %v", a.length, a.err)
		}
	})
}

func TestCompressorAfterReturn(t *testing.T) {
	var kept http.ResponseWriter
	h := newCompressor(t, compress.Options{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kept = w
		compressText(compressBody)(w, r)
	}))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	before := w.Body.Len()
	if n, err := kept.Write([]byte("late")); n != 0 || err == nil {
		t.Errorf("Write after the handler's return: got %d, %v", n, err)
	}
	if w.Body.Len() != before {
		t.Error("something was written late")
	}
}

// compressRaw speaks HTTP/1.1 by hand.
func compressRaw(t *testing.T, h http.Handler, request string) (*bufio.Reader, net.Conn) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, request)
	return bufio.NewReader(conn), conn
}

// With a small minimum the type is still detected from as many bytes as in
// net/http.
func TestCompressorDetectsTheTypeFromEnough(t *testing.T) {
	c, err := compress.New(compress.Options{MinBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ first, rest, want string }{
		{"<", "!DOCTYPE html><p>" + strings.Repeat("x", 600), "text/html; charset=utf-8"},
		{"%P", "DF-1.7 " + strings.Repeat("x", 600), "application/pdf"},
		{"a", "b", "text/plain; charset=utf-8"},
	} {
		h := c.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, tt.first)
			_, _ = io.WriteString(w, tt.rest)
		}))
		srv := httptest.NewServer(h)
		r, err := http.NewRequest("GET", srv.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "gzip")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Header.Get("Content-Type"); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.first, got, tt.want)
		}
		res.Body.Close()
		srv.Close()
	}
}
