package middleware_test

import (
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/sidekick-http/sidekick/internal/respw/respwtest"
	"github.com/sidekick-http/sidekick/middleware"
)

// must returns a piece whose options are known to be right.
func must[T any](t testing.TB, f func() (T, error)) T {
	t.Helper()
	v, err := f()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func quietLogger() *slog.Logger { return slog.New(slog.NewJSONHandler(io.Discard, nil)) }

// Every piece, with whatever handlers do with a response writer.
func TestWriterMatrix(t *testing.T) {
	headers := must(t, func() (*middleware.Headers, error) {
		return middleware.NewHeaders(middleware.HeadersOptions{Headers: map[string]string{
			"X-Powered-By": "matrix", "Cache-Control": "no-cache", "Vary": "Origin", "Strict-Transport-Security": "max-age=1",
		}})
	})
	accessLog := must(t, func() (*middleware.AccessLog, error) {
		return middleware.NewAccessLog(middleware.AccessLogOptions{Logger: quietLogger(), Combined: io.Discard})
	})
	recoverer := must(t, func() (*middleware.Recoverer, error) {
		return middleware.NewRecoverer(middleware.RecovererOptions{Logger: quietLogger()})
	})
	clientAddr := must(t, func() (*middleware.ClientAddr, error) {
		return middleware.NewClientAddr(middleware.ClientAddrOptions{})
	})
	preflight := must(t, func() (*middleware.Preflight, error) {
		return middleware.NewPreflight(middleware.PreflightOptions{})
	})
	compressor := must(t, func() (*middleware.Compressor, error) {
		return middleware.NewCompressor(middleware.CompressorOptions{})
	})
	jsonp := must(t, func() (*middleware.JSONP, error) {
		return middleware.NewJSONP(middleware.JSONPOptions{})
	})
	for _, tt := range []struct {
		name  string
		piece func(http.Handler) http.Handler
	}{
		{"headers", headers.Handler},
		{"access log", accessLog.Handler},
		{"recoverer", recoverer.Handler},
		{"client address", clientAddr.Handler},
		{"preflight", preflight.Handler},
		{"compressor", compressor.Handler},
		{"JSONP", jsonp.Handler},
		{"all", func(next http.Handler) http.Handler {
			h := compressor.Handler(jsonp.Handler(next))
			return recoverer.Handler(accessLog.Handler(clientAddr.Handler(headers.Handler(preflight.Handler(h)))))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) { respwtest.Run(t, tt.piece) })
	}
}
