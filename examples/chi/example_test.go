package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing/fstest"

	"github.com/go-chi/chi/v5"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
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

// get sends a request to a router and returns the response.
func get(h http.Handler, target string) *httptest.ResponseRecorder {
	return send(h, httptest.NewRequest("GET", target, nil))
}

func send(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func Example_recover() {
	recoverer, err := recovery.New(recovery.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		log.Fatal(err)
	}
	r := chi.NewRouter()
	r.Use(recoverer.Handler)
	r.Get("/", func(http.ResponseWriter, *http.Request) { panic("a bug") })

	w := get(r, "/")
	fmt.Print(w.Code, " ", w.Body)
	// Output: 500 Internal Server Error
}

func Example_accessLog() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "duration" { // differ from run to run
				return slog.Attr{}
			}
			return a
		},
	}))
	accessLog, err := accesslog.New(accesslog.Options{Logger: logger})
	if err != nil {
		log.Fatal(err)
	}
	r := chi.NewRouter()
	r.Use(accessLog.Handler)
	r.Get("/users/{id}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "Ada") })

	get(r, "/users/7?token=secret")
	// Output: level=INFO msg=request method=GET path=/users/7 status=200 bytes=3 client=192.0.2.1 route=/users/{id}
}

func Example_clientAddress() {
	clientAddr, err := clientaddr.New(clientaddr.Options{
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
	})
	if err != nil {
		log.Fatal(err)
	}
	r := chi.NewRouter()
	r.Use(clientAddr.Handler)
	r.Get("/", func(w http.ResponseWriter, r *http.Request) {
		client, _ := clientaddr.FromContext(r.Context())
		fmt.Fprintln(w, client.Addr())
	})

	for _, peer := range []string{"10.0.0.2:1234", "198.51.100.7:1234"} {
		request := httptest.NewRequest("GET", "/", nil)
		request.RemoteAddr = peer
		request.Header.Set("X-Forwarded-For", "203.0.113.9")
		fmt.Print(send(r, request).Body)
	}
	// Output:
	// 203.0.113.9
	// 198.51.100.7
}

