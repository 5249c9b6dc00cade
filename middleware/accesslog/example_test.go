package accesslog_test

import (
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/sidekick-http/sidekick/middleware/accesslog"
)

// get sends a request to a handler, for the examples.
func get(h http.Handler, method, target string, header ...string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// A log without times, for the examples.
func exampleLogger() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			switch a.Key {
			case slog.TimeKey, "duration", "stack":
				return slog.Attr{}
			}
			return a
		},
	}))
}

func ExampleNew() {
	accessLog, err := accesslog.New(accesslog.Options{Logger: exampleLogger()})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /note/{id}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "a note") })
	h := accessLog.Handler(mux)

	get(h, "GET", "/note/7?token=secret")
	get(h, "GET", "/a%0Aforged%20line")
	// Output:
	// level=INFO msg=request method=GET path=/note/7 status=200 bytes=6 client=192.0.2.1 route="GET /note/{id}"
	// level=INFO msg=request method=GET path=/a%0Aforged%20line status=404 bytes=19 client=192.0.2.1
}

// Apache's combined form, which many tools read.
func ExampleNew_combined() {
	var lines strings.Builder
	accessLog, err := accesslog.New(accesslog.Options{Combined: &lines})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello") })
	get(accessLog.Handler(mux), "GET", "/?token=secret", "User-Agent", "curl/8", "Referer", "https://www.example.com/")

	before, rest, _ := strings.Cut(lines.String(), "[")
	_, after, _ := strings.Cut(rest, "]")
	fmt.Print(before + "[the time]" + after)
	// Output:
	// 192.0.2.1 - - [the time] "GET / HTTP/1.1" 200 5 "https://www.example.com/" "curl/8"
}

// A log for production: no probes, failures at their own level, who is asking, and
// no secrets.
func ExampleNew_production() {
	accessLog, err := accesslog.New(accesslog.Options{
		Logger:    exampleLogger(),
		Skip:      func(r *http.Request) bool { return r.URL.Path == "/healthz" },
		Attrs:     func(r *http.Request) []slog.Attr { return []slog.Attr{slog.String("agent", r.UserAgent())} },
		LogQuery:  true,
		MaskQuery: []string{"token"},
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /note", func(w http.ResponseWriter, r *http.Request) {
		accesslog.Add(r.Context(), slog.String("user", "ann"))
		http.Error(w, "the notes are gone", http.StatusInternalServerError)
	})
	h := accessLog.Handler(mux)

	get(h, "GET", "/healthz")
	get(h, "GET", "/note?id=7&token=secret", "User-Agent", "curl/8")
	// Output:
	// level=ERROR msg=request method=GET path=/note query="id=7&token=[FILTERED]" status=500 bytes=19 client=192.0.2.1 route="GET /note" agent=curl/8 user=ann
}
