package middleware_test

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"

	"github.com/sidekick-http/sidekick/middleware"
)

// get plays a request to a handler, for the examples.
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

func ExampleNewHeaders() {
	headers, err := middleware.NewHeaders(middleware.HeadersOptions{Headers: map[string]string{
		"X-Content-Type-Options":    "nosniff",
		"Cache-Control":             "no-store",
		"Strict-Transport-Security": "max-age=31536000; includeSubDomains",
	}})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /photo", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		fmt.Fprint(w, "a photo")
	})
	h := headers.Handler(mux)

	for _, target := range []string{"http://a.example/photo", "https://a.example/photo", "http://a.example/none"} {
		resp := get(h, "GET", target)
		fmt.Printf("%d %s, %s, %q\n", resp.StatusCode, resp.Header.Get("X-Content-Type-Options"),
			resp.Header.Get("Cache-Control"), resp.Header.Get("Strict-Transport-Security"))
	}
	// Output:
	// 200 nosniff, max-age=60, ""
	// 200 nosniff, max-age=60, "max-age=31536000; includeSubDomains"
	// 404 nosniff, no-store, ""
}

// Every problem of the options is reported at once.
func ExampleNewHeaders_problems() {
	_, err := middleware.NewHeaders(middleware.HeadersOptions{Headers: map[string]string{
		"Content-Length": "10",
		"X Name":         "value",
		"X-Value":        "line\nbreak",
	}})
	fmt.Println(err)
	// Output:
	// middleware: HeadersOptions.Headers["Content-Length"]: differs from response to response and cannot be configured
	// middleware: HeadersOptions.Headers["X Name"]: invalid name: want a token such as X-Frame-Options
	// middleware: HeadersOptions.Headers["X-Value"]: invalid value "line\nbreak": want no control characters and no blanks around it
}

func ExampleNewPreflight() {
	preflight, err := middleware.NewPreflight(middleware.PreflightOptions{
		Methods: []string{"GET", "PUT"},
		Origin:  "https://www.example.com",
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /note", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "noted") })
	h := preflight.Handler(mux)

	resp := get(h, "OPTIONS", "/note", "Origin", "https://www.example.com", "Access-Control-Request-Method", "PUT")
	fmt.Println(resp.StatusCode, resp.Header.Get("Access-Control-Allow-Methods"), resp.Header.Get("Access-Control-Allow-Origin"))
	fmt.Println(get(h, "TRACE", "/note").Status)
	// Output:
	// 200 GET, PUT https://www.example.com
	// 405 Method Not Allowed
}

// CORS headers say who may read. Who may send is another question, and another
// piece.
func ExamplePreflight_crossOriginProtection() {
	preflight, err := middleware.NewPreflight(middleware.PreflightOptions{})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /pay", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "paid") })
	h := preflight.Handler(http.NewCrossOriginProtection().Handler(mux))

	fmt.Println(get(h, "POST", "https://shop.example/pay", "Origin", "https://shop.example").Status)
	fmt.Println(get(h, "POST", "https://shop.example/pay", "Origin", "https://evil.example").Status)
	// Output:
	// 200 OK
	// 403 Forbidden
}

func ExampleNewClientAddr() {
	clientAddr, err := middleware.NewClientAddr(middleware.ClientAddrOptions{
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		client, ok := middleware.ClientAddrFromContext(r.Context())
		fmt.Println(client.Addr(), ok)
	})
	h := clientAddr.Handler(mux)

	// The proxy is 192.0.2.1. The client sent the first address itself.
	get(h, "GET", "/", "X-Forwarded-For", "6.6.6.6, 203.0.113.9")
	// Output:
	// 203.0.113.9 true
}

func ExampleNewRecoverer() {
	recoverer, err := middleware.NewRecoverer(middleware.RecovererOptions{
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

	resp := get(h, "GET", "/")
	body, _ := io.ReadAll(resp.Body)
	fmt.Print(resp.StatusCode, " ", string(body))
	// Output:
	// level=ERROR msg="handler panicked" method=GET path=/ panic="out of ideas"
	// 500 {"error":"something went wrong"}
}

func ExampleNewAccessLog() {
	accessLog, err := middleware.NewAccessLog(middleware.AccessLogOptions{Logger: exampleLogger()})
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
func ExampleNewAccessLog_combined() {
	var lines strings.Builder
	accessLog, err := middleware.NewAccessLog(middleware.AccessLogOptions{Combined: &lines})
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
