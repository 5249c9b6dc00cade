package main

import (
	"crypto/rand"
	"embed"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"

	"github.com/sidekick-http/sidekick/fingerprint"
	"github.com/sidekick-http/sidekick/hosts"
	"github.com/sidekick-http/sidekick/middleware/accesslog"
	"github.com/sidekick-http/sidekick/middleware/clientaddr"
	"github.com/sidekick-http/sidekick/middleware/compress"
	"github.com/sidekick-http/sidekick/middleware/headers"
	"github.com/sidekick-http/sidekick/middleware/jsonp"
	"github.com/sidekick-http/sidekick/middleware/recovery"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/static"
	"github.com/sidekick-http/sidekick/upload"
)

//go:embed public
var public embed.FS

// newServer puts every piece where it belongs: some around single handlers, the
// others around the whole mux, the innermost first.
func newServer(logger *slog.Logger) (http.Handler, error) {
	var errs []error
	// with adds a piece and collects the problems of its options.
	with := func(piece func(http.Handler) (http.Handler, error), next http.Handler) http.Handler {
		h, err := piece(next)
		if err != nil {
			errs = append(errs, err)
			return next
		}
		return h
	}
	files, err := newFiles()
	if err != nil {
		return nil, err
	}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", hello)
	mux.HandleFunc("GET /report", report)
	mux.HandleFunc("GET /crash", crash)
	mux.Handle("GET /weather", with(withJSONP, http.HandlerFunc(weather)))
	mux.Handle("GET /whoami", with(withFingerprint, http.HandlerFunc(whoami)))
	mux.Handle("/search", with(withParams, http.HandlerFunc(search)))
	mux.Handle("POST /photos", with(withUpload, http.HandlerFunc(photos)))
	mux.Handle("/public/", files)

	var h http.Handler = mux
	h = with(withCompress, h)
	h = with(withHeaders, h)
	h = with(withHosts, h)
	h = with(withClientAddress, h)
	h = with(withAccessLog(logger), h)
	h = with(withRecover(logger), h)
	return h, errors.Join(errs...)
}

// withRecover answers panics with a 500 and logs them.
func withRecover(logger *slog.Logger) func(http.Handler) (http.Handler, error) {
	return func(next http.Handler) (http.Handler, error) {
		recoverer, err := recovery.New(recovery.Options{Logger: logger})
		if err != nil {
			return nil, err
		}
		return recoverer.Handler(next), nil
	}
}

func withAccessLog(logger *slog.Logger) func(http.Handler) (http.Handler, error) {
	return func(next http.Handler) (http.Handler, error) {
		accessLog, err := accesslog.New(accesslog.Options{Logger: logger})
		if err != nil {
			return nil, err
		}
		return accessLog.Handler(next), nil
	}
}

// withClientAddress believes only a proxy on the same machine about the clients'
// addresses.
func withClientAddress(next http.Handler) (http.Handler, error) {
	clientAddr, err := clientaddr.New(clientaddr.Options{
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("::1/128")},
	})
	if err != nil {
		return nil, err
	}
	return clientAddr.Handler(next), nil
}

// withHosts redirects clients that used another name to the first one. Health
// checks, which call a server by its address, pass under any name.
func withHosts(next http.Handler) (http.Handler, error) {
	names, err := hosts.New(hosts.Options{
		Allowed:     []string{"http://www.example.com", "http://localhost:8080"},
		ExemptPaths: []string{"/hello"},
	})
	if err != nil {
		return nil, err
	}
	return names.Handler(next), nil
}

// withHeaders sends the same headers with every response.
func withHeaders(next http.Handler) (http.Handler, error) {
	fields, err := headers.New(headers.Options{Set: map[string]string{
		"X-Content-Type-Options":    "nosniff",
		"Content-Security-Policy":   "default-src 'self'",
		"Strict-Transport-Security": "max-age=31536000", // only on secure requests
	}})
	if err != nil {
		return nil, err
	}
	return fields.Handler(next), nil
}

// withCompress compresses responses that are worth it, with gzip or zstd.
func withCompress(next http.Handler) (http.Handler, error) {
	compressor, err := compress.New(compress.Options{})
	if err != nil {
		return nil, err
	}
	return compressor.Handler(next), nil
}

// withFingerprint tells clients apart by a signed cookie. A server that is
// restarted, or is one of several, reads its key from its configuration.
func withFingerprint(next http.Handler) (http.Handler, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	clients, err := fingerprint.New(fingerprint.Options{Keys: [][]byte{key}})
	if err != nil {
		return nil, err
	}
	return clients.Handler(next), nil
}

// withJSONP lets pages of other sites read public JSON through a script element.
func withJSONP(next http.Handler) (http.Handler, error) {
	scripts, err := jsonp.New(jsonp.Options{})
	if err != nil {
		return nil, err
	}
	return scripts.Handler(next), nil
}

// withParams reads query and body before the handler runs.
func withParams(next http.Handler) (http.Handler, error) {
	parser, err := params.New(params.Options{MaxBodyBytes: 64 << 10})
	if err != nil {
		return nil, err
	}
	return parser.Handler(next), nil
}

// withUpload stores the files of a form, and deletes those that the handler does
// not keep.
func withUpload(next http.Handler) (http.Handler, error) {
	parser, err := upload.New(upload.Options{MaxFileBytes: 1 << 20, MaxFiles: 4})
	if err != nil {
		return nil, err
	}
	return parser.Handler(next), nil
}

// newFiles serves embedded files: a folder named like the path under which it is
// served. It ends the chain.
func newFiles() (http.Handler, error) {
	files, err := static.New(static.Options{Roots: []static.Root{static.FS(public)}})
	if err != nil {
		return nil, err
	}
	return files, nil
}
