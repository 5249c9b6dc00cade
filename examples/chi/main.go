// Command chi is a github.com/go-chi/chi router with every piece of Sidekick: those
// for all routes by Use, those for some routes in a group, actions and files by
// Mount and Method.
//
//	go run ./chi -address :8080
//	curl localhost:8080/greetings/you
//	curl 'localhost:8080/api/hello?name=you&callback=show'
package main

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/fingerprint"
	"github.com/sidekick-http/sidekick/hosts"
	"github.com/sidekick-http/sidekick/middleware/accesslog"
	"github.com/sidekick-http/sidekick/middleware/clientaddr"
	"github.com/sidekick-http/sidekick/middleware/compress"
	"github.com/sidekick-http/sidekick/middleware/headers"
	"github.com/sidekick-http/sidekick/middleware/jsonp"
	"github.com/sidekick-http/sidekick/middleware/preflight"
	"github.com/sidekick-http/sidekick/middleware/recovery"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/static"
	"github.com/sidekick-http/sidekick/upload"
)

//go:embed public
var public embed.FS

func main() {
	address := flag.String("address", ":8080", "where to listen, `host:port`")
	flag.Parse()

	handler, err := newRouter(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Addr:              *address,
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
	}
	log.Fatal(server.ListenAndServe())
}

func newRouter(logger *slog.Logger) (http.Handler, error) {
	p, err := newPieces(logger)
	if err != nil {
		return nil, err
	}
	r := chi.NewRouter()
	r.Use(
		p.recoverer.Handler,
		p.accessLog.Handler,
		p.clientAddr.Handler,
		p.hosts.Handler,
		p.headers.Handler,
		p.preflight.Handler,
		p.compressor.Handler,
	)
	// Files set no cookie and are not wrapped into a script, so they stay outside the
	// group below.
	r.Handle("/public/*", http.StripPrefix("/public", p.files))

	r.Group(func(r chi.Router) {
		r.Use(p.clients.Handler, p.jsonp.Handler)

		// All actions below one prefix. chi does not strip it from the path, so the
		// dispatcher is configured with it.
		r.Mount("/api", p.dispatcher)

		// One action under a route of chi's, whose variable is an input.
		r.Method(http.MethodGet, "/greetings/{name}", p.greeting)
	})

	// Handlers that are not actions use the pieces that they need.
	r.With(p.params.Handler).Post("/notes", addNote)
	r.With(p.upload.Handler).Post("/photos", addPhoto)
	return r, nil
}

// pieces are the parts of the router.
type pieces struct {
	recoverer  *recovery.Recoverer
	accessLog  *accesslog.Log
	clientAddr *clientaddr.Resolver
	hosts      *hosts.Redirector
	headers    *headers.Fields
	preflight  *preflight.Responder
	compressor *compress.Compressor
	jsonp      *jsonp.Wrapper
	clients    *fingerprint.Identifier
	params     *params.Parser
	upload     *upload.Parser
	files      *static.Handler
	dispatcher *dispatch.Dispatcher
	greeting   http.Handler
}

// newPieces makes all pieces. Its error joins the problems of all of them.
func newPieces(logger *slog.Logger) (*pieces, error) {
	var p pieces
	var errs [14]error
	p.recoverer, errs[0] = recovery.New(recovery.Options{Logger: logger})
	p.accessLog, errs[1] = accesslog.New(accesslog.Options{Logger: logger})
	p.clientAddr, errs[2] = clientaddr.New(clientaddr.Options{})
	p.hosts, errs[3] = hosts.New(hosts.Options{Allowed: []string{"www.example.com", "localhost:8080"}})
	p.headers, errs[4] = headers.New(headers.Options{Set: map[string]string{"X-Frame-Options": "DENY"}})
	p.preflight, errs[5] = preflight.New(preflight.Options{Origin: "https://app.example.com"})
	p.compressor, errs[6] = compress.New(compress.Options{})
	p.jsonp, errs[7] = jsonp.New(jsonp.Options{})
	p.params, errs[8] = params.New(params.Options{})
	p.upload, errs[9] = upload.New(upload.Options{})

	// A server that is restarted, or is one of several, reads its key from its
	// configuration.
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	p.clients, errs[10] = fingerprint.New(fingerprint.Options{Keys: [][]byte{key}})

	var files fs.FS
	files, errs[11] = fs.Sub(public, "public")
	if errs[11] == nil {
		p.files, errs[11] = static.New(static.Options{Roots: []static.Root{static.FS(files)}})
	}
	p.dispatcher, errs[12] = dispatch.New(dispatch.Options{
		Prefixes: []string{"/api"},
		Actions:  []dispatch.Action{hello()},
		Params:   p.params,
		Logger:   logger,
	})
	if errs[12] == nil {
		p.greeting, errs[13] = p.dispatcher.Action("hello", "")
	}
	return &p, errors.Join(errs[:]...)
}

// hello greets by name, and tells clients apart.
func hello() dispatch.Action {
	return dispatch.Action{
		Name:   "hello",
		Inputs: dispatch.Inputs{"name": {Required: true}},
		Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			_, known := c.Fingerprint()
			return map[string]any{"hello": c.Params["name"], "known": known}, nil
		},
	}
}

func addNote(w http.ResponseWriter, r *http.Request) {
	set, _ := params.FromContext(r.Context())
	text, ok := set.Values.String("text")
	if !ok {
		http.Error(w, "text is missing", http.StatusUnprocessableEntity)
		return
	}
	fmt.Fprintf(w, "%d characters noted\n", len([]rune(text)))
}

func addPhoto(w http.ResponseWriter, r *http.Request) {
	form, ok := upload.FromContext(r.Context())
	if !ok {
		http.Error(w, "want multipart/form-data", http.StatusUnsupportedMediaType)
		return
	}
	for _, f := range form.Files {
		fmt.Fprintf(w, "%s: %d bytes\n", f.Name, f.Size)
	}
}
