package compress_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/sidekick-http/sidekick/middleware/compress"
)

var (
	// page is worth encoding, and longer than net/http's buffers.
	page = strings.Repeat("all the words of a page, again and again, ", 200)

	// book is also longer than the blocks of both encoders.
	book = strings.Repeat(page, 20)
)

// text answers with body as text.
func text(body string) http.HandlerFunc {
	return typed("text/plain", func(w http.ResponseWriter) { _, _ = io.WriteString(w, body) })
}

// typed sets the media type, unless it is "", and calls write.
func typed(mediaType string, write func(w http.ResponseWriter)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if mediaType != "" {
			w.Header().Set("Content-Type", mediaType)
		}
		write(w)
	}
}

// byCase has a handler for each value of the header X-Case.
type byCase map[string]http.HandlerFunc

func (h byCase) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h[r.Header.Get("X-Case")](w, r)
}

func newCompressor(t testing.TB, o compress.Options) *compress.Compressor {
	t.Helper()
	c, err := compress.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// record runs h once, behind a new Compressor and without a connection.
func record(t *testing.T, o compress.Options, accept string, h http.Handler) *httptest.ResponseRecorder {
	t.Helper()
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept-Encoding", accept)
	newCompressor(t, o).Handler(h).ServeHTTP(w, r)
	return w
}

// server serves a handler to a client that leaves codings to the test.
type server struct {
	*httptest.Server
	major int // the version of HTTP
}

// serve starts a server. HTTP/2 goes without TLS, whose handshake would take longer
// than most tests.
func serve(t *testing.T, h http.Handler, major int) server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(major == 1)
	s.Config.Protocols.SetUnencryptedHTTP2(major == 2)
	s.Start()
	t.Cleanup(s.Close)
	client := s.Client().Transport.(*http.Transport)
	client.DisableCompression = true
	client.Protocols = s.Config.Protocols
	return server{s, major}
}

// bothProtocols runs a test with a server that speaks HTTP/1.1 and with one that
// speaks HTTP/2.
func bothProtocols(t *testing.T, h http.Handler, test func(t *testing.T, s server)) {
	t.Helper()
	t.Run("HTTP1", func(t *testing.T) { test(t, serve(t, h, 1)) })
	t.Run("HTTP2", func(t *testing.T) { test(t, serve(t, h, 2)) })
}

// answer is a response with its body as sent and as decoded.
type answer struct {
	status  int
	header  http.Header
	trailer http.Header
	length  int64 // as announced, or -1
	sent    []byte
	text    string
	broken  bool  // the connection was cut
	err     error // of reading or decoding the body
}

// coding is the Content-Encoding, or "" for a plain body.
func (a answer) coding() string { return a.header.Get("Content-Encoding") }

// get is ask with GET.
func (s server) get(t *testing.T, accept string, header ...string) answer {
	t.Helper()
	return s.ask(t, "GET", accept, header...)
}

// ask sends a request with this Accept-Encoding, unless it is "", and with the names
// and values of header.
func (s server) ask(t *testing.T, method, accept string, header ...string) answer {
	t.Helper()
	resp, err := s.Client().Do(s.request(t, method, accept, header...))
	if err != nil {
		return answer{err: err, broken: true}
	}
	defer resp.Body.Close()
	if resp.ProtoMajor != s.major {
		t.Errorf("got %s, want HTTP/%d", resp.Proto, s.major)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, length: resp.ContentLength}
	a.sent, err = io.ReadAll(resp.Body)
	a.trailer = resp.Trailer // complete only now
	a.broken = err != nil
	var decodeErr error
	a.text, decodeErr = decode(a.coding(), a.sent)
	a.err = errors.Join(err, decodeErr)
	return a
}

func (s server) request(t *testing.T, method, accept string, header ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if accept != "" {
		r.Header.Set("Accept-Encoding", accept)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

// decode decodes a body, and fails if it is incomplete.
func decode(coding string, body []byte) (string, error) {
	if len(body) == 0 {
		return "", nil
	}
	in, err := decoder(coding, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	defer in.Close()
	b, err := io.ReadAll(in)
	return string(b), err
}

// decoder decodes a stream while it comes in.
func decoder(coding string, in io.Reader) (io.ReadCloser, error) {
	switch coding {
	case "gzip":
		return gzip.NewReader(in)
	case "zstd":
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	return io.NopCloser(in), nil
}
