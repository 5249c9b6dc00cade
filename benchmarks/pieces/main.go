// Command pieces shows what each piece adds to a handler that sends canned
// bytes, in nanoseconds and allocations, without a connection; and what the
// like of it adds in other projects.
package main

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"time"

	chi "github.com/go-chi/chi/v5/middleware"
	"github.com/gorilla/handlers"

	"github.com/sidekick-http/sidekick/benchmarks/internal/bench"
	"github.com/sidekick-http/sidekick/fingerprint"
	"github.com/sidekick-http/sidekick/hosts"
	"github.com/sidekick-http/sidekick/middleware/accesslog"
	"github.com/sidekick-http/sidekick/middleware/clientaddr"
	"github.com/sidekick-http/sidekick/middleware/compress"
	"github.com/sidekick-http/sidekick/middleware/headers"
	"github.com/sidekick-http/sidekick/middleware/jsonp"
	"github.com/sidekick-http/sidekick/middleware/preflight"
	"github.com/sidekick-http/sidekick/middleware/recovery"
)

const rounds = 21

// piece is a middleware to measure.
type piece struct {
	name string
	wrap func(http.Handler) http.Handler
}

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(out io.Writer) error {
	pieces, err := pieces()
	if err != nil {
		return err
	}
	var cases []bench.Case
	for _, p := range append([]piece{{"the handler alone", func(h http.Handler) http.Handler { return h }}}, pieces...) {
		cases = append(cases, bench.Case{Name: p.name, Run: request(p.wrap(http.HandlerFunc(canned)))})
	}
	results := bench.Compare(rounds, cases...)
	bare := results[0]
	fmt.Fprintf(out, "%-40s %8s %8s %8s\n", "adds to a handler", "ns", "allocs", "bytes")
	for _, r := range results[1:] {
		fmt.Fprintf(out, "%-40s %8.0f %8.0f %8.0f\n", r.Name, r.Nanos-bare.Nanos, r.Allocs-bare.Allocs, r.Bytes-bare.Bytes)
	}
	fmt.Fprintf(out, "(the handler alone: %.0f ns, %.0f allocs)\n", bare.Nanos, bare.Allocs)
	return nil
}

var body = []byte(`{"list":[1,"two",{"three":[3]}]}`)

func canned(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

// request returns a function that plays one request, of a new client over a
// trusted proxy, to h.
func request(h http.Handler) func() {
	u := &url.URL{Path: "/api/list"}
	header := http.Header{
		"Accept":            {"*/*"},
		"Accept-Encoding":   {"gzip, deflate, br"},
		"User-Agent":        {"benchmark"},
		"X-Forwarded-For":   {"203.0.113.9"},
		"X-Forwarded-Proto": {"https"},
	}
	return func() {
		h.ServeHTTP(&discard{make(http.Header)}, &http.Request{
			Method: http.MethodGet, URL: u, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header,
			Host: "www.example.com", RemoteAddr: "127.0.0.1:4711", RequestURI: "/api/list",
		})
	}
}

// build returns a piece's Handler, or notes why there is none.
func build[T interface {
	Handler(http.Handler) http.Handler
}](failed *error, f func() (T, error)) func(http.Handler) http.Handler {
	p, err := f()
	if err != nil {
		*failed = err
		return nil
	}
	return p.Handler
}

// pieces returns what is measured: a table, after what its rows share.
func pieces() ([]piece, error) {
	var err error
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	quiet := slog.New(slog.NewJSONHandler(io.Discard, nil))
	recoverer := build(&err, func() (*recovery.Recoverer, error) {
		return recovery.New(recovery.Options{})
	})
	record := build(&err, func() (*accesslog.Log, error) {
		return accesslog.New(accesslog.Options{Logger: quiet})
	})
	combined := build(&err, func() (*accesslog.Log, error) {
		return accesslog.New(accesslog.Options{Combined: io.Discard})
	})
	clientAddr := build(&err, func() (*clientaddr.Resolver, error) {
		return clientaddr.New(clientaddr.Options{TrustedProxies: loopback})
	})
	allowed := build(&err, func() (*hosts.Redirector, error) {
		return hosts.New(hosts.Options{Allowed: []string{"www.example.com"}})
	})
	headers := build(&err, func() (*headers.Fields, error) {
		return headers.New(headers.Options{Set: map[string]string{
			"X-Powered-By":                 "benchmark",
			"Access-Control-Allow-Origin":  "*",
			"Access-Control-Allow-Headers": "Content-Type",
			"Access-Control-Allow-Methods": "HEAD, GET, POST, PUT, PATCH, DELETE, OPTIONS, TRACE",
			"Strict-Transport-Security":    "max-age=31536000; includeSubDomains",
		}})
	})
	preflight := build(&err, func() (*preflight.Responder, error) {
		return preflight.New(preflight.Options{})
	})
	compressor := build(&err, func() (*compress.Compressor, error) {
		return compress.New(compress.Options{})
	})
	jsonp := build(&err, func() (*jsonp.Wrapper, error) {
		return jsonp.New(jsonp.Options{})
	})
	prints := build(&err, func() (*fingerprint.Identifier, error) {
		return fingerprint.New(fingerprint.Options{RandomKeys: true, TrustedProxies: loopback})
	})
	if err != nil {
		return nil, err
	}
	return []piece{
		{"Recoverer", recoverer},
		{"AccessLog, slog's JSON", record},
		{"AccessLog, combined form", combined},
		{"ClientAddr, one trusted proxy", clientAddr},
		{"hosts", allowed},
		{"Headers, five", headers},
		{"Preflight", preflight},
		{"Compressor, a body too short", compressor},
		{"JSONP, not asked for", jsonp},
		{"fingerprint, a new client", prints},
		{"all of them, log by slog", func(next http.Handler) http.Handler {
			return recoverer(record(clientAddr(allowed(headers(preflight(compressor(prints(jsonp(next)))))))))
		}},
		{"all but the log", func(next http.Handler) http.Handler {
			return recoverer(clientAddr(allowed(headers(preflight(compressor(prints(jsonp(next))))))))
		}},
		{"gorilla RecoveryHandler", handlers.RecoveryHandler()},
		{"gorilla CombinedLoggingHandler", func(next http.Handler) http.Handler {
			return handlers.CombinedLoggingHandler(io.Discard, next)
		}},
		{"gorilla ProxyHeaders", handlers.ProxyHeaders},
		{"gorilla CORS", handlers.CORS()},
		{"chi Recoverer", chi.Recoverer},
		{"chi RequestLogger", chi.RequestLogger(&chi.DefaultLogFormatter{Logger: log.New(io.Discard, "", 0), NoColor: true})},
		{"chi ClientIPFromXFF", chi.ClientIPFromXFF("127.0.0.0/8")},
		{"chi Compress", chi.Compress(5)},
		{"http.TimeoutHandler", func(next http.Handler) http.Handler {
			return http.TimeoutHandler(next, time.Minute, "")
		}},
	}, nil
}
