package logctx_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/sidekick-http/sidekick/logctx"
)

func ExampleNew() {
	text := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	logger := slog.New(logctx.New(text))

	// A middleware adds something that all records of a request should have.
	tenant := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx := logctx.With(r.Context(), slog.String("tenant", r.PathValue("tenant")))
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
	mux := http.NewServeMux()
	mux.Handle("/{tenant}/pay", tenant(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		logger.InfoContext(r.Context(), "charged", "amount", 5)
	})))
	mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/acme/pay", nil))
	// Output:
	// level=INFO msg=charged amount=5 tenant=acme
}
