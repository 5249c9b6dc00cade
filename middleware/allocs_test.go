package middleware_test

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/middleware"
)

// sink has the methods of net/http's own writer for HTTP/1, and does nothing.
type sink struct{ header http.Header }

func (w *sink) Header() http.Header                          { return w.header }
func (w *sink) WriteHeader(int)                              {}
func (w *sink) Write(p []byte) (int, error)                  { return len(p), nil }
func (w *sink) WriteString(s string) (int, error)            { return len(s), nil }
func (w *sink) ReadFrom(r io.Reader) (int64, error)          { return io.Copy(io.Discard, r) }
func (w *sink) Flush()                                       {}
func (w *sink) FlushError() error                            { return nil }
func (w *sink) CloseNotify() <-chan bool                     { return nil }
func (w *sink) SetReadDeadline(time.Time) error              { return nil }
func (w *sink) SetWriteDeadline(time.Time) error             { return nil }
func (w *sink) EnableFullDuplex() error                      { return nil }
func (w *sink) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, nil }

// What all pieces together allocate for a short answer: the copy of the
// request, the tap with the record of facts, the values of the headers, and the
// compressor's wrapper.
func TestPiecesAllocateLittle(t *testing.T) {
	body, contentType, length := []byte("{}"), []string{"application/json"}, []string{"2"}
	var h http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"], w.Header()["Content-Length"] = contentType, length
		_, _ = w.Write(body)
	})
	h = must(t, func() (*middleware.JSONP, error) { return middleware.NewJSONP(middleware.JSONPOptions{}) }).Handler(h)
	h = must(t, func() (*middleware.Compressor, error) {
		return middleware.NewCompressor(middleware.CompressorOptions{})
	}).Handler(h)
	h = must(t, func() (*middleware.Preflight, error) { return middleware.NewPreflight(middleware.PreflightOptions{}) }).Handler(h)
	h = newHeaders(t, map[string]string{"X-Frame-Options": "DENY", "X-Powered-By": "tests", "Referrer-Policy": "no-referrer"}).Handler(h)
	h = newClientAddr(t).Handler(h)
	h = must(t, func() (*middleware.AccessLog, error) {
		return middleware.NewAccessLog(middleware.AccessLogOptions{Logger: slog.New(slog.DiscardHandler)})
	}).Handler(h)
	h = newRecoverer(t, middleware.RecovererOptions{}).Handler(h)
	r := httptest.NewRequest("GET", "/api/list?limit=10", nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br")
	w := &sink{http.Header{}}
	if n := testing.AllocsPerRun(100, func() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}); n > 4 {
		t.Errorf("got %v allocations, want 4", n)
	}
	if w.header.Get("Vary") == "" || w.header.Get("X-Frame-Options") == "" {
		t.Errorf("the pieces did nothing: %v", w.header)
	}
}