func Example_hosts() {
	names, err := hosts.New(hosts.Options{Allowed: []string{"https://www.example.com"}})
	if err != nil {
		log.Fatal(err)
	}
	r := chi.NewRouter()
	r.Use(names.Handler)
	r.Get("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "welcome") })

	fmt.Println(get(r, "https://www.example.com/").Body)
	w := get(r, "http://example.com/?from=ad")
	fmt.Println(w.Code, w.Header().Get("Location"))
	// Output:
	// welcome
	// 302 https://www.example.com/?from=ad
}

func Example_headers() {
	fields, err := headers.New(headers.Options{Set: map[string]string{
		"X-Frame-Options": "DENY",
	}})
	if err != nil {
		log.Fatal(err)
	}
	r := chi.NewRouter()
	r.Use(fields.Handler)
	r.Get("/", func(http.ResponseWriter, *http.Request) {})

	w := get(r, "/nothing-here") // a router with routes also runs its middlewares for this
	fmt.Println(w.Code, w.Header().Get("X-Frame-Options"))
	// Output: 404 DENY
}

// A router answers OPTIONS for a route without it with 405; the piece answers
// before that.
func Example_options() {
	responder, err := preflight.New(preflight.Options{
		Methods: []string{"GET", "PUT"},
		Origin:  "https://app.example.com",
	})
	if err != nil {
		log.Fatal(err)
	}
	r := chi.NewRouter()
	r.Use(responder.Handler)
	r.Put("/users/{id}", func(http.ResponseWriter, *http.Request) {})

	w := send(r, httptest.NewRequest("OPTIONS", "/users/7", nil))
	fmt.Println(w.Code)
	fmt.Println(w.Header().Get("Access-Control-Allow-Methods"))
	fmt.Println(w.Header().Get("Access-Control-Allow-Origin"))
	// Output:
	// 200
	// GET, PUT
	// https://app.example.com
}

func Example_compress() {
	compressor, err := compress.New(compress.Options{})
	if err != nil {
		log.Fatal(err)
	}
	r := chi.NewRouter()
	r.Use(compressor.Handler)
	r.Get("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("many words ", 1000)) })

	request := httptest.NewRequest("GET", "/", nil)
	request.Header.Set("Accept-Encoding", "gzip")
	w := send(r, request)
	fmt.Println(w.Header().Get("Content-Encoding"), w.Header().Get("Vary"), w.Body.Len() < 200)
	unpack, err := gzip.NewReader(w.Body)
	if err != nil {
		log.Fatal(err)
	}
	plain, err := io.ReadAll(unpack)
	fmt.Println(len(plain), err)
	// Output:
	// gzip Accept-Encoding true
	// 11000 <nil>
}

func Example_jsonp() {
	scripts, err := jsonp.New(jsonp.Options{})
	if err != nil {
		log.Fatal(err)
	}
	r := chi.NewRouter()
	r.With(scripts.Handler).Get("/weather", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"degrees":21}`)
	})

	fmt.Println(get(r, "/weather").Body)
	fmt.Println(get(r, "/weather?callback=app.show").Body)
	fmt.Println(get(r, "/weather?callback=alert(1)").Code)
	// Output:
	// {"degrees":21}
	// /**/app.show({"degrees":21});
	// 400
}

func Example_fingerprint() {
	clients, err := fingerprint.New(fingerprint.Options{
		Keys: [][]byte{[]byte("an example, which is no secret at all")}, // openssl rand -hex 32
	})
	if err != nil {
		log.Fatal(err)
	}
	r := chi.NewRouter()
	r.Use(clients.Handler)
	r.Get("/", func(w http.ResponseWriter, r *http.Request) {
		id, _ := fingerprint.FromContext(r.Context())
		fmt.Fprint(w, id)
	})

	first := get(r, "/")
	request := httptest.NewRequest("GET", "/", nil)
	request.AddCookie(first.Result().Cookies()[0])
	second := send(r, request)
	fmt.Println(first.Body.Len(), second.Body.String() == first.Body.String())
	// Output: 40 true
}

// Params under chi: chi's own variables are read as usual.
func Example_params() {
	parser, err := params.New(params.Options{})
	if err != nil {
		log.Fatal(err)
	}
	r := chi.NewRouter()
	r.Use(parser.Handler)
	r.Post("/users/{id}", func(w http.ResponseWriter, r *http.Request) {
		set, _ := params.FromContext(r.Context())
		city, _ := set.Values.Lookup("address", "city")
		age, _ := set.Values.Int("age")
		fmt.Fprintln(w, chi.URLParam(r, "id"), city, age)
	})

	request := httptest.NewRequest("POST", "/users/7?age=30", strings.NewReader(`{"address":{"city":"Oslo"},"age":31}`))
	request.Header.Set("Content-Type", "application/json")
	fmt.Print(send(r, request).Body)
	// Output: 7 Oslo 31
}

func Example_upload() {
	store, err := upload.NewMemoryStore(upload.MemoryStoreOptions{})
	if err != nil {
		log.Fatal(err)
	}
	parser, err := upload.New(upload.Options{Store: store, MaxFileBytes: 1 << 20})
	if err != nil {
		log.Fatal(err)
	}
	r := chi.NewRouter()
	r.With(parser.Handler).Post("/photos", func(w http.ResponseWriter, r *http.Request) {
		form, ok := upload.FromContext(r.Context())
		if !ok {
			http.Error(w, "want multipart/form-data", http.StatusUnsupportedMediaType)
			return
		}
		for _, f := range form.Files {
			fmt.Fprintln(w, f.Field, f.Name, f.Size)
		}
	})

	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, _ := form.CreateFormFile("photo", "cat.jpg")
	fmt.Fprint(part, "a small cat")
	form.Close()
	request := httptest.NewRequest("POST", "/photos", &body)
	request.Header.Set("Content-Type", form.FormDataContentType())
	fmt.Print(send(r, request).Body)
	// Output: photo cat.jpg 11
}

func Example_static() {
	files, err := static.New(static.Options{Roots: []static.Root{static.FS(fstest.MapFS{
		"index.html": {Data: []byte("<p>hello</p>")},
		"app.js":     {Data: []byte("hello()")},
	})}})
	if err != nil {
		log.Fatal(err)
	}
	r := chi.NewRouter()
	r.Handle("/assets/*", http.StripPrefix("/assets", files))

	for _, path := range []string{"/assets/", "/assets/app.js", "/assets/nope"} {
		w := get(r, path)
		fmt.Println(w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	// Output:
	// 200 text/html; charset=utf-8 <p>hello</p>
	// 200 text/javascript; charset=utf-8 hello()
	// 404 text/html; charset=utf-8 that file is not found
}

// The envelope around a handler that answers in JSON, and around http.Error.
func Example_envelope() {
	answers, err := envelope.New(envelope.Options{})
	if err != nil {
		log.Fatal(err)
	}
	r := chi.NewRouter()
	r.Use(answers.Handler)
	r.Get("/users/{id}", func(w http.ResponseWriter, r *http.Request) {
		if chi.URLParam(r, "id") != "7" {
			http.Error(w, "no such user", http.StatusNotFound)
			return
		}
		answers.Render(w, r, map[string]string{"name": "Ada"}, nil)
	})

	for _, path := range []string{"/users/7", "/users/8"} {
		w := get(r, path)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 {"name":"Ada"}
	// 404 {"error":"no such user"}
}

// greeter returns a dispatcher with one action.
func greeter(prefixes ...string) *dispatch.Dispatcher {
	answers, err := envelope.New(envelope.Options{})
	if err != nil {
		log.Fatal(err)
	}
	d, err := dispatch.New(dispatch.Options{
		Prefixes: prefixes,
		Renderer: answers,
		Actions: []dispatch.Action{{
			Name:   "greet",
			Inputs: dispatch.Inputs{"name": {Required: true}},
			Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
				return map[string]any{"hello": c.Params["name"]}, nil
			},
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	return d
}

// chi's Mount leaves the path of the request as it is.
func Example_mountDispatcher() {
	r := chi.NewRouter()
	r.Mount("/api", greeter("/api"))

	fmt.Println(get(r, "/api/greet?name=you").Body)
	fmt.Println(get(r, "/api/nope").Body)
	// Output:
	// {"hello":"you"}
	// {"error":"unknown action or invalid apiVersion"}
}

// One action under a route of chi's, whose variables are its inputs.
func Example_oneAction() {
	greet, err := greeter().Action("greet", "")
	if err != nil {
		log.Fatal(err)
	}
	r := chi.NewRouter()
	r.Method(http.MethodGet, "/people/{name}/greeting", greet)

	fmt.Println(get(r, "/people/Ada/greeting").Body)
	// Output: {"hello":"Ada"}
}
