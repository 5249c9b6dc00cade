package recovery_test

import (
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/sidekick-http/sidekick/middleware/recovery"
)

// A log without times, for the examples.
func exampleLogger() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			switch a.Key {
			case slog.TimeKey, "messageId", "stack":
				return slog.Attr{}
			}
			return a
		},
	}))
}

func ExampleNew() {
	recoverer, err := recovery.New(recovery.Options{
		Respond: func(w http.ResponseWriter, r *http.Request, err error) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprintln(w, `{"error":"something went wrong"}`)
		},
		Logger: exampleLogger(),
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(http.ResponseWriter, *http.Request) { panic("out of ideas") })
	h := recoverer.Handler(mux)

	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	fmt.Print(w.Code, " ", w.Body)
	// Output:
	// level=ERROR msg="handler panicked" method=GET path=/ status=500 error="panic: out of ideas"
	// 500 {"error":"something went wrong"}
}
